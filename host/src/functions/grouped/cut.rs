//! Cuts inputs that are sorted by key into groups, many at a time.
//!
//! A batch is handed on as it comes. Whether its last group goes on is known when the next batch is there,
//! so a cut says that it does, and the next cut begins with the rest of the group, which may be nothing.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch},
    datatypes::{DataType, Float32Type, Float64Type, SchemaRef},
    row::{OwnedRow, Row, RowConverter, Rows, SortField},
};
use datafusion::error::Result;

use super::exec::KEY_ORDER;

/// Groups of every input.
pub(super) struct Cut {
    /// The rows of each input, and where in them groups begin and the last one ends.
    pub(super) inputs: Vec<(RecordBatch, Vec<u32>)>,
    /// Whether the last group goes on.
    pub(super) continued: bool,
}

/// Inputs while they are cut.
pub(super) struct Cutter {
    converter: RowConverter,
    sides: Vec<Side>,
    /// The key of the group that goes on.
    open: Option<OwnedRow>,
}

struct Side {
    /// The columns of the key.
    keys: Vec<usize>,
    schema: SchemaRef,
    batch: Option<Pending>,
    ended: bool,
}

/// Rows that were not cut yet.
struct Pending {
    batch: RecordBatch,
    keys: Rows,
    /// The first of them.
    from: usize,
}

impl Pending {
    fn last(&self) -> Row<'_> {
        self.keys.row(self.keys.num_rows() - 1)
    }

    fn is_cut(&self) -> bool {
        self.from == self.keys.num_rows()
    }

    /// The first row from `from` on whose key is not `key`.
    fn end_of(&self, from: usize, key: Row<'_>) -> usize {
        let rest = from..self.keys.num_rows();
        let others = rest.clone().find(|row| self.keys.row(*row) != key);
        others.unwrap_or(rest.end)
    }
}

impl Cutter {
    /// `keys` are the columns of the key in each input, of types `key_types`.
    pub(super) fn new(
        key_types: &[DataType],
        keys: Vec<Vec<usize>>,
        schemas: Vec<SchemaRef>,
    ) -> Result<Self> {
        let fields = key_types
            .iter()
            .map(|data_type| SortField::new_with_options(data_type.clone(), KEY_ORDER));
        let sides = keys.into_iter().zip(schemas).map(|(keys, schema)| Side {
            keys,
            schema,
            batch: None,
            ended: false,
        });
        Ok(Self {
            converter: RowConverter::new(fields.collect())?,
            sides: sides.collect(),
            open: None,
        })
    }

    /// An input whose next batch is needed before anything can be cut.
    pub(super) fn hungry(&self) -> Option<usize> {
        let is_hungry = |side: &Side| side.batch.is_none() && !side.ended;
        self.sides.iter().position(is_hungry)
    }

    /// The next batch of an input.
    pub(super) fn feed(&mut self, side: usize, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let side = &mut self.sides[side];
        let columns: Vec<ArrayRef> = side
            .keys
            .iter()
            .map(|key| without_negative_zero(batch.column(*key)))
            .collect();
        side.batch = Some(Pending {
            keys: self.converter.convert_columns(&columns)?,
            batch,
            from: 0,
        });
        Ok(())
    }

    /// An input has no more batches.
    pub(super) fn end(&mut self, side: usize) {
        self.sides[side].ended = true;
    }

    /// The next groups. None at the end of all inputs.
    pub(super) fn cut(&mut self) -> Option<Cut> {
        let pending = self.sides.iter().filter_map(|side| side.batch.as_ref());
        // What comes next of an input has its last key or a greater one, so that all groups before the
        // least of the last keys are whole.
        let Some(limit) = pending.map(Pending::last).min().map(|row| row.owned()) else {
            self.open.take()?;
            let none = |side: &Side| (RecordBatch::new_empty(side.schema.clone()), vec![0, 0]);
            return Some(Cut {
                inputs: self.sides.iter().map(none).collect(),
                continued: false,
            });
        };
        let mut ends: Vec<_> = self.sides.iter().map(Side::first).collect();
        let starts = ends.clone();
        let mut offsets: Vec<_> = self.sides.iter().map(|_| vec![0_u32]).collect();
        let mut key = match self.open.take() {
            Some(open) => Some(open),
            None => self.least(&ends, limit.row()),
        };
        while let Some(group) = key {
            for (side, (end, offsets)) in self.sides.iter().zip(ends.iter_mut().zip(&mut offsets)) {
                if let Some(pending) = &side.batch {
                    *end = pending.end_of(*end, group.row());
                }
                offsets.push((*end - side.first()) as u32);
            }
            key = self.least(&ends, limit.row());
        }
        self.open = Some(limit);
        let mut inputs = Vec::with_capacity(self.sides.len());
        for (side, ((start, end), offsets)) in self
            .sides
            .iter_mut()
            .zip(starts.into_iter().zip(ends).zip(offsets))
        {
            inputs.push((side.take(start, end), offsets));
        }
        Some(Cut {
            inputs,
            continued: true,
        })
    }

    /// The least key of the rows from `from` on, if it is not above `limit`.
    fn least(&self, from: &[usize], limit: Row<'_>) -> Option<OwnedRow> {
        let keys = self.sides.iter().zip(from).filter_map(|(side, from)| {
            let pending = side.batch.as_ref()?;
            (*from < pending.keys.num_rows()).then(|| pending.keys.row(*from))
        });
        let least = keys.min()?;
        (least <= limit).then(|| least.owned())
    }
}

/// The two zeros are one key, as they are to `GROUP BY`.
fn without_negative_zero(keys: &ArrayRef) -> ArrayRef {
    match keys.data_type() {
        DataType::Float64 => Arc::new(
            keys.as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|key| key + 0.0),
        ),
        DataType::Float32 => Arc::new(
            keys.as_primitive::<Float32Type>()
                .unary::<_, Float32Type>(|key| key + 0.0),
        ),
        _ => Arc::clone(keys),
    }
}

impl Side {
    /// The first row that was not cut yet.
    fn first(&self) -> usize {
        self.batch.as_ref().map_or(0, |pending| pending.from)
    }

    /// Takes rows away.
    fn take(&mut self, start: usize, end: usize) -> RecordBatch {
        let Some(pending) = &mut self.batch else {
            return RecordBatch::new_empty(self.schema.clone());
        };
        let rows = pending.batch.slice(start, end - start);
        pending.from = end;
        if pending.is_cut() {
            self.batch = None;
        }
        rows
    }
}

#[cfg(test)]
mod tests;
