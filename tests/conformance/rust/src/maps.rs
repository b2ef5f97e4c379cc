//! Functions from tables to tables.

use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::Int64Type;
use arrowbox_sdk::array::{Int64Array, RecordBatch};
use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};
use arrowbox_sdk::{
    Batches, CogroupedCall, CogroupedMap, Error, Group, GroupedCall, GroupedMap, MapBatches,
    Options, Row, Rows, TableCall, cogrouped_map, grouped_map, map_batches,
};

use crate::aggregates::refuse;

fn schema(names: &[&str]) -> SchemaRef {
    let field = |name: &&str| Field::new(*name, DataType::Int64, true);
    Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()))
}

fn batch(schema: SchemaRef, columns: Vec<Int64Array>) -> Result<Batches, Error> {
    let columns = columns
        .into_iter()
        .map(|column| Arc::new(column) as _)
        .collect();
    Ok(RecordBatch::try_new(schema, columns)?.into())
}

/// A factor.
pub struct Scaled {
    column: usize,
    by: i64,
}

/// The column `v`, and it times the argument. Refuses 666.
#[map_batches(arguments("Int64"))]
impl MapBatches for Scaled {
    fn open(call: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        let by = call.argument(0)?;
        refuse(by).map_err(Error::new)?;
        Ok(Self {
            column: call.input().index_of("v")?,
            by,
        })
    }

    fn schema(&self) -> SchemaRef {
        schema(&["v", "scaled"])
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        let values = rows.column(self.column).as_primitive::<Int64Type>();
        batch(
            self.schema(),
            vec![values.clone(), values.unary(|v| v * self.by)],
        )
    }
}

/// What was seen of the column `v`.
pub struct Tally {
    column: usize,
    rows: i64,
    sum: i64,
}

/// One row at the end: how many rows there were, and the sum of their column `v`. Refuses 666.
#[map_batches]
impl MapBatches for Tally {
    fn open(call: &TableCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            column: call.input().index_of("v")?,
            rows: 0,
            sum: 0,
        })
    }

    fn schema(&self) -> SchemaRef {
        schema(&["rows", "sum"])
    }

    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
        for value in rows
            .column(self.column)
            .as_primitive::<Int64Type>()
            .iter()
            .flatten()
        {
            refuse(value).map_err(Error::new)?;
            self.sum += value;
        }
        self.rows += rows.num_rows() as i64;
        Ok(Batches::default())
    }

    fn finish(&mut self) -> Result<Batches, Error> {
        let one = |value| Int64Array::from(vec![value]);
        batch(self.schema(), vec![one(self.rows), one(self.sum)])
    }
}

/// From where to where.
#[derive(Row)]
pub struct Span {
    low: Option<i64>,
    high: Option<i64>,
    rows: i64,
}

/// Looks at the column `v`.
pub struct SpanOf {
    column: usize,
}

/// The least and the greatest value of the column `v` of a group, and how many rows it has. Refuses 666.
#[grouped_map]
impl GroupedMap for SpanOf {
    type Row = Span;

    fn open(call: &GroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            column: call.input().index_of("v")?,
        })
    }

    fn map(&mut self, group: &Group<'_>, out: &mut Rows<Span>) -> Result<(), Error> {
        let values: Vec<i64> = group.nullable::<i64>(self.column)?.flatten().collect();
        values
            .iter()
            .try_for_each(|value| refuse(*value))
            .map_err(Error::new)?;
        let (low, high) = (values.iter().min().copied(), values.iter().max().copied());
        out.push(Span {
            low,
            high,
            rows: group.len() as i64,
        });
        Ok(())
    }
}

/// Nothing to keep.
pub struct Surplus;

/// How many rows more a key has in the left table.
#[cogrouped_map]
impl CogroupedMap for Surplus {
    type Row = i64;

    fn open(_: &CogroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self)
    }

    fn map(
        &mut self,
        left: &Group<'_>,
        right: &Group<'_>,
        out: &mut Rows<i64>,
    ) -> Result<(), Error> {
        out.push(left.len() as i64 - right.len() as i64);
        Ok(())
    }
}
