//! Sums and differences of integers.
//!
//! Arrow's own kernels look at each row for an overflow, and take the rows one by one for that. These collect the signs
//! that tell of one, so that rows are taken together, and leave a column with an overflow to the kernels that say where
//! it is.

use std::{
    ops::{BitAnd, BitOr, BitXor},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray,
        RecordBatch,
    },
    buffer::NullBuffer,
    datatypes::{DataType, Int32Type, Int64Type},
};
use datafusion::logical_expr::Operator;

use super::{
    Reserve, Result,
    operand::{Operands, Place},
    size::estimate,
};

/// The sum or difference of two columns, or of a column and a value. Nothing where that overflows, or where it is not of
/// integers.
pub(super) fn sum(
    operator: Operator,
    operands: &Operands,
    reserve: Reserve<'_>,
) -> Result<Option<ArrayRef>> {
    let [left, right] = &operands.places[..] else {
        return Ok(None);
    };
    let data_type = left.data_type();
    let is_sum = matches!(operator, Operator::Plus | Operator::Minus);
    if !is_sum || data_type != right.data_type() {
        return Ok(None);
    }
    let sum = match data_type {
        DataType::Int32 => sum_of::<Int32Type>,
        DataType::Int64 => sum_of::<Int64Type>,
        _ => return Ok(None),
    };
    reserve(estimate(&data_type, operands.rows(), 0))?;
    Ok(sum(operator, &operands.batch, left, right))
}

fn sum_of<T>(
    operator: Operator,
    batch: &RecordBatch,
    left: &Place,
    right: &Place,
) -> Option<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: BitAnd<Output = T::Native> + BitOr<Output = T::Native> + BitXor<Output = T::Native>,
{
    // What comes out is negative where a sum is not of the sign of both, and a difference not of that of the first.
    let add = |a: T::Native, b: T::Native| {
        let sum = a.add_wrapping(b);
        (sum, (a ^ sum) & (b ^ sum))
    };
    let subtract = |a: T::Native, b: T::Native| {
        let difference = a.sub_wrapping(b);
        (difference, (a ^ b) & (a ^ difference))
    };
    let (left, right) = (Integers::<T>::of(batch, left)?, Integers::of(batch, right)?);
    match operator {
        Operator::Plus => rows(left, right, add),
        Operator::Minus => rows(left, right, subtract),
        _ => None,
    }
}

/// The values of an operand.
enum Integers<'a, T: ArrowPrimitiveType> {
    Column(&'a PrimitiveArray<T>),
    Constant(T::Native),
}

impl<'a, T: ArrowPrimitiveType> Integers<'a, T> {
    /// Nothing if they are of another type, or null for all rows.
    fn of(batch: &'a RecordBatch, place: &Place) -> Option<Self> {
        match place {
            Place::Column(index, _) => {
                Some(Self::Column(batch.column(*index).as_primitive_opt::<T>()?))
            }
            Place::Constant(value) => {
                let value = value.to_array().ok()?;
                let values = value.as_primitive_opt::<T>()?;
                (values.null_count() == 0).then(|| Self::Constant(values.value(0)))
            }
        }
    }
}

fn rows<T: ArrowPrimitiveType>(
    left: Integers<'_, T>,
    right: Integers<'_, T>,
    compute: impl Fn(T::Native, T::Native) -> (T::Native, T::Native),
) -> Option<ArrayRef>
where
    T::Native: BitOr<Output = T::Native>,
{
    use Integers::{Column, Constant};
    let mut signs = T::Native::ZERO;
    let mut row = |a, b| {
        let (value, sign) = compute(a, b);
        signs = signs | sign;
        value
    };
    let (values, nulls): (Vec<_>, _) = match (left, right) {
        (Column(a), Column(b)) => {
            let pairs = a.values().iter().zip(b.values());
            let nulls = NullBuffer::union(a.nulls(), b.nulls());
            (pairs.map(|(&a, &b)| row(a, b)).collect(), nulls)
        }
        (Column(a), Constant(b)) => {
            let values = a.values().iter().map(|&a| row(a, b));
            (values.collect(), a.nulls().cloned())
        }
        (Constant(a), Column(b)) => {
            let values = b.values().iter().map(|&b| row(a, b));
            (values.collect(), b.nulls().cloned())
        }
        (Constant(_), Constant(_)) => return None,
    };
    let overflows = signs.is_lt(T::Native::ZERO);
    (!overflows).then(|| Arc::new(PrimitiveArray::<T>::new(values.into(), nulls)) as ArrayRef)
}
