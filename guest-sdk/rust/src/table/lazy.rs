use std::vec;

use arrow_schema::FieldRef;

use super::function::TableFunction;
use super::output::{Output, Shape};
use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::record::Item;

/// A function that owns its arguments: its rows are made when they are asked for.
pub struct Lazy<F, S, A, R, C, I: IntoIterator> {
    function: F,
    fields: Vec<FieldRef>,
    /// The arguments of every row that the function is called for.
    read: R,
    call: C,
    pending: vec::IntoIter<(u32, A)>,
    /// The row of the arguments that `I` was made for.
    current: Option<(u32, I::IntoIter)>,
    output: Output<S>,
}

impl<F, S, A, R, C, I> Lazy<F, S, A, R, C, I>
where
    R: Fn(&Arguments) -> Result<Vec<(u32, A)>, Error>,
    C: Fn(&F, A) -> Result<I, Error>,
    I: IntoIterator<Item: Item<Sink = S>>,
{
    /// `read` gives the arguments of every row that `call` is to be called for.
    pub fn new(function: F, fields: Vec<FieldRef>, shape: Shape<S>, read: R, call: C) -> Self {
        Self {
            function,
            fields,
            read,
            call,
            pending: Vec::new().into_iter(),
            current: None,
            output: Output::new(shape),
        }
    }
}

impl<F, S, A, R, C, I> TableFunction for Lazy<F, S, A, R, C, I>
where
    R: Fn(&Arguments) -> Result<Vec<(u32, A)>, Error>,
    C: Fn(&F, A) -> Result<I, Error>,
    I: IntoIterator<Item: Item<Sink = S>>,
{
    fn result(&self) -> &[FieldRef] {
        &self.fields
    }

    fn push(&mut self, arguments: Arguments) -> Result<(), Error> {
        self.output.clear();
        self.current = None;
        self.pending = (self.read)(&arguments)?.into_iter();
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Columns>, Error> {
        while !self.output.is_ready() {
            let Some((row, rows)) = &mut self.current else {
                let Some((row, arguments)) = self.pending.next() else {
                    break;
                };
                let rows = (self.call)(&self.function, arguments)
                    .map_err(|error| error.at_row(row.into()))?;
                self.current = Some((row, rows.into_iter()));
                continue;
            };
            match rows.next() {
                Some(item) => self.output.push(*row, item)?,
                None => self.current = None,
            }
        }
        Ok(self.output.pop())
    }
}
