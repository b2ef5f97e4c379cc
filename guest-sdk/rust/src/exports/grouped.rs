use std::cell::RefCell;
use std::marker::PhantomData;

use arrow_schema::FieldRef;

use super::batch;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::grouped::{
    GroupMapper, Groups, Guest, GuestGroupMapper,
};
use crate::constants::Constants;
use crate::function::{self, Kind, Library, Open, has};
use crate::grouped::{self, CogroupedCall, GroupedCall, Input};
use crate::{Error, entry, wire};

impl<L: Library> Guest for L {
    type GroupMapper = OpenMapper<L>;
}

/// A function of `L` at one place in a query.
pub struct OpenMapper<L> {
    inputs: Vec<Vec<FieldRef>>,
    function: RefCell<Box<dyn grouped::GroupMapper>>,
    library: PhantomData<L>,
}

impl<L: Library> OpenMapper<L> {
    const IS_THERE: bool = has::<L>(Kind::GroupedMap) || has::<L>(Kind::CogroupedMap);

    fn new(
        name: &str,
        inputs: Vec<Schema>,
        keys: Vec<Vec<u32>>,
        schema: Schema,
        arguments: Batch,
        options: types::Options,
    ) -> Result<Self, Error> {
        let kind = match inputs.len() {
            1 => Kind::GroupedMap,
            _ => Kind::CogroupedMap,
        };
        if !Self::IS_THERE {
            return Err(function::unknown(kind, name));
        }
        let fields = wire::read_fields(schema)?;
        let entry = function::find(L::ENTRIES, kind, name, &fields)?;
        let arguments = {
            let values = batch::receive(arguments, &fields)?;
            Constants::new(fields, values)?
        };
        let options = super::options(options);

        let inputs = inputs.into_iter().map(wire::read_fields);
        let inputs: Vec<_> = inputs.collect::<Result<_, _>>()?;
        let mut tables = Vec::with_capacity(inputs.len());
        for (fields, keys) in inputs.iter().zip(keys) {
            let keys = keys.into_iter().map(|key| key as usize).collect();
            tables.push(Input::new(fields.clone(), keys)?);
        }
        let mut tables = tables.into_iter();
        let function = match (entry.open, tables.next(), tables.next(), tables.next()) {
            (Open::GroupedMap(open), Some(input), None, None) => {
                open(GroupedCall::new(input, arguments), &options)?
            }
            (Open::CogroupedMap(open), Some(left), Some(right), None) => {
                open(CogroupedCall::new(left, right, arguments), &options)?
            }
            _ => {
                return Err(Error::new(format_args!(
                    "{name} can not be called with {} tables",
                    inputs.len()
                )));
            }
        };
        Ok(Self {
            inputs,
            function: RefCell::new(function),
            library: PhantomData,
        })
    }

    fn receive(&self, inputs: Vec<Groups>) -> Result<Vec<grouped::Groups>, Error> {
        let receive = |(groups, fields): (Groups, &Vec<FieldRef>)| {
            Ok(grouped::Groups {
                rows: batch::receive(groups.rows, fields)?,
                offsets: groups.offsets,
            })
        };
        inputs.into_iter().zip(&self.inputs).map(receive).collect()
    }
}

impl<L: Library> GuestGroupMapper for OpenMapper<L> {
    fn open(
        name: String,
        inputs: Vec<Schema>,
        keys: Vec<Vec<u32>>,
        schema: Schema,
        arguments: Batch,
        options: types::Options,
    ) -> Result<GroupMapper, types::Error> {
        entry::enter();
        let opened = Self::new(&name, inputs, keys, schema, arguments, options)?;
        Ok(GroupMapper::new(opened))
    }

    fn result(&self) -> Schema {
        super::enter_one_of(Self::IS_THERE);
        batch::schema(self.function.borrow().result())
    }

    fn push(&self, inputs: Vec<Groups>, continued: bool) -> Result<(), types::Error> {
        super::enter_one_of(Self::IS_THERE);
        let inputs = self.receive(inputs)?;
        Ok(self.function.borrow_mut().push(inputs, continued)?)
    }

    fn next(&self) -> Result<Option<Batch>, types::Error> {
        super::enter_one_of(Self::IS_THERE);
        let next = self.function.borrow_mut().next()?;
        Ok(next.map(batch::send_columns))
    }
}
