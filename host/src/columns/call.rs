//! Scalar functions of the engine.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

use arrow::{array::ArrayRef, datatypes::SchemaRef};
use datafusion::{
    common::{DFSchema, ScalarValue},
    execution::{SessionState, SessionStateBuilder},
    logical_expr::{Case, Expr, Like, Volatility, expr::ScalarFunction, lit},
    optimizer::simplify_expressions::{ExprSimplifier, SimplifyContext},
    physical_expr::PhysicalExpr,
};

use super::{
    Reserve, Result,
    operand::{Operand, Operands, Place, name},
    refuse,
    size::estimate,
};

/// Expressions that are kept.
const KEPT: usize = 64;
/// Bytes of what an expression is kept by.
const KEY: usize = 1024;

/// Functions whose results are as large as an argument says, or tell of types what a guest has written there.
const REFUSED: [&str; 17] = [
    "repeat",
    "lpad",
    "rpad",
    "space",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
    "range",
    "generate_series",
    "gen_series",
    "array_pad",
    "list_pad",
    "arrow_typeof",
    "arrow_field",
    "arrow_metadata",
    "with_metadata",
];

/// Functions that put one argument into the result for every byte or element of another.
const MULTIPLYING: [&str; 18] = [
    "replace",
    "regexp_replace",
    "regexp_match",
    "concat_ws",
    "to_char",
    "date_format",
    "array_to_string",
    "list_to_string",
    "array_join",
    "list_join",
    "array_replace",
    "list_replace",
    "array_replace_n",
    "list_replace_n",
    "array_replace_all",
    "list_replace_all",
    "string_to_array",
    "string_to_list",
];

/// Functions that compare every part of one argument with every part of another.
const COMPARING: [&str; 6] = [
    "levenshtein",
    "array_has",
    "array_has_all",
    "array_has_any",
    "array_except",
    "array_intersect",
];

/// Steps of a function that can not be stopped while it compares.
const STEPS: usize = 1 << 32;

/// The engine with all of its functions, and nobody else's.
pub(super) static ENGINE: LazyLock<SessionState> =
    LazyLock::new(|| SessionStateBuilder::new().with_default_features().build());

/// Calls of one guest, which it makes again and again with columns of the same types.
#[derive(Default)]
pub(crate) struct Calls(HashMap<String, Arc<dyn PhysicalExpr>>);

impl Calls {
    /// A function, row by row.
    pub(crate) fn call(
        &mut self,
        function: &str,
        arguments: Vec<Operand>,
        reserve: Reserve<'_>,
    ) -> Result<ArrayRef> {
        let function = function.to_lowercase();
        let operands = Operands::new(arguments, None)?;
        let (rows, schema) = (operands.rows(), operands.batch.schema());
        let bytes = product(&function, &operands)?;
        let key = key(&function, &operands.places)?;
        let expr = match self.0.get(&key) {
            Some(expr) => Arc::clone(expr),
            None => {
                // Constants are computed with while this is planned.
                reserve(bytes)?;
                let expr = plan(expression(&function, &operands.places)?, &schema)?;
                if key.len() <= KEY {
                    if self.0.len() == KEPT {
                        self.0.clear();
                    }
                    self.0.insert(key, Arc::clone(&expr));
                }
                expr
            }
        };
        reserve(estimate(&expr.data_type(&schema)?, rows, bytes))?;
        expr.evaluate(&operands.batch)?.into_array(rows)
    }
}

/// An expression that takes columns of these types.
fn plan(expr: Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    let schema = DFSchema::try_from(Arc::clone(schema))?;
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(ENGINE.config_options()))
        .build();
    let simplifier = ExprSimplifier::new(context);
    let expr = simplifier.simplify(simplifier.coerce(expr, &schema)?)?;
    ENGINE.create_physical_expr(expr, &schema)
}

/// Bytes that a function makes its result of: those of its arguments, as often as it uses them. Refuses what would
/// take too long.
fn product(function: &str, operands: &Operands) -> Result<usize> {
    let bytes = operands.bytes();
    let multiplying = MULTIPLYING.contains(&function);
    let comparing = COMPARING.contains(&function) || function.starts_with("regexp_");
    if !(multiplying || comparing) {
        return Ok(bytes);
    }
    let sizes = operands.places.iter();
    let mut sizes: Vec<_> = sizes.map(|place| place.largest(&operands.batch)).collect();
    sizes.sort_unstable();
    // The largest is what the others are put into, or compared with.
    sizes.pop();
    let others = sizes.into_iter().fold(1, usize::saturating_add);
    let product = bytes.saturating_add(operands.rows()).saturating_mul(others);
    if comparing && product > STEPS {
        return refuse(format!(
            "`{function}` would take too long with values as large as these"
        ));
    }
    Ok(if multiplying { product } else { bytes })
}

/// What tells a call from all others.
fn key(function: &str, places: &[Place]) -> Result<String> {
    let mut key = function.to_owned();
    for place in places {
        let written = match place {
            Place::Column(_, data_type) => write!(key, "\u{0}c{data_type}"),
            Place::Constant(value) => {
                write!(key, "\u{0}v{}:{value:?}", value.data_type())
            }
        };
        written.map_err(|_| datafusion::error::DataFusionError::Execution(key.clone()))?;
    }
    Ok(key)
}

fn expression(function: &str, places: &[Place]) -> Result<Expr> {
    let mut arguments = Vec::with_capacity(places.len());
    for place in places {
        arguments.push(match place {
            Place::Column(index, _) => datafusion::prelude::col(name(*index)),
            Place::Constant(value) => lit(value.clone()),
        });
    }
    let count = arguments.len();
    let wrong = |wanted: &str| {
        refuse(format!(
            "`{function}` takes {wanted}, and was given {count} arguments"
        ))
    };
    let mut given = arguments.into_iter();
    match (function, count) {
        ("case", 3..) => {
            let mut arguments: Vec<_> = given.collect();
            let otherwise = (count % 2 == 1).then(|| arguments.pop()).flatten();
            let mut pairs = Vec::with_capacity(count / 2);
            let mut given = arguments.into_iter();
            while let (Some(condition), Some(value)) = (given.next(), given.next()) {
                pairs.push((Box::new(condition), Box::new(value)));
            }
            Ok(Expr::Case(Case::new(None, pairs, otherwise.map(Box::new))))
        }
        ("case", 2) => {
            let pair = given.next().zip(given.next());
            let pairs = pair.map(|(condition, value)| (Box::new(condition), Box::new(value)));
            Ok(Expr::Case(Case::new(
                None,
                pairs.into_iter().collect(),
                None,
            )))
        }
        ("case", _) => wrong("a condition, a value, … and the value otherwise"),
        ("not" | "negative" | "is_null" | "is_not_null", 1) => {
            let argument = Box::new(given.next().unwrap_or(lit(ScalarValue::Null)));
            Ok(match function {
                "not" => Expr::Not(argument),
                "negative" => Expr::Negative(argument),
                "is_null" => Expr::IsNull(argument),
                _ => Expr::IsNotNull(argument),
            })
        }
        ("not" | "negative" | "is_null" | "is_not_null", _) => wrong("one argument"),
        ("like" | "ilike", 2) => {
            let mut next = || Box::new(given.next().unwrap_or(lit(ScalarValue::Null)));
            let (text, pattern) = (next(), next());
            let ignores_case = function == "ilike";
            Ok(Expr::Like(Like::new(
                false,
                text,
                pattern,
                None,
                ignores_case,
            )))
        }
        ("like" | "ilike", _) => wrong("a text and a pattern"),
        _ => {
            let Some(known) = ENGINE.scalar_functions().get(function) else {
                return refuse(format!("there is no function `{function}`"));
            };
            if known.signature().volatility != Volatility::Immutable {
                return refuse(format!(
                    "`{function}` is not always the same, so that it can not be called here"
                ));
            }
            if REFUSED.contains(&function) {
                return refuse(format!(
                    "`{function}` makes as much as it is told to, so that it can not be called here"
                ));
            }
            let arguments = given.collect();
            Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
                Arc::clone(known),
                arguments,
            )))
        }
    }
}
