//! One group: a query without `GROUP BY`, or a window frame.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::array::{Array, ArrayRef};
use datafusion::{
    common::ScalarValue,
    error::Result,
    logical_expr::{Accumulator, EmitTo, GroupsAccumulator},
};

use super::{
    collected::Collected,
    states::{Ask, Call, Charged, States, group_column, select},
};
use crate::functions::error::Failure;

/// An accumulator of one group.
pub(super) struct Single {
    /// Locked by nobody else ever: a guest is not `Sync`, and an accumulator has to be.
    inner: Mutex<Inner>,
    retractable: bool,
}

enum Inner {
    /// In a guest that other accumulators use before and after.
    Guest {
        call: Arc<Call>,
        states: Option<States>,
    },
    Collected(Box<Collected>),
}

impl Single {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self {
            retractable: call.shape.retractable,
            inner: Mutex::new(Inner::Guest { call, states: None }),
        }
    }

    pub(super) fn collected(collected: Collected) -> Self {
        Self {
            retractable: false,
            inner: Mutex::new(Inner::Collected(Box::new(collected))),
        }
    }

    fn inner(&mut self) -> &mut Inner {
        self.inner.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The states, in a guest of the pool.
fn entered<'s>(call: &Arc<Call>, states: &'s mut Option<States>) -> Result<&'s mut States> {
    let entered = match states.take() {
        Some(states) => states,
        None => {
            let opened = call
                .site
                .pool()
                .acquire(|| Ok::<_, Failure>(call.open(Charged::Pool)?.opened))
                .map_err(|cause| call.failed(cause))?;
            let used = opened.used;
            let mut entered = States::within(Arc::clone(call), call.site.guest(opened));
            if used {
                entered.expect(1);
                entered.emit(Ask::Result, EmitTo::All)?;
            }
            entered.expect(1);
            entered
        }
    };
    Ok(states.insert(entered))
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match self.inner() {
            Inner::Collected(collected) => {
                let groups = vec![0; values[0].len()];
                collected.update_batch(values, &groups, None, 1)
            }
            Inner::Guest { call, states } => {
                let (columns, rows) = selected(call, values)?;
                let states = entered(call, states)?;
                states.update(group_column(&[], 1), columns, rows, 1)
            }
        }
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match self.inner() {
            Inner::Collected(_) => datafusion::common::exec_err!("rows can not be taken back"),
            Inner::Guest { call, states } => {
                let (columns, rows) = selected(call, values)?;
                let states = entered(call, states)?;
                states.retract(group_column(&[], 1), columns, rows, 1)
            }
        }
    }

    fn supports_retract_batch(&self) -> bool {
        self.retractable
    }

    fn merge_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let groups = vec![0; values[0].len()];
        match self.inner() {
            Inner::Collected(collected) => collected.merge_batch(values, &groups, 1),
            Inner::Guest { call, states } => {
                let (groups, rows) = (group_column(&groups, 1), groups.len());
                entered(call, states)?.merge(groups, values.to_vec(), rows, 1)
            }
        }
    }

    /// Rows can come after it: a window frame grows.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = match self.inner() {
            Inner::Collected(collected) => collected.peek()?,
            Inner::Guest { call, states } => entered(call, states)?.peek()?,
        };
        ScalarValue::try_from_array(&value, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = match self.inner() {
            Inner::Collected(collected) => {
                collected.expect(1);
                collected.state(EmitTo::All)?
            }
            Inner::Guest { call, states } => {
                let states = entered(call, states)?;
                states.expect(1);
                states.emit(Ask::State, EmitTo::All)?
            }
        };
        let values = columns.iter();
        values
            .map(|column| ScalarValue::try_from_array(column, 0))
            .collect()
    }

    /// What the query's memory pool is not charged for already.
    fn size(&self) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        size_of::<Self>()
            + match &*inner {
                Inner::Collected(collected) => collected.size(),
                Inner::Guest { .. } => 0,
            }
    }
}

/// The rows that count, as the guest takes them.
fn selected(call: &Call, values: &[ArrayRef]) -> Result<(Vec<ArrayRef>, usize)> {
    let columns = call.site.arguments(values)?;
    Ok(match call.selection(values, None)? {
        Some(selection) => (select(columns, &selection)?, selection.true_count()),
        None => (columns, values[0].len()),
    })
}

impl Drop for Single {
    fn drop(&mut self) {
        let Inner::Guest { call, states } = self.inner() else {
            return;
        };
        if let Some(mut guest) = states.take().and_then(States::into_guest) {
            guest.opened.used = true;
            call.site.pool().release(guest.opened);
        }
    }
}

impl fmt::Debug for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Single")
            .field("retractable", &self.retractable)
            .finish_non_exhaustive()
    }
}
