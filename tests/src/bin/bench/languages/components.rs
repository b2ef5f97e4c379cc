//! The components of one language.

use std::{fs, path::Path, sync::Arc, time::Instant};

use arrowbox_host::{Binding, Digest, Function, Lane, Runtime, Store};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use tempfile::TempDir;

use super::Outcome;

/// A runtime with the components that the functions of a language are in.
pub(super) struct Components {
    runtime: Arc<Runtime>,
    stored: Vec<Digest>,
    dir: TempDir,
}

impl Components {
    pub(super) fn new(files: &[Box<Path>]) -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let runtime = Runtime::new(Store::open(dir.path())?)?;
        let stored = files
            .iter()
            .map(|file| Ok(runtime.store().put(&fs::read(file)?)?))
            .collect::<Outcome<_>>()?;
        Ok(Self {
            runtime,
            stored,
            dir,
        })
    }

    /// Seconds until the component with the functions of rows is loaded by a runtime that has never met it, of code
    /// that is in the store.
    pub(super) fn load(&self) -> Outcome<f64> {
        let runtime = Runtime::new(Store::open(self.dir.path())?)?;
        let digest = self.find("add_one")?;
        let began = Instant::now();
        runtime.component(digest)?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// Whether an interpreter is part of them.
    pub(super) fn is_portable(&self) -> Outcome<bool> {
        let component = self.runtime.component(self.find("add_one")?)?;
        Ok(component.lane() == Lane::Portable)
    }

    pub(super) fn scalar(&self, name: &str) -> Outcome<ScalarUDF> {
        match self.function(name)? {
            Function::Scalar(udf) => Ok(udf.as_ref().clone()),
            other => Err(format!("{name} is {other:?}").into()),
        }
    }

    pub(super) fn aggregate(&self, name: &str) -> Outcome<AggregateUDF> {
        match self.function(name)? {
            Function::Aggregate(udaf) => Ok(udaf.as_ref().clone()),
            other => Err(format!("{name} is {other:?}").into()),
        }
    }

    fn function(&self, name: &str) -> Outcome<Function> {
        let binding = Binding::new(self.find(name)?, name);
        Ok(Function::bind(&self.runtime, binding)?)
    }

    fn find(&self, function: &str) -> Outcome<Digest> {
        for digest in &self.stored {
            let component = self.runtime.component(*digest)?;
            if component.description().function(function).is_some() {
                return Ok(*digest);
            }
        }
        Err(format!("no component has a function {function}").into())
    }
}
