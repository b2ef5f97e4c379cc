use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_schema::{FieldRef, Schema};

use crate::Error;
use crate::arguments::Arguments;
use crate::row::{Argument, Block};
use crate::signature::ArgumentType;

/// One row of values: what a function is opened with, or what filters compare with.
#[derive(Debug)]
pub(crate) struct Constants {
    fields: Vec<FieldRef>,
    values: Arguments,
}

impl Constants {
    /// # Errors
    ///
    /// There is not one row.
    pub(crate) fn new(fields: Vec<FieldRef>, values: Arguments) -> Result<Self, Error> {
        if values.rows() != 1 {
            return Err(Error::new(format_args!(
                "there are {} rows of values where one is agreed",
                values.rows()
            )));
        }
        Ok(Self { fields, values })
    }

    /// Those of no columns, or of one row each.
    ///
    /// # Errors
    ///
    /// One of them has not one row.
    pub(crate) fn of(columns: &[ArrayRef]) -> Result<Self, Error> {
        if let Some(column) = columns.iter().find(|column| column.len() != 1) {
            return Err(Error::new(format_args!(
                "an argument has one value, and this array {}",
                column.len()
            )));
        }
        let field = |column: &ArrayRef| {
            let data_type = column.data_type().clone();
            FieldRef::new(arrow_schema::Field::new("", data_type, true))
        };
        let values = columns.iter().map(|column| column.to_data());
        Ok(Self {
            fields: columns.iter().map(field).collect(),
            values: Arguments::new(values, 1),
        })
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// As a batch of one row.
    pub(crate) fn to_batch(&self) -> RecordBatch {
        let columns = self.values.columns().iter();
        let columns = columns.map(|column| make_array(column.data().clone()));
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        RecordBatch::try_new_with_options(schema, columns.collect(), &options)
            .expect("the columns were decoded by these fields")
    }

    /// The value at `index`, as an array of one.
    pub(crate) fn array(&self, index: usize) -> ArrayRef {
        make_array(self.values.columns()[index].data().clone())
    }

    /// The value at `index`. `what` names it in errors.
    ///
    /// # Errors
    ///
    /// There is none, it is of another type, or it is null and `T` is no `Option`.
    pub(crate) fn value<'a, T: Argument<'a>>(
        &'a self,
        index: usize,
        what: &str,
    ) -> Result<T, Error> {
        let Some(column) = self.values.columns().get(index) else {
            return Err(Error::new(format_args!(
                "{what} is missing: there are {}",
                self.fields.len()
            )));
        };
        let (wanted, is) = (T::argument_type(), column.data().data_type());
        if !wanted.accepts(is) {
            let wanted = match wanted {
                ArgumentType::Exactly(data_type) => data_type.to_string(),
                ArgumentType::Any => "any type".to_owned(),
                ArgumentType::Text => "text".to_owned(),
                ArgumentType::Binary => "binary".to_owned(),
            };
            return Err(Error::new(format_args!(
                "{what} is {is} where {wanted} is wanted"
            )));
        }
        if T::nulls(column).is_some() {
            return Err(Error::new(format_args!("{what} is null")));
        }
        let mut reader = T::reader(column, 1)?;
        let value = T::block(&mut reader, 0..1).at(0);
        Ok(value)
    }

    /// The value at `index` of what stands behind the tables of a call.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value).
    pub(crate) fn argument<'a, T: Argument<'a>>(&'a self, index: usize) -> Result<T, Error> {
        self.value(index, &format!("argument {index} (counted from zero)"))
    }

    /// Whether the value at `index` is null.
    pub(crate) fn is_null(&self, index: usize) -> bool {
        self.array(index).is_null(0)
    }
}
