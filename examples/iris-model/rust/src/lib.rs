//! A trained model that scores rows: a function from batches to batches.

mod model;

use std::sync::Arc;

use arrowbox_sdk::array::types::Int32Type;
use arrowbox_sdk::array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray,
};
use arrowbox_sdk::buffer::NullBuffer;
use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};
use arrowbox_sdk::{Batches, Error, MapBatches, Options, TableCall, map_batches};

pub use model::{Model, Scores};

/// The names of the columns that are added.
const PREDICTED: &str = "predicted";
const PROBABILITY: &str = "probability";

/// A model, and what it needs of a table.
pub struct IrisModel {
    model: Model,
    /// The numbers of its columns in the table.
    columns: Vec<usize>,
    threshold: f64,
    /// The names of its classes.
    classes: ArrayRef,
    schema: SchemaRef,
}

/// The columns of the table, and behind them `predicted`, the likeliest class of each row, and its `probability`.
///
/// The model tells species of iris apart, from the columns `sepal_length`, `sepal_width`, `petal_length` and
/// `petal_width`, in centimetres. What stands behind the function is a probability from 0 to 1: where the class is
/// less likely, `predicted` is null. Both columns are null where a column of the model is.
///
/// - `data.model`: a model in place of that which comes with the function, as lines `class,intercept,weight,…`
///   below a line that names the columns.
#[map_batches(name = "score_iris")]
impl MapBatches for IrisModel {
    fn open(call: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&["model"])?;
        let model = match options.data("model") {
            Some(blob) => Model::parse(&blob.read_to_string()?)?,
            None => Model::parse(include_str!("model.csv"))?,
        };
        Self::new(model, call.input(), threshold(call)?)
    }

    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        self.score(&rows).map(Batches::from)
    }
}

impl IrisModel {
    /// A model for the rows of a table. It gives classes that have at least the probability `threshold`.
    ///
    /// # Errors
    ///
    /// The table has no columns for the model, or those that would be added.
    pub fn new(model: Model, table: &Schema, threshold: f64) -> Result<Self, Error> {
        let column = |name: &String| column(table, name);
        Ok(Self {
            columns: model
                .columns()
                .iter()
                .map(column)
                .collect::<Result<_, _>>()?,
            threshold,
            classes: Arc::new(model.classes().map(Some).collect::<StringArray>()),
            schema: output(table)?,
            model,
        })
    }

    /// The rows, with class and probability.
    ///
    /// # Errors
    ///
    /// They are not those of the table.
    pub fn score(&self, rows: &RecordBatch) -> Result<RecordBatch, Error> {
        let columns = self.columns.iter().map(|&column| numbers(rows, column));
        let columns: Vec<&Float64Array> = columns.collect::<Result<_, _>>()?;
        let values: Vec<&[f64]> = columns.iter().map(|column| &column.values()[..]).collect();
        let scores = self.model.score(&values, rows.num_rows());

        let nulls = columns
            .iter()
            .fold(None, |nulls: Option<NullBuffer>, column| {
                NullBuffer::union(nulls.as_ref(), column.nulls())
            });
        let likely: NullBuffer = scores
            .probabilities
            .iter()
            .map(|&p| p >= self.threshold)
            .collect();
        let likely = NullBuffer::union(nulls.as_ref(), Some(&likely));
        let predicted = DictionaryArray::<Int32Type>::try_new(
            Int32Array::new(scores.classes.into(), likely),
            Arc::clone(&self.classes),
        )?;
        let probability = Float64Array::new(scores.probabilities.into(), nulls);

        let mut output = rows.columns().to_vec();
        output.extend([Arc::new(predicted) as ArrayRef, Arc::new(probability)]);
        Ok(RecordBatch::try_new(
            SchemaRef::clone(&self.schema),
            output,
        )?)
    }
}

/// From what probability on a class is given.
fn threshold(call: &TableCall) -> Result<f64, Error> {
    match call.arguments().num_columns() {
        0 => Ok(0.0),
        1 => {
            // SQL takes 0 and 1 for integers.
            let whole = |error| {
                call.argument(0)
                    .map(|whole: i64| whole as f64)
                    .map_err(|_| error)
            };
            let threshold = call.argument(0).or_else(whole)?;
            match (0.0..=1.0).contains(&threshold) {
                true => Ok(threshold),
                false => Err(Error::new(format_args!(
                    "the probability from which a class is given is from 0 to 1, and not {threshold}"
                ))),
            }
        }
        count => Err(Error::new(format_args!(
            "score_iris takes one number behind the table, and not {count}"
        ))),
    }
}

/// The number of a column of the model in a table.
fn column(table: &Schema, name: &str) -> Result<usize, Error> {
    let Some((index, field)) = table.column_with_name(name) else {
        return Err(Error::new(format_args!(
            "the table has no column {name:?}, which the model needs"
        )));
    };
    match field.data_type() {
        DataType::Float64 => Ok(index),
        other => Err(Error::new(format_args!(
            "the column {name:?} is {other}: the model takes Float64, so cast it to double"
        ))),
    }
}

/// The columns of a table and those of the model.
fn output(table: &Schema) -> Result<SchemaRef, Error> {
    let classes = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let added = [
        Field::new(PREDICTED, classes, true),
        Field::new(PROBABILITY, DataType::Float64, true),
    ];
    if let Some(field) = added
        .iter()
        .find(|field| table.column_with_name(field.name()).is_some())
    {
        return Err(Error::new(format_args!(
            "the table has a column {:?} already: name it otherwise",
            field.name()
        )));
    }
    let added = added.map(Arc::new);
    let fields: Vec<_> = table.fields().iter().cloned().chain(added).collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// The numbers of a column.
fn numbers(rows: &RecordBatch, column: usize) -> Result<&Float64Array, Error> {
    let numbers = rows.columns().get(column);
    let numbers = numbers.and_then(|numbers| numbers.as_any().downcast_ref());
    numbers.ok_or_else(|| {
        Error::new(format_args!(
            "column {column} of the rows is not of numbers"
        ))
    })
}

arrowbox_sdk::export!(IrisModel);

#[cfg(test)]
mod tests;
