use arrow_buffer::{ArrowNativeType, Buffer};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;

use crate::Error;

/// Rows of the result that have the same key: that of one row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) row: u32,
    /// Which of the tables.
    pub(super) table: u32,
    pub(super) length: u64,
}

/// The keys of rows of the result that were not handed out yet.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Those before `first` were handed out.
    runs: Vec<Run>,
    first: usize,
}

impl Runs {
    #[inline]
    pub(super) fn push(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// Those of the next rows.
    pub(super) fn next(&self, rows: usize) -> impl Iterator<Item = Run> {
        let mut left = rows as u64;
        self.runs[self.first..].iter().map_while(move |run| {
            let length = run.length.min(left);
            left -= length;
            (length > 0).then_some(Run { length, ..*run })
        })
    }

    /// Forgets those of the next rows.
    pub(super) fn advance(&mut self, rows: usize) {
        let mut left = rows as u64;
        while let Some(run) = self.runs.get_mut(self.first) {
            let length = run.length.min(left);
            run.length -= length;
            left -= length;
            if run.length > 0 {
                return;
            }
            self.first += 1;
        }
        self.runs.clear();
        self.first = 0;
    }
}

/// A column of the key for the next `rows` rows. `tables` are that column of each table.
///
/// # Errors
///
/// The values are more than one array can have.
pub(super) fn column(tables: &[ArrayData], runs: &Runs, rows: usize) -> Result<ArrayData, Error> {
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
    // A table can have a bitmap of nulls and no null.
    let nullable = tables.iter().any(|table| table.nulls().is_some());
    let tables_of = tables.iter().collect();
    let mut column = MutableArrayData::with_capacities(tables_of, nullable, capacities);
    for run in runs.next(rows) {
        let row = run.row as usize;
        for _ in 0..run.length {
            column.try_extend(run.table as usize, row, row + 1)?;
        }
    }
    Ok(column.freeze())
}

fn gather<T: ArrowNativeType>(tables: &[ArrayData], runs: &Runs, rows: usize) -> Buffer {
    let tables: Vec<&[T]> = tables.iter().map(|table| table.buffer::<T>(0)).collect();
    let mut values = Vec::with_capacity(rows);
    for run in runs.next(rows) {
        let value = tables[run.table as usize][run.row as usize];
        match run.length {
            1 => values.push(value),
            length => values.extend(std::iter::repeat_n(value, length as usize)),
        }
    }
    Buffer::from_vec(values)
}
