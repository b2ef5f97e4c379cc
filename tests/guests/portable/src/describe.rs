//! What there is.

use crate::bindings::arrowbox::udf::types::{
    Description, Function, Kind, NullHandling, Signature, Volatility,
};
use crate::bindings::exports::arrowbox::udf::library::Guest;
use crate::{Portable, scalar, schema};

impl Guest for Portable {
    fn describe() -> Description {
        let scalars = scalar::ALL.iter().map(|(name, argument, result)| {
            let columns = !name.starts_with("bytes_");
            function(name, Kind::Scalar, argument, result, columns)
        });
        let mapper = function("positive", Kind::MapBatches, "", "", true);
        let total = function("total", Kind::Aggregate, "l", "l", true);
        Description {
            sdk: "none".to_owned(),
            functions: scalars.chain([mapper, total]).collect(),
        }
    }
}

fn function(name: &str, kind: Kind, argument: &str, result: &str, columns: bool) -> Function {
    let one = |format: &str| match format {
        "" => Vec::new(),
        format => schema(format),
    };
    Function {
        name: name.to_owned(),
        kind,
        signatures: vec![Signature {
            arguments: one(argument),
            variadic: false,
            result: one(result),
        }],
        volatility: Volatility::Immutable,
        nulls: NullHandling::Called,
        grants: Vec::new(),
        columns,
        documentation: String::new(),
    }
}
