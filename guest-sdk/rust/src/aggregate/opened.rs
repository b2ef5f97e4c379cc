use std::mem;

use arrow_schema::FieldRef;

use super::accumulator::{Accumulator, Emit};
use super::function::Aggregate;
use super::groups::GroupColumn;
use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::scalar::{Hint, agreed};
use crate::{Error, Options};

/// An aggregate function at one place in a query.
pub(crate) struct Opened<F> {
    identity: F,
    /// Of each group.
    states: Vec<F>,
    /// Of rows that are converted, as long as they are.
    converted: Vec<F>,
    state_fields: Vec<FieldRef>,
    result: FieldRef,
    hint: Hint,
}

impl<F: Aggregate> Opened<F> {
    pub(crate) fn new(arguments: &[FieldRef], options: &Options) -> Result<Self, Error> {
        Ok(Self {
            result: (F::ENTRY.signature)().result(F::ENTRY.name, arguments)?,
            identity: F::open(options)?,
            states: Vec::new(),
            converted: Vec::new(),
            state_fields: F::fields(),
            hint: Hint::default(),
        })
    }

    /// New groups begin with the identity.
    fn grow(&mut self, groups: usize) {
        if groups > self.states.len() {
            self.states.resize(groups, self.identity.clone());
        }
    }

    /// What `make` makes of the states of groups, which are forgotten then.
    fn emit(
        &mut self,
        emit: Emit,
        make: impl FnOnce(&Self, &[F]) -> Result<Columns, Error>,
    ) -> Result<Columns, Error> {
        let groups = self.states.len();
        let count = match emit {
            Emit::All => groups,
            Emit::First(count) if count <= groups => count,
            Emit::First(count) => {
                return Err(Error::new(format_args!(
                    "{count} groups are asked for, and there are {groups}"
                )));
            }
        };
        let columns = make(self, &self.states[..count])?;
        if count == groups {
            self.states = Vec::new();
        } else {
            self.states.drain(..count);
        }
        Ok(columns)
    }

    fn results(&self, states: &[F]) -> Result<Columns, Error> {
        // Of the row of an error: it would be that of a group, which nobody can find.
        let result = F::evaluate_states(states, &self.hint).map_err(Error::without_row)?;
        agreed(&result, states.len(), &self.result)?;
        Ok(Columns {
            rows: states.len(),
            columns: vec![result],
        })
    }
}

fn states_of<F: Aggregate>(states: &[F]) -> Columns {
    Columns {
        rows: states.len(),
        columns: F::columns(states),
    }
}

impl<F: Aggregate> Accumulator for Opened<F> {
    fn result(&self) -> &FieldRef {
        &self.result
    }

    fn state_fields(&self) -> &[FieldRef] {
        &self.state_fields
    }

    fn is_retractable(&self) -> bool {
        F::RETRACTABLE
    }

    fn update(&mut self, rows: Arguments, groups: usize) -> Result<(), Error> {
        self.grow(groups);
        let (column, arguments) = rows.split_first()?;
        let groups = GroupColumn::new(&column, self.states.len())?;
        F::update_rows(&mut self.states, &groups, &arguments)
    }

    fn retract(&mut self, rows: Arguments, groups: usize) -> Result<(), Error> {
        if !F::RETRACTABLE {
            return Err(Error::new(format_args!(
                "{} can not take rows back: it has no `retract`",
                F::ENTRY.name
            )));
        }
        self.grow(groups);
        let (column, arguments) = rows.split_first()?;
        let groups = GroupColumn::new(&column, self.states.len())?;
        F::retract_rows(&mut self.states, &groups, &arguments)
    }

    fn merge(&mut self, states: Arguments, groups: usize) -> Result<(), Error> {
        self.grow(groups);
        let (column, columns) = states.split_first()?;
        let groups = GroupColumn::new(&column, self.states.len())?;
        let none = |error: &dyn std::fmt::Display| {
            let name = F::ENTRY.name;
            Error::new(format_args!("this is no state of {name}: {error}"))
        };
        if columns.columns().len() != self.state_fields.len() {
            return Err(none(&format_args!(
                "it has {} columns, and a state has {}",
                columns.columns().len(),
                self.state_fields.len()
            )));
        }
        let reader = F::reader(columns.columns()).map_err(|error| none(&error))?;
        for row in 0..columns.rows() {
            let group = match groups {
                GroupColumn::One(group) => group,
                GroupColumn::Each(groups) => groups[row] as usize,
            };
            self.states[group].merge_state(F::read(&reader, row, &self.identity))?;
        }
        Ok(())
    }

    fn convert(&mut self, arguments: Arguments) -> Result<Columns, Error> {
        let rows = arguments.rows();
        let groups: Vec<u32> = (0..rows as u32).collect();
        let mut states = mem::take(&mut self.converted);
        states.resize(rows, self.identity.clone());
        F::update_rows(&mut states, &GroupColumn::Each(&groups), &arguments)?;
        let columns = states_of(&states);
        states.clear();
        self.converted = states;
        Ok(columns)
    }

    fn state(&mut self, emit: Emit) -> Result<Columns, Error> {
        self.emit(emit, |_, states| Ok(states_of(states)))
    }

    fn evaluate(&mut self, emit: Emit) -> Result<Columns, Error> {
        self.emit(emit, Self::results)
    }

    fn peek(&mut self) -> Result<Columns, Error> {
        self.results(&self.states)
    }
}
