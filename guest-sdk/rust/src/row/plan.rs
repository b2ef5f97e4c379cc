use std::ops::Range;

use arrow_buffer::NullBuffer;
use arrow_buffer::bit_iterator::BitSliceIterator;
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::output::Return;
use super::writer::{Sheet, Write, Written};
use crate::Error;
use crate::arguments::Arguments;
use crate::scalar::Hint;

/// Rows of a block where a block is a table that is filled: small enough to stay in the nearest cache.
const BLOCK: usize = 1024;

/// In which steps the loop takes the rows, and which of them it leaves out.
pub struct Plan {
    rows: usize,
    /// The first row that is looked at.
    start: usize,
    block: usize,
    nulls: Option<NullBuffer>,
}

impl Plan {
    /// All rows in one block if every column is read where it lies.
    pub fn new(arguments: &Arguments) -> Self {
        let in_place = arguments
            .columns()
            .iter()
            .all(|column| !column.is_constant() && is_fixed(column.data().data_type()));
        Self {
            rows: arguments.rows(),
            start: 0,
            block: if in_place { usize::MAX } else { BLOCK },
            nulls: None,
        }
    }

    /// Leaves out these rows too.
    pub fn leave_out(&mut self, nulls: Option<NullBuffer>) {
        self.nulls = NullBuffer::union(self.nulls.as_ref(), nulls.as_ref());
    }

    /// Whether this row is left out.
    pub(crate) fn leaves_out(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Begins behind the first rows.
    pub fn begin_at(&mut self, row: usize) {
        self.start = row;
    }

    /// Rows of a block, at most.
    pub fn block(&self) -> usize {
        self.block
    }

    /// One block after the other.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (rows, block) = (self.rows, self.block);
        (self.start..rows)
            .step_by(block)
            .map(move |start| start..start.saturating_add(block).min(rows))
    }

    /// What the results of `R` go into.
    pub fn sink<R: Return>(&self, hint: &Hint) -> R::Sink {
        R::sink(self.rows, hint)
    }

    /// Runs `function` for every row of the block, counted from its beginning.
    ///
    /// # Errors
    ///
    /// The first error of the function, with its row in the batch.
    #[inline]
    pub fn run<R: Return>(
        &self,
        sink: &mut R::Sink,
        block: Range<usize>,
        mut function: impl FnMut(usize) -> R,
    ) -> Result<(), Error> {
        let result = match &self.nulls {
            None => R::extend(sink, 0..block.len(), function),
            Some(nulls) => {
                let valid = nulls.inner().slice(block.start, block.len());
                let mut next = 0;
                let result = valid.set_slices().try_for_each(|(start, end)| {
                    (next..start).for_each(|_| R::push_null(sink));
                    next = end;
                    R::extend(sink, start..end, &mut function)
                });
                (next..block.len()).for_each(|_| R::push_null(sink));
                result
            }
        };
        result.map_err(|(error, row)| error.at_row((block.start + row) as u64))
    }

    /// Of so many rows that are no arguments.
    pub fn of(rows: usize) -> Self {
        Self {
            rows,
            start: 0,
            block: usize::MAX,
            nulls: None,
        }
    }

    /// Calls `function` for every row of the block that is not left out, counted from its beginning.
    ///
    /// # Errors
    ///
    /// The first error of the function, with its row in the batch.
    #[inline]
    pub fn each(
        &self,
        block: Range<usize>,
        mut function: impl FnMut(usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // There is one loop, with or without nulls, so that the function is in it once.
        let mut valid = self.nulls.as_ref().map(|nulls| {
            BitSliceIterator::new(nulls.validity(), nulls.offset() + block.start, block.len())
        });
        let mut run = match &mut valid {
            Some(valid) => valid.next(),
            None => Some((0, block.len())),
        };
        while let Some((first, end)) = run {
            for row in first..end {
                function(row).map_err(|error| error.at_row((block.start + row) as u64))?;
            }
            run = valid.as_mut().and_then(Iterator::next);
        }
        Ok(())
    }

    /// The column.
    pub fn finish<R: Return>(self, sink: R::Sink, hint: &Hint) -> ArrayData {
        R::finish(sink, self.nulls, hint)
    }

    /// What a function that writes its results writes to.
    pub fn sheet<W: Write>(&self, hint: &Hint) -> Sheet<W> {
        Sheet::new(self.rows, hint)
    }

    /// As [`run`](Self::run), for a function that writes its results.
    ///
    /// # Errors
    ///
    /// The first error of the function, with its row in the batch.
    #[inline]
    pub fn write<W: Write, R: Written>(
        &self,
        sheet: &mut Sheet<W>,
        block: Range<usize>,
        mut function: impl FnMut(usize, &mut W) -> R,
    ) -> Result<(), Error> {
        for row in 0..block.len() {
            let batch_row = block.start + row;
            if self
                .nulls
                .as_ref()
                .is_some_and(|nulls| nulls.is_null(batch_row))
            {
                sheet.null::<R>();
                continue;
            }
            sheet
                .row(|out| function(row, out))
                .map_err(|error| error.at_row(batch_row as u64))?;
        }
        Ok(())
    }

    /// The column.
    pub fn finish_sheet<W: Write, R: Written>(self, sheet: Sheet<W>, hint: &Hint) -> ArrayData {
        sheet.finish::<R>(self.nulls, hint)
    }
}

/// Whether columns of this type are read where they lie.
fn is_fixed(data_type: &DataType) -> bool {
    data_type.is_primitive()
}
