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
use crate::query::Lodger;

/// An accumulator of one group.
pub(super) struct Single {
    /// Locked by nobody else ever: a guest is not `Sync`, and an accumulator has to be.
    inner: Mutex<Inner>,
    retractable: bool,
}

enum Inner {
    Guest {
        call: Arc<Call>,
        lodging: Option<Box<Lodging>>,
    },
    Collected(Box<Collected>),
}

impl Single {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self {
            retractable: call.shape.retractable,
            inner: Mutex::new(Inner::Guest {
                call,
                lodging: None,
            }),
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

/// A group in an instance that has others beside it.
struct Lodging {
    lodger: Lodger,
    states: States,
}

impl Lodging {
    fn new(call: &Arc<Call>) -> Result<Self> {
        let lodger = call.lodge().map_err(|cause| call.failed(cause))?;
        let used = lodger.used;
        let mut lodging = Self {
            lodger,
            states: States::new(Arc::clone(call), Charged::Pool),
        };
        lodging.states.expect(1);
        if used {
            // What somebody has left there goes.
            lodging.enter(|states| states.emit(Ask::Result, EmitTo::All))?;
            lodging.states.expect(1);
        }
        Ok(lodging)
    }

    fn enter<R>(&mut self, enter: impl FnOnce(&mut States) -> Result<R>) -> Result<R> {
        let Self { lodger, states } = self;
        let call = Arc::clone(&states.call);
        let entered = lodger.lend(|opened| states.within(opened, enter));
        entered.map_err(|cause| call.failed(cause.into()))?
    }
}

/// Enters the group, which is made when it is needed.
fn enter<R>(
    call: &Arc<Call>,
    lodging: &mut Option<Box<Lodging>>,
    enter: impl FnOnce(&mut States) -> Result<R>,
) -> Result<R> {
    let lodging = match lodging {
        Some(lodging) => lodging,
        None => lodging.insert(Box::new(Lodging::new(call)?)),
    };
    lodging.enter(enter)
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match self.inner() {
            Inner::Collected(collected) => {
                let groups = vec![0; values[0].len()];
                collected.update_batch(values, &groups, None, 1)
            }
            Inner::Guest { call, lodging } => {
                let (columns, rows) = selected(call, values)?;
                enter(call, lodging, |states| {
                    states.update(group_column(&[], 1), columns, rows, 1)
                })
            }
        }
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match self.inner() {
            Inner::Collected(_) => datafusion::common::exec_err!("rows can not be taken back"),
            Inner::Guest { call, lodging } => {
                let (columns, rows) = selected(call, values)?;
                enter(call, lodging, |states| {
                    states.retract(group_column(&[], 1), columns, rows, 1)
                })
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
            Inner::Guest { call, lodging } => {
                let (groups, rows) = (group_column(&groups, 1), groups.len());
                enter(call, lodging, |states| {
                    states.merge(groups, values.to_vec(), rows, 1)
                })
            }
        }
    }

    /// Rows can come after it: a window frame grows.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = match self.inner() {
            Inner::Collected(collected) => collected.peek()?,
            Inner::Guest { call, lodging } => enter(call, lodging, States::peek)?,
        };
        ScalarValue::try_from_array(&value, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = match self.inner() {
            Inner::Collected(collected) => {
                collected.expect(1);
                collected.state(EmitTo::All)?
            }
            Inner::Guest { call, lodging } => enter(call, lodging, |states| {
                states.expect(1);
                states.emit(Ask::State, EmitTo::All)
            })?,
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

impl fmt::Debug for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Single")
            .field("retractable", &self.retractable)
            .finish_non_exhaustive()
    }
}
