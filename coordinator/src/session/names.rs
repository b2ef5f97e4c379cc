//! Which functions a statement names, and where.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use arrowbox_host::Function;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{Expr, Function as SqlFunction, TableFactor, Visit, Visitor};

use super::ddl::normalise;
use super::forms;
use super::functions::Resolved;
use super::relations::{Call, CallError, Maps};

/// The names of the functions in a statement, as SQL understands them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Called in expressions, those with OVER and those without.
    values: BTreeSet<(String, Window)>,
    /// Called in FROM, or named in a call there.
    relations: BTreeSet<String>,
    /// What a table is stored as.
    formats: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Window {
    None,
    Over,
}

impl Names {
    /// All that `statement` has.
    pub(super) fn of(statement: &Statement) -> Self {
        let mut names = Self::default();
        names.collect(statement);
        names
    }

    /// All of them, wherever they stand.
    pub(super) fn all(&self) -> BTreeSet<String> {
        let values = self.values.iter().map(|(name, _)| name);
        values
            .chain(&self.relations)
            .chain(&self.formats)
            .cloned()
            .collect()
    }

    /// Whether expressions call only what gives values. What stands in FROM is looked at there.
    pub(super) fn check(&self, functions: &Resolved) -> Result<(), CallError> {
        for (name, window) in &self.values {
            let Some(function) = functions.get(name) else {
                continue;
            };
            let kind = forms::kind(function);
            let fits = match (function, window) {
                (Function::Aggregate(_), _) => true,
                (Function::Scalar(_), window) => *window == Window::None,
                (Function::Window(_), window) => *window == Window::Over,
                _ => false,
            };
            if !fits {
                let name = name.clone();
                return Err(CallError::Kind { name, kind });
            }
        }
        Ok(())
    }

    fn collect(&mut self, statement: &Statement) {
        let _: ControlFlow<()> = match statement {
            Statement::Statement(statement) => statement.visit(self),
            Statement::CopyTo(copy) => {
                self.formats.extend(copy.stored_as.clone());
                match &copy.source {
                    CopyToSource::Query(query) => query.visit(self),
                    CopyToSource::Relation(_) => ControlFlow::Continue(()),
                }
            }
            Statement::Explain(explain) => {
                self.collect(&explain.statement);
                ControlFlow::Continue(())
            }
            Statement::CreateExternalTable(create) => {
                self.formats.insert(create.file_type.clone());
                ControlFlow::Continue(())
            }
            Statement::Reset(_) => ControlFlow::Continue(()),
        };
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(SqlFunction { name, over, .. }) = expr
            && let [part] = name.0.as_slice()
            && let Some(ident) = part.as_ident()
        {
            let window = if over.is_some() {
                Window::Over
            } else {
                Window::None
            };
            self.values.insert((normalise(ident), window));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, relation: &TableFactor) -> ControlFlow<()> {
        if let Some(call) = Call::of(relation) {
            if Maps::of(&call.name).is_some() {
                self.relations.extend(call.names());
            }
            self.relations.insert(call.name);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    #[test]
    fn calls_are_found_wherever_they_are() {
        for (sql, names) in [
            ("SELECT Gcd(a, f(b)) FROM t WHERE g(1) > 2", "f g gcd"),
            ("EXPLAIN ANALYZE SELECT f(1)", "f"),
            ("COPY (SELECT f(1)) TO 'x.csv'", "f"),
            (
                "CREATE VIEW v AS SELECT \"F\"(a) FROM (SELECT h(a) AS a FROM t)",
                "F h",
            ),
            ("CREATE TABLE x AS SELECT f(1)", "f"),
            ("INSERT INTO t SELECT f(1)", "f"),
            ("PREPARE p AS SELECT f($1)", "f"),
            ("SELECT sum(x) OVER (PARTITION BY f(y)) FROM t", "f sum"),
            ("SELECT a FROM t ORDER BY f(a)", "f"),
            ("SELECT * FROM t JOIN u ON f(t.a) = g(u.a)", "f g"),
            ("SELECT * FROM f(1)", "f"),
            ("SELECT * FROM t CROSS JOIN LATERAL f(t.a)", "f"),
            ("SELECT gcd FROM t", ""),
            (
                "SELECT * FROM map_batches((SELECT f(a) FROM t), Score, 0.5)",
                "f map_batches score",
            ),
            (
                "SELECT * FROM cogrouped_map((SELECT 1), (SELECT 2), \"Join\", by => k)",
                "Join cogrouped_map",
            ),
            (
                "CREATE EXTERNAL TABLE t STORED AS parquet LOCATION 'x'",
                "PARQUET",
            ),
            ("COPY t TO 'x' STORED AS json", "JSON"),
        ] {
            let statement = DFParser::parse_sql(sql).unwrap().pop_front().unwrap();
            let found: Vec<_> = Names::of(&statement).all().into_iter().collect();
            assert_eq!(found.join(" "), names, "{sql}");
        }
    }
}
