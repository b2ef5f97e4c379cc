//! `total`: the sum of integers, of one group or many.

use std::cell::RefCell;

use crate::bindings::arrowbox::udf::arrow::{Buffer, Node};
use crate::bindings::arrowbox::udf::columns::{
    Column, Operand, Operator, Value, arguments, binary, filter, reduce,
};
use crate::bindings::exports::arrowbox::udf::aggregate::{
    Accumulator, Batch, Emit, Error, Guest, GuestAccumulator, Options, Schema,
};
use crate::{Portable, error, schema};

impl Guest for Portable {
    type Accumulator = Open;
}

/// The sums of groups.
#[derive(Default)]
pub(crate) struct Open(RefCell<Vec<i64>>);

impl Open {
    fn leave(&self, emit: Emit) -> Batch {
        let mut sums = self.0.borrow_mut();
        let leaving = match emit {
            Emit::All => sums.len(),
            Emit::First(first) => first as usize,
        };
        batch(&sums.drain(..leaving).collect::<Vec<_>>())
    }

    fn add(&self, groups: &Column, values: &Column) -> Result<(), String> {
        let mut sums = self.0.borrow_mut();
        for (group, sum) in sums.iter_mut().enumerate() {
            let of_group = match groups.length() {
                1 => values.slice(0, values.length()),
                _ => {
                    let group = Operand::Value(Value::Int64(group as i64));
                    filter(
                        values,
                        &binary(Operator::Equal, &Operand::Column(groups), &group)?,
                    )?
                }
            };
            if let Value::Int64(more) = reduce("sum", &of_group)? {
                *sum += more;
            }
        }
        Ok(())
    }
}

impl GuestAccumulator for Open {
    fn open(name: String, _: Schema, _: Options) -> Result<Accumulator, Error> {
        match name.as_str() {
            "total" => Ok(Accumulator::new(Self::default())),
            _ => Err(error(format!("no function {name:?}"))),
        }
    }

    fn result(&self) -> Schema {
        schema("l")
    }

    fn state_schema(&self) -> Schema {
        schema("l")
    }

    fn retractable(&self) -> bool {
        false
    }

    fn update(&self, rows: Batch, groups: u64) -> Result<(), Error> {
        self.0.borrow_mut().resize(groups as usize, 0);
        let mut columns = arguments(0).into_iter();
        match (columns.next(), columns.next()) {
            (Some(_), Some(_)) if rows.rows == 0 => Ok(()),
            (Some(of), Some(values)) => self.add(&of, &values).map_err(error),
            _ => Err(error("columns are missing")),
        }
    }

    fn retract(&self, _: Batch, _: u64) -> Result<(), Error> {
        Err(error("rows can not be taken back"))
    }

    fn merge(&self, states: Batch, groups: u64) -> Result<(), Error> {
        let mut sums = self.0.borrow_mut();
        sums.resize(groups as usize, 0);
        let of = numbers::<4>(&states.buffers[1]).map(u32::from_le_bytes);
        let of: Vec<u32> = of.collect();
        let more = numbers::<8>(&states.buffers[3]).map(i64::from_le_bytes);
        for (row, more) in more.enumerate() {
            // One group for all rows is a constant.
            let group = of.get(row).or(of.first()).copied().unwrap_or(0);
            sums[group as usize] += more;
        }
        Ok(())
    }

    fn convert(&self, arguments: Batch) -> Result<Batch, Error> {
        Ok(arguments)
    }

    fn state(&self, emit: Emit) -> Result<Batch, Error> {
        Ok(self.leave(emit))
    }

    fn evaluate(&self, emit: Emit) -> Result<Batch, Error> {
        Ok(self.leave(emit))
    }

    fn peek(&self) -> Result<Batch, Error> {
        Ok(batch(&self.0.borrow()))
    }
}

/// Values of a buffer.
fn numbers<const N: usize>(buffer: &Buffer) -> impl Iterator<Item = [u8; N]> {
    let bytes = match buffer {
        Buffer::Bytes(bytes) => bytes.as_slice(),
        Buffer::Span(_) => &[],
    };
    bytes.as_chunks::<N>().0.iter().copied()
}

/// Integers without nulls.
fn batch(values: &[i64]) -> Batch {
    Batch {
        rows: values.len() as u64,
        nodes: vec![Node {
            length: values.len() as u64,
            null_count: 0,
        }],
        buffers: vec![
            Buffer::Bytes(Vec::new()),
            Buffer::Bytes(values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        ],
        variadic: Vec::new(),
    }
}
