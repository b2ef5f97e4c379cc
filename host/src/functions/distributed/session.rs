//! The session of a task on a host.

use std::{collections::BTreeMap, fmt, sync::Arc};

use datafusion::{error::Result, execution::SessionStateBuilder};

use super::{AttemptLink, Link, distributable};
use crate::{
    functions::{Function, aggregate::Aggregate, window::Window},
    query::QueryScope,
};

/// What a task's plan finds on its host.
pub struct TaskSession {
    /// The functions of the attempt, by the names that they have in plans.
    pub functions: Arc<BTreeMap<String, Function>>,
    /// The task's own.
    pub scope: Arc<QueryScope>,
    /// To the coordinator.
    pub link: Arc<dyn AttemptLink>,
    /// What [`differing_options`](super::differing_options) said.
    pub options: Vec<(String, String)>,
}

impl TaskSession {
    /// Puts everything where the task's plan looks for it. Goes before the plan is decoded.
    ///
    /// # Errors
    ///
    /// If there is no such option.
    pub fn install(self, mut builder: SessionStateBuilder) -> Result<SessionStateBuilder> {
        let mut config = std::mem::take(builder.config()).unwrap_or_default();
        for (key, value) in &self.options {
            let set = config.options_mut().set(key, value);
            set.map_err(|error| {
                error.context(format!(
                    "the coordinator's session has the option `{key}`, which can not be set here"
                ))
            })?;
        }
        self.scope.install(config.options_mut());
        config = distributable(config)
            .with_extension(Arc::new(Functions(Arc::clone(&self.functions))))
            .with_extension(Arc::new(Link(self.link)));
        for function in self.functions.values() {
            match function {
                Function::Scalar(udf) => builder
                    .scalar_functions()
                    .get_or_insert_default()
                    .push(Arc::clone(udf)),
                Function::Aggregate(udf) => {
                    let udf = match Aggregate::of(udf) {
                        Some(aggregate) => Arc::new(aggregate.in_query(&self.scope)),
                        None => Arc::clone(udf),
                    };
                    builder
                        .aggregate_functions()
                        .get_or_insert_default()
                        .push(udf);
                }
                Function::Window(udf) => {
                    let udf = match Window::of(udf) {
                        Some(window) => Arc::new(window.in_query(&self.scope)),
                        None => Arc::clone(udf),
                    };
                    builder.window_functions().get_or_insert_default().push(udf);
                }
                // Their nodes look for them.
                Function::Table(_)
                | Function::MapBatches(_)
                | Function::GroupedMap(_)
                | Function::Reader(_)
                | Function::Writer(_) => {}
            }
        }
        Ok(builder.with_config(config))
    }
}

/// Where nodes of a plan find the functions of their attempt.
pub(super) struct Functions(pub(super) Arc<BTreeMap<String, Function>>);

impl fmt::Debug for TaskSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskSession")
            .field("functions", &self.functions.keys())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
