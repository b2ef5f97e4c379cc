//! Grouped and cogrouped maps: rows for all rows of a key, of one input or two.

mod cut;
mod exec;

use std::{fmt, sync::Arc};

use arrow::{compute::SortOptions, datatypes::SchemaRef};
use datafusion::{
    common::{Column, DFSchema, ScalarValue, plan_err},
    error::Result,
    logical_expr::{
        Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, SortExpr,
        type_coercion::binary::comparison_coercion,
    },
    physical_expr::PhysicalSortExpr,
    physical_plan::ExecutionPlan,
};

use self::exec::Side;
pub(super) use self::exec::{EncodedGroupedMap, GroupedMapExec};
use super::{
    binding::Binding,
    bound::{BindError, Bound},
    description::Kind,
    error::Failure,
    guest::{Guest, written},
    relation::{Arguments, Planner, Relation, RelationCall, check_schema, result_schema},
};
use crate::{
    query::QueryScope,
    runtime::Runtime,
    sandbox::{Handle, Instance},
};

/// A grouped map of a component, of one input or two.
#[derive(Debug)]
pub struct GroupedMap {
    bound: Arc<Bound>,
    inputs: usize,
}

/// A table whose rows of a key go to a function together.
#[derive(Debug, Clone)]
pub struct GroupedInput {
    /// The table.
    pub plan: LogicalPlan,
    /// The columns of the key.
    pub keys: Vec<Expr>,
    /// The order of the rows of a key.
    pub order: Vec<SortExpr>,
}

impl GroupedMap {
    /// The grouped or cogrouped map that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let component = runtime.component(binding.component)?;
        let function = component.description().function(&binding.function);
        let (kind, inputs) = match function.map(|function| function.kind) {
            Some(Kind::CogroupedMap) => (Kind::CogroupedMap, 2),
            _ => (Kind::GroupedMap, 1),
        };
        let bound = Arc::new(Bound::new(runtime, binding, kind)?);
        Ok(Self { bound, inputs })
    }

    /// How many tables it is called with: two if it is a cogrouped map.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// A plan that maps the groups of `inputs`. Keys of two inputs are made of one type; null is a key like
    /// any other.
    ///
    /// # Errors
    ///
    /// If the function does not take these arguments, or not these inputs, or a key is no column.
    pub fn plan(
        &self,
        inputs: Vec<GroupedInput>,
        arguments: &[ScalarValue],
    ) -> Result<LogicalPlan> {
        let name = self.bound.name();
        if inputs.len() != self.inputs {
            return plan_err!(
                "function `{name}` is called with {} tables, not with {}",
                self.inputs,
                inputs.len()
            );
        }
        if inputs.iter().any(|input| input.keys.is_empty()) {
            return plan_err!(
                "function `{name}` needs at least one column as the key of its groups"
            );
        }
        let inputs = alike(inputs)?;
        let mut sides = Vec::with_capacity(inputs.len());
        for input in &inputs {
            let keys = input.keys.iter().map(|key| index(key, input.plan.schema()));
            sides.push(keys.collect::<Result<Vec<_>>>()?);
        }
        let call = Call {
            bound: Arc::clone(&self.bound),
            arguments: Arguments::new(&self.bound, arguments)?,
            keys: sides,
            order: inputs.iter().map(|input| input.order.len()).collect(),
            directions: inputs
                .iter()
                .flat_map(|input| &input.order)
                .map(|order| SortOptions::new(!order.asc, order.nulls_first))
                .collect(),
        };
        let look = || {
            let mut instance = self.bound.instance(&self.bound.preparation())?;
            let schemas = inputs.iter().map(|input| input.plan.schema().inner());
            let handle = call.open(&mut instance, schemas)?;
            result_schema(instance.grouped_result(handle))
        };
        let schema = look().map_err(|cause| self.bound.planning_error(cause))?;
        let schema = Arc::new(DFSchema::try_from(schema)?);
        let order = inputs.iter().flat_map(|input| &input.order);
        let exprs = order.map(|order| order.expr.clone()).collect();
        let plans = inputs.into_iter().map(|input| input.plan).collect();
        Ok(Relation::plan(call, plans, exprs, schema))
    }
}

/// The same inputs with keys of the same types.
fn alike(inputs: Vec<GroupedInput>) -> Result<Vec<GroupedInput>> {
    let Ok([left, right]) = <[GroupedInput; 2]>::try_from(inputs.clone()) else {
        return Ok(inputs);
    };
    if left.keys.len() != right.keys.len() {
        return plan_err!(
            "the key has {} columns in the first table and {} in the second",
            left.keys.len(),
            right.keys.len()
        );
    }
    let mut types = Vec::with_capacity(left.keys.len());
    for (a, b) in left.keys.iter().zip(&right.keys) {
        let of_a = a.get_type(left.plan.schema())?;
        let of_b = b.get_type(right.plan.schema())?;
        match comparison_coercion(&of_a, &of_b) {
            Some(of_both) => types.push(of_both),
            None => {
                return plan_err!(
                    "the keys {a} ({of_a}) and {b} ({of_b}) can not be compared: cast one of them in a subquery"
                );
            }
        }
    }
    let cast = |input: GroupedInput| -> Result<GroupedInput> {
        let schema = Arc::clone(input.plan.schema());
        let mut changed = false;
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (qualifier, field) in schema.iter() {
            let column = Expr::Column(Column::from((qualifier, field)));
            let key = input.keys.iter().position(|key| *key == column);
            columns.push(match key.map(|key| &types[key]) {
                Some(wanted) if wanted != field.data_type() => {
                    changed = true;
                    let cast = column.cast_to(wanted, &schema)?;
                    cast.alias_qualified(qualifier.cloned(), field.name())
                }
                _ => column,
            });
        }
        if !changed {
            return Ok(input);
        }
        let plan = LogicalPlanBuilder::from(input.plan)
            .project(columns)?
            .build()?;
        Ok(GroupedInput { plan, ..input })
    };
    Ok(vec![cast(left)?, cast(right)?])
}

/// Which column a key is.
fn index(key: &Expr, schema: &DFSchema) -> Result<u32> {
    match key {
        Expr::Column(column) => Ok(schema.index_of_column(column)? as u32),
        other => {
            plan_err!("the key {other} is not a column: give it a name in a subquery, and use that")
        }
    }
}

/// A call of a grouped map.
#[derive(Debug, Clone)]
struct Call {
    bound: Arc<Bound>,
    arguments: Arguments,
    /// The columns of each input that make the key.
    keys: Vec<Vec<u32>>,
    /// How many expressions order the rows of each input.
    order: Vec<usize>,
    /// Of all those expressions.
    directions: Vec<SortOptions>,
}

impl Call {
    fn open<'s>(
        &self,
        instance: &mut Instance,
        inputs: impl Iterator<Item = &'s SchemaRef>,
    ) -> Result<Handle, Failure> {
        let inputs: Vec<_> = inputs
            .map(|input| written(input.fields()))
            .collect::<Result<_, _>>()?;
        let name = &self.bound.binding.function;
        self.arguments.open(instance, |instance, fields, row| {
            instance.open_grouped(name, &inputs, &self.keys, fields, row, self.bound.options())
        })
    }

    /// Opens the map for one partition.
    fn guest<'s>(
        &self,
        query: &QueryScope,
        inputs: impl Iterator<Item = &'s SchemaRef>,
        planned: &SchemaRef,
    ) -> Result<Guest, Failure> {
        let scope = self.bound.scope(query);
        let mut guest = Guest::open(&self.bound, &scope, |instance| self.open(instance, inputs))?;
        let handle = guest.opened.function;
        let opened = result_schema(guest.opened.instance.grouped_result(handle))?;
        check_schema(planned, &opened)?;
        Ok(guest)
    }
}

impl RelationCall for Call {
    fn name(&self) -> &'static str {
        "GroupedMap"
    }

    fn explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupedMap: {}", self.bound.name())
    }

    fn physical(
        &self,
        relation: &Relation,
        inputs: &[Arc<dyn ExecutionPlan>],
        planner: &Planner<'_>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut order = relation.exprs().iter().zip(&self.directions);
        let mut sides = Vec::with_capacity(inputs.len());
        for (side, input) in inputs.iter().enumerate() {
            let mut within = Vec::with_capacity(self.order[side]);
            for (expr, options) in order.by_ref().take(self.order[side]) {
                let expr = planner.expr(expr, &relation.inputs()[side])?;
                within.push(PhysicalSortExpr::new(expr, *options));
            }
            sides.push(Side::new(Arc::clone(input), &self.keys[side], within));
        }
        Ok(Arc::new(GroupedMapExec::new(
            self.clone(),
            sides,
            relation.schema(),
        )))
    }
}
