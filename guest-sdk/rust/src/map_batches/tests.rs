use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::*;
use crate::testing;

/// Keeps the batches, and gives them at the end in reverse.
struct Reverse {
    schema: SchemaRef,
    kept: Vec<RecordBatch>,
    promised: Option<Field>,
}

impl MapBatches for Reverse {
    fn open(call: &TableCall, options: &Options) -> Result<Self, Error> {
        let promised = match options.param("promise") {
            Some("other name") => Some(Field::new("b", DataType::Int64, true)),
            Some("other type") => Some(Field::new("a", DataType::Utf8, true)),
            Some("no nulls") => Some(Field::new("a", DataType::Int64, false)),
            _ => None,
        };
        Ok(Self {
            schema: SchemaRef::clone(call.input()),
            kept: Vec::new(),
            promised,
        })
    }

    fn schema(&self) -> SchemaRef {
        match &self.promised {
            Some(field) => Arc::new(Schema::new(vec![field.clone()])),
            None => SchemaRef::clone(&self.schema),
        }
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        self.kept.push(rows);
        Ok(Batches::default())
    }

    fn finish(&mut self) -> Result<Batches, Error> {
        let kept = std::mem::take(&mut self.kept).into_iter().rev();
        Ok(Batches::lazy(kept.map(Ok)))
    }
}

fn rows(values: Vec<Option<i64>>) -> RecordBatch {
    let values: ArrayRef = Arc::new(Int64Array::from(values));
    RecordBatch::try_from_iter_with_nullable([("a", values, true)]).unwrap()
}

#[test]
fn what_was_learnt_is_given_at_the_end() {
    let input = [rows(vec![Some(1), None]), rows(vec![]), rows(vec![Some(3)])];
    let output = testing::map_batches::<Reverse>(&input, &[], &Options::default()).unwrap();
    assert_eq!(output, [rows(vec![Some(3)]), rows(vec![Some(1), None])]);
}

#[test]
fn a_broken_promise_is_an_error_that_names_what_differs() {
    for (promise, expected) in [
        (
            "other name",
            "column 0 (counted from zero) of what the function gave is \"a\" and promised is \"b\"",
        ),
        (
            "other type",
            "the function gave column \"a\" as Int64 and promised Utf8",
        ),
        (
            "no nulls",
            "the function gave column \"a\" with 1 nulls and promised none",
        ),
    ] {
        let options = Options::default().with_param("promise", promise);
        let error =
            testing::map_batches::<Reverse>(&[rows(vec![None])], &[], &options).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn arguments_have_types() {
    let arguments: [ArrayRef; 3] = [
        Arc::new(Float64Array::from(vec![2.5])),
        Arc::new(StringArray::from(vec!["text"])),
        Arc::new(Int64Array::from(vec![None])),
    ];
    let arguments = crate::constants::Constants::of(&arguments).unwrap();
    let call = TableCall::new(Vec::new(), arguments);
    assert_eq!(call.argument::<f64>(0).unwrap(), 2.5);
    assert_eq!(call.argument::<&str>(1).unwrap(), "text");
    assert_eq!(call.argument::<Option<i64>>(2).unwrap(), None);
    assert_eq!(call.arguments().num_columns(), 3);
    for (error, expected) in [
        (
            call.argument::<i64>(2).unwrap_err(),
            "argument 2 (counted from zero) is null",
        ),
        (
            call.argument::<i64>(0).unwrap_err(),
            "argument 0 (counted from zero) is Float64 where Int64 is wanted",
        ),
        (
            call.argument::<f64>(3).unwrap_err(),
            "argument 3 (counted from zero) is missing: there are 3",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
    let two: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    assert!(testing::map_batches::<Reverse>(&[rows(vec![])], &[two], &Options::default()).is_err());
}
