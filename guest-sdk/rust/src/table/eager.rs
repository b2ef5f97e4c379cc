use arrow_schema::FieldRef;

use super::function::TableFunction;
use super::output::{Output, Shape};
use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;

/// A function that borrows its arguments: all rows of one row of arguments are made at once.
pub struct Eager<F, S, C> {
    function: F,
    fields: Vec<FieldRef>,
    /// Adds rows for arguments from a row on, until there is a whole batch.
    call: C,
    arguments: Option<Arguments>,
    next: usize,
    output: Output<S>,
}

impl<F, S, C> Eager<F, S, C>
where
    C: Fn(&F, &Arguments, &mut usize, &mut Output<S>) -> Result<(), Error>,
{
    /// `call` adds rows for the arguments from a row on, until there is a whole batch.
    pub fn new(function: F, fields: Vec<FieldRef>, shape: Shape<S>, call: C) -> Self {
        Self {
            function,
            fields,
            call,
            arguments: None,
            next: 0,
            output: Output::new(shape),
        }
    }
}

impl<F, S, C> TableFunction for Eager<F, S, C>
where
    C: Fn(&F, &Arguments, &mut usize, &mut Output<S>) -> Result<(), Error>,
{
    fn result(&self) -> &[FieldRef] {
        &self.fields
    }

    fn push(&mut self, arguments: Arguments) -> Result<(), Error> {
        self.output.clear();
        self.arguments = Some(arguments);
        self.next = 0;
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Columns>, Error> {
        if let Some(arguments) = &self.arguments
            && self.next < arguments.rows()
            && !self.output.is_ready()
        {
            (self.call)(&self.function, arguments, &mut self.next, &mut self.output)?;
        }
        Ok(self.output.pop())
    }
}
