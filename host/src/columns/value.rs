//! Single values, between guests and the engine.

use arrow::{
    array::{Array, ArrayRef},
    datatypes::DataType,
};
use datafusion::common::ScalarValue;

use super::{Result, refuse};
use crate::sandbox::wire::Value;

/// A value as the engine has it: of the type `like`, where a number or a text can be one.
pub(super) fn scalar(value: Value, like: Option<&DataType>) -> Result<ScalarValue> {
    let own = match value {
        Value::Null => match like {
            Some(like) => ScalarValue::try_new_null(like)?,
            None => ScalarValue::Null,
        },
        Value::Boolean(value) => ScalarValue::Boolean(Some(value)),
        Value::Int64(value) => ScalarValue::Int64(Some(value)),
        Value::Uint64(value) => ScalarValue::UInt64(Some(value)),
        Value::Float64(value) => ScalarValue::Float64(Some(value)),
        Value::Text(value) => ScalarValue::Utf8(Some(value)),
        Value::Binary(value) => ScalarValue::Binary(Some(value)),
    };
    let Some(like) = like else {
        return Ok(own);
    };
    let is_text = |data_type: &DataType| {
        use DataType::{LargeUtf8, Utf8, Utf8View};
        matches!(data_type, Utf8 | LargeUtf8 | Utf8View)
    };
    let is_binary = |data_type: &DataType| {
        use DataType::{Binary, BinaryView, LargeBinary};
        matches!(data_type, Binary | LargeBinary | BinaryView)
    };
    let fits = match &own {
        ScalarValue::Int64(_) | ScalarValue::UInt64(_) => like.is_integer() || like.is_floating(),
        ScalarValue::Float64(_) => like.is_floating(),
        ScalarValue::Utf8(_) => is_text(like),
        ScalarValue::Binary(_) => is_binary(like),
        _ => false,
    };
    // What does not fit keeps its type, and SQL's coercions find one for both.
    Ok(match fits {
        true => own.cast_to(like).unwrap_or(own),
        false => own,
    })
}

/// A value for the guest, if it has a form for it.
pub(super) fn value(scalar: ScalarValue) -> Result<Value> {
    use ScalarValue as S;
    if scalar.is_null() {
        return Ok(Value::Null);
    }
    Ok(match scalar {
        S::Boolean(Some(value)) => Value::Boolean(value),
        S::Int8(Some(value)) => Value::Int64(value.into()),
        S::Int16(Some(value)) => Value::Int64(value.into()),
        S::Int32(Some(value)) => Value::Int64(value.into()),
        S::Int64(Some(value)) => Value::Int64(value),
        S::UInt8(Some(value)) => Value::Uint64(value.into()),
        S::UInt16(Some(value)) => Value::Uint64(value.into()),
        S::UInt32(Some(value)) => Value::Uint64(value.into()),
        S::UInt64(Some(value)) => Value::Uint64(value),
        S::Float16(Some(value)) => Value::Float64(value.to_f64()),
        S::Float32(Some(value)) => Value::Float64(value.into()),
        S::Float64(Some(value)) => Value::Float64(value),
        S::Utf8(Some(value)) | S::LargeUtf8(Some(value)) | S::Utf8View(Some(value)) => {
            Value::Text(value)
        }
        S::Binary(Some(value))
        | S::LargeBinary(Some(value))
        | S::BinaryView(Some(value))
        | S::FixedSizeBinary(_, Some(value)) => Value::Binary(value),
        S::Dictionary(_, value) => return self::value(*value),
        other => {
            return refuse(format!(
                "a value of the type {} has to be cast before it is one here: to int64, float64 or utf8",
                other.data_type()
            ));
        }
    })
}

/// The value of a row.
pub(crate) fn value_at(column: &ArrayRef, row: u64) -> Result<Value> {
    let len = column.len();
    match usize::try_from(row) {
        Ok(row) if row < len => value(ScalarValue::try_from_array(column, row)?),
        _ => refuse(format!("there is no row {row}: the column has {len} rows")),
    }
}
