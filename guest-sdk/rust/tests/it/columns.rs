//! Functions of whole columns.

use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::Int64Type;
use arrowbox_sdk::array::{
    Array, ArrayRef, Decimal128Array, Int64Array, ListArray, StringArray, StructArray,
};
use arrowbox_sdk::datatypes::{ArrowError, DataType, Field, FieldRef};
use arrowbox_sdk::testing::{call, call_with};
use arrowbox_sdk::{Column, Error, Function, Options, same_as_first, scalar};

fn numbers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

#[scalar]
fn add(a: &Int64Array, b: &Int64Array) -> Int64Array {
    a.iter().zip(b).map(|(a, b)| Some(a? + b?)).collect()
}

#[test]
fn constants_are_expanded() {
    let many = Column::new(numbers(0..2000));
    let ten = Column::constant(numbers([10]), 2000);
    let sum = call_with::<add>(&Options::default(), vec![ten, many], 2000).unwrap();
    assert_eq!(&sum, &numbers(10..2010));
    assert_eq!(add(&vec![1].into(), &vec![2].into()), vec![3].into());
}

#[scalar(arguments("any"), returns = "Boolean")]
fn is_constant(value: &Column) -> arrowbox_sdk::array::BooleanArray {
    vec![value.is_constant(); value.len()].into()
}

#[test]
fn a_column_says_whether_it_is_constant() {
    let call = |column| {
        let result = call_with::<is_constant>(&Options::default(), vec![column], 2).unwrap();
        result.as_boolean().values().iter().collect::<Vec<_>>()
    };
    assert_eq!(call(Column::constant(numbers([1]), 2)), [true; 2]);
    assert_eq!(call(Column::new(numbers([1, 1]))), [false; 2]);
}

#[scalar(arguments("List(Int64)"), returns = "Int64")]
fn list_sum(lists: &ListArray) -> Int64Array {
    let sum = |list: ArrayRef| list.as_primitive::<Int64Type>().iter().flatten().sum();
    lists.iter().map(|list| list.map(sum)).collect()
}

#[test]
fn nested_types_are_declared() {
    let lists = [Some(vec![Some(1), Some(2)]), None, Some(vec![None])];
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists));
    let expected: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None, Some(0)]));
    assert_eq!(&call::<list_sum>(&[lists]).unwrap(), &expected);
}

#[scalar(arguments("any"), returns = same_as_first)]
fn newest_first(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match values.len() {
        0 => Err(ArrowError::ComputeError("there is nothing".into())),
        length => Ok(values.slice(0, length)),
    }
}

#[test]
fn the_type_of_the_result_can_follow_the_arguments() {
    for column in [numbers([1, 2]), Arc::new(StringArray::from(vec!["a"]))] {
        assert_eq!(
            &call::<newest_first>(&[Arc::clone(&column)]).unwrap(),
            &column
        );
    }
    let error = call::<newest_first>(&[numbers([])]).unwrap_err();
    assert_eq!(error.to_string(), "Compute error: there is nothing");
}

fn struct_of(arguments: &[FieldRef]) -> Result<FieldRef, Error> {
    let named = |(index, field): (usize, &FieldRef)| {
        Field::new(format!("c{index}"), field.data_type().clone(), true)
    };
    let fields: Vec<_> = arguments.iter().enumerate().map(named).collect();
    Ok(Arc::new(Field::new(
        "row",
        DataType::Struct(fields.into()),
        false,
    )))
}

#[scalar(arguments("any"), returns = struct_of)]
fn pack(values: &[ArrayRef]) -> Result<StructArray, ArrowError> {
    let fields = values
        .iter()
        .enumerate()
        .map(|(index, values)| Field::new(format!("c{index}"), values.data_type().clone(), true));
    StructArray::try_new(fields.collect(), values.to_vec(), None)
}

#[test]
fn a_slice_takes_all_columns() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let packed = call::<pack>(&[numbers([1, 2]), Arc::clone(&texts)]).unwrap();
    assert_eq!(packed.as_struct().column(1), &texts);
    assert!((pack::ENTRY.signature)().variadic);
}

#[scalar(arguments("text", "binary"), returns = "Int64")]
fn lengths(text: &ArrayRef, bytes: &Column) -> Int64Array {
    vec![(text.len() + bytes.len()) as i64; text.len()].into()
}

#[test]
fn text_of_any_layout_can_be_declared() {
    let text: ArrayRef = Arc::new(arrowbox_sdk::array::StringViewArray::from(vec!["a"]));
    let bytes: ArrayRef = Arc::new(arrowbox_sdk::array::LargeBinaryArray::from(vec![&b"a"[..]]));
    assert_eq!(
        &call::<lengths>(&[Arc::clone(&text), bytes]).unwrap(),
        &numbers([2])
    );
    assert!(call::<lengths>(&[Arc::clone(&text), text]).is_err());
}

#[scalar]
fn too_short(values: &Int64Array) -> Int64Array {
    values.slice(1, values.len() - 1)
}

#[scalar(arguments("Decimal128(10, 2)"), returns = "Decimal128(10, 2)")]
fn forgets_its_scale(values: &Decimal128Array) -> Decimal128Array {
    values.iter().collect()
}

#[test]
fn a_result_is_what_was_agreed() {
    let error = call::<too_short>(&[numbers([1, 2])]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the function returned 1 values for 2 rows"
    );
    let values = Decimal128Array::from(vec![1])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let error = call::<forgets_its_scale>(&[Arc::new(values)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the function returned Decimal128(38, 10) and its signature says Decimal128(10, 2)"
    );
}
