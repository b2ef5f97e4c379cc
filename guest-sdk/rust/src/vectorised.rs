//! Functions of whole columns: arrays in, an array out.

use std::fmt::Display;
use std::sync::Arc;

use arrow_array::types::{ArrowPrimitiveType, ByteArrayType, ByteViewType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericByteArray, GenericByteViewArray, GenericListArray,
    GenericListViewArray, NullArray, OffsetSizeTrait, PrimitiveArray,
};
use arrow_array::{
    DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray, MapArray, RunArray, StructArray,
    UnionArray, types::ArrowDictionaryKeyType, types::RunEndIndexType,
};
use arrow_schema::DataType;

use crate::function::ArgumentType;
use crate::{Column, Error};

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
    fn keep(column: &Column) -> Result<Self::Kept, Error>;

    /// What is passed.
    fn pass(kept: &Self::Kept) -> &Self;
}

impl ArrayArgument for Column {
    type Kept = Column;

    fn keep(column: &Column) -> Result<Column, Error> {
        Ok(column.clone())
    }

    fn pass(kept: &Column) -> &Self {
        kept
    }
}

impl ArrayArgument for ArrayRef {
    type Kept = ArrayRef;

    fn keep(column: &Column) -> Result<ArrayRef, Error> {
        Ok(column.expand())
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
    fn into_array(self) -> Result<ArrayRef, Error>;
}

impl ArrayReturn for ArrayRef {
    fn into_array(self) -> Result<ArrayRef, Error> {
        Ok(self)
    }
}

impl<T: ArrayReturn, E: Display> ArrayReturn for Result<T, E> {
    fn into_array(self) -> Result<ArrayRef, Error> {
        self.map_err(Error::new)?.into_array()
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
    ($($({$($generics:tt)*})? $array:ty),* $(,)?) => {$(
        impl$(<$($generics)*>)? ArrayArgument for $array {
            type Kept = ArrayRef;

            fn keep(column: &Column) -> Result<ArrayRef, Error> {
                if !column.values().as_any().is::<Self>() {
                    return Err(Error::new(format_args!(
                        "the argument is {} where {} was agreed",
                        column.values().data_type(),
                        stringify!($array)
                    )));
                }
                Ok(column.expand())
            }

            fn pass(kept: &ArrayRef) -> &Self {
                kept.as_any().downcast_ref().expect("`keep` looked at the type")
            }
        }

        impl$(<$($generics)*>)? ArrayReturn for $array {
            fn into_array(self) -> Result<ArrayRef, Error> {
                Ok(Arc::new(self))
            }
        }
    )*};
}

arrays! {
    {P: ArrowPrimitiveType} PrimitiveArray<P>,
    {T: ByteArrayType} GenericByteArray<T>,
    {T: ByteViewType} GenericByteViewArray<T>,
    {O: OffsetSizeTrait} GenericListArray<O>,
    {O: OffsetSizeTrait} GenericListViewArray<O>,
    {K: ArrowDictionaryKeyType} DictionaryArray<K>,
    {R: RunEndIndexType} RunArray<R>,
    BooleanArray,
    FixedSizeBinaryArray,
    FixedSizeListArray,
    MapArray,
    NullArray,
    StructArray,
    UnionArray,
}

/// The arrays behind the last parameter, `&[ArrayRef]`.
pub fn rest(columns: &[Column]) -> Vec<ArrayRef> {
    columns.iter().map(Column::expand).collect()
}

/// What an array of one type accepts: that type.
pub fn argument_of<T: OneType>() -> ArgumentType {
    ArgumentType::Exactly(T::data_type())
}
