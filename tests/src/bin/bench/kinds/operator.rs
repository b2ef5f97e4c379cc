//! Operators of rows as plain plan nodes of DataFusion.

use std::{fmt, sync::Arc};

use arrow::{compute::SortOptions, datatypes::SchemaRef};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::tree_node::TreeNodeRecursion,
    datasource::TableType,
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::Expr,
    physical_expr::{
        Distribution, EquivalenceProperties, LexOrdering, OrderingRequirements, Partitioning,
        PhysicalExpr, PhysicalSortExpr, expressions::Column,
    },
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties,
        InputDistributionRequirements, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        projection::ProjectionExec,
    },
};

/// What an operator does.
pub(super) trait Operator: fmt::Debug + Send + Sync + 'static {
    /// The columns that it gives.
    fn schema(&self) -> SchemaRef;

    /// The column by which the rows of its input have to be partitioned and sorted, if they have to be.
    fn key(&self) -> Option<usize>;

    /// Its rows for one partition of the input.
    fn rows(&self, input: SendableRecordBatchStream) -> SendableRecordBatchStream;
}

/// What an operator makes of a table, as a table.
#[derive(Debug)]
pub(super) struct OperatorTable {
    pub(super) operator: Arc<dyn Operator>,
    pub(super) input: Arc<dyn TableProvider>,
}

#[async_trait]
impl TableProvider for OperatorTable {
    fn schema(&self) -> SchemaRef {
        self.operator.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = self.input.scan(state, None, &[], None).await?;
        let rows = Arc::new(OperatorExec::new(Arc::clone(&self.operator), input));
        project(rows, projection)
    }
}

/// Only these columns.
pub(super) fn project(
    input: Arc<dyn ExecutionPlan>,
    projection: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = input.schema();
    let Some(columns) = projection.filter(|p| !p.iter().copied().eq(0..schema.fields().len()))
    else {
        return Ok(input);
    };
    let columns = columns.iter().map(|index| {
        let name = schema.field(*index).name();
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(name, *index));
        (column, name.clone())
    });
    let columns: Vec<_> = columns.collect();
    Ok(Arc::new(ProjectionExec::try_new(columns, input)?))
}

/// Properties of a node whose rows come in no order that anybody knows.
pub(super) fn properties(schema: SchemaRef, partitions: usize) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}

#[derive(Debug)]
struct OperatorExec {
    operator: Arc<dyn Operator>,
    input: Arc<dyn ExecutionPlan>,
    key: Option<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
}

impl OperatorExec {
    fn new(operator: Arc<dyn Operator>, input: Arc<dyn ExecutionPlan>) -> Self {
        let partitions = input.output_partitioning().partition_count();
        let key = operator.key().map(|index| -> Arc<dyn PhysicalExpr> {
            Arc::new(Column::new(input.schema().field(index).name(), index))
        });
        Self {
            properties: properties(operator.schema(), partitions),
            operator,
            input,
            key,
        }
    }
}

impl DisplayAs for OperatorExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorExec")
    }
}

impl ExecutionPlan for OperatorExec {
    fn name(&self) -> &str {
        "OperatorExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let of_key = |key| Distribution::KeyPartitioned(vec![Arc::clone(key)]);
        let wanted = self.key.as_ref().map(of_key);
        InputDistributionRequirements::new(vec![
            wanted.unwrap_or(Distribution::UnspecifiedDistribution),
        ])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let sorted = |key: &Arc<dyn PhysicalExpr>| {
            let order = SortOptions::new(false, true);
            LexOrdering::new([PhysicalSortExpr::new(Arc::clone(key), order)])
        };
        let wanted = self.key.as_ref().and_then(sorted);
        vec![wanted.map(OrderingRequirements::from)]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.key.as_ref().map_or(Ok(TreeNodeRecursion::Continue), f)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.swap_remove(0);
        Ok(Arc::new(Self::new(Arc::clone(&self.operator), input)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        Ok(self.operator.rows(self.input.execute(partition, context)?))
    }
}
