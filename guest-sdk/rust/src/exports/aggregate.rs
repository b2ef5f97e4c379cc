use std::cell::RefCell;
use std::marker::PhantomData;
use std::slice;

use arrow_schema::FieldRef;

use super::batch;
use crate::aggregate::{Accumulator as Groups, Emit};
use crate::arguments::Arguments;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::aggregate::{
    self, Accumulator, Guest, GuestAccumulator,
};
use crate::columns::Columns;
use crate::function::{self, Kind, Library, Open};
use crate::{Error, entry, wire};

const KIND: Kind = Kind::Aggregate;

impl<L: Library> Guest for L {
    type Accumulator = OpenAggregate<L>;
}

/// A function of `L` at one place in a query.
pub struct OpenAggregate<L> {
    /// The group of each row, and the arguments.
    rows: Vec<FieldRef>,
    /// The group of each state, and the fields of the state.
    states: Vec<FieldRef>,
    groups: RefCell<Box<dyn Groups>>,
    library: PhantomData<L>,
}

impl<L: Library> OpenAggregate<L> {
    fn new(name: &str, arguments: Schema, options: types::Options) -> Result<Self, Error> {
        let unknown = || function::unknown(KIND, name);
        if !function::has::<L>(KIND) {
            return Err(unknown());
        }
        let arguments = wire::read_fields(arguments)?;
        let entry = function::find(L::ENTRIES, KIND, name, &arguments)?;
        let Open::Aggregate(open) = entry.open else {
            return Err(unknown());
        };
        let groups = open(&arguments, &super::options(options))?;
        Ok(Self {
            states: super::behind_index("group", groups.state_fields()),
            rows: super::behind_index("group", &arguments),
            groups: RefCell::new(groups),
            library: PhantomData,
        })
    }

    /// Nothing of a library without aggregate functions is behind this.
    fn run<T>(&self, call: impl FnOnce(&mut dyn Groups) -> Result<T, Error>) -> Result<T, Error> {
        entry::enter();
        match function::has::<L>(KIND) {
            true => call(&mut **self.groups.borrow_mut()),
            false => Err(function::unknown(KIND, "")),
        }
    }

    fn take(
        &self,
        batch: Batch,
        fields: &[FieldRef],
        call: impl FnOnce(&mut dyn Groups, Arguments) -> Result<(), Error>,
    ) -> Result<(), types::Error> {
        let taken = self.run(|groups| call(groups, batch::receive(batch, fields)?));
        taken.map_err(types::Error::from)
    }

    fn give(
        &self,
        call: impl FnOnce(&mut dyn Groups) -> Result<Columns, Error>,
    ) -> Result<Batch, types::Error> {
        let given = self.run(|groups| Ok(batch::send_columns(call(groups)?)));
        given.map_err(types::Error::from)
    }

    fn schema(&self, fields: impl FnOnce(&dyn Groups) -> Vec<FieldRef>) -> Schema {
        let schema = self.run(|groups| Ok(batch::schema(&fields(groups))));
        schema.unwrap_or_default()
    }
}

impl<L: Library> GuestAccumulator for OpenAggregate<L> {
    fn open(
        name: String,
        arguments: Schema,
        options: types::Options,
    ) -> Result<Accumulator, types::Error> {
        entry::enter();
        Ok(Accumulator::new(Self::new(&name, arguments, options)?))
    }

    fn result(&self) -> Schema {
        self.schema(|groups| slice::from_ref(groups.result()).to_vec())
    }

    fn state_schema(&self) -> Schema {
        self.schema(|groups| groups.state_fields().to_vec())
    }

    fn retractable(&self) -> bool {
        let retractable = self.run(|groups| Ok(groups.is_retractable()));
        retractable.unwrap_or_default()
    }

    fn update(&self, rows: Batch, groups: u64) -> Result<(), types::Error> {
        self.take(rows, &self.rows, |all, rows| {
            all.update(rows, groups as usize)
        })
    }

    fn retract(&self, rows: Batch, groups: u64) -> Result<(), types::Error> {
        self.take(rows, &self.rows, |all, rows| {
            all.retract(rows, groups as usize)
        })
    }

    fn merge(&self, states: Batch, groups: u64) -> Result<(), types::Error> {
        self.take(states, &self.states, |all, states| {
            all.merge(states, groups as usize)
        })
    }

    fn convert(&self, arguments: Batch) -> Result<Batch, types::Error> {
        self.give(|groups| groups.convert(batch::receive(arguments, &self.rows[1..])?))
    }

    fn state(&self, emit: aggregate::Emit) -> Result<Batch, types::Error> {
        self.give(|groups| groups.state(emit.into()))
    }

    fn evaluate(&self, emit: aggregate::Emit) -> Result<Batch, types::Error> {
        self.give(|groups| groups.evaluate(emit.into()))
    }

    fn peek(&self) -> Result<Batch, types::Error> {
        self.give(|groups| groups.peek())
    }
}

impl From<aggregate::Emit> for Emit {
    fn from(emit: aggregate::Emit) -> Self {
        match emit {
            aggregate::Emit::All => Self::All,
            aggregate::Emit::First(count) => Self::First(count as usize),
        }
    }
}
