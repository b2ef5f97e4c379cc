//! What `describe` says, which is chosen by patching the component.
//!
//! [`MODE`] lies in the component's bytes as it stands here. A test writes the name of a mode over the
//! spaces after the `=`, and has a component that misbehaves before any function is called.

use std::hint::black_box;

use crate::Hostile;
use crate::bindings::arrowbox::udf::arrow::Field;
use crate::bindings::arrowbox::udf::types::{
    Description, Function, Kind, NullHandling, Signature, Volatility,
};
use crate::bindings::exports::arrowbox::udf::library::Guest;
use crate::faults::spin;
use crate::grants::asked;
use crate::kinds::{self, Rogue};
use crate::misdeed::{INT64, all, schema};
use crate::place::trap;

const KEY: &[u8] = b"arrowbox-hostile-describe=";

static MODE: [u8; 64] = *b"arrowbox-hostile-describe=                                      ";

fn mode() -> String {
    // SAFETY: reads a static; volatile because its bytes in the component can have been changed.
    let bytes = unsafe { (&raw const MODE).read_volatile() };
    String::from_utf8_lossy(&bytes[KEY.len()..])
        .trim()
        .to_owned()
}

impl Guest for Hostile {
    fn describe() -> Description {
        let mode = mode();
        let functions = match mode.split_once(':').unwrap_or((&mode, "")) {
            ("million", _) => vec![function(""); 1 << 20],
            ("nothing", _) => Vec::new(),
            ("nameless", _) => vec![function("")],
            ("twins", _) => vec![function("twin"), function("twin")],
            ("name", name) => vec![function(name)],
            ("long-name", _) => vec![function(&"n".repeat(1 << 20))],
            ("odd-name", _) => vec![function("a\0b\n\u{1b}[31m\"; DROP")],
            ("argument", format) => vec![formatted(format, "l")],
            ("result", format) => vec![formatted("l", format)],
            ("result-parent", format) => {
                let mut function = formatted("l", format);
                function.signatures[0].result[0].children = 1;
                function.signatures[0].result.extend(schema(INT64));
                vec![function]
            }
            ("result-dictionary", format) => {
                let mut function = formatted("l", format);
                function.signatures[0].result[0].dictionary = true;
                function.signatures[0].result.extend(schema(INT64));
                vec![function]
            }
            ("children", count) => {
                let mut function = formatted("l", "+s");
                function.signatures[0].result[0].children = count.parse().unwrap_or(u32::MAX);
                vec![function]
            }
            ("no-result-name", _) => {
                let mut function = function("unnamed");
                function.signatures[0].result[0].name.clear();
                vec![function]
            }
            ("two-results", _) => {
                let mut function = function("two");
                function.signatures[0].result.extend(schema(INT64));
                vec![function]
            }
            ("no-signatures", _) => {
                let mut function = function("silent");
                function.signatures.clear();
                vec![function]
            }
            ("many-signatures", _) => {
                let mut function = function("many");
                let signature = function.signatures[0].clone();
                function.signatures = vec![signature; 1 << 18];
                vec![function]
            }
            ("many-arguments", _) => {
                let mut function = function("many");
                function.signatures[0].arguments = vec![schema(INT64).remove(0); 1 << 18];
                vec![function]
            }
            ("variadic-of-nothing", _) => {
                let mut function = function("vague");
                function.signatures[0].arguments.clear();
                function.signatures[0].variadic = true;
                vec![function]
            }
            ("deep", _) => {
                let mut function = function("deep");
                function.signatures[0].result = deep(1 << 17);
                vec![function]
            }
            ("unknown-grant", _) => {
                let mut function = function("greedy");
                function.grants = vec!["the moon".to_owned()];
                vec![function]
            }
            ("other-kind", _) => {
                let mut function = function("other");
                function.kind = Kind::Aggregate;
                vec![function]
            }
            ("documentation", _) => {
                let mut function = function("verbose");
                function.documentation = "very ".repeat(40 << 20);
                vec![function]
            }
            ("metadata", _) => {
                let mut function = function("tagged");
                let pair = ("key".to_owned(), "value".to_owned());
                function.signatures[0].result[0].metadata = vec![pair; 1 << 20];
                vec![function]
            }
            ("sdk", _) => {
                return Description {
                    sdk: "s".repeat(100 << 20),
                    functions: vec![function("quiet")],
                };
            }
            ("spins", _) => spin(),
            ("traps", _) => trap(),
            ("allocates", _) => loop {
                std::mem::forget(black_box(vec![1_u8; 1 << 20]));
            },
            _ => all()
                .map(|misdeed| Function {
                    grants: asked(misdeed.name),
                    signatures: vec![Signature {
                        arguments: schema(INT64),
                        variadic: false,
                        result: schema(misdeed.result),
                    }],
                    ..function(misdeed.name)
                })
                .chain(kinds::all().map(Rogue::described))
                .collect(),
        };
        Description {
            sdk: "none".to_owned(),
            functions,
        }
    }
}

fn function(name: &str) -> Function {
    Function {
        name: name.to_owned(),
        kind: Kind::Scalar,
        signatures: vec![Signature {
            arguments: schema(INT64),
            variadic: false,
            result: schema(INT64),
        }],
        volatility: Volatility::Volatile,
        nulls: NullHandling::Called,
        grants: Vec::new(),
        columns: false,
        documentation: String::new(),
    }
}

fn formatted(argument: &str, result: &str) -> Function {
    let mut function = function("formatted");
    function.signatures[0].arguments[0].format = argument.to_owned();
    function.signatures[0].result[0].format = result.to_owned();
    function
}

/// Structs in structs.
fn deep(depth: usize) -> Vec<Field> {
    let mut fields = schema(INT64);
    fields[0].format = "+s".to_owned();
    fields[0].children = 1;
    let mut fields = vec![fields.remove(0); depth];
    fields.extend(schema(INT64));
    fields
}
