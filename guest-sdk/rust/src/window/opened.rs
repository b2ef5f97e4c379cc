use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use super::function::{Window, WindowFunction};
use crate::arguments::Arguments;
use crate::scalar::{Hint, agreed};
use crate::{Error, Options};

/// A window function at one place in a query.
pub(crate) struct Opened<F: Window> {
    function: F,
    /// Of the partition whose rows are being pushed.
    pushed: F::State,
    result: FieldRef,
    hint: Hint,
}

impl<F: Window> Opened<F> {
    pub(crate) fn new(arguments: &[FieldRef], options: &Options) -> Result<Self, Error> {
        let function = F::open(options)?;
        Ok(Self {
            result: (F::ENTRY.signature)().result(F::ENTRY.name, arguments)?,
            pushed: function.begin(),
            function,
            hint: Hint::default(),
        })
    }

    fn checked(&self, result: ArrayData, rows: usize) -> Result<ArrayData, Error> {
        agreed(&result, rows, &self.result)?;
        Ok(result)
    }
}

impl<F: Window> WindowFunction for Opened<F> {
    fn result(&self) -> &FieldRef {
        &self.result
    }

    fn is_incremental(&self) -> bool {
        F::INCREMENTAL
    }

    fn evaluate(&mut self, partition: Arguments) -> Result<ArrayData, Error> {
        let mut state = self.function.begin();
        let result = self.function.run(&mut state, &partition, &self.hint)?;
        self.checked(result, partition.rows())
    }

    fn push(&mut self, rows: Arguments, first: bool) -> Result<ArrayData, Error> {
        if !F::INCREMENTAL {
            return Err(Error::new(format_args!(
                "{} needs a whole partition at once",
                F::ENTRY.name
            )));
        }
        if first {
            self.pushed = self.function.begin();
        }
        let result = self.function.run(&mut self.pushed, &rows, &self.hint)?;
        self.checked(result, rows.rows())
    }
}
