//! Batch maps.

use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::Int64Type;
use arrowbox_sdk::array::{Int64Array, RecordBatch, StringArray};
use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};
use arrowbox_sdk::{Batches, Error, MapBatches, Options, TableCall, map_batches};

fn schema(columns: &[(&str, DataType)]) -> SchemaRef {
    let field = |(name, data_type): &(&str, DataType)| Field::new(*name, data_type.clone(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn first_numbers(rows: &RecordBatch) -> Result<&Int64Array, Error> {
    let first = rows.columns().first();
    first
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| Error::new("the first column has to be int64"))
}

/// Keeps a sum over all batches.
pub struct Running {
    sum: i64,
    rows: i64,
}

/// For each row the sum of the first column so far, and its number among the rows so far, from one.
#[map_batches]
impl MapBatches for Running {
    fn open(_: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self { sum: 0, rows: 0 })
    }

    fn schema(&self) -> SchemaRef {
        schema(&[("sum", DataType::Int64), ("row", DataType::Int64)])
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        let values = first_numbers(&rows)?;
        let sums = values.iter().map(|value| {
            self.sum += value.unwrap_or(0);
            Some(self.sum)
        });
        let sums: Int64Array = sums.collect();
        let first = self.rows + 1;
        self.rows += values.len() as i64;
        let numbers: Int64Array = (first..=self.rows).map(Some).collect();
        let columns = vec![Arc::new(sums) as _, Arc::new(numbers) as _];
        Ok(RecordBatch::try_new(self.schema(), columns)?.into())
    }
}

/// Counts, and says so at the end.
pub struct Last {
    rows: i64,
    batches: i64,
    sum: i64,
}

/// One row when there are no more: how many rows and batches there were, and the sum of the first column. It
/// fails at the end with the argument, if there is one.
#[map_batches(arguments("text"))]
impl MapBatches for Last {
    fn open(_: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            rows: 0,
            batches: 0,
            sum: 0,
        })
    }

    fn schema(&self) -> SchemaRef {
        schema(&[
            ("rows", DataType::Int64),
            ("batches", DataType::Int64),
            ("sum", DataType::Int64),
        ])
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        let values = first_numbers(&rows)?;
        self.rows += values.len() as i64;
        self.batches += 1;
        self.sum += values.iter().flatten().sum::<i64>();
        Ok(Batches::default())
    }

    fn finish(&mut self) -> Result<Batches, Error> {
        let numbers = [self.rows, self.batches, self.sum];
        let column = |number| Arc::new(Int64Array::from(vec![number])) as _;
        let columns = numbers.into_iter().map(column).collect();
        Ok(RecordBatch::try_new(self.schema(), columns)?.into())
    }
}

/// Gives each batch again and again.
pub struct Again {
    times: i64,
    schema: SchemaRef,
}

/// Every batch so many times, lazily, with a column `again` behind it that is named by the second argument.
#[map_batches(arguments("Int64", "text"))]
impl MapBatches for Again {
    fn open(call: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        let times: i64 = call.argument(0)?;
        if times < 0 {
            return Err(Error::new(format!("{times} times is not often enough")));
        }
        let name: &str = call.argument(1)?;
        let fields = call.input().fields().iter().cloned();
        let again = Arc::new(Field::new(name, DataType::Int64, true));
        let fields: Vec<_> = fields.chain([again]).collect();
        Ok(Self {
            times,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        let schema = self.schema();
        let batch = move |time| {
            let again = Int64Array::from(vec![time; rows.num_rows()]);
            let mut columns = rows.columns().to_vec();
            columns.push(Arc::new(again));
            Ok(RecordBatch::try_new(SchemaRef::clone(&schema), columns)?)
        };
        Ok(Batches::lazy((0..self.times).map(batch)))
    }
}

/// Keeps everything.
pub struct Keep {
    batches: Vec<RecordBatch>,
}

/// The lengths of the texts of the first column, once all of them have come.
#[map_batches]
impl MapBatches for Keep {
    fn open(_: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            batches: Vec::new(),
        })
    }

    fn schema(&self) -> SchemaRef {
        schema(&[("length", DataType::Int64)])
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        self.batches.push(rows);
        Ok(Batches::default())
    }

    fn finish(&mut self) -> Result<Batches, Error> {
        let schema = self.schema();
        let lengths = std::mem::take(&mut self.batches)
            .into_iter()
            .map(move |rows| {
                let texts: &StringArray = rows
                    .column(0)
                    .as_string_opt()
                    .ok_or_else(|| Error::new("the first column has to be utf8"))?;
                let lengths: Int64Array = texts
                    .iter()
                    .map(|text| text.map(|text| text.len() as i64))
                    .collect();
                Ok(RecordBatch::try_new(
                    SchemaRef::clone(&schema),
                    vec![Arc::new(lengths)],
                )?)
            });
        Ok(Batches::lazy(lengths))
    }
}
