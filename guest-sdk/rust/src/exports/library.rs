use arrow_schema::Field;

use crate::bindings::arrowbox::udf::types as wit;
use crate::bindings::exports::arrowbox::udf::library::Guest;
use crate::description::{Description, describe};
use crate::function::{Library, Volatility};
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
        kind: wit::Kind::Scalar,
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
    if let ResultType::Exactly(data_type) = &signature.result {
        let field = Field::new(function, data_type.clone(), signature.nullable);
        let written = wire::push_field(&field, &mut result);
        written.unwrap_or_else(|error| panic!("{function}: result: {error}"));
    }
    wit::Signature {
        arguments,
        variadic: signature.variadic,
        result,
    }
}
