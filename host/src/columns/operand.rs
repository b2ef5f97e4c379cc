//! Columns and single values, brought together.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, RecordBatch, RecordBatchOptions},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use datafusion::{
    common::ScalarValue,
    physical_expr::{
        PhysicalExpr,
        expressions::{Column, Literal},
    },
};

use super::{
    Result, refuse,
    size::{copied, largest},
    value,
};
use crate::sandbox::wire::Value;

/// What an operation works on.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// Values of one type; one of them stands for every row where the others have more.
    Column(ArrayRef),
    /// One value.
    Value(Value),
}

impl Operand {
    /// As a column, of one row if it is a value.
    pub(crate) fn into_array(self) -> Result<ArrayRef> {
        match self {
            Self::Column(column) => Ok(column),
            Self::Value(value) => value::scalar(value, None)?.to_array(),
        }
    }
}

/// Operands of one operation: columns of equal length, and constants.
pub(super) struct Operands {
    pub(super) batch: RecordBatch,
    /// For each operand, the column of the batch that it is, or its value.
    pub(super) places: Vec<Place>,
}

/// Where an operand is.
pub(super) enum Place {
    Column(usize, DataType),
    Constant(ScalarValue),
}

impl Place {
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Column(_, data_type) => data_type.clone(),
            Self::Constant(value) => value.data_type(),
        }
    }

    /// Bytes of its rows in a batch of columns.
    pub(super) fn bytes(&self, batch: &RecordBatch) -> usize {
        match self {
            Self::Column(index, _) => copied(batch.column(*index)),
            Self::Constant(value) => {
                let bytes = value.size() - size_of::<ScalarValue>() + 16;
                bytes.saturating_mul(batch.num_rows())
            }
        }
    }

    /// Bytes of its largest row.
    pub(super) fn largest(&self, batch: &RecordBatch) -> usize {
        match self {
            Self::Column(index, _) => largest(batch.column(*index)),
            Self::Constant(value) => value.size(),
        }
    }

    /// The operand as an expression over the batch.
    pub(super) fn expr(self) -> Arc<dyn PhysicalExpr> {
        match self {
            Self::Column(index, _) => Arc::new(Column::new(&name(index), index)),
            Self::Constant(value) => Arc::new(Literal::new(value)),
        }
    }
}

/// What a column of the batch is called.
pub(super) fn name(index: usize) -> String {
    format!("c{index}")
}

impl Operands {
    /// Operands of as many rows as their columns have. Values take the type of `like`, where they can.
    pub(super) fn new(operands: Vec<Operand>, like: Option<&DataType>) -> Result<Self> {
        let mut rows = 1;
        for operand in &operands {
            let Operand::Column(column) = operand else {
                continue;
            };
            match column.len() {
                1 => {}
                len if rows == 1 => rows = len,
                len if len == rows => {}
                len => {
                    return refuse(format!(
                        "a column of {rows} rows and one of {len} can not be combined"
                    ));
                }
            }
        }
        let mut columns = Vec::new();
        let mut places = Vec::with_capacity(operands.len());
        for operand in operands {
            places.push(match operand {
                Operand::Column(column) if column.len() == rows => {
                    let place = Place::Column(columns.len(), column.data_type().clone());
                    columns.push(column);
                    place
                }
                Operand::Column(column) => {
                    Place::Constant(ScalarValue::try_from_array(&column, 0)?)
                }
                Operand::Value(value) => Place::Constant(value::scalar(value, like)?),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema(&columns), columns, &options)?;
        Ok(Self { batch, places })
    }

    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Bytes of all rows.
    pub(super) fn bytes(&self) -> usize {
        let bytes = self.places.iter().map(|place| place.bytes(&self.batch));
        bytes.fold(0, usize::saturating_add)
    }
}

fn schema(columns: &[ArrayRef]) -> SchemaRef {
    let columns = columns.iter().enumerate();
    let fields =
        columns.map(|(index, column)| Field::new(name(index), column.data_type().clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
