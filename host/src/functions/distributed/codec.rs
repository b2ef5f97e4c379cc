//! Nodes of functions, as bytes in the plans that hosts get.
//!
//! A node says which function it calls by its name; the host has a function of that name in the task's
//! session ([`TaskSession`](super::TaskSession)). Functions of values travel without us: DataFusion writes
//! their names, and finds them in the same session.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::{
    common::{exec_err, plan_err},
    error::{DataFusionError, Result},
    execution::TaskContext,
    physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr},
    physical_plan::ExecutionPlan,
};
use datafusion_proto::{
    physical_plan::{
        PhysicalExtensionCodec, PhysicalPlanDecodeContext, PhysicalProtoConverterExtension,
    },
    protobuf::PhysicalExprNode,
};
use prost::Message;
use serde::{Deserialize, Serialize};

use super::session::Functions;
use crate::functions::{
    Function,
    grouped::{EncodedGroupedMap, GroupedMapExec},
    map_batches::{EncodedMapBatches, MapBatchesExec},
    publish::FiguresExec,
    reader::{EncodedReader, ReaderExec},
    table::{EncodedLateral, EncodedTable, LateralExec, TableFunctionExec},
    writer::{CommitExec, EncodedWrite, WriteExec},
};

/// Writes and reads the nodes of functions.
#[derive(Debug)]
pub(super) struct Codec;

/// A node without its inputs.
#[derive(Serialize, Deserialize)]
enum Node {
    Figures,
    GroupedMap(EncodedGroupedMap),
    Lateral(EncodedLateral),
    MapBatches(EncodedMapBatches),
    Reader(EncodedReader),
    Table(EncodedTable),
    Write(EncodedWrite),
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let from = Decoder {
            codec: self,
            converter,
            context: ctx,
            inputs,
            functions: ctx.session_config().get_extension(),
        };
        Ok(match postcard::from_bytes(buf).map_err(external)? {
            Node::Figures => FiguresExec::around(from.input()?),
            Node::GroupedMap(node) => Arc::new(GroupedMapExec::decode(node, &from)?),
            Node::Lateral(node) => Arc::new(LateralExec::decode(node, &from)?),
            Node::MapBatches(node) => Arc::new(MapBatchesExec::decode(node, &from)?),
            Node::Reader(node) => Arc::new(ReaderExec::decode(node, &from)?),
            Node::Table(node) => Arc::new(TableFunctionExec::decode(node, &from)?),
            Node::Write(node) => Arc::new(WriteExec::decode(node, &from)?),
        })
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let to = Encoder {
            codec: self,
            converter,
        };
        let node = if node.is::<FiguresExec>() {
            Node::Figures
        } else if let Some(node) = node.downcast_ref::<GroupedMapExec>() {
            Node::GroupedMap(node.encode(&to)?)
        } else if let Some(node) = node.downcast_ref::<LateralExec>() {
            Node::Lateral(node.encode(&to)?)
        } else if let Some(node) = node.downcast_ref::<MapBatchesExec>() {
            Node::MapBatches(node.encode()?)
        } else if let Some(node) = node.downcast_ref::<ReaderExec>() {
            Node::Reader(node.encode()?)
        } else if let Some(node) = node.downcast_ref::<TableFunctionExec>() {
            Node::Table(node.encode()?)
        } else if let Some(node) = node.downcast_ref::<WriteExec>() {
            Node::Write(node.encode(&to)?)
        } else if node.is::<CommitExec>() {
            return plan_err!(
                "a write is committed where it was planned: its node does not go to a host"
            );
        } else {
            let name = node.name();
            return plan_err!("a plan with the node {name} can not be sent to a host");
        };
        *buf = postcard::to_extend(&node, std::mem::take(buf)).map_err(external)?;
        Ok(())
    }
}

fn external(error: postcard::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Writes what nodes are made of.
pub(in crate::functions) struct Encoder<'p> {
    codec: &'p Codec,
    converter: &'p dyn PhysicalProtoConverterExtension,
}

/// An expression in DataFusion's protobuf.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::functions) struct EncodedExpr(Vec<u8>);

/// An expression to sort by.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::functions) struct EncodedSortExpr {
    expr: EncodedExpr,
    descending: bool,
    nulls_first: bool,
}

impl Encoder<'_> {
    pub(in crate::functions) fn expr(&self, expr: &Arc<dyn PhysicalExpr>) -> Result<EncodedExpr> {
        let expr = self.converter.physical_expr_to_proto(expr, self.codec)?;
        Ok(EncodedExpr(expr.encode_to_vec()))
    }

    pub(in crate::functions) fn sort_exprs<'s>(
        &self,
        exprs: impl IntoIterator<Item = &'s PhysicalSortExpr>,
    ) -> Result<Vec<EncodedSortExpr>> {
        let encode = |sort: &PhysicalSortExpr| {
            Ok(EncodedSortExpr {
                expr: self.expr(&sort.expr)?,
                descending: sort.options.descending,
                nulls_first: sort.options.nulls_first,
            })
        };
        exprs.into_iter().map(encode).collect()
    }
}

/// Reads what nodes are made of.
pub(in crate::functions) struct Decoder<'p> {
    codec: &'p Codec,
    converter: &'p dyn PhysicalProtoConverterExtension,
    context: &'p TaskContext,
    inputs: &'p [Arc<dyn ExecutionPlan>],
    functions: Option<Arc<Functions>>,
}

impl Decoder<'_> {
    /// The only input of a node.
    pub(in crate::functions) fn input(&self) -> Result<Arc<dyn ExecutionPlan>> {
        match self.inputs {
            [input] => Ok(Arc::clone(input)),
            inputs => exec_err!("a node with one input has come with {}", inputs.len()),
        }
    }

    pub(in crate::functions) fn inputs(&self) -> &[Arc<dyn ExecutionPlan>] {
        self.inputs
    }

    /// The function of this name that `of` takes.
    pub(in crate::functions) fn function<T>(
        &self,
        name: &str,
        of: impl FnOnce(&Function) -> Option<&T>,
    ) -> Result<T>
    where
        T: Clone,
    {
        let functions = self.functions.as_ref().map(|functions| &functions.0);
        let function = functions.and_then(|functions| functions.get(name));
        match function.and_then(of) {
            Some(function) => Ok(function.clone()),
            None => exec_err!("a plan calls the function `{name}`, which did not come before it"),
        }
    }

    pub(in crate::functions) fn expr(
        &self,
        expr: &EncodedExpr,
        schema: &Schema,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let expr = PhysicalExprNode::decode(&*expr.0)
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let context = PhysicalPlanDecodeContext::new(self.context, self.codec);
        self.converter
            .proto_to_physical_expr(&expr, schema, &context)
    }

    pub(in crate::functions) fn sort_exprs(
        &self,
        exprs: &[EncodedSortExpr],
        schema: &Schema,
    ) -> Result<Vec<PhysicalSortExpr>> {
        let decode = |sort: &EncodedSortExpr| {
            Ok(PhysicalSortExpr::new(
                self.expr(&sort.expr, schema)?,
                arrow::compute::SortOptions::new(sort.descending, sort.nulls_first),
            ))
        };
        exprs.iter().map(decode).collect()
    }

    pub(in crate::functions) fn ordering(
        &self,
        exprs: &[EncodedSortExpr],
        schema: &Schema,
    ) -> Result<Option<LexOrdering>> {
        Ok(LexOrdering::new(self.sort_exprs(exprs, schema)?))
    }
}
