//! Maps the groups of its inputs, which come sorted by key.

use std::{fmt, sync::Arc};

use arrow::{
    array::RecordBatch,
    compute::SortOptions,
    datatypes::{DataType, SchemaRef},
};
use datafusion::{
    common::{exec_err, tree_node::TreeNodeRecursion},
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{
        Distribution, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr,
        expressions::Column,
    },
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties,
        InputDistributionRequirements, PlanProperties,
    },
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::{
    Call,
    cut::{Cut, Cutter},
};
use crate::{
    functions::{
        Function,
        bound::Bound,
        distributed::{Columns, Decoder, EncodedSortExpr, Encoder},
        error::Failure,
        guest::Guest,
        relation::{Arguments, Mapper, properties, run},
    },
    query::QueryScope,
    sandbox::wire,
};

/// How keys are sorted, in every input.
pub(super) const KEY_ORDER: SortOptions = SortOptions {
    descending: false,
    nulls_first: true,
};

/// An input, its key, and the order of the rows of a key.
#[derive(Debug, Clone)]
pub(super) struct Side {
    input: Arc<dyn ExecutionPlan>,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    within: Vec<PhysicalSortExpr>,
}

impl Side {
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        keys: &[u32],
        within: Vec<PhysicalSortExpr>,
    ) -> Self {
        let schema = input.schema();
        let column = |key: &u32| -> Arc<dyn PhysicalExpr> {
            let index = *key as usize;
            Arc::new(Column::new(schema.field(index).name(), index))
        };
        Self {
            keys: keys.iter().map(column).collect(),
            input,
            within,
        }
    }

    fn ordering(&self) -> Option<LexOrdering> {
        let by_key =
            |key: &Arc<dyn PhysicalExpr>| PhysicalSortExpr::new(Arc::clone(key), KEY_ORDER);
        let by_key = self.keys.iter().map(by_key);
        LexOrdering::new(by_key.chain(self.within.iter().cloned()))
    }
}

/// A [`GroupedMapExec`] for a host.
#[derive(Serialize, Deserialize)]
pub(in crate::functions) struct EncodedGroupedMap {
    function: String,
    arguments: Columns,
    sides: Vec<EncodedSide>,
    schema: Columns,
}

/// The key of an input, and the order of its rows.
#[derive(Serialize, Deserialize)]
struct EncodedSide {
    keys: Vec<u32>,
    within: Vec<EncodedSortExpr>,
}

/// Hands groups to a grouped map, many in a call.
#[derive(Debug)]
pub(in crate::functions) struct GroupedMapExec {
    call: Call,
    sides: Vec<Side>,
    properties: Arc<PlanProperties>,
}

impl GroupedMapExec {
    pub(super) fn new(call: Call, sides: Vec<Side>, schema: SchemaRef) -> Self {
        let partitions = sides[0].input.output_partitioning().partition_count();
        Self {
            properties: properties(&schema, partitions),
            call,
            sides,
        }
    }

    pub(in crate::functions) fn encode(&self, to: &Encoder<'_>) -> Result<EncodedGroupedMap> {
        let sides = self.call.keys.iter().zip(&self.sides);
        let sides = sides.map(|(keys, side)| {
            Ok(EncodedSide {
                keys: keys.clone(),
                within: to.sort_exprs(&side.within)?,
            })
        });
        Ok(EncodedGroupedMap {
            function: self.call.bound.name().to_owned(),
            arguments: self.call.arguments.encode()?,
            sides: sides.collect::<Result<_>>()?,
            schema: Columns::schema(&self.schema())?,
        })
    }

    pub(in crate::functions) fn decode(
        encoded: EncodedGroupedMap,
        from: &Decoder<'_>,
    ) -> Result<Self> {
        let function = from.function(&encoded.function, |function| match function {
            Function::GroupedMap(function) => Some(function),
            _ => None,
        })?;
        let mut sides = Vec::with_capacity(encoded.sides.len());
        for (side, input) in encoded.sides.iter().zip(from.inputs()) {
            let schema = input.schema();
            let columns = schema.fields().len();
            if side.keys.iter().any(|key| *key as usize >= columns) {
                return exec_err!("a key of `{}` is no column of its input", encoded.function);
            }
            let within = from.sort_exprs(&side.within, &schema)?;
            sides.push(Side::new(Arc::clone(input), &side.keys, within));
        }
        if sides.is_empty() || sides.len() != encoded.sides.len() {
            return exec_err!("`{}` has come without its inputs", encoded.function);
        }
        let within = sides.iter().map(|side| &side.within);
        let call = Call {
            bound: Arc::clone(&function.bound),
            arguments: Arguments::decode(&encoded.arguments)?,
            order: within.clone().map(Vec::len).collect(),
            directions: within.flatten().map(|order| order.options).collect(),
            keys: encoded.sides.into_iter().map(|side| side.keys).collect(),
        };
        Ok(Self::new(call, sides, encoded.schema.read_schema()?))
    }

    pub(in crate::functions) fn function(&self) -> &Bound {
        &self.call.bound
    }
}

impl DisplayAs for GroupedMapExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.sides.iter().map(|side| {
            let keys: Vec<_> = side.keys.iter().map(ToString::to_string).collect();
            format!("[{}]", keys.join(", "))
        });
        let (name, keys) = (self.call.bound.name(), keys.collect::<Vec<_>>().join(", "));
        write!(f, "GroupedMapExec: function={name}, by={keys}")
    }
}

impl ExecutionPlan for GroupedMapExec {
    fn name(&self) -> &str {
        "GroupedMapExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.sides.iter().map(|side| &side.input).collect()
    }

    /// All rows of a key in one partition, the same one of each input.
    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let by_key = self
            .sides
            .iter()
            .map(|side| Distribution::KeyPartitioned(side.keys.clone()));
        match self.sides.len() {
            1 => InputDistributionRequirements::new(by_key.collect()),
            _ => InputDistributionRequirements::co_partitioned(by_key.collect()),
        }
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let ordering = |side: &Side| side.ordering().map(OrderingRequirements::from);
        self.sides.iter().map(ordering).collect()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for side in &self.sides {
            let within = side.within.iter().map(|order| &order.expr);
            for expr in side.keys.iter().chain(within) {
                if f(expr)? == TreeNodeRecursion::Stop {
                    return Ok(TreeNodeRecursion::Stop);
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let sides = self.sides.iter().zip(children);
        let sides = sides.map(|(side, input)| Side {
            input,
            ..side.clone()
        });
        Ok(Arc::new(Self::new(
            self.call.clone(),
            sides.collect(),
            self.schema(),
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let call = &self.call;
        let query = Arc::clone(call.bound.query(context.session_config().options())?);
        let schemas: Vec<_> = self.sides.iter().map(|side| side.input.schema()).collect();
        let guest = call
            .guest(&query, schemas.iter(), &self.schema())
            .map_err(|cause| call.bound.error(query.host(), cause))?;
        let key_types: Vec<DataType> = self.sides[0]
            .keys
            .iter()
            .map(|key| key.data_type(&schemas[0]))
            .collect::<Result<_>>()?;
        let keys = call
            .keys
            .iter()
            .map(|keys| keys.iter().map(|key| *key as usize).collect());
        let mut inputs = Vec::with_capacity(self.sides.len());
        for side in &self.sides {
            inputs.push(side.input.execute(partition, Arc::clone(&context))?);
        }
        let mapping = Mapping {
            guest,
            call: call.clone(),
            query,
            schema: self.schema(),
            inputs,
            cutter: Cutter::new(&key_types, keys.collect(), schemas)?,
        };
        Ok(run(mapping, self.schema()))
    }
}

/// One partition while it is mapped.
struct Mapping {
    guest: Guest,
    call: Call,
    query: Arc<QueryScope>,
    schema: SchemaRef,
    inputs: Vec<SendableRecordBatchStream>,
    cutter: Cutter,
}

impl Mapping {
    fn failed(&self, cause: Failure) -> DataFusionError {
        self.call.bound.error(self.query.host(), cause).into()
    }

    fn push(&mut self, cut: Cut) -> Result<(), Failure> {
        let rows = cut.inputs.iter().map(|(rows, _)| rows.num_rows()).sum();
        let mut sent = Vec::with_capacity(cut.inputs.len());
        for (rows, offsets) in cut.inputs {
            sent.push(wire::Groups {
                rows: self.guest.pass(rows.columns(), rows.num_rows())?,
                offsets,
            });
        }
        self.guest.call(rows, |instance, handle| {
            instance.push_grouped(handle, sent, cut.continued)
        })
    }

    fn take(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let next = self
            .guest
            .call(0, |instance, handle| instance.next_grouped(handle))?;
        self.guest.record(next, &self.schema)
    }
}

impl Mapper for Mapping {
    async fn feed(&mut self) -> Result<bool> {
        while let Some(side) = self.cutter.hungry() {
            match self.inputs[side].next().await.transpose()? {
                Some(batch) => self.cutter.feed(side, batch)?,
                None => self.cutter.end(side),
            }
        }
        match self.cutter.cut() {
            Some(cut) => {
                self.push(cut).map_err(|cause| self.failed(cause))?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        self.take().map_err(|cause| self.failed(cause))
    }
}
