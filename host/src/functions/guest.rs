//! A function that is open in an instance, and what a call of it costs.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use arrow::{
    array::{Array, ArrayRef, RecordBatch, RecordBatchOptions},
    compute::{CastOptions, cast_with_options},
    datatypes::{DataType, FieldRef, SchemaRef},
};

use super::{bound::Bound, error::Failure};
use crate::{
    boundary::{Outgoing, ReceiveError, Rows, SendError, accept, copy_out, receive, schema},
    query::{Figures, FunctionScope, Opened},
    sandbox::{
        Answer, CallError, Environment, Handle, Instance, Interrupt, Lane, Source, plain, wire,
    },
};

/// An instance in which a function is open, in a query whose figures it adds to.
pub(super) struct Guest {
    pub(super) opened: Opened,
    pub(super) scope: Arc<FunctionScope>,
}

/// Columns that a guest returned.
pub(super) struct Received {
    pub(super) columns: Vec<ArrayRef>,
    pub(super) rows: usize,
    /// Bytes that they refer to.
    pub(super) bytes: usize,
    /// Where those are.
    pub(super) held: Held,
}

/// Whose memory the buffers of a result are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The guest's, which is not entered while they are in use.
    InPlace,
    /// The host's, which copied them out.
    Copied,
    /// The host's, where they have been all along.
    Stayed,
}

impl Guest {
    /// Makes an instance and opens a function in it with `open`.
    pub(super) fn open(
        bound: &Bound,
        scope: &Arc<FunctionScope>,
        open: impl FnOnce(&mut Instance) -> Result<Handle, Failure>,
    ) -> Result<Self, Failure> {
        Self::open_in(bound, scope, &scope.environment, open)
    }

    /// [`open`](Self::open) with other surroundings than those of the query.
    pub(super) fn open_in(
        bound: &Bound,
        scope: &Arc<FunctionScope>,
        environment: &Arc<Environment>,
        open: impl FnOnce(&mut Instance) -> Result<Handle, Failure>,
    ) -> Result<Self, Failure> {
        Figures::add(&scope.figures.instances, 1);
        let mut instance = bound.instance(environment)?;
        let function = open(&mut instance)?;
        Ok(Self {
            opened: Opened { instance, function },
            scope: Arc::clone(scope),
        })
    }

    /// Hands over columns of `rows` rows, or constants of one: as columns if that is how the function takes batches,
    /// and otherwise as [`send`](Self::send) does.
    pub(super) fn pass(
        &mut self,
        columns: &[ArrayRef],
        rows: usize,
    ) -> Result<wire::Batch, Failure> {
        match self.opened.instance.takes_columns() {
            true => Ok(self.opened.instance.offer(columns, rows)),
            false => self.send(columns, rows),
        }
    }

    /// Copies columns of `rows` rows, or constants of one, into the guest's memory.
    pub(super) fn send(
        &mut self,
        columns: &[ArrayRef],
        rows: usize,
    ) -> Result<wire::Batch, Failure> {
        let began = Instant::now();
        let figures = &self.scope.figures;
        let (batch, bytes) = send(&mut self.opened.instance, columns, rows)?;
        Figures::add(&figures.bytes_copied_in, bytes);
        Figures::add_time(&figures.boundary_nanos, began.elapsed());
        Ok(batch)
    }

    /// Calls the guest with `rows` rows.
    pub(super) fn call<T>(
        &mut self,
        rows: usize,
        call: impl FnOnce(&mut Instance, Handle) -> Answer<T>,
    ) -> Result<T, Failure> {
        let Self { opened, scope } = self;
        let figures = &scope.figures;
        let entered = Instant::now();
        let returned = call(&mut opened.instance, opened.function);
        Figures::add_time(&figures.guest_nanos, entered.elapsed());
        Figures::add(&figures.calls, 1);
        Figures::add(&figures.rows, rows);
        let memory = opened.instance.memory_size() as u64;
        figures.peak_memory.fetch_max(memory, Ordering::Relaxed);
        returned?.map_err(|error| guest_error(error, rows))
    }

    /// Looks at what the guest returned, wherever it is. If that is in place, the instance is not entered before the
    /// arrays are gone.
    pub(super) fn look(
        &mut self,
        batch: wire::Batch,
        fields: &[FieldRef],
        rows: Rows,
    ) -> Result<Received, Failure> {
        let began = Instant::now();
        let interrupt = &self.scope.environment.interrupt;
        let received = look(&mut self.opened.instance, batch, fields, rows, interrupt)?;
        Figures::add_time(&self.scope.figures.boundary_nanos, began.elapsed());
        Ok(received)
    }

    /// Reads what the guest returned where it is, and says so in the figures.
    pub(super) fn read(
        &mut self,
        batch: wire::Batch,
        fields: &[FieldRef],
        rows: Rows,
    ) -> Result<Received, Failure> {
        let received = self.look(batch, fields, rows)?;
        self.count(&received);
        Ok(received)
    }

    /// Copies what the guest returned, so that the instance can be entered again at once.
    pub(super) fn take(
        &mut self,
        batch: wire::Batch,
        fields: &[FieldRef],
        rows: Rows,
    ) -> Result<Received, Failure> {
        let received = self.look(batch, fields, rows)?;
        Ok(self.own(received))
    }

    /// Says in the figures what was read, and how.
    pub(super) fn count(&self, received: &Received) {
        let figures = &self.scope.figures;
        match received.held {
            Held::InPlace => Figures::add(&figures.bytes_read_in_place, received.bytes),
            Held::Copied => Figures::add(&figures.bytes_copied_out, received.bytes),
            Held::Stayed => {}
        }
    }

    /// Copies what is still the guest's memory, and says in the figures what was copied.
    pub(super) fn own(&self, received: Received) -> Received {
        if received.held != Held::InPlace {
            self.count(&received);
            return received;
        }
        let began = Instant::now();
        let copies = received.columns.iter().map(copy_out);
        let (columns, bytes): (Vec<_>, Vec<_>) = copies.unzip();
        let received = Received {
            columns,
            rows: received.rows,
            bytes: bytes.iter().sum(),
            held: Held::Copied,
        };
        self.count(&received);
        Figures::add_time(&self.scope.figures.boundary_nanos, began.elapsed());
        received
    }

    /// Copies the next rows of a function that gives batches, if there are any.
    pub(super) fn record(
        &mut self,
        next: Option<wire::Batch>,
        schema: &SchemaRef,
    ) -> Result<Option<RecordBatch>, Failure> {
        let Some(batch) = next else {
            return Ok(None);
        };
        let received = self.take(batch, schema.fields(), Rows::Some)?;
        Ok(Some(received.batch(schema)?))
    }
}

impl Received {
    /// The columns as a batch.
    pub(super) fn batch(self, schema: &SchemaRef) -> Result<RecordBatch, Failure> {
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(schema), self.columns, &options);
        Ok(batch.map_err(ReceiveError::from)?)
    }
}

/// Looks at what an instance returned.
pub(super) fn look(
    instance: &mut Instance,
    batch: wire::Batch,
    fields: &[FieldRef],
    rows: Rows,
    interrupt: &Interrupt,
) -> Result<Received, Failure> {
    if let Some(columns) = instance.given() {
        let (columns, rows) = accept(batch.rows, columns, fields, rows)?;
        return Ok(Received {
            columns,
            rows,
            bytes: 0,
            held: Held::Stayed,
        });
    }
    let source = instance.source();
    let (columns, rows, bytes) = receive(batch, fields, rows, &source, interrupt)?;
    Ok(Received {
        columns,
        rows,
        bytes,
        held: match source {
            Source::Memory(_) => Held::InPlace,
            Source::Bytes(_) => Held::Copied,
        },
    })
}

/// Copies columns into the memory of an instance. Returns also how many bytes that were.
pub(super) fn send(
    instance: &mut Instance,
    columns: &[ArrayRef],
    rows: usize,
) -> Result<(wire::Batch, usize), Failure> {
    let outgoing = Outgoing::new(columns)?;
    let bytes = outgoing.bytes();
    if instance.lane() == Lane::Portable {
        return Ok((outgoing.into_bytes(rows)?, bytes));
    }
    let address = match outgoing.region() {
        0 => 0,
        length => instance.allocate(length)?,
    };
    let batch = outgoing.write(rows, address, &mut instance.memory()?)?;
    Ok((batch, bytes))
}

/// Casts columns to what a function takes. Returns also the bytes that this made.
pub(super) fn cast(
    mut columns: Vec<ArrayRef>,
    wanted: &[DataType],
) -> Result<(Vec<ArrayRef>, usize), Failure> {
    let mut made = 0;
    for (index, (column, wanted)) in columns.iter_mut().zip(wanted).enumerate() {
        if column.data_type() == wanted {
            continue;
        }
        let options = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let index = index + 1;
        let failed = |source| Failure::Cast { index, source };
        *column = cast_with_options(column, wanted, &options).map_err(failed)?;
        made += column.to_data().get_slice_memory_size().map_err(failed)?;
    }
    Ok((columns, made))
}

/// Fields as the contract writes them.
pub(super) fn written<'f>(
    fields: impl IntoIterator<Item = &'f FieldRef>,
) -> Result<Vec<wire::Field>, Failure> {
    Ok(schema::to_wire(fields).map_err(SendError::Arrow)?)
}

/// The one field of a result, as the guest says it.
pub(super) fn only(result: Result<Vec<wire::Field>, CallError>) -> Result<FieldRef, Failure> {
    let mut result = schema::fields(&result?)?;
    match (result.pop(), result.is_empty()) {
        (Some(field), true) => Ok(field),
        _ => Err(Failure::Opened {
            described: DataType::Null,
            opened: "not exactly one field".into(),
        }),
    }
}

/// Bytes of a guest's message that are shown.
const MESSAGE: usize = 16 << 10;

/// The guest said no, of a batch of `rows` rows.
pub(super) fn guest_error(error: wire::Error, rows: usize) -> Failure {
    let message = &error.message[..error.message.floor_char_boundary(MESSAGE)];
    Failure::Guest {
        message: plain(message).into_owned(),
        // A row that does not exist helps nobody.
        row: error.row.filter(|row| *row < rows as u64),
    }
}
