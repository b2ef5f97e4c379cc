//! Operations on two operands.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use datafusion::{
    common::ScalarValue,
    logical_expr::{Operator as Engine, type_coercion::binary::BinaryTypeCoercer},
    physical_expr::{
        PhysicalExpr,
        expressions::{BinaryExpr, CastExpr},
    },
};

use super::{
    Reserve, Result,
    operand::{Operand, Operands, Place},
    size::estimate,
    sum::sum,
};
use crate::sandbox::wire::Operator;

/// Row by row.
pub(crate) fn binary(
    operator: Operator,
    left: Operand,
    right: Operand,
    reserve: Reserve<'_>,
) -> Result<ArrayRef> {
    let like = [&left, &right]
        .into_iter()
        .find_map(|operand| match operand {
            Operand::Column(column) => Some(column.data_type().clone()),
            Operand::Value(_) => None,
        });
    let operator = engine(operator);
    let mut operands = Operands::new(vec![left, right], like.as_ref())?;
    let rows = operands.rows();
    let types = [&operands.places[0], &operands.places[1]].map(Place::data_type);
    let (of_left, of_right) =
        BinaryTypeCoercer::new(&types[0], &operator, &types[1]).get_input_types()?;
    let bytes = operands.bytes();
    if let Some(sum) = sum(operator, &operands, reserve)? {
        return Ok(sum);
    }
    for (own, wanted) in types.iter().zip([&of_left, &of_right]) {
        if own != wanted {
            reserve(estimate(wanted, rows, bytes))?;
        }
    }
    let right = coerced(operands.places.pop(), of_right)?;
    let left = coerced(operands.places.pop(), of_left)?;
    let expr = BinaryExpr::new(left, operator, right).with_fail_on_overflow(true);
    let wanted = expr.data_type(&operands.batch.schema())?;
    reserve(estimate(&wanted, rows, bytes))?;
    expr.evaluate(&operands.batch)?.into_array(rows)
}

/// An operand of the type that the operation takes.
fn coerced(
    place: Option<Place>,
    wanted: arrow::datatypes::DataType,
) -> Result<Arc<dyn PhysicalExpr>> {
    let place = place.unwrap_or(Place::Constant(ScalarValue::Null));
    if place.data_type() == wanted {
        return Ok(place.expr());
    }
    Ok(match place {
        Place::Constant(value) => Place::Constant(value.cast_to(&wanted)?).expr(),
        column @ Place::Column(..) => Arc::new(CastExpr::new(column.expr(), wanted, None)),
    })
}

fn engine(operator: Operator) -> Engine {
    match operator {
        Operator::Add => Engine::Plus,
        Operator::Subtract => Engine::Minus,
        Operator::Multiply => Engine::Multiply,
        Operator::Divide => Engine::Divide,
        Operator::Remainder => Engine::Modulo,
        Operator::Equal => Engine::Eq,
        Operator::NotEqual => Engine::NotEq,
        Operator::Less => Engine::Lt,
        Operator::LessEqual => Engine::LtEq,
        Operator::Greater => Engine::Gt,
        Operator::GreaterEqual => Engine::GtEq,
        Operator::And => Engine::And,
        Operator::Or => Engine::Or,
        Operator::BitAnd => Engine::BitwiseAnd,
        Operator::BitOr => Engine::BitwiseOr,
        Operator::BitXor => Engine::BitwiseXor,
        Operator::ShiftLeft => Engine::BitwiseShiftLeft,
        Operator::ShiftRight => Engine::BitwiseShiftRight,
    }
}
