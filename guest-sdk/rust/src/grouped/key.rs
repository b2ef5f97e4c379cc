use std::collections::VecDeque;

use arrow_buffer::{ArrowNativeType, Buffer};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;

use crate::Error;

/// Rows of the result that have the same key: that of one row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Which of the tables.
    pub(super) table: usize,
    pub(super) row: usize,
    pub(super) length: usize,
}

/// The keys of rows of the result that were not handed out yet.
#[derive(Debug, Default)]
pub(super) struct Runs(VecDeque<Run>);

impl Runs {
    #[inline]
    pub(super) fn push(&mut self, run: Run) {
        self.0.push_back(run);
    }

    /// Those of the next rows, which are there.
    pub(super) fn take(&mut self, rows: usize) -> Vec<Run> {
        let mut taken = Vec::new();
        let mut left = rows;
        while left > 0 {
            let Some(run) = self.0.front_mut() else { break };
            let length = run.length.min(left);
            taken.push(Run { length, ..*run });
            run.length -= length;
            left -= length;
            if run.length == 0 {
                self.0.pop_front();
            }
        }
        taken
    }
}

/// A column of the key for `runs`, which have `rows` rows in all. `tables` are that column of each table.
///
/// # Errors
///
/// The values are more than one array can have.
pub(super) fn column(tables: &[ArrayData], runs: &[Run], rows: usize) -> Result<ArrayData, Error> {
    let first = &tables[0];
    let in_place = tables.iter().all(|table| table.null_count() == 0);
    let gathered = match first.data_type() {
        _ if !in_place => None,
        // A boolean is no whole number of bytes; a dictionary's keys mean something in its own table only.
        DataType::Boolean | DataType::Dictionary(..) => None,
        data_type => match data_type.primitive_width() {
            Some(1) => Some(gather::<u8>(tables, runs, rows)),
            Some(2) => Some(gather::<u16>(tables, runs, rows)),
            Some(4) => Some(gather::<u32>(tables, runs, rows)),
            Some(8) if !matches!(data_type, DataType::Interval(_)) => {
                Some(gather::<u64>(tables, runs, rows))
            }
            _ => None,
        },
    };
    if let Some(values) = gathered {
        let column = ArrayData::builder(first.data_type().clone())
            .len(rows)
            .add_buffer(values);
        return Ok(column.build()?);
    }
    let capacities = Capacities::Array(rows);
    let mut column = MutableArrayData::with_capacities(tables.iter().collect(), false, capacities);
    for run in runs {
        for _ in 0..run.length {
            column.try_extend(run.table, run.row, run.row + 1)?;
        }
    }
    Ok(column.freeze())
}

fn gather<T: ArrowNativeType>(tables: &[ArrayData], runs: &[Run], rows: usize) -> Buffer {
    let tables: Vec<&[T]> = tables.iter().map(|table| table.buffer::<T>(0)).collect();
    let mut values = Vec::with_capacity(rows);
    for run in runs {
        let value = tables[run.table][run.row];
        match run.length {
            1 => values.push(value),
            length => values.extend(std::iter::repeat_n(value, length)),
        }
    }
    Buffer::from_vec(values)
}
