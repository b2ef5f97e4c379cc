//! Scalar functions.

use std::cell::RefCell;

use crate::bindings::arrowbox::udf::arrow::{Buffer, Node, Span};
use crate::bindings::arrowbox::udf::columns::{
    Column, Operand, Operator, Value, arguments, binary, call, cast, concat, filter, give, reduce,
    sort, take,
};
use crate::bindings::exports::arrowbox::udf::scalar::{
    Batch, Error, Guest, GuestScalarFunction, Options, ScalarFunction, Schema,
};
use crate::{Portable, error, given, schema};

/// Names, and the types of argument and result. Those that begin with `bytes_` get their batches as bytes.
pub(crate) const ALL: &[(&str, &str, &str)] = &[
    ("bytes_identity", "*", ""),
    ("bytes_spin", "l", "l"),
    ("bytes_allocate", "l", "l"),
    ("bytes_recurse", "l", "l"),
    ("bytes_span", "l", "l"),
    ("bytes_short", "l", "l"),
    ("bytes_of_none", "l", "l"),
    ("bytes_one_more", "l", "l"),
    ("bytes_too_many_nulls", "l", "l"),
    ("bytes_misaligned", "l", "l"),
    ("bytes_gives", "l", "l"),
    ("bytes_by_columns", "l", "l"),
    ("identity", "*", ""),
    ("add_one", "l", "l"),
    ("shout", "u", "u"),
    ("half_of_sorted", "l", "l"),
    ("share", "g", "g"),
    ("small_part", "*", ""),
    ("divide_by_zero", "l", "l"),
    ("no_function", "l", "l"),
    ("another_type", "l", "l"),
    ("another_length", "l", "l"),
    ("two_columns", "l", "l"),
    ("none_given", "l", "l"),
    ("arguments_twice", "l", "l"),
    ("hoards", "l", "l"),
    ("hoards_arguments", "l", "l"),
    ("spins", "l", "l"),
];

impl Guest for Portable {
    type ScalarFunction = Open;
}

/// One of the functions, open.
pub(crate) struct Open {
    name: &'static str,
    argument: Schema,
    kept: RefCell<Vec<Column>>,
}

impl GuestScalarFunction for Open {
    fn open(name: String, argument: Schema, _: Options) -> Result<ScalarFunction, Error> {
        let known = ALL.iter().find(|(known, ..)| *known == name);
        let (name, ..) = known.ok_or_else(|| error(format!("no function {name:?}")))?;
        Ok(ScalarFunction::new(Self {
            name,
            argument,
            kept: RefCell::default(),
        }))
    }

    fn result(&self) -> Schema {
        let known = ALL.iter().find(|(known, ..)| *known == self.name);
        match known {
            Some((_, _, result)) if !result.is_empty() => schema(result),
            _ => self.argument.clone(),
        }
    }

    fn invoke(&self, batch: Batch) -> Result<Batch, Error> {
        match self.name.starts_with("bytes_") {
            true => self.of_bytes(batch),
            false => self.of_columns(batch.rows).map_err(error),
        }
    }
}

impl Open {
    fn of_bytes(&self, mut batch: Batch) -> Result<Batch, Error> {
        match self.name {
            "bytes_spin" => loop {
                std::hint::black_box(());
            },
            "bytes_allocate" => {
                let mut kept = Vec::new();
                loop {
                    kept.push(std::hint::black_box(vec![1_u8; 1 << 20]));
                }
            }
            "bytes_recurse" => return Ok(given(recurse(batch.rows))),
            "bytes_span" => {
                batch.buffers[1] = Buffer::Span(Span {
                    address: 1024,
                    length: 8,
                })
            }
            "bytes_short" => {
                if let Buffer::Bytes(values) = &mut batch.buffers[1] {
                    values.pop();
                }
            }
            "bytes_of_none" => return Ok(given(batch.rows)),
            "bytes_one_more" => {
                batch.rows += 1;
                batch.nodes[0].length += 1;
            }
            "bytes_too_many_nulls" => {
                batch.nodes[0] = Node {
                    length: batch.rows,
                    null_count: batch.rows,
                }
            }
            // From an address that is no multiple of eight; the host has its own.
            "bytes_misaligned" => {
                if let Buffer::Bytes(values) = &mut batch.buffers[1] {
                    let mut longer = vec![0];
                    longer.append(values);
                    *values = longer.split_off(1);
                }
            }
            "bytes_gives" => give(Vec::new()),
            "bytes_by_columns" => {
                let values = Column::from_batch(&self.argument, &batch).map_err(error)?;
                let more = add(&values, 1).map_err(error)?;
                return more.to_batch().map_err(error);
            }
            _ => {}
        }
        Ok(batch)
    }

    fn of_columns(&self, rows: u64) -> Result<Batch, String> {
        let values = arguments(0).remove(0);
        let result = match self.name {
            "identity" => values,
            "add_one" => add(&values, 1)?,
            "shout" => {
                let mark = Operand::Value(Value::Text("!".to_owned()));
                let loud = call("upper", &[Operand::Column(&values)])?;
                let loud = call("concat", &[Operand::Column(&loud), mark])?;
                cast(&Operand::Column(&loud), &schema("u"))?
            }
            // Rows below the middle, in their order, twice.
            "half_of_sorted" => {
                let sorted = take(&values, &sort(&values, false, true)?)?;
                let middle = sorted.get(sorted.length() / 2)?;
                let mask = binary(
                    Operator::Less,
                    &Operand::Column(&sorted),
                    &Operand::Value(middle),
                )?;
                let half = filter(&sorted, &mask)?;
                concat(&[&half, &half])?.slice(0, rows)
            }
            "share" => {
                let sum = reduce("sum", &values)?;
                binary(
                    Operator::Divide,
                    &Operand::Column(&values),
                    &Operand::Value(sum),
                )?
            }
            // As many rows as there were, of a hundred times as many.
            "small_part" => {
                let mut part = concat(&[&values; 100])?;
                while part.length() > rows {
                    part = part.slice(0, rows.max(part.length() * 6 / 10));
                }
                part
            }
            "divide_by_zero" => {
                let zero = Operand::Value(Value::Int64(0));
                binary(Operator::Divide, &Operand::Column(&values), &zero)?
            }
            "no_function" => call("now", &[])?,
            "another_type" => cast(&Operand::Column(&values), &schema("g"))?,
            "another_length" => values.slice(1, rows),
            "two_columns" => {
                let more = add(&values, 1)?;
                give(vec![values, more]);
                return Ok(given(rows));
            }
            "none_given" => return Ok(given(rows)),
            "arguments_twice" => arguments(0).remove(0),
            "hoards" => loop {
                let more = add(&values, 1)?;
                self.kept.borrow_mut().push(more);
            },
            "hoards_arguments" => {
                let more = add(&values, 1)?;
                self.kept.borrow_mut().push(values);
                more
            }
            "spins" => loop {
                add(&values, 1)?;
            },
            name => return Err(format!("no function {name:?}")),
        };
        give(vec![result]);
        Ok(given(rows))
    }
}

fn add(values: &Column, number: i64) -> Result<Column, String> {
    let number = Operand::Value(Value::Int64(number));
    binary(Operator::Add, &Operand::Column(values), &number)
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn recurse(depth: u64) -> u64 {
    let more = std::hint::black_box([depth; 64]);
    more[0] + recurse(std::hint::black_box(depth + more[1]))
}
