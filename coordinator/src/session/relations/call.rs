use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, Query, TableAlias, TableFactor, Visit, Visitor,
};

use super::CallError;
use crate::session::ddl::normalise;

/// A call in `FROM`, in whichever way it is written.
#[derive(Debug, Clone)]
pub(in crate::session) struct Call<'s> {
    /// The name, as SQL understands it.
    pub(in crate::session) name: String,
    pub(super) alias: Option<&'s TableAlias>,
    arguments: &'s [FunctionArg],
    /// Whether it says LATERAL.
    lateral: bool,
    clause: Option<&'static str>,
}

/// The functions of SQL that call a function of a component with tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maps {
    /// `map_batches`
    Batches,
    /// `grouped_map`
    Grouped,
    /// `cogrouped_map`
    Cogrouped,
}

impl Maps {
    pub(crate) const ALL: [Self; 3] = [Self::Batches, Self::Grouped, Self::Cogrouped];

    /// The one of this name.
    pub(in crate::session) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Batches => "map_batches",
            Self::Grouped => "grouped_map",
            Self::Cogrouped => "cogrouped_map",
        }
    }

    pub(super) fn form(self) -> &'static str {
        match self {
            Self::Batches => "FROM map_batches(TABLE t, function, …)",
            Self::Grouped => "FROM grouped_map(TABLE t, function, …, by => k)",
            Self::Cogrouped => "FROM cogrouped_map(TABLE l, TABLE r, function, …, by => k)",
        }
    }

    /// How many tables it takes.
    pub(super) fn tables(self) -> usize {
        match self {
            Self::Batches | Self::Grouped => 1,
            Self::Cogrouped => 2,
        }
    }
}

impl<'s> Call<'s> {
    /// The call that `relation` is, if it is one.
    pub(in crate::session) fn of(relation: &'s TableFactor) -> Option<Self> {
        let (name, alias, arguments, lateral, ordinality, sampled) = match relation {
            TableFactor::Table {
                name,
                alias,
                args: Some(arguments),
                with_ordinality,
                sample,
                ..
            } => {
                let sampled = sample.is_some() || arguments.settings.is_some();
                let arguments = arguments.args.as_slice();
                (name, alias, arguments, false, *with_ordinality, sampled)
            }
            TableFactor::Function {
                lateral,
                name,
                args,
                with_ordinality,
                alias,
            } => (
                name,
                alias,
                args.as_slice(),
                *lateral,
                *with_ordinality,
                false,
            ),
            _ => return None,
        };
        let [part] = name.0.as_slice() else {
            return None;
        };
        let clause = match (ordinality, sampled) {
            (true, _) => Some("WITH ORDINALITY"),
            (_, true) => Some("TABLESAMPLE or SETTINGS"),
            _ => None,
        };
        Some(Self {
            name: normalise(part.as_ident()?),
            alias: alias.as_ref(),
            arguments,
            lateral,
            clause,
        })
    }

    /// Whether it is called for the rows of what stands to its left.
    pub(super) fn is_lateral(&self) -> bool {
        self.lateral || self.columns().is_some()
    }

    /// The first argument that uses columns.
    pub(super) fn columns(&self) -> Option<&'s Expr> {
        let mut all = self.arguments.iter().filter_map(value);
        all.find(|argument| Self::names_columns(argument))
    }

    /// Whether columns are named in `expr`, but for those of queries within it.
    pub(super) fn names_columns(expr: &Expr) -> bool {
        expr.visit(&mut Columns { queries: 0 }).is_break()
    }

    /// The arguments, and those that have names.
    pub(super) fn arguments(&self) -> Result<Arguments<'s>, CallError> {
        if let Some(clause) = self.clause {
            let call = self.name.clone();
            return Err(CallError::Clause { call, clause });
        }
        let mut arguments = Arguments::default();
        for argument in self.arguments {
            let Some(value) = value(argument) else {
                return Err(CallError::NotConstant {
                    call: self.name.clone(),
                    argument: argument.to_string(),
                });
            };
            match name(argument) {
                Some(name) => arguments.named.push((name, value)),
                None => arguments.positional.push(value),
            }
        }
        Ok(arguments)
    }

    /// The arguments of a function that has none with names.
    pub(super) fn positional(&self) -> Result<Vec<&'s Expr>, CallError> {
        let Arguments { positional, named } = self.arguments()?;
        match named.first() {
            None => Ok(positional),
            Some((argument, _)) => Err(CallError::NoArgument {
                call: self.name.clone(),
                argument: argument.value.clone(),
                known: "none, its arguments stand in their order",
            }),
        }
    }

    /// The names among the arguments: one of them is what `map_batches` and its like call.
    pub(in crate::session) fn names(&self) -> impl Iterator<Item = String> + 's {
        self.arguments
            .iter()
            .filter_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(name))) => Some(name),
                _ => None,
            })
            .map(normalise)
    }
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments<'s> {
    pub(super) positional: Vec<&'s Expr>,
    /// `name => value`
    pub(super) named: Vec<(&'s Ident, &'s Expr)>,
}

fn name(argument: &FunctionArg) -> Option<&Ident> {
    match argument {
        FunctionArg::Named { name, .. } => Some(name),
        FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            ..
        } => Some(name),
        _ => None,
    }
}

fn value(argument: &FunctionArg) -> Option<&Expr> {
    match argument {
        FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }
        | FunctionArg::Unnamed(arg) => match arg {
            FunctionArgExpr::Expr(expr) => Some(expr),
            _ => None,
        },
    }
}

/// Stops at the first column.
struct Columns {
    /// So many queries is this one within.
    queries: usize,
}

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) if self.queries == 0 => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
