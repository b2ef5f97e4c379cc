use std::path::PathBuf;

use crate::catalog::OnExisting;
use crate::cli::options::{OptionFlags, OverrideFlags};
use crate::cli::runtimes::Runtimes;
use crate::cli::{Exit, Failure, Global};
use crate::session::{ComponentSource, CreateFunction, Lifetime, Session};

/// Keep functions of a component under names, for all sessions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox functions add haversine.wasm
  arrowbox functions add geo.wasm --function haversine --name distance
  arrowbox functions add words.wasm --grant clock --memory 64MiB --data stop_words=stop.txt")]
pub(super) struct Add {
    /// The component
    #[arg(value_name = "FILE")]
    component: PathBuf,
    /// Only this function of it; can be repeated
    #[arg(long, value_name = "FUNCTION")]
    function: Vec<String>,
    /// The name in SQL, if it is one function
    #[arg(long)]
    name: Option<String>,
    /// Take the place of functions, kept or built in, that have the same names
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    options: OptionFlags,
    #[command(flatten)]
    overrides: OverrideFlags,
}

/// One name for several functions.
#[derive(Debug, thiserror::Error)]
#[error("--name is for one function, and here are {count}; choose one with --function")]
struct OneName {
    count: usize,
}

impl Add {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let options = self.options.options()?;
        let runtimes = Runtimes::new(None)?;
        let session = Session::builder()
            .data_dir(global.data_dir()?)
            .handle(runtimes.queries())
            .build()?;
        let functions = if self.function.is_empty() {
            self.all(&session)?
        } else {
            self.function.clone()
        };
        if self.name.is_some() && functions.len() != 1 {
            return Err(OneName {
                count: functions.len(),
            }
            .into());
        }
        for function in functions {
            let create = CreateFunction {
                name: self.name.clone().unwrap_or_else(|| function.clone()),
                existing: if self.replace {
                    OnExisting::Replace
                } else {
                    OnExisting::Refuse
                },
                lifetime: Lifetime::Catalog,
                arguments: None,
                returns: None,
                source: self.component.to_string_lossy().into_owned(),
                origin: None,
                function: Some(function),
                volatility: self.overrides.volatility(),
                nulls: self.overrides.nulls(),
                options: options.clone(),
            };
            say!("{}", runtimes.wait(session.create_function(create))?)?;
        }
        Ok(Exit::Done)
    }

    fn all(&self, session: &Session) -> Result<Vec<String>, Failure> {
        let runtime = session.components();
        let source = ComponentSource::find(&self.component.to_string_lossy(), runtime.store())?;
        let component = runtime.component(source.digest)?;
        Ok(component
            .description()
            .functions
            .iter()
            .map(|function| function.name.clone())
            .collect())
    }
}
