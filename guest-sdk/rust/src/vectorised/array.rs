use std::fmt::Display;

use arrow_array::types::{ArrowPrimitiveType, ByteArrayType, ByteViewType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericByteArray, GenericByteViewArray, GenericListArray,
    GenericListViewArray, NullArray, OffsetSizeTrait, PrimitiveArray, make_array,
};
use arrow_array::{
    DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray, MapArray, RunArray, StructArray,
    UnionArray, types::ArrowDictionaryKeyType, types::RunEndIndexType,
};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::column::{Column, repeat};
use crate::Error;
use crate::arguments::RawColumn;
use crate::signature::ArgumentType;

/// A type that a parameter of a vectorised function can have, behind `&`: an array, [`ArrayRef`], or
/// [`Column`].
#[diagnostic::on_unimplemented(
    message = "an Arrow column can not be passed as `&{Self}`",
    label = "not an argument of a vectorised function",
    note = "a vectorised function takes `&Int64Array`, `&StringArray` and so on, `&ArrayRef`, or `&Column`"
)]
pub trait ArrayArgument: Sized {
    /// The argument as it is kept while the function runs.
    type Kept;

    /// Makes a column of one value for each row, or says that it has another type.
    ///
    /// # Errors
    ///
    /// The column has another type.
    fn keep(column: &RawColumn) -> Result<Self::Kept, Error>;

    /// What is passed.
    fn pass(kept: &Self::Kept) -> &Self;
}

impl ArrayArgument for Column {
    type Kept = Column;

    fn keep(column: &RawColumn) -> Result<Column, Error> {
        let values = make_array(column.data().clone());
        Ok(if column.is_constant() {
            Column::constant(values, column.len())
        } else {
            Column::new(values)
        })
    }

    fn pass(kept: &Column) -> &Self {
        kept
    }
}

impl ArrayArgument for ArrayRef {
    type Kept = ArrayRef;

    fn keep(column: &RawColumn) -> Result<ArrayRef, Error> {
        Ok(make_array(expand(column)))
    }

    fn pass(kept: &ArrayRef) -> &Self {
        kept
    }
}

/// What a vectorised function can return: an array, [`ArrayRef`], or a [`Result`] of one of them.
#[diagnostic::on_unimplemented(
    message = "a vectorised function can not return `{Self}`",
    label = "not a result of a vectorised function",
    note = "it returns an array such as `Int64Array`, `ArrayRef`, or a `Result` of one of them"
)]
pub trait ArrayReturn {
    /// The array.
    ///
    /// # Errors
    ///
    /// What the function returned in place of one.
    fn into_data(self) -> Result<ArrayData, Error>;
}

impl ArrayReturn for ArrayRef {
    fn into_data(self) -> Result<ArrayData, Error> {
        Ok(self.to_data())
    }
}

impl<T: ArrayReturn, E: Display> ArrayReturn for Result<T, E> {
    fn into_data(self) -> Result<ArrayData, Error> {
        self.map_err(Error::new)?.into_data()
    }
}

/// An array type that is of one Arrow type only, which then needs no declaration.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which Arrow type it has",
    label = "arrays of more than one type",
    note = "declare it: `#[scalar(arguments(\"List(Int64)\", …), returns = \"Int64\")]`"
)]
pub trait OneType {
    /// That type.
    fn data_type() -> DataType;
}

impl<P: ArrowPrimitiveType> OneType for PrimitiveArray<P> {
    fn data_type() -> DataType {
        P::DATA_TYPE
    }
}

impl<T: ByteArrayType> OneType for GenericByteArray<T> {
    fn data_type() -> DataType {
        T::DATA_TYPE
    }
}

impl<T: ByteViewType> OneType for GenericByteViewArray<T> {
    fn data_type() -> DataType {
        T::DATA_TYPE
    }
}

impl OneType for BooleanArray {
    fn data_type() -> DataType {
        DataType::Boolean
    }
}

impl OneType for NullArray {
    fn data_type() -> DataType {
        DataType::Null
    }
}

impl<T: OneType, E> OneType for Result<T, E> {
    fn data_type() -> DataType {
        T::data_type()
    }
}

macro_rules! arrays {
    ($($({$($generics:tt)*})? $array:ty: $is_it:expr),* $(,)?) => {$(
        impl$(<$($generics)*>)? ArrayArgument for $array {
            type Kept = Self;

            fn keep(column: &RawColumn) -> Result<Self, Error> {
                let is_it: fn(&DataType) -> bool = $is_it;
                if !is_it(column.data().data_type()) {
                    return Err(Error::new(format_args!(
                        "the argument is {} where {} was agreed",
                        column.data().data_type(),
                        stringify!($array)
                    )));
                }
                Ok(expand(column).into())
            }

            fn pass(kept: &Self) -> &Self {
                kept
            }
        }

        impl$(<$($generics)*>)? ArrayReturn for $array {
            fn into_data(self) -> Result<ArrayData, Error> {
                Ok(Array::into_data(self))
            }
        }
    )*};
}

arrays! {
    {P: ArrowPrimitiveType} PrimitiveArray<P>: |t| same_kind(t, &P::DATA_TYPE),
    {T: ByteArrayType} GenericByteArray<T>: |t| t == &T::DATA_TYPE,
    {T: ByteViewType} GenericByteViewArray<T>: |t| t == &T::DATA_TYPE,
    {O: OffsetSizeTrait} GenericListArray<O>: |t| match t {
        DataType::List(_) => !O::IS_LARGE,
        DataType::LargeList(_) => O::IS_LARGE,
        _ => false,
    },
    {O: OffsetSizeTrait} GenericListViewArray<O>: |t| match t {
        DataType::ListView(_) => !O::IS_LARGE,
        DataType::LargeListView(_) => O::IS_LARGE,
        _ => false,
    },
    {K: ArrowDictionaryKeyType} DictionaryArray<K>: |t| {
        matches!(t, DataType::Dictionary(keys, _) if **keys == K::DATA_TYPE)
    },
    {R: RunEndIndexType} RunArray<R>: |t| {
        matches!(t, DataType::RunEndEncoded(ends, _) if *ends.data_type() == R::DATA_TYPE)
    },
    BooleanArray: |t| t == &DataType::Boolean,
    FixedSizeBinaryArray: |t| matches!(t, DataType::FixedSizeBinary(_)),
    FixedSizeListArray: |t| matches!(t, DataType::FixedSizeList(..)),
    MapArray: |t| matches!(t, DataType::Map(..)),
    NullArray: |t| t == &DataType::Null,
    StructArray: |t| matches!(t, DataType::Struct(_)),
    UnionArray: |t| matches!(t, DataType::Union(..)),
}

/// Whether arrays of the types are one type in Rust, which knows no time zone, precision or scale.
fn same_kind(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Timestamp(a, _), DataType::Timestamp(b, _)) => a == b,
        (DataType::Decimal32(..), DataType::Decimal32(..))
        | (DataType::Decimal64(..), DataType::Decimal64(..))
        | (DataType::Decimal128(..), DataType::Decimal128(..))
        | (DataType::Decimal256(..), DataType::Decimal256(..)) => true,
        _ => a == b,
    }
}

/// One value for each row.
fn expand(column: &RawColumn) -> ArrayData {
    if column.is_constant() {
        repeat(column.data(), column.len())
    } else {
        column.data().clone()
    }
}

/// The arrays behind the last parameter, `&[ArrayRef]`.
pub fn rest(columns: &[RawColumn]) -> Vec<ArrayRef> {
    columns
        .iter()
        .map(|column| make_array(expand(column)))
        .collect()
}

/// What an array of one type accepts: that type.
pub fn argument_of<T: OneType>() -> ArgumentType {
    ArgumentType::Exactly(T::data_type())
}
