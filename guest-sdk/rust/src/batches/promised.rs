use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_schema::{FieldRef, SchemaRef};

use super::Batches;
use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::vectorised::rest;

/// Batches of a function beside the fields that it promised.
pub(crate) struct Promised {
    fields: Vec<FieldRef>,
    batches: Batches,
}

impl Promised {
    pub(crate) fn new(fields: Vec<FieldRef>) -> Self {
        let batches = Batches::default();
        Self { fields, batches }
    }

    pub(crate) fn fields(&self) -> &[FieldRef] {
        &self.fields
    }

    /// What the function gives next. What it gave before is forgotten.
    pub(crate) fn give(&mut self, batches: Batches) {
        self.batches = batches;
    }

    /// The next batch that has rows.
    ///
    /// # Errors
    ///
    /// What the function says, or that a batch does not keep the promise.
    pub(crate) fn next(&mut self) -> Result<Option<Columns>, Error> {
        loop {
            match self.batches.next().transpose()? {
                Some(batch) if batch.num_rows() == 0 => self.check(&batch)?,
                Some(batch) => {
                    self.check(&batch)?;
                    return Ok(Some(Columns {
                        rows: batch.num_rows(),
                        columns: batch.columns().iter().map(|c| c.to_data()).collect(),
                    }));
                }
                None => return Ok(None),
            }
        }
    }

    fn check(&self, batch: &RecordBatch) -> Result<(), Error> {
        let names = |fields: &mut dyn Iterator<Item = &FieldRef>| {
            let names: Vec<_> = fields.map(|field| field.name().as_str()).collect();
            names.join(", ")
        };
        if batch.num_columns() != self.fields.len() {
            return Err(Error::new(format_args!(
                "the function gave {} columns ({}) and promised {} ({})",
                batch.num_columns(),
                names(&mut batch.schema_ref().fields().iter()),
                self.fields.len(),
                names(&mut self.fields.iter()),
            )));
        }
        let given = batch.schema_ref().fields().iter().zip(batch.columns());
        for (index, (promised, (given, column))) in self.fields.iter().zip(given).enumerate() {
            if given.name() != promised.name() {
                return Err(Error::new(format_args!(
                    "column {index} (counted from zero) of what the function gave is {:?} and promised is {:?}",
                    given.name(),
                    promised.name()
                )));
            }
            if !column.data_type().equals_datatype(promised.data_type()) {
                return Err(Error::new(format_args!(
                    "the function gave column {:?} as {} and promised {}",
                    promised.name(),
                    column.data_type(),
                    promised.data_type()
                )));
            }
            if !promised.is_nullable() && column.null_count() > 0 {
                return Err(Error::new(format_args!(
                    "the function gave column {:?} with {} nulls and promised none",
                    promised.name(),
                    column.null_count()
                )));
            }
        }
        Ok(())
    }
}

/// Rows that came, as a batch.
///
/// # Errors
///
/// The columns are not those of `schema`.
pub(crate) fn batch_of(schema: SchemaRef, rows: &Arguments) -> Result<RecordBatch, Error> {
    let options = RecordBatchOptions::new()
        .with_row_count(Some(rows.rows()))
        .with_match_field_names(false);
    let columns = rest(rows.columns());
    Ok(RecordBatch::try_new_with_options(
        schema, columns, &options,
    )?)
}
