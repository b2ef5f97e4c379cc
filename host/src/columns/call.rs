//! Scalar functions of the engine.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use arrow::{
    array::ArrayRef,
    compute::{self, kernels::numeric::neg},
    datatypes::{DataType, SchemaRef},
};
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
    pattern, refuse,
    size::{estimate, unpacked},
};

/// Expressions that are kept.
const KEPT: usize = 64;
/// Bytes of the constants that an expression is kept by.
const KEY: usize = 4096;
/// Arguments of one call.
const ARGUMENTS: usize = 1024;

/// Functions whose results are as large as an argument says, that take or tell types as text, or that tell of the
/// machine.
pub(super) const REFUSED: [&str; 14] = [
    "arrow_cast",
    "arrow_try_cast",
    "version",
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "array_resize",
    "range",
    "generate_series",
    "arrow_typeof",
    "arrow_field",
    "arrow_metadata",
    "with_metadata",
];

/// Functions that put one argument into the result for every byte or element of another.
pub(super) const MULTIPLYING: [&str; 10] = [
    "replace",
    "regexp_replace",
    "regexp_match",
    "concat_ws",
    "to_char",
    "array_to_string",
    "array_replace",
    "array_replace_n",
    "array_replace_all",
    "string_to_array",
];

/// Functions that compare every part of one argument with every part of another.
pub(super) const COMPARING: [&str; 6] = [
    "levenshtein",
    "array_has",
    "array_has_all",
    "array_has_any",
    "array_except",
    "array_intersect",
];

/// Steps of a function that can not be stopped while it compares.
pub(super) const STEPS: usize = 1 << 32;

/// The engine with all of its functions, and nobody else's.
pub(super) static ENGINE: LazyLock<SessionState> =
    LazyLock::new(|| SessionStateBuilder::new().with_default_features().build());

/// Calls of one guest, which it makes again and again with columns of the same types.
#[derive(Default)]
pub(crate) struct Calls(HashMap<(String, Vec<Part>), Planned>);

/// A call that can be made.
#[derive(Clone)]
struct Planned {
    expr: Arc<dyn PhysicalExpr>,
    /// Bytes of the program of its pattern, if it has one.
    program: Option<usize>,
}

/// What an expression is made for: an argument.
#[derive(PartialEq, Eq, Hash)]
enum Part {
    Column(DataType),
    Constant(ScalarValue),
}

impl Calls {
    /// A function, row by row.
    pub(crate) fn call(
        &mut self,
        function: &str,
        arguments: Vec<Operand>,
        reserve: Reserve<'_>,
    ) -> Result<ArrayRef> {
        if arguments.len() > ARGUMENTS {
            return refuse(format!(
                "`{function}` was given {} arguments, at most {ARGUMENTS} are possible",
                arguments.len()
            ));
        }
        let function = canonical(function);
        if function == "negative" && arguments.len() == 1 {
            return negative(arguments, reserve);
        }
        let operands = Operands::new(arguments, None)?;
        let (rows, schema) = (operands.rows(), operands.batch.schema());
        let bytes = product(&function, &operands)?;
        // Arguments that are brought to other types, and constants that are computed with while this is planned.
        reserve(bytes)?;
        let Planned { expr, program } = self.planned(&function, &operands, &schema, reserve)?;
        reserve(estimate(&expr.data_type(&schema)?, rows, bytes))?;
        let Some(program) = program else {
            return expr.evaluate(&operands.batch)?.into_array(rows);
        };
        let mut parts = Vec::new();
        for rows in pattern::portions(&function, program, &operands)? {
            // Looks whether anybody waits still.
            reserve(0)?;
            let part = operands.batch.slice(rows.start, rows.len());
            parts.push(expr.evaluate(&part)?.into_array(rows.len())?);
        }
        if let [whole] = parts.as_slice() {
            return Ok(Arc::clone(whole));
        }
        reserve(parts.iter().map(unpacked).sum())?;
        let parts: Vec<_> = parts.iter().map(|part| part.as_ref()).collect();
        Ok(compute::concat(&parts)?)
    }

    /// A call, which is planned once for arguments of the same types and constants.
    fn planned(
        &mut self,
        function: &str,
        operands: &Operands,
        schema: &SchemaRef,
        reserve: Reserve<'_>,
    ) -> Result<Planned> {
        let parts = operands.places.iter().map(|place| match place {
            Place::Column(_, data_type) => Part::Column(data_type.clone()),
            Place::Constant(value) => Part::Constant(value.clone()),
        });
        let key = (function.to_owned(), parts.collect());
        if let Some(planned) = self.0.get(&key) {
            return Ok(planned.clone());
        }
        let planned = Planned {
            program: pattern::program(function, operands, reserve)?,
            expr: plan(expression(function, &operands.places)?, schema)?,
        };
        let constants = operands.places.iter().map(|place| match place {
            Place::Column(..) => 0,
            Place::Constant(value) => value.size(),
        });
        let pattern = planned.program.and(operands.places.get(1));
        // A column of patterns is another one the next time.
        if constants.sum::<usize>() <= KEY && !matches!(pattern, Some(Place::Column(..))) {
            if self.0.len() == KEPT {
                self.0.clear();
            }
            self.0.insert(key, planned.clone());
        }
        Ok(planned)
    }
}

/// What a function of the engine calls itself, which can have other names.
fn canonical(function: &str) -> String {
    let function = function.to_lowercase();
    match ENGINE.scalar_functions().get(&function) {
        Some(known) => known.name().to_owned(),
        None => function,
    }
}

/// The engine's own lets integers overflow.
fn negative(arguments: Vec<Operand>, reserve: Reserve<'_>) -> Result<ArrayRef> {
    let mut negated = Vec::with_capacity(1);
    for argument in arguments {
        let values = argument.into_array()?;
        reserve(unpacked(&values))?;
        negated.push(match values.data_type() {
            DataType::Null => values,
            _ => neg(&values)?,
        });
    }
    Ok(negated.swap_remove(0))
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
    let too_long = || {
        refuse(format!(
            "`{function}` would take too long with values as large as these"
        ))
    };
    // What has a constant looks at all of it for each row.
    if bytes > STEPS {
        return too_long();
    }
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
        return too_long();
    }
    Ok(if multiplying { product } else { bytes })
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
        ("not" | "is_null" | "is_not_null", 1) => {
            let argument = Box::new(given.next().unwrap_or(lit(ScalarValue::Null)));
            Ok(match function {
                "not" => Expr::Not(argument),
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
                    "`{function}` can not be called here: it makes as much as it is told to, or takes or tells types or the machine"
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
