//! Many groups at once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::{
    error::Result,
    logical_expr::{EmitTo, GroupsAccumulator},
};

use super::states::{Ask, Call, Charged, States, group_column, select};
use crate::{boundary::Rows, functions::error::Failure};

/// An accumulator whose states are all in one guest.
pub(super) struct Groups {
    states: States,
}

impl Groups {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self {
            states: States::new(call, Charged::Holder),
        }
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        passing: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let call = Arc::clone(&self.states.call);
        let selection = call.selection(values, passing)?;
        let mut columns = call.site.arguments(values)?;
        let mut groups = group_column(groups, total);
        let mut rows = values[0].len();
        if let Some(selection) = selection {
            rows = selection.true_count();
            columns = select(columns, &selection)?;
            groups = select(vec![groups], &selection)?.swap_remove(0);
        }
        self.states.update(groups, columns, rows, total)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        let groups = group_column(groups, total);
        let rows = values[0].len();
        self.states.merge(groups, values.to_vec(), rows, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut columns = self.states.emit(Ask::Result, emit)?;
        Ok(columns.swap_remove(0))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.states.emit(Ask::State, emit)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        passing: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let call = &self.states.call;
        let rows = values[0].len();
        if rows == 0 || call.selection(values, passing)?.is_some() {
            // A row that does not count is a group without rows.
            let mut each = Self::new(Arc::clone(call));
            let groups: Vec<_> = (0..rows).collect();
            each.update_batch(values, &groups, passing, rows)?;
            return each.state(EmitTo::All);
        }
        let columns = call.site.arguments(values)?;
        let convert = || {
            let pool = call.site.pool();
            let opened = pool.acquire(|| Ok::<_, Failure>(call.open(Charged::Pool)?.opened))?;
            let mut guest = call.site.guest(opened);
            let batch = guest.send(&columns, rows)?;
            let states = guest.call(rows, |instance, handle| {
                instance.convert_aggregate(handle, batch)
            })?;
            let rows = Rows::Exactly(rows);
            let fields = &call.shape.state;
            let received = match pool.has_room() {
                true => guest.read(states, fields, rows)?,
                false => guest.take(states, fields, rows)?,
            };
            pool.release(guest.opened);
            Ok(received.columns)
        };
        convert().map_err(|cause| call.failed(cause))
    }

    /// The guest's linear memory, which is not charged elsewhere: DataFusion spills when it is too much.
    fn size(&self) -> usize {
        size_of::<Self>() + self.states.size()
    }
}
