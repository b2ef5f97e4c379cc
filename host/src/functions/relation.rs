//! Functions that make relations of relations: what they have in common.
//!
//! In a logical plan such a call is a [`Relation`], in a physical plan a node of its kind. The node feeds a
//! guest with what comes from its inputs and asks for rows until there are none: [`run`].

use std::{
    any::Any,
    cmp::Ordering,
    fmt,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{DataType, FieldRef, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::Session,
    common::{DFSchemaRef, ScalarValue, plan_err},
    error::Result,
    execution::SendableRecordBatchStream,
    logical_expr::{
        Expr, Extension, InvariantLevel, LogicalPlan, UserDefinedLogicalNode,
        physical_planning_context::PhysicalPlanningContext,
    },
    physical_expr::{EquivalenceProperties, Partitioning},
    physical_plan::{
        ExecutionPlan, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchStreamAdapter,
    },
    physical_planner::{ExtensionPlanner, PhysicalPlanner},
};

use super::{
    bound::Bound,
    coercion::Choice,
    distributed::{Columns, is_distributable},
    error::Failure,
    guest::{cast, guest_error, send, written},
};
use crate::{
    boundary::schema,
    query::QueryScope,
    sandbox::{Answer, Handle, Instance, wire},
};

/// What stands behind the tables in a call.
#[derive(Debug, Clone)]
pub(super) struct Arguments {
    /// One row, of the types that the function takes.
    columns: Vec<ArrayRef>,
    fields: Vec<FieldRef>,
}

impl Arguments {
    pub(super) fn new(bound: &Bound, values: &[ScalarValue]) -> Result<Self> {
        let given: Vec<_> = values.iter().map(ScalarValue::data_type).collect();
        let choice: Choice = bound.choose(&given)?;
        let columns: Vec<_> = values.iter().map(|v| v.to_array()).collect::<Result<_>>()?;
        let (columns, _) =
            cast(columns, &choice.types).map_err(|cause| bound.planning_error(cause))?;
        Ok(Self {
            columns,
            fields: bound.arguments(&choice),
        })
    }

    pub(super) fn encode(&self) -> Result<Columns> {
        Columns::row(&self.fields, &self.columns)
    }

    pub(super) fn decode(encoded: &Columns) -> Result<Self> {
        let (fields, columns) = encoded.read_row()?;
        Ok(Self { columns, fields })
    }

    /// Opens a function of relations with these arguments.
    pub(super) fn open(
        &self,
        instance: &mut Instance,
        open: impl FnOnce(&mut Instance, &[wire::Field], wire::Batch) -> Answer<Handle>,
    ) -> Result<Handle, Failure> {
        let fields = written(&self.fields)?;
        let (row, _) = send(instance, &self.columns, 1)?;
        open(instance, &fields, row)?.map_err(|error| guest_error(error, 1))
    }
}

/// The columns of a result as a schema.
pub(super) fn result_schema(
    result: Result<Vec<wire::Field>, crate::sandbox::CallError>,
) -> Result<SchemaRef, Failure> {
    Ok(Arc::new(Schema::new(schema::fields(&result?)?)))
}

/// Fails if a function opens with other columns than those that a plan was made with.
pub(super) fn check_schema(planned: &Schema, opened: &Schema) -> Result<(), Failure> {
    let types = |schema: &Schema| -> Vec<(String, DataType)> {
        let fields = schema.fields().iter();
        let column = |field: &FieldRef| (field.name().clone(), field.data_type().clone());
        fields.map(column).collect()
    };
    if types(planned) == types(opened) {
        return Ok(());
    }
    Err(Failure::Opened {
        described: DataType::Struct(planned.fields().clone()),
        opened: DataType::Struct(opened.fields().clone()).to_string(),
    })
}

/// A call of a function in a logical plan.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) call: Arc<dyn RelationCall>,
    inputs: Vec<LogicalPlan>,
    exprs: Vec<Expr>,
    schema: DFSchemaRef,
}

/// What kind of call a [`Relation`] is.
pub(super) trait RelationCall: fmt::Debug + Send + Sync {
    /// Names the node in a logical plan.
    fn name(&self) -> &'static str;

    /// The call, for `EXPLAIN`.
    fn explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The node of the physical plan.
    ///
    /// # Errors
    ///
    /// What the function says to its inputs.
    fn physical(
        &self,
        relation: &Relation,
        inputs: &[Arc<dyn ExecutionPlan>],
        planner: &Planner<'_>,
    ) -> Result<Arc<dyn ExecutionPlan>>;
}

/// What turns the expressions of a call into physical ones.
pub(super) struct Planner<'p> {
    planner: &'p dyn PhysicalPlanner,
    session: &'p dyn Session,
    context: &'p PhysicalPlanningContext,
}

impl Planner<'_> {
    /// Whether parts of the plan can run on other machines.
    pub(super) fn is_distributed(&self) -> bool {
        is_distributable(self.session.config())
    }

    pub(super) fn expr(
        &self,
        expr: &Expr,
        input: &LogicalPlan,
    ) -> Result<Arc<dyn datafusion::physical_plan::PhysicalExpr>> {
        self.planner
            .create_physical_expr(expr, input.schema(), self.session, self.context)
    }
}

impl Relation {
    pub(super) fn plan(
        call: impl RelationCall + 'static,
        inputs: Vec<LogicalPlan>,
        exprs: Vec<Expr>,
        schema: DFSchemaRef,
    ) -> LogicalPlan {
        LogicalPlan::Extension(Extension {
            node: Arc::new(Self {
                call: Arc::new(call),
                inputs,
                exprs,
                schema,
            }),
        })
    }

    pub(super) fn inputs(&self) -> &[LogicalPlan] {
        &self.inputs
    }

    pub(super) fn exprs(&self) -> &[Expr] {
        &self.exprs
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.inner())
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.call, &other.call)
            && self.inputs == other.inputs
            && self.exprs == other.exprs
    }
}

impl UserDefinedLogicalNode for Relation {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &str {
        self.call.name()
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn check_invariants(&self, _check: InvariantLevel) -> Result<()> {
        Ok(())
    }

    fn expressions(&self) -> Vec<Expr> {
        self.exprs.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.call.explain(f)
    }

    fn with_exprs_and_inputs(
        &self,
        exprs: Vec<Expr>,
        inputs: Vec<LogicalPlan>,
    ) -> Result<Arc<dyn UserDefinedLogicalNode>> {
        if inputs.len() != self.inputs.len() || exprs.len() != self.exprs.len() {
            return plan_err!("{} has other inputs than before", self.call.name());
        }
        Ok(Arc::new(Self {
            inputs,
            exprs,
            ..self.clone()
        }))
    }

    fn dyn_hash(&self, mut state: &mut dyn Hasher) {
        let mut hasher = DefaultHasher::new();
        self.inputs.hash(&mut hasher);
        self.exprs.hash(&mut hasher);
        hasher.finish().hash(&mut state);
    }

    fn dyn_eq(&self, other: &dyn UserDefinedLogicalNode) -> bool {
        other
            .as_any()
            .downcast_ref()
            .is_some_and(|other: &Self| self.is(other))
    }

    fn dyn_ord(&self, other: &dyn UserDefinedLogicalNode) -> Option<Ordering> {
        self.dyn_eq(other).then_some(Ordering::Equal)
    }
}

/// Plans calls of functions that make relations of relations.
#[derive(Debug, Default)]
pub struct RelationPlanner;

#[async_trait]
impl ExtensionPlanner for RelationPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(relation) = node.as_any().downcast_ref::<Relation>() else {
            return Ok(None);
        };
        if let Some(query) = QueryScope::of(session.config_options()) {
            query.expect_functions();
        }
        let planner = Planner {
            planner,
            session,
            context,
        };
        relation
            .call
            .physical(relation, physical_inputs, &planner)
            .map(Some)
    }
}

/// Properties of a node whose rows come as its input does, in no order that anybody knows.
pub(super) fn properties(schema: &SchemaRef, partitions: usize) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(Arc::clone(schema)),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}

/// A guest between its inputs and its rows.
pub(super) trait Mapper: Send + 'static {
    /// Hands over what comes next from the inputs. False if there was nothing any more.
    fn feed(&mut self) -> impl Future<Output = Result<bool>> + Send;

    /// The next rows that the guest makes of what it was fed with.
    ///
    /// # Errors
    ///
    /// What the guest says, or does.
    fn next(&mut self) -> Result<Option<RecordBatch>>;
}

/// The rows that a guest makes of its inputs.
pub(super) fn run(mapper: impl Mapper, schema: SchemaRef) -> SendableRecordBatchStream {
    let begin = (mapper, Turn::Feed);
    let rows = futures::stream::try_unfold(begin, |(mut mapper, mut turn)| async move {
        loop {
            turn = match turn {
                Turn::Feed if mapper.feed().await? => Turn::Ask,
                Turn::Feed => return Ok(None),
                Turn::Ask => match mapper.next()? {
                    Some(batch) if batch.num_rows() == 0 => Turn::Ask,
                    Some(batch) => return Ok(Some((batch, (mapper, turn)))),
                    None => Turn::Feed,
                },
            }
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// What a guest is in for.
#[derive(Clone, Copy)]
enum Turn {
    Feed,
    Ask,
}
