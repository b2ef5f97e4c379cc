use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use arrow_array::{Array, UInt32Array};
use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use super::function::named;
use crate::Error;
use crate::columns::Columns;
use crate::record::Item;
use crate::row::Plan;

/// The rows of a batch, at most.
const MOST_ROWS: usize = 8192;

/// Where a batch ends, in bytes of values that differ in length.
const ENOUGH_BYTES: usize = 1 << 20;

/// How rows are collected, of a type that nobody can name: that which a function returns.
pub struct Shape<S> {
    fields: fn() -> Vec<FieldRef>,
    sink: fn(usize) -> S,
    finish: fn(S) -> Vec<ArrayData>,
}

impl<S> Clone for Shape<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Shape<S> {}

impl<S> Shape<S> {
    /// Of the rows that `call` would return, which is not called.
    pub fn of<I>(_: impl FnOnce() -> I) -> Self
    where
        I: IntoIterator<Item: Item<Sink = S>>,
    {
        Self {
            fields: <I::Item as Item>::fields,
            sink: <I::Item as Item>::sink,
            finish: <I::Item as Item>::finish,
        }
    }

    /// As [`of`](Self::of), where there can be an error in place of the rows.
    pub fn of_result<I, E>(_: impl FnOnce() -> Result<I, E>) -> Self
    where
        I: IntoIterator<Item: Item<Sink = S>>,
    {
        Self::of(never::<I>)
    }

    /// The fields of the rows of a function.
    pub fn fields(&self, function: &str) -> Vec<FieldRef> {
        named((self.fields)(), function)
    }
}

/// Stands for an argument of what is not called.
///
/// # Panics
///
/// Always.
pub fn never<T>() -> T {
    unreachable!("this says only what types a call has")
}

/// Rows as a function gives them, in batches that are not too large.
pub struct Output<S> {
    shape: Shape<S>,
    sink: S,
    /// The row of the arguments that each row belongs to.
    parents: Vec<u32>,
    ready: VecDeque<Columns>,
}

impl<S> Output<S> {
    pub(super) fn new(shape: Shape<S>) -> Self {
        Self {
            sink: (shape.sink)(0),
            parents: Vec::new(),
            ready: VecDeque::new(),
            shape,
        }
    }

    /// Adds a row that belongs to the row `parent` of the arguments.
    #[inline]
    pub(super) fn push<T: Item<Sink = S>>(&mut self, parent: u32, row: T) -> Result<(), Error> {
        row.add(&mut self.sink)
            .map_err(|error| error.at_row(parent.into()))?;
        self.parents.push(parent);
        if self.parents.len() == MOST_ROWS || T::bytes(&self.sink) >= ENOUGH_BYTES {
            self.end_batch();
        }
        Ok(())
    }

    /// Whether there is a whole batch.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Adds what `call` gives for each row of a block, from `next` on, until there is a whole batch. Moves
    /// `next` behind the rows that it was called for.
    ///
    /// # Errors
    ///
    /// The first error of the function, with its row in the batch.
    pub fn fill<I>(
        &mut self,
        plan: &Plan,
        block: Range<usize>,
        next: &mut usize,
        mut call: impl FnMut(usize) -> Result<I, Error>,
    ) -> Result<(), Error>
    where
        I: IntoIterator<Item: Item<Sink = S>>,
    {
        while *next < block.end && !self.is_ready() {
            let row = *next;
            *next += 1;
            if plan.leaves_out(row) {
                continue;
            }
            let rows = call(row - block.start).map_err(|error| error.at_row(row as u64))?;
            for item in rows {
                self.push(row as u32, item)?;
            }
        }
        Ok(())
    }

    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.shape);
    }

    /// A whole batch, or what there is.
    pub(super) fn pop(&mut self) -> Option<Columns> {
        if !self.is_ready() && !self.parents.is_empty() {
            self.end_batch();
        }
        self.ready.pop_front()
    }

    fn end_batch(&mut self) {
        // The next batch is likely as long.
        let rows = self.parents.len();
        let sink = mem::replace(&mut self.sink, (self.shape.sink)(rows));
        let parents = mem::replace(&mut self.parents, Vec::with_capacity(rows));
        let mut columns = vec![UInt32Array::from(parents).into_data()];
        columns.extend((self.shape.finish)(sink));
        self.ready.push_back(Columns { rows, columns });
    }
}
