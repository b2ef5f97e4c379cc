//! The states of groups, in a guest.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, BooleanArray, UInt32Array, new_empty_array},
    compute::{and, filter, is_not_null, prep_null_mask_filter},
    datatypes::{DataType, FieldRef},
};
use datafusion::{
    error::{DataFusionError, Result},
    execution::memory_pool::UnboundedMemoryPool,
    logical_expr::EmitTo,
};

use super::{Shape, open};
use crate::{
    boundary::Rows,
    functions::{
        description::NullHandling,
        error::Failure,
        guest::{Guest, Received},
        site::Site,
    },
    query::{Lodger, Opened},
    sandbox::{Answer, Environment, Handle, Instance, wire},
};

/// An aggregate at one place in a query.
pub(super) struct Call {
    pub(super) site: Site,
    pub(super) shape: Arc<Shape>,
    /// For states that DataFusion accounts for, so that it can spill them in time.
    uncharged: Arc<Environment>,
}

/// Who is charged for the linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charged {
    /// The query's memory pool, as the memory grows.
    Pool,
    /// Whoever holds the states, and says how much they take.
    Holder,
}

impl Call {
    pub(super) fn new(site: Site, shape: Arc<Shape>) -> Self {
        let uncharged = Arc::new(Environment {
            pool: Arc::new(UnboundedMemoryPool::default()),
            ..Environment::clone(&site.scope.environment)
        });
        Self {
            site,
            shape,
            uncharged,
        }
    }

    pub(super) fn failed(&self, cause: Failure) -> DataFusionError {
        self.site.failed(cause)
    }

    /// The rows that count: those that pass the filter, and have no null where the binding says so.
    pub(super) fn selection(
        &self,
        values: &[ArrayRef],
        passing: Option<&BooleanArray>,
    ) -> Result<Option<BooleanArray>> {
        let mut selection = passing.map(|passing| match passing.null_count() {
            0 => passing.clone(),
            _ => prep_null_mask_filter(passing),
        });
        let bound = &self.site.bound;
        let described = bound.function().nulls;
        if bound.nulls == NullHandling::Strict && described == NullHandling::Called {
            for values in values.iter().take(self.site.choice.types.len()) {
                if values.logical_null_count() > 0 {
                    let valid = is_not_null(values)?;
                    selection = Some(match selection {
                        Some(selection) => and(&selection, &valid)?,
                        None => valid,
                    });
                }
            }
        }
        Ok(selection)
    }

    /// A place for the state of one group.
    pub(super) fn lodge(&self) -> Result<Lodger, Failure> {
        let Site { bound, choice, .. } = &self.site;
        self.site.lodge(
            || self.open(Charged::Pool),
            |instance| open(bound, choice, instance),
        )
    }

    pub(super) fn open(&self, charged: Charged) -> Result<Guest, Failure> {
        let Site {
            bound,
            scope,
            choice,
            ..
        } = &self.site;
        let environment = match charged {
            Charged::Pool => &scope.environment,
            Charged::Holder => &self.uncharged,
        };
        Guest::open_in(bound, scope, environment, |instance| {
            open(bound, choice, instance)
        })
    }
}

/// The states of groups, numbered from zero.
pub(super) struct States {
    pub(super) call: Arc<Call>,
    charged: Charged,
    guest: Option<Guest>,
    /// Groups there are.
    groups: usize,
    /// Groups that the guest knows of.
    told: usize,
}

/// What is asked of the groups that leave.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    State,
    Result,
}

/// How rows are handed over, and what is done with them.
#[derive(Clone, Copy)]
struct Add {
    hand_over: fn(&mut Guest, &[ArrayRef], usize) -> Result<wire::Batch, Failure>,
    call: fn(&mut Instance, Handle, wire::Batch, u64) -> Answer<()>,
}

const UPDATE: Add = Add {
    hand_over: Guest::pass,
    call: Instance::update_aggregate,
};
const RETRACT: Add = Add {
    hand_over: Guest::pass,
    call: Instance::retract_aggregate,
};
const MERGE: Add = Add {
    hand_over: Guest::send,
    call: Instance::merge_aggregate,
};

impl States {
    pub(super) fn new(call: Arc<Call>, charged: Charged) -> Self {
        Self {
            call,
            charged,
            guest: None,
            groups: 0,
            told: 0,
        }
    }

    /// Does something with the states, which are in `opened`.
    pub(super) fn within<R>(
        &mut self,
        opened: Opened,
        enter: impl FnOnce(&mut Self) -> Result<R>,
    ) -> (Result<R>, Option<Opened>) {
        self.guest = Some(self.call.site.guest(opened));
        let entered = enter(self);
        (entered, self.guest.take().map(|guest| guest.opened))
    }

    /// `rows` rows, of `total` groups.
    pub(super) fn update(
        &mut self,
        groups: ArrayRef,
        columns: Vec<ArrayRef>,
        rows: usize,
        total: usize,
    ) -> Result<()> {
        self.add(groups, columns, rows, total, UPDATE)
    }

    /// `rows` rows, of `total` groups.
    pub(super) fn retract(
        &mut self,
        groups: ArrayRef,
        columns: Vec<ArrayRef>,
        rows: usize,
        total: usize,
    ) -> Result<()> {
        self.add(groups, columns, rows, total, RETRACT)
    }

    /// `rows` rows, of `total` groups.
    pub(super) fn merge(
        &mut self,
        groups: ArrayRef,
        columns: Vec<ArrayRef>,
        rows: usize,
        total: usize,
    ) -> Result<()> {
        let types = |fields: &[FieldRef]| fields.iter().map(|f| f.data_type().clone()).collect();
        let known: Vec<DataType> = types(&self.call.shape.state);
        let given: Vec<DataType> = columns.iter().map(|c| c.data_type().clone()).collect();
        if given != known {
            return Err(self.call.failed(Failure::State { given, known }));
        }
        self.add(groups, columns, rows, total, MERGE)
    }

    fn add(
        &mut self,
        groups: ArrayRef,
        columns: Vec<ArrayRef>,
        rows: usize,
        total: usize,
        add: Add,
    ) -> Result<()> {
        self.groups = self.groups.max(total);
        if rows == 0 {
            return Ok(());
        }
        self.cross(groups, columns, rows, add)
            .map_err(|cause| self.call.failed(cause))
    }

    fn cross(
        &mut self,
        groups: ArrayRef,
        columns: Vec<ArrayRef>,
        rows: usize,
        add: Add,
    ) -> Result<(), Failure> {
        let total = self.groups as u64;
        let guest = self.entered()?;
        let mut all = Vec::with_capacity(columns.len() + 1);
        all.push(groups);
        all.extend(columns);
        let batch = (add.hand_over)(guest, &all, rows)?;
        guest.call(rows, |instance, handle| {
            (add.call)(instance, handle, batch, total)
        })?;
        self.told = self.groups;
        Ok(())
    }

    fn entered(&mut self) -> Result<&mut Guest, Failure> {
        let guest = match self.guest.take() {
            Some(guest) => guest,
            None => self.call.open(self.charged)?,
        };
        Ok(self.guest.insert(guest))
    }

    /// Tells the guest of groups that no row has come for.
    fn tell(&mut self) -> Result<(), Failure> {
        if self.told == self.groups && self.guest.is_some() {
            return Ok(());
        }
        let none = |data_type: &DataType| new_empty_array(data_type);
        let columns = self.call.site.choice.types.iter().map(none).collect();
        let groups = new_empty_array(&DataType::UInt32);
        self.cross(groups, columns, 0, UPDATE)
    }

    /// What is asked of the groups that leave, a row for each.
    pub(super) fn emit(&mut self, ask: Ask, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let result = std::slice::from_ref(&self.call.shape.result);
        let fields = match ask {
            Ask::State => &self.call.shape.state[..],
            Ask::Result => result,
        };
        let rows = match emit {
            EmitTo::All => self.groups,
            EmitTo::First(rows) => rows.min(self.groups),
        };
        if rows == 0 {
            return Ok(fields
                .iter()
                .map(|f| new_empty_array(f.data_type()))
                .collect());
        }
        let fields = fields.to_vec();
        let call = Arc::clone(&self.call);
        self.leave(ask, rows, &fields)
            .map_err(|cause| call.failed(cause))
    }

    fn leave(
        &mut self,
        ask: Ask,
        rows: usize,
        fields: &[FieldRef],
    ) -> Result<Vec<ArrayRef>, Failure> {
        self.tell()?;
        let all = rows == self.groups;
        let emit = match all {
            true => wire::Emit::All,
            false => wire::Emit::First(rows as u64),
        };
        let guest = self.entered()?;
        let batch = guest.call(0, |instance, handle| match ask {
            Ask::State => instance.aggregate_state(handle, emit),
            Ask::Result => instance.evaluate_aggregate(handle, emit),
        })?;
        self.groups -= rows;
        self.told = self.groups;
        let expected = Rows::Exactly(rows);
        if all && self.charged == Charged::Holder {
            // Linear memory never shrinks: what comes next gets a new instance, and this one ends with its
            // last result. Unless that would keep much for little.
            let mut guest = self.guest.take().ok_or_else(lost)?;
            let received = guest.look(batch, fields, expected)?;
            if guest.opened.instance.memory_size() <= received.bytes.saturating_mul(4) {
                guest.count(&received);
                return Ok(received.columns);
            }
            return Ok(guest.own(received).columns);
        }
        let guest = self.guest.as_mut().ok_or_else(lost)?;
        let Received { columns, .. } = guest.take(batch, fields, expected)?;
        Ok(columns)
    }

    /// The results of all groups, which go on.
    pub(super) fn peek(&mut self) -> Result<ArrayRef> {
        let call = Arc::clone(&self.call);
        let mut look = || {
            self.tell()?;
            let groups = self.groups;
            let guest = self.entered()?;
            let batch = guest.call(0, |instance, handle| instance.peek_aggregate(handle))?;
            let fields = std::slice::from_ref(&call.shape.result);
            let mut received = guest.take(batch, fields, Rows::Exactly(groups))?;
            Ok(received.columns.swap_remove(0))
        };
        look().map_err(|cause: Failure| call.failed(cause))
    }

    /// There is so many groups, whether rows have come for them or not.
    pub(super) fn expect(&mut self, groups: usize) {
        self.groups = self.groups.max(groups);
    }

    /// Bytes of linear memory.
    pub(super) fn size(&self) -> usize {
        let guest = self.guest.as_ref();
        guest.map_or(0, |guest| guest.opened.instance.memory_size())
    }
}

fn lost() -> Failure {
    crate::sandbox::CallError::Host("the states of an aggregate are gone".into()).into()
}

/// The group of each row, as the guest has it. Of one group only, a constant.
pub(super) fn group_column(groups: &[usize], total: usize) -> ArrayRef {
    if total <= 1 {
        return Arc::new(UInt32Array::from(vec![0]));
    }
    Arc::new(
        groups
            .iter()
            .map(|group| *group as u32)
            .collect::<UInt32Array>(),
    )
}

/// The selected rows. Constants stay as they are.
pub(super) fn select(columns: Vec<ArrayRef>, selection: &BooleanArray) -> Result<Vec<ArrayRef>> {
    let selected = columns.into_iter().map(|column| {
        if column.len() == selection.len() {
            Ok(filter(&column, selection)?)
        } else {
            Ok(column)
        }
    });
    selected.collect()
}
