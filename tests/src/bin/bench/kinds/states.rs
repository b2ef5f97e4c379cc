//! Aggregates as plain functions of DataFusion: a state for each group, in a vector.

use std::{
    any::type_name,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    mem,
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array},
    datatypes::{DataType, FieldRef, Float64Type},
};
use datafusion::{
    common::ScalarValue,
    error::Result,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature,
        Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
};

/// What an aggregate of numbers knows of a group.
pub(super) trait State: Clone + Default + Send + Sync + 'static {
    /// Its name in SQL.
    const NAME: &'static str;
    /// How many arguments it has; those behind the first are constants.
    const ARGUMENTS: usize;
    /// Whether [`retract`](Self::retract) can be called.
    const RETRACTS: bool;

    /// What is taken from the constants.
    type Constants: Send + Sync + Clone + 'static;

    fn constants(values: &[ScalarValue]) -> Result<Self::Constants>;

    fn update(&mut self, value: f64, constants: &Self::Constants) -> Result<()>;

    fn retract(&mut self, value: f64);

    fn evaluate(&self) -> Option<f64>;

    /// The columns of states, unnamed.
    fn fields() -> Vec<FieldRef>;

    fn columns(states: &[Self]) -> Vec<ArrayRef>;

    /// Merges each row of columns into the state of its group.
    fn merge(
        states: &mut [Self],
        groups: impl Iterator<Item = usize>,
        columns: &[ArrayRef],
    ) -> Result<()>;
}

/// The aggregate whose states are `S`.
pub(super) fn udaf<S: State>() -> AggregateUDF {
    AggregateUDF::new_from_impl(Native::<S> {
        signature: Signature::exact(vec![DataType::Float64; S::ARGUMENTS], Volatility::Immutable),
        states: PhantomData,
    })
}

struct Native<S> {
    signature: Signature,
    states: PhantomData<fn() -> S>,
}

impl<S: State> Native<S> {
    fn states(args: &AccumulatorArgs<'_>) -> Result<States<S>> {
        let constants = args.exprs[1..].iter().map(|expr| {
            let literal = expr.downcast_ref::<datafusion::physical_expr::expressions::Literal>();
            literal.map_or(ScalarValue::Null, |literal| literal.value().clone())
        });
        Ok(States {
            constants: S::constants(&constants.collect::<Vec<_>>())?,
            states: Vec::new(),
        })
    }
}

impl<S: State> AggregateUDFImpl for Native<S> {
    fn name(&self) -> &str {
        S::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let States { constants, .. } = Self::states(&args)?;
        Ok(Box::new(One {
            constants,
            state: S::default(),
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let fields = S::fields();
        let named = fields.iter().map(|field| {
            let name = format!("{}[{}]", args.name, field.name());
            Arc::new(field.as_ref().clone().with_name(name))
        });
        Ok(named.collect())
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Self::states(&args)?))
    }
}

/// Of many groups.
struct States<S: State> {
    constants: S::Constants,
    states: Vec<S>,
}

impl<S: State> GroupsAccumulator for States<S> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        passing: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.states.resize(total, S::default());
        let numbers = values[0].as_primitive::<Float64Type>();
        if passing.is_none() && numbers.null_count() == 0 {
            for (group, number) in groups.iter().zip(numbers.values()) {
                self.states[*group].update(*number, &self.constants)?;
            }
            return Ok(());
        }
        for (row, group) in groups.iter().enumerate() {
            let passes = passing.is_none_or(|passing| passing.is_valid(row) && passing.value(row));
            if passes && numbers.is_valid(row) {
                self.states[*group].update(numbers.value(row), &self.constants)?;
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.states.resize(total, S::default());
        S::merge(&mut self.states, groups.iter().copied(), values)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let states = emit.take_needed(&mut self.states);
        let results: Float64Array = states.iter().map(S::evaluate).collect();
        Ok(Arc::new(results))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(S::columns(&emit.take_needed(&mut self.states)))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        passing: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values[0].len();
        let mut each = Self {
            constants: self.constants.clone(),
            states: Vec::with_capacity(rows),
        };
        let groups: Vec<_> = (0..rows).collect();
        each.update_batch(values, &groups, passing, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.states.capacity() * size_of::<S>()
    }
}

/// Of all rows, or of those in a frame.
struct One<S: State> {
    constants: S::Constants,
    state: S,
}

impl<S: State> Accumulator for One<S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let numbers = values[0].as_primitive::<Float64Type>();
        if numbers.null_count() == 0 {
            // Where the compiler can keep it in registers.
            let mut state = mem::take(&mut self.state);
            for number in numbers.values() {
                state.update(*number, &self.constants)?;
            }
            self.state = state;
            return Ok(());
        }
        for number in numbers.iter().flatten() {
            self.state.update(number, &self.constants)?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let numbers = values[0].as_primitive::<Float64Type>();
        for number in numbers.iter().flatten() {
            self.state.retract(number);
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        S::RETRACTS
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let groups = std::iter::repeat_n(0, states[0].len());
        S::merge(std::slice::from_mut(&mut self.state), groups, states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.state.evaluate()))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = S::columns(std::slice::from_ref(&self.state));
        let values = columns.iter();
        values
            .map(|column| ScalarValue::try_from_array(column, 0))
            .collect()
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

impl<S> fmt::Debug for Native<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(type_name::<S>())
    }
}

impl<S: State> fmt::Debug for One<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(S::NAME)
    }
}

impl<S> PartialEq for Native<S> {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl<S> Eq for Native<S> {}

impl<S> Hash for Native<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        type_name::<S>().hash(state);
    }
}
