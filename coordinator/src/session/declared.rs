use std::fmt::Write;

use arrowbox_host::{Accepts, FunctionDescription, Signature};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::DFSchema;
use datafusion::execution::SessionState;
use datafusion::logical_expr::ExprSchemable;
use datafusion::sql::sqlparser::ast::DataType as SqlType;

use super::DefineError;
use super::ddl::{CreateFunction, Declared, Returns, normalise};

/// What a statement declares about types, in the engine's types.
#[derive(Debug, Clone, Default)]
pub(super) struct DeclaredTypes {
    arguments: Option<Vec<DataType>>,
    result: Option<Returned>,
    text: String,
}

/// What is returned.
#[derive(Debug, Clone)]
enum Returned {
    Value(DataType),
    /// Columns, with their names.
    Table(Vec<(String, DataType)>),
}

impl DeclaredTypes {
    /// Reads the types as SQL does.
    pub(super) fn resolve(
        create: &CreateFunction,
        state: &SessionState,
    ) -> Result<Self, DefineError> {
        let resolve = |data_type: &SqlType| {
            let schema = DFSchema::empty();
            state
                .create_logical_expr(&format!("CAST(NULL AS {data_type})"), &schema)
                .and_then(|expr| expr.get_type(&schema))
                .map_err(|source| DefineError::Type {
                    name: create.name.clone(),
                    data_type: data_type.to_string(),
                    source: Box::new(source),
                })
        };
        let all = |declared: &[Declared]| -> Result<Vec<_>, DefineError> {
            let types = declared.iter().map(|declared| resolve(&declared.data_type));
            types.collect()
        };
        let arguments = create.arguments.as_deref().map(all).transpose()?;
        let result = match &create.returns {
            None => None,
            Some(Returns::Value(data_type)) => Some(Returned::Value(resolve(data_type)?)),
            Some(Returns::Table(columns)) => {
                let names = columns.iter().filter_map(|column| column.name.as_ref());
                Some(Returned::Table(
                    names.map(normalise).zip(all(columns)?).collect(),
                ))
            }
        };
        let mut text = create.name.clone();
        if let Some(arguments) = &create.arguments {
            let labels: Vec<_> = arguments.iter().map(|argument| argument.label()).collect();
            let _ = write!(text, "({})", labels.join(", "));
        }
        if let Some(result) = &create.returns {
            let _ = write!(text, " RETURNS {result}");
        }
        Ok(Self {
            arguments,
            result,
            text,
        })
    }

    /// Whether the function can be called as declared.
    pub(super) fn check(
        &self,
        name: &str,
        function: &FunctionDescription,
    ) -> Result<(), DefineError> {
        if function
            .signatures
            .iter()
            .any(|signature| self.fits(signature))
        {
            return Ok(());
        }
        Err(DefineError::Signature {
            name: name.to_owned(),
            declared: self.text.clone(),
            available: lines(name, &function.signatures),
        })
    }

    fn fits(&self, signature: &Signature) -> bool {
        let result = match (&self.result, &signature.result) {
            (Some(declared), Some(fields)) => declared.is(fields),
            // It depends on the arguments; it is checked where they are known.
            (Some(_), None) | (None, _) => true,
        };
        let arguments = match &self.arguments {
            None => true,
            Some(declared) => {
                let fixed = signature.arguments.len() - usize::from(signature.variadic);
                let count = if signature.variadic {
                    declared.len() >= fixed
                } else {
                    declared.len() == fixed
                };
                let last = signature.arguments.last();
                let expected = signature.arguments[..fixed]
                    .iter()
                    .chain(last.into_iter().cycle());
                count
                    && declared
                        .iter()
                        .zip(expected)
                        .all(|(declared, argument)| accepts(&argument.accepts, declared))
            }
        };
        result && arguments
    }
}

impl Returned {
    fn is(&self, fields: &[FieldRef]) -> bool {
        match (self, fields) {
            (Self::Value(declared), [field]) => same(declared, field.data_type()),
            (Self::Value(_), _) => false,
            (Self::Table(columns), fields) => {
                columns.len() == fields.len()
                    && columns
                        .iter()
                        .zip(fields)
                        .all(|((name, data_type), field)| {
                            name == field.name() && same(data_type, field.data_type())
                        })
            }
        }
    }
}

fn accepts(argument: &Accepts, declared: &DataType) -> bool {
    match argument {
        Accepts::Exactly(data_type) => same(data_type, declared),
        Accepts::Text => is_text(declared),
        Accepts::Binary => is_binary(declared),
        Accepts::Any => true,
    }
}

/// Text is text and bytes are bytes, however they are laid out: SQL has one word for all of them.
pub(super) fn same(one: &DataType, other: &DataType) -> bool {
    one == other || (is_text(one) && is_text(other)) || (is_binary(one) && is_binary(other))
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
    )
}

fn lines(name: &str, signatures: &[Signature]) -> String {
    let lines: Vec<_> = signatures
        .iter()
        .map(|signature| format!("  {name}{signature}"))
        .collect();
    lines.join("\n")
}
