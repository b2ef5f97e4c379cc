//! From a core module to a component.

use std::error::Error as StdError;

use thiserror::Error;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};
use wit_component::ComponentEncoder;

/// Interfaces that a function may import: those of Arrowbox, and those of WASI 0.2, which have what was granted to
/// the function and refuse everything else.
const NAMESPACES: [&str; 2] = ["arrowbox:", "wasi:"];

/// The module that stands for a world's own imports, which the encoder checks against the world.
const ROOT: &str = "$root";

/// Makes a core module that was compiled with the SDK into a component, and validates it.
///
/// The module carries its world in a custom section (`component-type…`), which the SDK puts there.
///
/// # Errors
///
/// When `core_module` is not a core module, was compiled without `arrowbox_sdk::export!`, or
/// imports anything that is not of Arrowbox.
pub fn componentize(core_module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    check(core_module)?;
    let encode = || {
        ComponentEncoder::default()
            .module(core_module)?
            .validate(true)
            .encode()
    };
    encode().map_err(|error| ComponentError::Encode(error.into()))
}

/// Refuses what the encoder would refuse too, but in words that say what to do.
fn check(core_module: &[u8]) -> Result<(), ComponentError> {
    let mut described = false;
    let mut foreign = None;
    for payload in Parser::new(0).parse_all(core_module) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => return Err(ComponentError::AlreadyComponent),
            Payload::CustomSection(section) => {
                described |= section.name().starts_with("component-type")
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if foreign.is_none() && !is_known(import.module) {
                        foreign = Some((import.module.to_owned(), import.name.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    if let Some((module, name)) = foreign {
        return Err(ComponentError::ForeignImport {
            hint: hint(&module),
            module,
            name,
        });
    }
    match described {
        true => Ok(()),
        false => Err(ComponentError::NoWorld),
    }
}

/// Whether a core import belongs to an interface that a host has, in any spelling the encoder knows.
fn is_known(module: &str) -> bool {
    let module = module.strip_prefix("cm32p2|").unwrap_or(module);
    let module = module.strip_prefix("[export]").unwrap_or(module);
    NAMESPACES
        .iter()
        .any(|namespace| module.starts_with(namespace))
        || module == ROOT
}

/// What usually brings in imports of that module.
fn hint(module: &str) -> &'static str {
    if module.starts_with("wasi") {
        "it was compiled for a WASI target, or calls what only an operating system has: build Rust with `arrowbox \
         build`, for wasm32-unknown-unknown, and do in C without what asks for it"
    } else if module.starts_with("__wbindgen") || module == "wbg" {
        "a dependency expects JavaScript, usually through a feature: `wasm_js` or `js` of getrandom, \
         `wasmbind` or the default features of chrono, `js` of uuid: turn that feature off \
         (`cargo tree -i wasm-bindgen -e features` shows who asks for it)"
    } else if module == "env" {
        "an `extern` function has no definition: a dependency wraps a C library, or expects functions \
         of the host (a custom getrandom backend for instance)"
    } else {
        "only the interfaces of Arrowbox can be imported"
    }
}

/// Why [`componentize`] refused a module.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// Not WebAssembly, or damaged.
    #[error("this is not a valid WebAssembly module")]
    NotWasm(#[from] BinaryReaderError),
    /// It has been a component all along.
    #[error("this is a component already: register it as it is")]
    AlreadyComponent,
    /// No section that describes the world.
    #[error(
        "the module does not say which functions it has: call `arrowbox_sdk::export!` in its `lib.rs`"
    )]
    NoWorld,
    /// An import that no host provides.
    #[error(
        "the module imports `{module}` `{name}`, and a function has no WASI, no JavaScript and no C library \
         to call: {hint}"
    )]
    ForeignImport {
        /// The module it is imported from, such as `wasi_snapshot_preview1` or `env`.
        module: String,
        /// The function's name.
        name: String,
        /// Where such imports usually come from.
        hint: &'static str,
    },
    /// The module and the world that it claims do not fit.
    #[error("the module can not be made a component")]
    Encode(#[source] Box<dyn StdError + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use wasmparser::{Validator, WasmFeatures};
    use wit_component::{StringEncoding, embed_component_metadata};
    use wit_parser::Resolve;

    use super::*;

    /// A core module with the world in its custom section, as a guest's compiler leaves it.
    fn module(wit: &str, wat: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = wat::parse_str(wat).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    const WIT: &str = "package arrowbox:test;
        interface log { line: func(level: u32); }
        world library { import log; export answer: func() -> u32; }";

    #[test]
    fn a_module_with_a_world_becomes_a_valid_component() {
        let core = module(
            WIT,
            r#"(module (import "arrowbox:test/log" "line" (func (param i32)))
                (func (export "answer") (result i32) i32.const 42) (memory (export "memory") 1))"#,
        );
        let component = componentize(&core).unwrap();
        assert!(Parser::is_component(&component));
        Validator::new_with_features(WasmFeatures::default())
            .validate_all(&component)
            .unwrap();
        assert_eq!(component, componentize(&core).unwrap());
        assert!(matches!(
            componentize(&component),
            Err(ComponentError::AlreadyComponent)
        ));
    }

    #[test]
    fn a_foreign_import_is_named_with_its_usual_cause() {
        for (import, cause) in [
            ("wasi_snapshot_preview1", "WASI target"),
            ("env", "extern"),
            ("__wbindgen_placeholder__", "getrandom"),
            ("other:package/interface", "interfaces of Arrowbox"),
        ] {
            let core = module(
                WIT,
                &format!(
                    r#"(module (import "arrowbox:test/log" "line" (func (param i32)))
                        (import "{import}" "f" (func))
                        (func (export "answer") (result i32) i32.const 42) (memory (export "memory") 1))"#
                ),
            );
            let error = componentize(&core).unwrap_err();
            assert!(
                matches!(&error, ComponentError::ForeignImport { module, name, hint }
                    if module == import && name == "f" && hint.contains(cause)),
                "{error}"
            );
        }
    }

    #[test]
    fn a_module_without_a_world_is_told_to_export() {
        let core = wat::parse_str("(module (func (export \"answer\") (result i32) i32.const 42))")
            .unwrap();
        let error = componentize(&core).unwrap_err();
        assert!(matches!(error, ComponentError::NoWorld));
        assert!(
            error.to_string().contains("arrowbox_sdk::export!"),
            "{error}"
        );
    }

    #[test]
    fn a_module_that_breaks_its_world_is_refused() {
        let core = module(WIT, "(module (memory (export \"memory\") 1))");
        assert!(matches!(
            componentize(&core),
            Err(ComponentError::Encode(_))
        ));
    }

    #[test]
    fn garbage_and_truncated_modules_are_refused() {
        assert!(matches!(
            componentize(b"not wasm at all"),
            Err(ComponentError::NotWasm(_))
        ));
        let core = module(WIT, "(module (memory (export \"memory\") 1))");
        assert!(componentize(&core[..core.len() - 3]).is_err());
    }
}
