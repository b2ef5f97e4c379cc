use arrow_schema::Field;

use crate::bindings::arrowbox::udf::types as wit;
use crate::bindings::exports::arrowbox::udf::library::Guest;
use crate::description::{Description, describe};
use crate::function::{Kind, Library, Volatility};
use crate::signature::{ResultType, Signature};
use crate::{entry, wire};

impl<L: Library> Guest for L {
    fn describe() -> wit::Description {
        entry::enter();
        wit::Description {
            sdk: concat!("arrowbox-sdk ", env!("CARGO_PKG_VERSION"), " (rust)").to_owned(),
            functions: describe(L::ENTRIES).into_iter().map(function).collect(),
        }
    }
}

fn function(description: Description) -> wit::Function {
    wit::Function {
        name: description.name.to_owned(),
        kind: match description.kind {
            Kind::Scalar => wit::Kind::Scalar,
            Kind::Aggregate => wit::Kind::Aggregate,
            Kind::Window => wit::Kind::Window,
            Kind::Table => wit::Kind::Table,
            Kind::MapBatches => wit::Kind::MapBatches,
            Kind::GroupedMap => wit::Kind::GroupedMap,
            Kind::CogroupedMap => wit::Kind::CogroupedMap,
            Kind::Reader => wit::Kind::Reader,
            Kind::Writer => wit::Kind::Writer,
        },
        volatility: match description.volatility {
            Volatility::Immutable => wit::Volatility::Immutable,
            Volatility::Stable => wit::Volatility::Stable,
            Volatility::Volatile => wit::Volatility::Volatile,
        },
        nulls: if description.strict {
            wit::NullHandling::Strict
        } else {
            wit::NullHandling::Called
        },
        grants: description
            .grants
            .iter()
            .map(|&grant| grant.to_owned())
            .collect(),
        columns: false,
        documentation: description.documentation.to_owned(),
        signatures: description
            .signatures
            .iter()
            .map(|each| signature(description.name, each))
            .collect(),
    }
}

fn signature(function: &str, signature: &Signature) -> wit::Signature {
    let mut arguments = Vec::new();
    for (name, argument) in &signature.arguments {
        let written = wire::push_argument(name, argument, &mut arguments);
        written.unwrap_or_else(|error| panic!("{function}: argument {name}: {error}"));
    }
    let mut result = Vec::new();
    let mut push = |field: &Field| {
        let written = wire::push_field(field, &mut result);
        written.unwrap_or_else(|error| panic!("{function}: result: {error}"));
    };
    match &signature.result {
        ResultType::Exactly(data_type) => {
            push(&Field::new(function, data_type.clone(), signature.nullable));
        }
        ResultType::Columns(fields) => fields.iter().for_each(|field| push(field)),
        ResultType::Of(_) | ResultType::Opened => {}
    }
    wit::Signature {
        arguments,
        variadic: signature.variadic,
        result,
    }
}
