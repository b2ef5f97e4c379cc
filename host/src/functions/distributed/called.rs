//! Which functions a part of a plan calls.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use datafusion::{
    common::{
        plan_err,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    error::Result,
    logical_expr::{AggregateUDF, ScalarUDF, WindowUDF},
    physical_expr::{
        ScalarFunctionExpr,
        window::{
            PlainAggregateWindowExpr, SlidingAggregateWindowExpr, StandardWindowExpr, WindowExpr,
        },
    },
    physical_plan::{
        ExecutionPlan,
        aggregates::AggregateExec,
        windows::{BoundedWindowAggExec, WindowAggExec, WindowUDFExpr},
    },
};

use crate::functions::{
    Binding,
    aggregate::Aggregate,
    bound::Bound,
    grouped::GroupedMapExec,
    map_batches::MapBatchesExec,
    reader::ReaderExec,
    scalar::Scalar,
    table::{LateralExec, TableFunctionExec},
    window::Window,
    writer::{CommitExec, WriteExec},
};

/// The functions that a plan calls. Hosts know them by their names, so that no two can have one.
#[derive(Debug, Default)]
pub(super) struct Called {
    functions: BTreeMap<String, Function>,
    engine: BTreeSet<(Registry, String)>,
}

#[derive(Debug)]
struct Function {
    binding: Binding,
    /// Where hosts look for it; `None` if its node does.
    registry: Option<Registry>,
}

/// Where the engine looks for a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Registry {
    Scalar,
    Aggregate,
    Window,
}

impl Called {
    /// Adds what a node calls, and not what its inputs call. Whether that is any function of a component.
    pub(super) fn add(&mut self, node: &Arc<dyn ExecutionPlan>) -> Result<bool> {
        let mut any = false;
        if let Some(bound) = of_node(node.as_ref()) {
            self.bound(bound, None)?;
            any = true;
        }
        if let Some(aggregates) = node.downcast_ref::<AggregateExec>() {
            for aggregate in aggregates.aggr_expr() {
                any |= self.aggregate(aggregate.fun())?;
            }
        }
        let windows = node
            .downcast_ref::<WindowAggExec>()
            .map(WindowAggExec::window_expr);
        let bounded = node
            .downcast_ref::<BoundedWindowAggExec>()
            .map(BoundedWindowAggExec::window_expr);
        for window in windows.or(bounded).into_iter().flatten() {
            any |= self.window(window.as_ref())?;
        }
        node.apply_expressions(&mut |root| {
            root.apply(|expr| {
                if let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() {
                    any |= self.scalar(call.fun())?;
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(any)
    }

    /// All of them.
    ///
    /// # Errors
    ///
    /// If the engine has a function of the same name, which the plan calls, too.
    pub(super) fn finish(self) -> Result<Vec<Binding>> {
        for (name, function) in &self.functions {
            let Some(registry) = function.registry else {
                continue;
            };
            if self.engine.contains(&(registry, name.clone())) {
                return plan_err!(
                    "the query calls both the engine's function `{name}` and that of component {}; hosts know \
                     functions by their names: give yours another one",
                    function.binding.component.short()
                );
            }
        }
        let functions = self.functions.into_values();
        Ok(functions.map(|function| function.binding).collect())
    }

    fn scalar(&mut self, udf: &ScalarUDF) -> Result<bool> {
        match Scalar::of(udf) {
            Some(scalar) => self.bound(scalar.bound(), Some(Registry::Scalar)),
            None => Ok(self.engine(Registry::Scalar, udf.name())),
        }
    }

    fn aggregate(&mut self, udf: &AggregateUDF) -> Result<bool> {
        match Aggregate::of(udf) {
            Some(aggregate) => self.bound(aggregate.bound(), Some(Registry::Aggregate)),
            None => Ok(self.engine(Registry::Aggregate, udf.name())),
        }
    }

    fn window(&mut self, window: &dyn WindowExpr) -> Result<bool> {
        let window = window.as_any();
        if let Some(window) = window.downcast_ref::<PlainAggregateWindowExpr>() {
            return self.aggregate(window.get_aggregate_expr().fun());
        }
        if let Some(window) = window.downcast_ref::<SlidingAggregateWindowExpr>() {
            return self.aggregate(window.get_aggregate_expr().fun());
        }
        let window = window.downcast_ref::<StandardWindowExpr>();
        let call = window.map(|window| window.get_standard_func_expr().as_any());
        match call.and_then(<dyn Any>::downcast_ref::<WindowUDFExpr>) {
            Some(call) => self.window_udf(call.fun()),
            None => Ok(false),
        }
    }

    fn window_udf(&mut self, udf: &WindowUDF) -> Result<bool> {
        match Window::of(udf) {
            Some(window) => self.bound(window.bound(), Some(Registry::Window)),
            None => Ok(self.engine(Registry::Window, udf.name())),
        }
    }

    fn engine(&mut self, registry: Registry, name: &str) -> bool {
        self.engine.insert((registry, name.to_owned()));
        false
    }

    fn bound(&mut self, bound: &Bound, registry: Option<Registry>) -> Result<bool> {
        let binding = &bound.binding;
        let function = self
            .functions
            .entry(binding.name.clone())
            .or_insert_with(|| Function {
                binding: binding.clone(),
                registry,
            });
        if function.binding != *binding {
            return plan_err!(
                "the query calls two functions `{}`, for instance one of now and one that a view was made \
                 with (of the components {} and {}); hosts know functions by their names: make the view anew, \
                 or give one of them another name",
                binding.name,
                function.binding.component.short(),
                binding.component.short()
            );
        }
        Ok(true)
    }
}

/// The function that a node is there for.
fn of_node(node: &dyn ExecutionPlan) -> Option<&Bound> {
    if let Some(node) = node.downcast_ref::<GroupedMapExec>() {
        Some(node.function())
    } else if let Some(node) = node.downcast_ref::<LateralExec>() {
        Some(node.function())
    } else if let Some(node) = node.downcast_ref::<MapBatchesExec>() {
        Some(node.function())
    } else if let Some(node) = node.downcast_ref::<ReaderExec>() {
        Some(node.function())
    } else if let Some(node) = node.downcast_ref::<TableFunctionExec>() {
        Some(node.function())
    } else if let Some(node) = node.downcast_ref::<WriteExec>() {
        Some(node.function())
    } else {
        let commit = node.downcast_ref::<CommitExec>();
        commit.map(CommitExec::function)
    }
}
