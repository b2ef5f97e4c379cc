//! Schemas and constants on their way, as streams of Arrow IPC.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions},
    datatypes::{FieldRef, Schema, SchemaRef},
    ipc::{reader::StreamReader, writer::StreamWriter},
};
use datafusion::{common::exec_err, error::Result};
use serde::{Deserialize, Serialize};

/// Columns of no rows, or of one.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::functions) struct Columns(Vec<u8>);

impl Columns {
    /// Only what they are.
    pub(in crate::functions) fn schema(schema: &Schema) -> Result<Self> {
        let mut stream = StreamWriter::try_new(Vec::new(), schema)?;
        stream.finish()?;
        Ok(Self(stream.into_inner()?))
    }

    /// One value of each.
    pub(in crate::functions) fn row(fields: &[FieldRef], values: &[ArrayRef]) -> Result<Self> {
        let schema = Arc::new(Schema::new(fields.to_vec()));
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row =
            RecordBatch::try_new_with_options(Arc::clone(&schema), values.to_vec(), &options)?;
        let mut stream = StreamWriter::try_new(Vec::new(), &schema)?;
        stream.write(&row)?;
        stream.finish()?;
        Ok(Self(stream.into_inner()?))
    }

    /// What was given to [`schema`](Self::schema).
    pub(in crate::functions) fn read_schema(&self) -> Result<SchemaRef> {
        Ok(StreamReader::try_new(&*self.0, None)?.schema())
    }

    /// What was given to [`row`](Self::row).
    pub(in crate::functions) fn read_row(&self) -> Result<(Vec<FieldRef>, Vec<ArrayRef>)> {
        let mut stream = StreamReader::try_new(&*self.0, None)?;
        let fields = stream.schema().fields().to_vec();
        match stream.next().transpose()? {
            Some(row) if row.num_rows() == 1 => Ok((fields, row.columns().to_vec())),
            _ => exec_err!("constants of a function are not one row"),
        }
    }
}
