use std::path::PathBuf;

use arrowbox_host::{FunctionDescription, Kind};
use datafusion::common::{Column, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Expr;

use super::rows::{Input, RowsError};
use super::values;
use crate::cli::Failure;
use crate::cli::options::Pair;
use crate::session::{Grouping, Query, Session, TableSource};

/// What a function is run on, beside what it is told.
#[derive(Debug, clap::Args)]
pub(super) struct CallFlags {
    /// Rows in a CSV, JSON, Parquet or Arrow file
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// Rows of the second table, for a cogrouped map
    #[arg(long, value_name = "FILE")]
    right_rows: Option<PathBuf>,
    /// One result for each value of this column, for an aggregate; can be repeated
    #[arg(long, value_name = "COLUMN")]
    group_by: Vec<String>,
    /// A column of the key, for a grouped or cogrouped map; can be repeated
    #[arg(long, value_name = "COLUMN")]
    by: Vec<String>,
    /// What a reader reads (can be repeated), or where a writer writes [default: a temporary folder]
    #[arg(long, value_name = "PATH")]
    location: Vec<String>,
    /// Tell a reader or writer something, as OPTIONS (…) does; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    option: Vec<Pair>,
}

/// Why a function can not be tried out as the flags say.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// A flag for other kinds.
    #[error("`{function}` is a function of the kind {kind}, and --{flag} says nothing of it")]
    Flag {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
        /// The flag.
        flag: &'static str,
    },
    /// A flag that can not be left out.
    #[error("`{function}` is a function of the kind {kind}: give it {flag}")]
    Missing {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
        /// With what it is for.
        flag: &'static str,
    },
    /// More than one row of arguments.
    #[error(
        "`{function}` is called once, with one row of values behind its tables; here are {count}"
    )]
    Rows {
        /// The function.
        function: String,
        /// Rows.
        count: usize,
    },
    /// Values that are not looked at.
    #[error("`{function}` is a function of the kind {kind}, which takes no values")]
    Values {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
    },
    /// Values and a file of them.
    #[error("values and --rows say the same thing in two ways; leave one of them out")]
    TwoWays,
}

/// One function, and what it is to be run on.
pub(super) struct Call<'c> {
    pub(super) session: &'c Session,
    pub(super) function: &'c FunctionDescription,
    pub(super) values: &'c [String],
    pub(super) flags: &'c CallFlags,
    /// Where a writer writes unless something else is said.
    pub(super) folder: &'c str,
}

impl Call<'_> {
    /// Begins the query that runs it.
    pub(super) async fn run(&self) -> Result<Query, Failure> {
        self.check()?;
        let name = self.function.name.as_str();
        match self.function.kind {
            Kind::Scalar => self.select(|input| input.values(name)).await,
            Kind::Window => self.select(|input| input.windows(name)).await,
            Kind::Aggregate => {
                let keys = &self.flags.group_by;
                self.select(|input| input.groups(name, keys)).await
            }
            Kind::Table => self.select(|input| input.rows(name)).await,
            Kind::MapBatches => {
                let frame = self.frame("left", self.flags.rows.as_ref()).await?;
                let mapped = self.session.map_batches(frame, name, self.arguments()?);
                Ok(self.session.run_frame(mapped.await?).await?)
            }
            Kind::GroupedMap => {
                let rows = self.grouping("left", self.flags.rows.as_ref()).await?;
                let mapped = self.session.grouped_map(rows, name, self.arguments()?);
                Ok(self.session.run_frame(mapped.await?).await?)
            }
            Kind::CogroupedMap => {
                let left = self.grouping("left", self.flags.rows.as_ref()).await?;
                let right = self
                    .grouping("right", self.flags.right_rows.as_ref())
                    .await?;
                let arguments = self.arguments()?;
                let mapped = self.session.cogrouped_map(left, right, name, arguments);
                Ok(self.session.run_frame(mapped.await?).await?)
            }
            Kind::Reader => {
                let locations = self.flags.location.clone();
                let frame = self.session.read(name, locations, self.options()).await?;
                Ok(self.session.run_frame(frame).await?)
            }
            Kind::Writer => {
                let frame = self.frame("left", self.flags.rows.as_ref()).await?;
                let location = self.location();
                let written = self.session.write(frame, name, location, self.options());
                Ok(written.await?)
            }
        }
    }

    /// Where a writer writes.
    pub(super) fn location(&self) -> &str {
        self.flags
            .location
            .first()
            .map_or(self.folder, String::as_str)
    }

    /// A query over the rows of values.
    async fn select(&self, query: impl FnOnce(&Input) -> String) -> Result<Query, Failure> {
        let function = self.function;
        let input = match &self.flags.rows {
            Some(path) => {
                let keys = &self.flags.group_by;
                Input::of_file(self.session, path, function, keys).await?
            }
            None => Input::of_values(self.session, self.values, function)?,
        };
        Ok(self.session.sql(&query(&input)).await?)
    }

    /// A file as a table.
    async fn frame(&self, name: &str, path: Option<&PathBuf>) -> Result<DataFrame, RowsError> {
        let source = TableSource {
            name: format!("arrowbox_{name}"),
            path: path.cloned().unwrap_or_default(),
            reader: None,
        };
        self.session.add_table(&source).await?;
        Ok(self.session.context().table(source.name.as_str()).await?)
    }

    async fn grouping(&self, name: &str, path: Option<&PathBuf>) -> Result<Grouping, RowsError> {
        let frame = self.frame(name, path).await?;
        let keys = self.flags.by.iter();
        let keys = keys.map(|key| Expr::Column(Column::from_name(key)));
        Ok(Grouping::by(frame, keys.collect()))
    }

    /// The one row of values, each as a constant.
    fn arguments(&self) -> Result<Vec<ScalarValue>, Failure> {
        let signatures = &self.function.signatures;
        let columns = values::columns(self.values, &self.function.name, signatures)?;
        let value = |(_, column)| ScalarValue::try_from_array(&column, 0);
        let values: Result<_, DataFusionError> = columns.into_iter().map(value).collect();
        Ok(values?)
    }

    fn options(&self) -> impl Iterator<Item = (String, String)> {
        let pairs = self.flags.option.iter();
        pairs.map(|pair| (pair.key.clone(), pair.value.clone()))
    }

    /// Every flag is honoured, or refused by name.
    fn check(&self) -> Result<(), CallError> {
        let kind = self.function.kind;
        let function = || self.function.name.clone();
        let flags = self.flags;
        let takes_values = matches!(
            kind,
            Kind::Scalar | Kind::Aggregate | Kind::Window | Kind::Table
        );
        let is_map = matches!(
            kind,
            Kind::MapBatches | Kind::GroupedMap | Kind::CogroupedMap
        );
        let stores = matches!(kind, Kind::Reader | Kind::Writer);
        let keyed = matches!(kind, Kind::GroupedMap | Kind::CogroupedMap);
        let given = [
            ("rows", flags.rows.is_some(), kind != Kind::Reader),
            (
                "right-rows",
                flags.right_rows.is_some(),
                kind == Kind::CogroupedMap,
            ),
            (
                "group-by",
                !flags.group_by.is_empty(),
                kind == Kind::Aggregate,
            ),
            ("by", !flags.by.is_empty(), keyed),
            ("location", !flags.location.is_empty(), stores),
            ("option", !flags.option.is_empty(), stores),
        ];
        for (flag, is_given, says_something) in given {
            if is_given && !says_something {
                let function = function();
                return Err(CallError::Flag {
                    function,
                    kind,
                    flag,
                });
            }
        }
        let needed = [
            (
                flags.rows.is_none(),
                is_map || kind == Kind::Writer,
                "a table with --rows",
            ),
            (
                flags.rows.is_none() && !flags.group_by.is_empty(),
                kind == Kind::Aggregate,
                "rows with columns to group by, with --rows",
            ),
            (
                flags.right_rows.is_none(),
                kind == Kind::CogroupedMap,
                "a second table with --right-rows",
            ),
            (
                flags.by.is_empty(),
                keyed,
                "the columns of the key with --by",
            ),
            (
                flags.location.is_empty(),
                kind == Kind::Reader,
                "something to read with --location",
            ),
        ];
        for (is_missing, is_needed, flag) in needed {
            if is_missing && is_needed {
                let function = function();
                return Err(CallError::Missing {
                    function,
                    kind,
                    flag,
                });
            }
        }
        if stores && !self.values.is_empty() {
            let function = function();
            return Err(CallError::Values { function, kind });
        }
        if is_map && self.values.len() > 1 {
            return Err(CallError::Rows {
                function: function(),
                count: self.values.len(),
            });
        }
        if takes_values && flags.rows.is_some() && !self.values.is_empty() {
            return Err(CallError::TwoWays);
        }
        Ok(())
    }
}
