//! A table function called with columns of another table: rows for each row of that.

use std::{fmt, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions},
    compute::take_arrays,
    datatypes::{SchemaRef, UInt32Type},
};
use datafusion::{
    common::{DFSchema, TableReference, plan_err, tree_node::TreeNodeRecursion},
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{ColumnarValue, Expr, LogicalPlan},
    physical_expr::PhysicalExpr,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
    },
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::{Call, EncodedCall, Producer};
use crate::functions::{
    bound::Bound,
    distributed::{Columns, Decoder, EncodedExpr, Encoder},
    error::Failure,
    guest::Received,
    relation::{Mapper, Planner, Relation, RelationCall, properties, run},
};

/// See [`TableFunction::lateral`](super::TableFunction::lateral).
pub(super) fn plan_lateral(
    call: Call,
    input: LogicalPlan,
    arguments: Vec<Expr>,
    alias: TableReference,
    columns: &[String],
) -> Result<LogicalPlan> {
    let made = call.schema.fields();
    if !columns.is_empty() && columns.len() != made.len() {
        return plan_err!(
            "function `{}` gives {} columns, and {} names are given for them",
            call.bound.name(),
            made.len(),
            columns.len()
        );
    }
    let of_input = input.schema().iter();
    let mut fields: Vec<_> = of_input
        .map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field)))
        .collect();
    for (index, field) in made.iter().enumerate() {
        let field = match columns.get(index) {
            Some(name) => Arc::new(field.as_ref().clone().with_name(name)),
            None => Arc::clone(field),
        };
        fields.push((Some(alias.clone()), field));
    }
    let schema = DFSchema::new_with_metadata(fields, Default::default())?;
    Ok(Relation::plan(
        Lateral { call },
        vec![input],
        arguments,
        Arc::new(schema),
    ))
}

#[derive(Debug)]
struct Lateral {
    call: Call,
}

impl RelationCall for Lateral {
    fn name(&self) -> &'static str {
        "Lateral"
    }

    fn explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lateral: {}", self.call.bound.name())
    }

    fn physical(
        &self,
        relation: &Relation,
        inputs: &[Arc<dyn ExecutionPlan>],
        planner: &Planner<'_>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let arguments = relation.exprs().iter();
        let arguments = arguments.map(|expr| planner.expr(expr, &relation.inputs()[0]));
        Ok(Arc::new(LateralExec::new(
            self.call.clone(),
            arguments.collect::<Result<_>>()?,
            Arc::clone(&inputs[0]),
            relation.schema(),
        )))
    }
}

/// A [`LateralExec`] for a host.
#[derive(Serialize, Deserialize)]
pub(in crate::functions) struct EncodedLateral {
    call: EncodedCall,
    arguments: Vec<EncodedExpr>,
    schema: Columns,
}

/// Puts the rows that a table function makes of each row behind that row.
#[derive(Debug)]
pub(in crate::functions) struct LateralExec {
    call: Call,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl LateralExec {
    fn new(
        call: Call,
        arguments: Vec<Arc<dyn PhysicalExpr>>,
        input: Arc<dyn ExecutionPlan>,
        schema: SchemaRef,
    ) -> Self {
        let partitions = input.output_partitioning().partition_count();
        Self {
            properties: properties(&schema, partitions),
            call,
            arguments,
            input,
        }
    }

    pub(in crate::functions) fn encode(&self, to: &Encoder<'_>) -> Result<EncodedLateral> {
        let arguments = self.arguments.iter().map(|argument| to.expr(argument));
        Ok(EncodedLateral {
            call: self.call.encode()?,
            arguments: arguments.collect::<Result<_>>()?,
            schema: Columns::schema(&self.schema())?,
        })
    }

    pub(in crate::functions) fn decode(
        encoded: EncodedLateral,
        from: &Decoder<'_>,
    ) -> Result<Self> {
        let input = from.input()?;
        let of_input = input.schema();
        let arguments = encoded.arguments.iter();
        let arguments = arguments.map(|argument| from.expr(argument, &of_input));
        Ok(Self::new(
            Call::decode(&encoded.call, from)?,
            arguments.collect::<Result<_>>()?,
            input,
            encoded.schema.read_schema()?,
        ))
    }

    pub(in crate::functions) fn function(&self) -> &Bound {
        &self.call.bound
    }
}

impl DisplayAs for LateralExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<_> = self.arguments.iter().map(ToString::to_string).collect();
        let (name, arguments) = (self.call.bound.name(), arguments.join(", "));
        write!(f, "LateralExec: function={name}, arguments=[{arguments}]")
    }
}

impl ExecutionPlan for LateralExec {
    fn name(&self) -> &str {
        "LateralExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for argument in &self.arguments {
            if f(argument)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(
            self.call.clone(),
            self.arguments.clone(),
            children.swap_remove(0),
            self.schema(),
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let config = context.session_config();
        let batch_size = config.batch_size();
        let query = self.call.bound.query(config.options())?;
        let joining = Joining {
            producer: self.call.producer(query)?,
            arguments: self.arguments.clone(),
            schema: self.schema(),
            input: self.input.execute(partition, context)?,
            batch: None,
            last: 0,
            made: None,
            batch_size,
        };
        Ok(run(joining, self.schema()))
    }
}

/// One partition while it is joined with what the function makes of it.
struct Joining {
    producer: Producer,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
    input: SendableRecordBatchStream,
    /// What the function was given.
    batch: Option<RecordBatch>,
    /// The row of it that the last row was made of.
    last: u32,
    /// Rows that were made and not joined yet, from this one on.
    made: Option<(Received, usize)>,
    batch_size: usize,
}

impl Joining {
    /// The next of the rows that were made, with those of the input that they belong to.
    fn join(&mut self, received: &Received, from: usize, rows: usize) -> Result<RecordBatch> {
        let parents = received.columns[0].slice(from, rows);
        let input = self.batch.iter().flat_map(RecordBatch::columns).cloned();
        let mut columns = take_arrays(&input.collect::<Vec<ArrayRef>>(), &parents, None)?;
        let made = received.columns[1..].iter();
        columns.extend(made.map(|column| column.slice(from, rows)));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.schema);
        Ok(RecordBatch::try_new_with_options(
            schema, columns, &options,
        )?)
    }
}

impl Mapper for Joining {
    async fn feed(&mut self) -> Result<bool> {
        while let Some(batch) = self.input.next().await.transpose()? {
            let rows = batch.num_rows();
            if rows == 0 {
                continue;
            }
            let mut arguments = Vec::with_capacity(self.arguments.len());
            for argument in &self.arguments {
                arguments.push(match argument.evaluate(&batch)? {
                    ColumnarValue::Array(array) => array,
                    ColumnarValue::Scalar(value) => value.to_array()?,
                });
            }
            self.producer.push(arguments, rows)?;
            self.batch = Some(batch);
            self.last = 0;
            return Ok(true);
        }
        Ok(false)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let (received, from) = match self.made.take() {
            Some(made) => made,
            None => {
                let Some(received) = self.producer.next()? else {
                    return Ok(None);
                };
                let rows = self.batch.as_ref().map_or(0, RecordBatch::num_rows);
                self.last = self.producer.check_parents(&received, rows, self.last)?;
                (received, 0)
            }
        };
        // Few arguments can make many rows, and rows of the input can be wide.
        let rows = self.batch_size.min(received.rows - from);
        let joined = self.join(&received, from, rows)?;
        if from + rows < received.rows {
            self.made = Some((received, from + rows));
        }
        Ok(Some(joined))
    }
}

impl Producer {
    /// Checks which of `rows` rows of arguments the rows say that they were made of: none before `last`.
    /// Returns the last.
    pub(super) fn check_parents(&self, received: &Received, rows: usize, last: u32) -> Result<u32> {
        let mut last = last;
        for parent in received.columns[0].as_primitive::<UInt32Type>().values() {
            if *parent < last || *parent as usize >= rows {
                return Err(self.failed(Failure::Parent {
                    parent: *parent,
                    last,
                    rows,
                }));
            }
            last = *parent;
        }
        Ok(last)
    }
}
