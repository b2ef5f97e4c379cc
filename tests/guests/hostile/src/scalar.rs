//! The scalar functions: what happens in each call, by name.

use crate::Hostile;
use crate::bindings::exports::arrowbox::udf::scalar::{
    Batch, Error, Guest, GuestScalarFunction, Options, ScalarFunction, Schema,
};
use crate::calls::mood;
use crate::faults::spin;
use crate::memory::Mood;
use crate::misdeed::{INT64, Misdeed, STRUCT, UTF8, schema};
use crate::place::trap;

impl Guest for Hostile {
    type ScalarFunction = Open;
}

/// One of the functions, open.
pub(crate) struct Open(&'static Misdeed);

impl GuestScalarFunction for Open {
    fn open(name: String, _: Schema, _: Options) -> Result<ScalarFunction, Error> {
        match name.as_str() {
            "open_refuses" => {
                return Err(Error {
                    message: "the guest refuses to open".to_owned(),
                    row: None,
                });
            }
            "open_traps" => trap(),
            "open_spins" => spin(),
            _ => {}
        }
        let misdeed = Misdeed::find(&name).ok_or_else(|| Error {
            message: format!("no function {name:?}"),
            row: None,
        })?;
        mood(&name).set();
        Ok(ScalarFunction::new(Self(misdeed)))
    }

    fn result(&self) -> Schema {
        match self.0.name {
            "result_traps" => trap(),
            "result_spins" => spin(),
            "result_differs" => schema(UTF8),
            "result_of_none" => Vec::new(),
            "result_of_two" => [schema(INT64), schema(INT64)].concat(),
            "result_of_nonsense" => {
                let mut fields = schema(INT64);
                fields[0].format = "nonsense".to_owned();
                fields
            }
            "result_without_end" => {
                let mut fields = schema(&STRUCT[..1]);
                fields[0].children = u32::MAX;
                fields
            }
            _ => schema(self.0.result),
        }
    }

    fn invoke(&self, arguments: Batch) -> Result<Batch, Error> {
        let result = (self.0.invoke)(arguments);
        Mood::returning();
        result
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        match self.0.name {
            "drop_traps" => trap(),
            "drop_spins" => spin(),
            _ => {}
        }
    }
}
