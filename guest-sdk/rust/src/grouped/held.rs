use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::SchemaRef;

use super::group::{Group, Table};
use crate::Error;
use crate::arguments::Arguments;

/// Rows of a group that is not whole yet, of one table.
///
/// They stay where the host put them, in as many pieces as they came in. They are copied when the group is
/// whole, if it is in more than one piece.
#[derive(Default)]
pub(super) struct Held {
    pieces: Vec<Vec<ArrayData>>,
    rows: usize,
}

impl Held {
    pub(super) fn add(&mut self, group: &Group<'_>) {
        if !group.is_empty() {
            let columns = 0..group.schema().fields().len();
            let columns = columns.map(|column| group.data(column));
            self.pieces.push(columns.collect());
            self.rows += group.len();
        }
    }

    /// The rows, which are held no more.
    ///
    /// # Errors
    ///
    /// They are more than one array can have.
    pub(super) fn take(&mut self, schema: &SchemaRef) -> Result<Table, Error> {
        let Self { mut pieces, rows } = std::mem::take(self);
        if pieces.is_empty() {
            return Ok(Table::empty(SchemaRef::clone(schema)));
        }
        let columns = match pieces.len() {
            1 => pieces.swap_remove(0),
            _ => {
                let columns = 0..schema.fields().len();
                let columns = columns.map(|column| {
                    let pieces: Vec<_> = pieces.iter().map(|piece| &piece[column]).collect();
                    join(&pieces, rows)
                });
                columns.collect::<Result<_, _>>()?
            }
        };
        Table::new(SchemaRef::clone(schema), Arguments::new(columns, rows))
    }
}

fn join(pieces: &[&ArrayData], rows: usize) -> Result<ArrayData, Error> {
    let capacities = Capacities::Array(rows);
    // A piece can have a bitmap of nulls and no null.
    let nullable = pieces.iter().any(|piece| piece.nulls().is_some());
    let mut joined = MutableArrayData::with_capacities(pieces.to_vec(), nullable, capacities);
    for (index, piece) in pieces.iter().enumerate() {
        joined.try_extend(index, 0, piece.len())?;
    }
    Ok(joined.freeze())
}
