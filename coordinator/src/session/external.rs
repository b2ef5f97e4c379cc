//! Tables that readers make and writers put somewhere: `CREATE EXTERNAL TABLE … STORED AS`, `COPY … TO`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrowbox_host::{Function, Writer};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{TableReference, plan_datafusion_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    DdlStatement, LogicalPlan, LogicalPlanBuilder, PlanType, ToStringifiedPlan,
};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, CreateExternalTable, Statement};
use datafusion::sql::sqlparser::ast::{Statement as SqlStatement, Value};

use super::declared::same;
use super::forms;
use super::functions::Resolved;
use super::relations::CallError;

/// Why a table of a reader or a writer is refused.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// Nothing of this name stores or reads tables.
    #[error(
        "nothing is stored as `{format}`: there is no reader, writer or format of that name. Built in are {known}; \
         SHOW FUNCTIONS lists readers and writers"
    )]
    NoFormat {
        /// The name.
        format: String,
        /// The formats there are.
        known: String,
    },
    /// A clause that would change nothing.
    #[error("{clause} can not be honoured for what is stored as `{format}`: {reason}")]
    Clause {
        /// The reader or writer.
        format: String,
        /// The clause.
        clause: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The columns of a statement are not those of the reader.
    #[error(
        "the table `{name}` is not declared as `{format}` reads it: {difference}; leave the columns out, or declare \
         ({columns})"
    )]
    Columns {
        /// The table.
        name: String,
        /// The reader.
        format: String,
        /// The first that differs.
        difference: String,
        /// What there is.
        columns: String,
    },
    /// A writer knows no columns by itself.
    #[error(
        "the table `{name}` needs columns: `{format}` is a writer, and makes a table of those that are declared"
    )]
    NoColumns {
        /// The table.
        name: String,
        /// The writer.
        format: String,
    },
    /// There is one.
    #[error(
        "there is a table `{name}` already; replace it with CREATE OR REPLACE EXTERNAL TABLE, or drop it"
    )]
    Exists {
        /// The table.
        name: String,
    },
    /// An option twice.
    #[error("the option `{key}` is given twice")]
    Repeated {
        /// The option.
        key: String,
    },
    /// An option whose value is none.
    #[error("the value of the option `{key}` must be a string in single quotes, or a number")]
    Option {
        /// The option.
        key: String,
    },
}

impl From<ExternalError> for DataFusionError {
    fn from(error: ExternalError) -> Self {
        Self::External(Box::new(error))
    }
}

/// The plan of `statement`. A table of a reader or a writer is made at once, and leaves nothing to do.
pub(super) async fn plan(
    statement: Statement,
    functions: &Resolved,
    state: &SessionState,
) -> Result<LogicalPlan> {
    match statement {
        Statement::CreateExternalTable(mut create) => match functions.get(&create.file_type) {
            Some(function) => {
                make(create, function, state).await?;
                LogicalPlanBuilder::empty(false).build()
            }
            None => {
                create.file_type = create.file_type.to_uppercase();
                check_format(&create.file_type, state)?;
                state
                    .statement_to_plan(Statement::CreateExternalTable(create))
                    .await
            }
        },
        Statement::CopyTo(copy) => match writer(&copy, functions)? {
            Some(writer) => {
                let plan = state.statement_to_plan(source(&copy, state)?).await?;
                write(copy, &writer, plan)
            }
            None => {
                if let Some(format) = &copy.stored_as {
                    check_format(format, state)?;
                }
                state.statement_to_plan(Statement::CopyTo(copy)).await
            }
        },
        Statement::Explain(mut explain) => {
            let Statement::CopyTo(copy) = explain.statement.as_ref() else {
                return state.statement_to_plan(Statement::Explain(explain)).await;
            };
            let Some(writer) = writer(copy, functions)? else {
                if let Some(format) = &copy.stored_as {
                    check_format(format, state)?;
                }
                return state.statement_to_plan(Statement::Explain(explain)).await;
            };
            let copy = copy.clone();
            *explain.statement = source(&copy, state)?;
            let explained = state.statement_to_plan(Statement::Explain(explain)).await?;
            explain_instead(explained, |plan| write(copy, &writer, plan))
        }
        statement => state.statement_to_plan(statement).await,
    }
}

/// Whether DataFusion knows the format. If not, it would take that of the file's ending without a word.
fn check_format(format: &str, state: &SessionState) -> Result<(), ExternalError> {
    let known = state.table_factories();
    if known.contains_key(&format.to_uppercase())
        || state
            .get_file_format_factory(&format.to_lowercase())
            .is_some()
    {
        return Ok(());
    }
    let mut known: Vec<_> = known.keys().cloned().collect();
    known.sort();
    Err(ExternalError::NoFormat {
        format: format.to_owned(),
        known: known.join(", "),
    })
}

/// The same explanation of another plan, which `make` makes of what is explained.
fn explain_instead(
    explained: LogicalPlan,
    make: impl FnOnce(LogicalPlan) -> Result<LogicalPlan>,
) -> Result<LogicalPlan> {
    Ok(match explained {
        LogicalPlan::Explain(mut explain) => {
            let plan = make(Arc::unwrap_or_clone(explain.plan))?;
            explain.stringified_plans = vec![plan.to_stringified(PlanType::InitialLogicalPlan)];
            explain.plan = Arc::new(plan);
            LogicalPlan::Explain(explain)
        }
        LogicalPlan::Analyze(mut analyze) => {
            analyze.input = Arc::new(make(Arc::unwrap_or_clone(analyze.input))?);
            LogicalPlan::Analyze(analyze)
        }
        plan => plan,
    })
}

fn writer(copy: &CopyToStatement, functions: &Resolved) -> Result<Option<Arc<Writer>>, CallError> {
    let Some(name) = &copy.stored_as else {
        return Ok(None);
    };
    match functions.get(name) {
        None => Ok(None),
        Some(Function::Writer(writer)) => Ok(Some(Arc::clone(writer))),
        Some(function) => Err(CallError::Stored {
            name: name.clone(),
            kind: forms::kind(function),
            statement: "COPY … TO is for writers",
        }),
    }
}

/// What is copied, as a query.
fn source(copy: &CopyToStatement, state: &SessionState) -> Result<Statement> {
    match &copy.source {
        CopyToSource::Query(query) => Ok(Statement::Statement(Box::new(SqlStatement::Query(
            query.clone(),
        )))),
        CopyToSource::Relation(name) => {
            let dialect = &state.config_options().sql_parser.dialect;
            state.sql_to_statement(&format!("SELECT * FROM {name}"), dialect)
        }
    }
}

fn write(copy: CopyToStatement, writer: &Writer, plan: LogicalPlan) -> Result<LogicalPlan> {
    let format = copy.stored_as.unwrap_or_default();
    if !copy.partitioned_by.is_empty() {
        return Err(ExternalError::Clause {
            format,
            clause: "PARTITIONED BY",
            reason: "a writer decides itself which files it makes; tell it with an option",
        }
        .into());
    }
    writer.write(plan, &copy.target, options(copy.options)?)
}

async fn make(
    create: CreateExternalTable,
    function: &Function,
    state: &SessionState,
) -> Result<()> {
    let format = create.file_type.clone();
    if !matches!(function, Function::Reader(_) | Function::Writer(_)) {
        return Err(CallError::Stored {
            name: format,
            kind: forms::kind(function),
            statement: "CREATE EXTERNAL TABLE … STORED AS is for readers and writers",
        }
        .into());
    }
    check(&create, function, &format)?;
    let options = options(create.options.clone())?;
    let locations = create.locations.clone();
    let declared = !create.columns.is_empty();
    let (if_not_exists, or_replace) = (create.if_not_exists, create.or_replace);
    let (name, schema) = planned(create, state).await?;
    let scoped = SessionContext::new_with_state(state.clone());
    let exists = scoped.table_exist(name.clone())?;
    if exists && if_not_exists {
        return Ok(());
    }
    if exists && !or_replace {
        let name = name.to_string();
        return Err(ExternalError::Exists { name }.into());
    }
    let table = match function {
        Function::Writer(writer) => {
            let [location] = locations.as_slice() else {
                return Err(ExternalError::Clause {
                    format,
                    clause: "LOCATION with several paths",
                    reason: "a writer makes a table in one place",
                }
                .into());
            };
            if !declared {
                let name = name.to_string();
                return Err(ExternalError::NoColumns { name, format }.into());
            }
            writer.table(schema, location, options)?
        }
        Function::Reader(reader) => {
            let table = reader.table(state, locations, options).await?;
            if declared {
                compare(&name, &format, &schema, &table.schema())?;
            }
            table
        }
        _ => return Ok(()),
    };
    if exists {
        scoped.deregister_table(name.clone())?;
    }
    scoped.register_table(name, table)?;
    Ok(())
}

/// Every clause is honoured, or refused by name.
fn check(
    create: &CreateExternalTable,
    function: &Function,
    format: &str,
) -> Result<(), ExternalError> {
    let columns = match function {
        Function::Writer(_) => {
            "a writer decides itself which files it makes; tell it with an option"
        }
        _ => "a reader says itself which columns there are",
    };
    let refused = [
        (
            !create.table_partition_cols.is_empty(),
            "PARTITIONED BY",
            columns,
        ),
        (
            !create.order_exprs.is_empty(),
            "WITH ORDER",
            "nothing is known of the order of its rows",
        ),
        (create.unbounded, "UNBOUNDED", "its rows come to an end"),
        (
            create.temporary,
            "TEMPORARY",
            "tables last as long as the session, all of them",
        ),
        (
            !create.constraints.is_empty(),
            "a constraint",
            "nobody checks it",
        ),
    ];
    match refused.into_iter().find(|(is_there, ..)| *is_there) {
        None => Ok(()),
        Some((_, clause, reason)) => Err(ExternalError::Clause {
            format: format.to_owned(),
            clause,
            reason,
        }),
    }
}

/// The name and the declared columns, as DataFusion reads them.
async fn planned(
    create: CreateExternalTable,
    state: &SessionState,
) -> Result<(TableReference, SchemaRef)> {
    // It knows other options, and is not asked about these.
    let create = CreateExternalTable {
        options: Vec::new(),
        ..create
    };
    match state
        .statement_to_plan(Statement::CreateExternalTable(create))
        .await?
    {
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(command)) => {
            Ok((command.name.clone(), Arc::clone(command.schema.inner())))
        }
        _ => Err(plan_datafusion_err!("CREATE EXTERNAL TABLE has no plan")),
    }
}

/// Whether the declared columns are those of the reader.
fn compare(
    name: &TableReference,
    format: &str,
    declared: &Schema,
    found: &Schema,
) -> Result<(), ExternalError> {
    let difference = if declared.fields().len() == found.fields().len() {
        let mut pairs = declared.fields().iter().zip(found.fields());
        pairs.find_map(|(declared, found)| {
            let as_declared =
                declared.name() == found.name() && same(declared.data_type(), found.data_type());
            if !as_declared {
                return Some(format!(
                    "`{} {}` is `{} {}` there",
                    declared.name(),
                    declared.data_type(),
                    found.name(),
                    found.data_type()
                ));
            }
            let nulls = !declared.is_nullable() && found.is_nullable();
            nulls.then(|| format!("`{}` can be null there", declared.name()))
        })
    } else {
        Some(format!(
            "it has {} columns, not {}",
            found.fields().len(),
            declared.fields().len()
        ))
    };
    let Some(difference) = difference else {
        return Ok(());
    };
    let columns: Vec<_> = found
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    Err(ExternalError::Columns {
        name: name.to_string(),
        format: format.to_owned(),
        difference,
        columns: columns.join(", "),
    })
}

/// As they are written: DataFusion would put `format.` before their names, and make those lower case.
fn options(written: Vec<(String, Value)>) -> Result<BTreeMap<String, String>, ExternalError> {
    let mut options = BTreeMap::new();
    for (key, value) in written {
        let value = match value {
            Value::SingleQuotedString(text)
            | Value::DoubleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::Number(text, _) => text,
            _ => return Err(ExternalError::Option { key }),
        };
        if options.contains_key(&key) {
            return Err(ExternalError::Repeated { key });
        }
        options.insert(key, value);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field};
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn create(sql: &str) -> CreateExternalTable {
        match DFParser::parse_sql(sql).unwrap().pop_front() {
            Some(Statement::CreateExternalTable(create)) => create,
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[test]
    fn options_are_as_written() {
        let create = create(
            "CREATE EXTERNAL TABLE t STORED AS log LOCATION 'x'
             OPTIONS (Malformed 'Skip', 'a.B' 5, quoted.Name 'y', 'format.x' '')",
        );
        let options = options(create.options).unwrap();
        let pairs: Vec<_> = options
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            pairs.join(" "),
            "Malformed=Skip a.B=5 format.x= quoted.Name=y"
        );
        let twice = vec![
            ("a".to_owned(), Value::Number("1".to_owned(), false)),
            ("a".to_owned(), Value::Number("2".to_owned(), false)),
        ];
        assert!(matches!(
            super::options(twice),
            Err(ExternalError::Repeated { .. })
        ));
    }

    #[test]
    fn declared_columns_are_those_of_the_reader() {
        let schema = |fields: &[(&str, DataType, bool)]| {
            let fields = fields
                .iter()
                .map(|(name, data_type, nulls)| Field::new(*name, data_type.clone(), *nulls));
            Schema::new(fields.collect::<Vec<_>>())
        };
        let found = schema(&[
            ("host", DataType::Utf8, false),
            ("bytes", DataType::Int64, true),
        ]);
        let compared = |fields: &[(&str, DataType, bool)]| {
            compare(&"t".into(), "log", &schema(fields), &found).map_err(|error| error.to_string())
        };
        let host = ("host", DataType::Utf8View, true);
        assert_eq!(
            compared(&[host.clone(), ("bytes", DataType::Int64, true)]),
            Ok(())
        );
        for (fields, said) in [
            (vec![host.clone()], "it has 2 columns, not 1"),
            (
                vec![host.clone(), ("bytes", DataType::Int32, true)],
                "`bytes Int32` is `bytes Int64` there",
            ),
            (
                vec![host.clone(), ("size", DataType::Int64, true)],
                "`size Int64` is `bytes Int64` there",
            ),
            (
                vec![host, ("bytes", DataType::Int64, false)],
                "`bytes` can be null there",
            ),
        ] {
            let refused = compared(&fields).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
    }

    #[tokio::test]
    async fn the_plan_that_is_explained_is_another() {
        let context = SessionContext::new();
        let state = context.state();
        for sql in ["EXPLAIN SELECT 1 AS one", "EXPLAIN ANALYZE SELECT 1 AS one"] {
            let plan = state.create_logical_plan(sql).await.unwrap();
            let plan = explain_instead(plan, |plan| {
                LogicalPlanBuilder::from(plan).limit(7, None)?.build()
            });
            let shown = context
                .execute_logical_plan(plan.unwrap())
                .await
                .unwrap()
                .to_string()
                .await
                .unwrap();
            assert!(shown.contains("skip=7"), "{shown}");
        }
    }
}
