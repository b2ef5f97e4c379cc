//! Columns that stay with the host, as guests see them: resources, and operations that make new ones.
//!
//! What a column takes is charged to the instance like its own memory. An operation that can not be done is an error
//! for the guest to deal with; a guest that asks for columns that are not there has broken the contract.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef},
    datatypes::{DataType, Field, FieldRef},
};
use wasmtime::component::Resource;

use super::{
    bindings::arrowbox::udf::columns::{self as contract, Operator, Value},
    instance::{Guest, Interrupted, Source},
    wire,
};
use crate::{
    boundary::{Outgoing, ReceiveError, Rows, receive, schema},
    columns::{self, Calls, Operand, Reserve},
};

/// Columns that one guest can hold.
const HELD: usize = 65_536;
/// Bytes that a column may keep alive for a small part of them.
const KEPT_ALIVE: usize = 4096;

/// A column that a guest holds.
pub struct Held {
    array: ArrayRef,
    /// Bytes that it is charged with.
    charged: usize,
}

/// Where columns wait, for the guest and for the host, and what is known of operations.
#[derive(Default)]
pub(super) struct Desk {
    /// By the batches of the next call. Taken once.
    offered: Vec<Option<Vec<ArrayRef>>>,
    given: Option<Vec<ArrayRef>>,
    calls: Calls,
    held: usize,
}

impl Desk {
    pub(super) fn offer(&mut self, columns: Vec<ArrayRef>) {
        self.offered.push(Some(columns));
    }

    pub(super) fn given(&mut self) -> Option<Vec<ArrayRef>> {
        self.given.take()
    }

    /// A call begins.
    pub(super) fn begin(&mut self) {
        self.given = None;
    }

    /// A call has ended.
    pub(super) fn end(&mut self) {
        self.offered.clear();
    }
}

/// What an operation answers.
type Answer<T> = wasmtime::Result<Result<T, String>>;

impl Guest {
    /// The values of a column.
    fn column(&self, column: &Resource<Held>) -> wasmtime::Result<ArrayRef> {
        Ok(Arc::clone(&self.resources.get(column)?.array))
    }

    /// A new column of the guest, charged with what it is alone.
    fn lend(&mut self, array: ArrayRef) -> Answer<Resource<Held>> {
        match Outgoing::new([&array]) {
            Ok(outgoing) => self.hold(array, outgoing.bytes()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// A new column that the guest has made, charged with all that it keeps alive. Where most of that is not part of
    /// it, it is copied.
    fn keep(&mut self, array: ArrayRef) -> Answer<Resource<Held>> {
        if let Err(reason) = schema::admit(array.data_type()) {
            return Ok(Err(reason));
        }
        let own = Outgoing::new([&array]).map_err(|error| error.to_string());
        let own = own.and_then(|outgoing| {
            if array.get_buffer_memory_size() <= KEPT_ALIVE.max(2 * outgoing.bytes()) {
                return Ok(None);
            }
            let copy = outgoing.into_bytes(array.len());
            copy.map(Some).map_err(|error| error.to_string())
        });
        let array = match own {
            Ok(None) => array,
            Ok(Some(batch)) => {
                // The host's own, which has as many rows as it has.
                let rows = Rows::Exactly(array.len());
                match self.read(batch, field(array.data_type()), rows, usize::MAX)? {
                    Ok(copy) => copy,
                    Err(message) => return Ok(Err(message)),
                }
            }
            Err(message) => return Ok(Err(message)),
        };
        let bytes = array.get_buffer_memory_size();
        self.hold(array, bytes)
    }

    fn hold(&mut self, array: ArrayRef, charged: usize) -> Answer<Resource<Held>> {
        if self.desk.held == HELD {
            return Ok(Err(format!(
                "{HELD} columns are held already, which is the most: let go of some"
            )));
        }
        if let Err(denied) = self.limiter.hold(charged) {
            return Ok(Err(denied.to_string()));
        }
        self.desk.held += 1;
        Ok(Ok(self.resources.push(Held { array, charged })?))
    }

    /// The column of a batch, which comes from a memory of so many bytes.
    fn read(
        &mut self,
        batch: wire::Batch,
        field: FieldRef,
        rows: Rows,
        memory: usize,
    ) -> Answer<ArrayRef> {
        let source = Source::Bytes(memory);
        let interrupt = &self.environment.interrupt;
        let received = receive(batch, &[field], rows, &source, interrupt);
        match received {
            Ok((mut columns, ..)) => Ok(Ok(columns.swap_remove(0))),
            Err(ReceiveError::Stopped(stopped)) => {
                Err(wasmtime::Error::new(Interrupted::Stopped(stopped)))
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    fn let_go(&mut self, column: Resource<Held>) -> wasmtime::Result<ArrayRef> {
        let Held { array, charged } = self.resources.delete(column)?;
        self.desk.held -= 1;
        self.limiter.let_go(charged);
        Ok(array)
    }

    /// Keeps what an operation makes.
    fn make(
        &mut self,
        operation: impl FnOnce(&mut Calls, Reserve<'_>) -> columns::Result<ArrayRef>,
    ) -> Answer<Resource<Held>> {
        match self.work(operation)? {
            Ok(array) => self.keep(array),
            Err(message) => Ok(Err(message)),
        }
    }

    /// Does an operation, if nobody has stopped the query. What fails is an error, whatever it is: the operation and
    /// its operands are the guest's choice. What it takes meanwhile is charged.
    fn work<T>(
        &mut self,
        operation: impl FnOnce(&mut Calls, Reserve<'_>) -> columns::Result<T>,
    ) -> Answer<T> {
        let began = self.look_at_the_clock().map_err(wasmtime::Error::new)?;
        let Self {
            limiter,
            desk,
            environment,
            ..
        } = self;
        let mut reserved = 0;
        let mut stopped = None;
        let mut reserve = |bytes: usize| {
            if let Err(interrupted) = environment.go_on(began) {
                let message = interrupted.to_string();
                stopped = Some(interrupted);
                return columns::refuse(message);
            }
            match limiter.hold(bytes) {
                Ok(()) => {
                    reserved += bytes;
                    Ok(())
                }
                Err(denied) => columns::refuse(format!("this may take too much memory: {denied}")),
            }
        };
        // What a panic leaves half done is dropped with the error: columns do not change, and what is kept of calls
        // is complete or not there.
        let done = catch_unwind(AssertUnwindSafe(|| {
            operation(&mut desk.calls, &mut reserve)
        }));
        limiter.let_go(reserved);
        if let Some(interrupted) = stopped {
            return Err(wasmtime::Error::new(interrupted));
        }
        Ok(match done {
            Ok(done) => done.map_err(|error| error.strip_backtrace()),
            Err(_) => Err("the engine can not do this with these columns".into()),
        })
    }

    fn operand(&self, operand: contract::Operand) -> wasmtime::Result<Operand> {
        Ok(match operand {
            contract::Operand::Column(column) => Operand::Column(self.column(&column)?),
            contract::Operand::Value(value) => Operand::Value(value),
        })
    }
}

/// The field of a column.
fn field(data_type: &DataType) -> FieldRef {
    Arc::new(Field::new("", data_type.clone(), true))
}

/// The one field of a guest's schema.
fn only(schema: &[wire::Field]) -> Result<FieldRef, String> {
    let mut fields = schema::fields(schema).map_err(|error| error.to_string())?;
    match (fields.pop(), fields.is_empty()) {
        (Some(field), true) => Ok(field),
        _ => Err("a column is described by exactly one field".into()),
    }
}

impl contract::HostColumn for Guest {
    fn from_batch(
        &mut self,
        schema: Vec<wire::Field>,
        rows: wire::Batch,
    ) -> Answer<Resource<Held>> {
        let field = match only(&schema) {
            Ok(field) => field,
            Err(message) => return Ok(Err(message)),
        };
        match self.read(rows, field, Rows::Some, self.limiter.used())? {
            Ok(array) => self.keep(array),
            Err(message) => Ok(Err(message)),
        }
    }

    fn to_batch(&mut self, column: Resource<Held>) -> Answer<wire::Batch> {
        let array = self.column(&column)?;
        let rows = array.len();
        self.look_at_the_clock().map_err(wasmtime::Error::new)?;
        let batch = Outgoing::new([&array]).and_then(|outgoing| outgoing.into_bytes(rows));
        Ok(batch.map_err(|error| error.to_string()))
    }

    fn schema(&mut self, column: Resource<Held>) -> wasmtime::Result<Vec<wire::Field>> {
        let array = self.column(&column)?;
        schema::to_wire([&field(array.data_type())]).map_err(wasmtime::Error::new)
    }

    fn length(&mut self, column: Resource<Held>) -> wasmtime::Result<u64> {
        Ok(self.resources.get(&column)?.array.len() as u64)
    }

    fn null_count(&mut self, column: Resource<Held>) -> wasmtime::Result<u64> {
        Ok(self.resources.get(&column)?.array.logical_null_count() as u64)
    }

    fn get(&mut self, column: Resource<Held>, row: u64) -> Answer<Value> {
        let array = self.column(&column)?;
        self.work(|_, _| columns::value_at(&array, row))
    }

    fn slice(
        &mut self,
        column: Resource<Held>,
        offset: u64,
        length: u64,
    ) -> wasmtime::Result<Resource<Held>> {
        let array = self.column(&column)?;
        let within = |place: u64, most: usize| usize::try_from(place).unwrap_or(most).min(most);
        let offset = within(offset, array.len());
        let length = within(length, array.len() - offset);
        let made = self.keep(array.slice(offset, length))?;
        made.map_err(|message| wasmtime::format_err!("columns.slice: {message}"))
    }

    fn drop(&mut self, column: Resource<Held>) -> wasmtime::Result<()> {
        self.let_go(column).map(drop)
    }
}

impl contract::Host for Guest {
    fn binary(
        &mut self,
        operator: Operator,
        left: contract::Operand,
        right: contract::Operand,
    ) -> Answer<Resource<Held>> {
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        self.make(|_, reserve| columns::binary(operator, left, right, reserve))
    }

    fn call(
        &mut self,
        function: String,
        arguments: Vec<contract::Operand>,
    ) -> Answer<Resource<Held>> {
        let arguments = arguments.into_iter().map(|operand| self.operand(operand));
        let arguments = arguments.collect::<wasmtime::Result<_>>()?;
        self.make(|calls, reserve| calls.call(&function, arguments, reserve))
    }

    fn cast(
        &mut self,
        values: contract::Operand,
        schema: Vec<wire::Field>,
    ) -> Answer<Resource<Held>> {
        let values = self.operand(values)?;
        let field = match only(&schema) {
            Ok(field) => field,
            Err(message) => return Ok(Err(message)),
        };
        self.make(|_, reserve| columns::cast(&values.into_array()?, field.data_type(), reserve))
    }

    fn filter(&mut self, values: Resource<Held>, mask: Resource<Held>) -> Answer<Resource<Held>> {
        let (values, mask) = (self.column(&values)?, self.column(&mask)?);
        self.make(|_, reserve| columns::filter(&values, &mask, reserve))
    }

    fn take(&mut self, values: Resource<Held>, places: Resource<Held>) -> Answer<Resource<Held>> {
        let (values, places) = (self.column(&values)?, self.column(&places)?);
        self.make(|_, reserve| columns::take(&values, &places, reserve))
    }

    fn sort(
        &mut self,
        values: Resource<Held>,
        descending: bool,
        nulls_first: bool,
    ) -> Answer<Resource<Held>> {
        let values = self.column(&values)?;
        self.make(|_, reserve| columns::sort(&values, descending, nulls_first, reserve))
    }

    fn concat(&mut self, parts: Vec<Resource<Held>>) -> Answer<Resource<Held>> {
        let parts = parts.iter().map(|column| self.column(column));
        let parts = parts.collect::<wasmtime::Result<Vec<_>>>()?;
        self.make(|_, reserve| columns::concat(&parts, reserve))
    }

    fn reduce(&mut self, aggregate: String, values: Resource<Held>) -> Answer<Value> {
        let values = self.column(&values)?;
        self.work(|_, reserve| columns::reduce(&aggregate, &values, reserve))
    }

    fn arguments(&mut self, batch: u32) -> wasmtime::Result<Vec<Resource<Held>>> {
        let offered = self.desk.offered.get_mut(batch as usize);
        let columns = offered.and_then(Option::take).ok_or_else(|| {
            wasmtime::format_err!(
                "columns.arguments: there are no columns of batch {batch} in this call, or it has them already"
            )
        })?;
        let columns = columns.into_iter().map(|column| {
            self.lend(column)?
                .map_err(|message| wasmtime::format_err!("columns.arguments: {message}"))
        });
        columns.collect()
    }

    fn give(&mut self, columns: Vec<Resource<Held>>) -> wasmtime::Result<()> {
        if !self.environment.columns {
            return Err(wasmtime::format_err!(
                "columns.give: the function is not described as one that takes columns"
            ));
        }
        let columns = columns.into_iter().map(|column| self.let_go(column));
        self.desk.given = Some(columns.collect::<wasmtime::Result<_>>()?);
        Ok(())
    }
}
