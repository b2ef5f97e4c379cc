//! A table function called with constants: a table.

use std::{fmt, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions},
    datatypes::SchemaRef,
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::tree_node::TreeNodeRecursion,
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableType},
    physical_expr::PhysicalExpr,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
        stream::RecordBatchStreamAdapter,
    },
};
use serde::{Deserialize, Serialize};

use super::{Call, EncodedCall, Producer};
use crate::{
    functions::{
        bound::Bound,
        distributed::{Columns, Decoder},
        relation::properties,
    },
    query::QueryScope,
};

/// The rows of a table function for one row of arguments.
#[derive(Debug)]
pub(super) struct ConstantTable {
    call: Call,
    arguments: Vec<ArrayRef>,
}

impl ConstantTable {
    pub(super) fn new(call: Call, arguments: Vec<ArrayRef>) -> Self {
        Self { call, arguments }
    }
}

#[async_trait]
impl TableProvider for ConstantTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.call.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(query) = QueryScope::of(session.config_options()) {
            query.expect_functions();
        }
        let columns = projection.cloned();
        let columns = columns.unwrap_or_else(|| (0..self.call.schema.fields().len()).collect());
        let schema = Arc::new(self.call.schema.project(&columns)?);
        Ok(Arc::new(TableFunctionExec {
            call: self.call.clone(),
            arguments: self.arguments.clone(),
            properties: properties(&schema, 1),
            columns,
            limit,
        }))
    }
}

/// A [`TableFunctionExec`] for a host.
#[derive(Serialize, Deserialize)]
pub(in crate::functions) struct EncodedTable {
    call: EncodedCall,
    arguments: Columns,
    columns: Vec<usize>,
    limit: Option<usize>,
}

/// Asks a table function for rows until it has no more, or nobody wants more.
#[derive(Debug, Clone)]
pub(in crate::functions) struct TableFunctionExec {
    call: Call,
    arguments: Vec<ArrayRef>,
    /// Of the function's columns, those that are wanted.
    columns: Vec<usize>,
    limit: Option<usize>,
    properties: Arc<PlanProperties>,
}

impl TableFunctionExec {
    pub(in crate::functions) fn encode(&self) -> Result<EncodedTable> {
        let fields = self.call.bound.arguments(&self.call.choice);
        Ok(EncodedTable {
            call: self.call.encode()?,
            arguments: Columns::row(&fields, &self.arguments)?,
            columns: self.columns.clone(),
            limit: self.limit,
        })
    }

    pub(in crate::functions) fn decode(encoded: EncodedTable, from: &Decoder<'_>) -> Result<Self> {
        let call = Call::decode(&encoded.call, from)?;
        let (_, arguments) = encoded.arguments.read_row()?;
        let schema = Arc::new(call.schema.project(&encoded.columns)?);
        Ok(Self {
            call,
            arguments,
            columns: encoded.columns,
            limit: encoded.limit,
            properties: properties(&schema, 1),
        })
    }

    pub(in crate::functions) fn function(&self) -> &Bound {
        &self.call.bound
    }
}

impl DisplayAs for TableFunctionExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableFunctionExec: function={}", self.call.bound.name())?;
        match self.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for TableFunctionExec {
    fn name(&self) -> &str {
        "TableFunctionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn fetch(&self) -> Option<usize> {
        self.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self {
            limit,
            ..self.clone()
        }))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let query = self.call.bound.query(context.session_config().options())?;
        let mut producer = self.call.producer(query)?;
        producer.push(self.arguments.clone(), 1)?;
        let making = Making {
            producer,
            columns: self.columns.clone(),
            schema: self.schema(),
            left: self.limit.unwrap_or(usize::MAX),
        };
        let rows = futures::stream::try_unfold(making, |mut making| async move {
            let next = making.next()?;
            Ok(next.map(|batch| (batch, making)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

/// A table while its rows are made.
struct Making {
    producer: Producer,
    columns: Vec<usize>,
    schema: SchemaRef,
    /// Rows that are still wanted.
    left: usize,
}

impl Making {
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.left > 0
            && let Some(mut received) = self.producer.next()?
        {
            self.producer.check_parents(&received, 1, 0)?;
            if received.rows == 0 {
                continue;
            }
            let made = received.columns.split_off(1);
            let rows = received.rows.min(self.left);
            self.left -= rows;
            let wanted = self
                .columns
                .iter()
                .map(|column| made[*column].slice(0, rows));
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let schema = Arc::clone(&self.schema);
            let batch = RecordBatch::try_new_with_options(schema, wanted.collect(), &options)?;
            return Ok(Some(batch));
        }
        Ok(None)
    }
}
