use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::{Field, FieldRef, Schema};

use super::map_batches::batch;
use crate::arguments::Arguments;
use crate::constants::Constants;
use crate::grouped::{CogroupedCall, GroupMapper, GroupedCall, Groups, Input};
use crate::{CogroupedMap, Error, GroupedMap, Options, grouped};

/// The name of a column that has none of its own.
const NAME: &str = "value";

/// Calls `F` with the rows of a table, by the key that the columns `keys` make, and with `arguments` behind
/// it: arrays of one value. Groups come in the order in which their keys do. A table of a test is small: keys
/// are looked for one by one.
///
/// # Errors
///
/// What the function says.
///
/// # Panics
///
/// There is no batch to know the columns of the table from.
pub fn grouped_map<F: GroupedMap>(
    input: &[RecordBatch],
    keys: &[usize],
    arguments: &[ArrayRef],
    options: &Options,
) -> Result<Vec<RecordBatch>, Error> {
    let table = Whole::new(input);
    let call = GroupedCall::new(table.input(keys)?, Constants::of(arguments)?);
    let function = grouped::open_grouped::<F>(call, options, NAME)?;
    run(function, &[(&table, keys)])
}

/// As [`grouped_map`], with two tables, each with its columns of the key.
///
/// # Errors
///
/// What the function says.
///
/// # Panics
///
/// There is no batch to know the columns of a table from.
pub fn cogrouped_map<F: CogroupedMap>(
    left: (&[RecordBatch], &[usize]),
    right: (&[RecordBatch], &[usize]),
    arguments: &[ArrayRef],
    options: &Options,
) -> Result<Vec<RecordBatch>, Error> {
    let tables = [Whole::new(left.0), Whole::new(right.0)];
    let call = CogroupedCall::new(
        tables[0].input(left.1)?,
        tables[1].input(right.1)?,
        Constants::of(arguments)?,
    );
    let function = grouped::open_cogrouped::<F>(call, options, NAME)?;
    run(function, &[(&tables[0], left.1), (&tables[1], right.1)])
}

/// All rows of a table.
struct Whole {
    schema: Arc<Schema>,
    columns: Vec<ArrayData>,
    rows: usize,
}

impl Whole {
    fn new(batches: &[RecordBatch]) -> Self {
        let first = batches
            .first()
            .expect("there is a batch, if only an empty one");
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let column = |index: usize| {
            let pieces: Vec<_> = batches.iter().map(|b| b.column(index).to_data()).collect();
            let all = pieces.iter().enumerate();
            let all = all.flat_map(|(piece, data)| (0..data.len()).map(move |row| (piece, row)));
            take(&pieces, all)
        };
        Self {
            schema: first.schema(),
            columns: (0..first.num_columns()).map(column).collect(),
            rows,
        }
    }

    fn input(&self, keys: &[usize]) -> Result<Input, Error> {
        // Which of the columns of a table of a test have nulls is seen by looking.
        let nullable = |field: &FieldRef| Arc::new(Field::clone(field).with_nullable(true));
        let fields = self.schema.fields().iter().map(nullable).collect();
        Input::new(fields, keys.to_vec())
    }

    fn key(&self, keys: &[usize], row: usize) -> Vec<ArrayData> {
        let value = |&key: &usize| self.columns[key].slice(row, 1);
        keys.iter().map(value).collect()
    }
}

fn take(pieces: &[ArrayData], rows: impl Iterator<Item = (usize, usize)>) -> ArrayData {
    let capacities = Capacities::Array(0);
    let mut taken = MutableArrayData::with_capacities(pieces.iter().collect(), false, capacities);
    for (piece, row) in rows {
        let result = taken.try_extend(piece, row, row + 1);
        result.expect("a table of a test fits into arrays");
    }
    taken.freeze()
}

fn run(
    mut function: Box<dyn GroupMapper>,
    tables: &[(&Whole, &[usize])],
) -> Result<Vec<RecordBatch>, Error> {
    let mut known: Vec<Vec<ArrayData>> = Vec::new();
    // For each table the rows of each known key.
    let mut members: Vec<Vec<Vec<usize>>> = Vec::new();
    for (table, keys) in tables {
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); known.len()];
        for row in 0..table.rows {
            let key = table.key(keys, row);
            match known.iter().position(|known| *known == key) {
                Some(group) => rows[group].push(row),
                None => {
                    known.push(key);
                    rows.push(vec![row]);
                }
            }
        }
        members.push(rows);
    }
    let groups = tables
        .iter()
        .zip(&mut members)
        .map(|((table, _), members)| {
            members.resize(known.len(), Vec::new());
            let mut offsets = vec![0];
            offsets.extend(members.iter().scan(0, |end, rows| {
                *end += rows.len() as u32;
                Some(*end)
            }));
            let order = || members.iter().flatten().map(|&row| (0, row));
            let column = |column: &ArrayData| take(std::slice::from_ref(column), order());
            let columns: Vec<_> = table.columns.iter().map(column).collect();
            Groups {
                rows: Arguments::new(columns, table.rows),
                offsets,
            }
        });
    function.push(groups.collect(), false)?;
    let mut output = Vec::new();
    while let Some(rows) = function.next()? {
        output.push(batch(function.result(), rows));
    }
    Ok(output)
}
