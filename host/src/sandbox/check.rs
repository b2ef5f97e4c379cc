//! Looks at a component before anything is compiled.
//!
//! The host finds the memory of an instance because there is exactly one, and compiles in bounded time
//! because sizes are bounded. Both are counted here, over all modules and nested components.

use wasmparser::{Encoding, Parser, Payload};

/// Bytes of a component.
const COMPONENT_BYTES: usize = 64 << 20;
/// Functions of all modules.
const FUNCTIONS: u64 = 100_000;
/// Bytes of one function's body. Compilers of guests stay far below; register allocation is more than
/// linear in it.
const BODY_BYTES: u64 = 512 << 10;
/// Local variables of one function.
const LOCALS: u64 = 10_000;
/// Bytes of code of all functions.
const CODE_BYTES: u64 = 32 << 20;
/// Modules and nested components.
const PARTS: u64 = 1_000;

/// The package that hosts and guests agree on.
const PACKAGE: &str = "arrowbox:udf/";
/// Its version. Patch releases of the package are compatible.
const VERSION: (u64, u64) = (0, 1);
/// What a guest can import.
const IMPORTS: [&str; 8] = [
    "log", "clock", "random", "data", "files", "sink", "types", "arrow",
];

/// Why a component is not run.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Some other file.
    #[error("it is not WebAssembly: {0}")]
    NotWasm(String),
    /// A module that was not made a component.
    #[error("it is a core module, not a component: build it with `arrowbox build`")]
    CoreModule,
    /// It breaks off or breaks the format's rules.
    #[error("it is damaged at byte {offset}: {message}")]
    Damaged {
        /// Where in the file.
        offset: usize,
        /// What is wrong there.
        message: String,
    },
    /// It wants something that Arrowbox does not have.
    #[error(
        "it imports `{0}`, which Arrowbox does not have: a guest can import only `arrowbox:udf/…`; \
         a WASI import often comes from a crate that asks for the time, files or randomness"
    )]
    Import(String),
    /// It does not offer what a library of functions offers.
    #[error(
        "it does not export `arrowbox:udf/{0}`, so it is not a library of functions: \
         in Rust, list the functions in `arrowbox_sdk::export!`"
    )]
    OtherWorld(&'static str),
    /// It was made for another version of the contract.
    #[error(
        "it was made for `{name}`, this host speaks version {}.{} of `arrowbox:udf`: \
         build it again with a matching SDK",
        VERSION.0, VERSION.1
    )]
    OtherVersion {
        /// The import or export that says so.
        name: String,
    },
    /// It is for managed languages.
    #[error(
        "it is of the world `portable`, which has no `arrowbox:udf/memory`; this host runs components of the world `native`"
    )]
    Portable,
    /// Not exactly one memory.
    #[error("it defines {0} memories, a guest has exactly one")]
    Memories(u64),
    /// A memory of a kind that guests do not have.
    #[error("it defines a {0} memory, a guest has a 32-bit memory of its own with pages of 64 KiB")]
    Memory(&'static str),
    /// Larger than what is compiled.
    #[error("it has {count} {what}, at most {limit} are allowed")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many.
        count: u64,
        /// How many are allowed.
        limit: u64,
    },
}

/// What a look at a component tells.
pub(super) struct Outline {
    /// Names of imported interfaces.
    pub(super) imports: Vec<String>,
}

/// Reads a component without running or compiling any of it.
pub(super) fn check(bytes: &[u8]) -> Result<Outline, CheckError> {
    bounded("bytes", bytes.len() as u64, COMPONENT_BYTES as u64)?;
    if !bytes.starts_with(b"\0asm") {
        return Err(CheckError::NotWasm(if bytes.is_empty() {
            "it is empty".into()
        } else {
            "it does not begin with the four bytes of the format".into()
        }));
    }
    let mut outline = Outline {
        imports: Vec::new(),
    };
    let mut exports = Vec::new();
    let mut memories = 0;
    let mut functions = 0;
    let mut code = 0;
    let mut parts = 0;
    // Names count only in the outermost component.
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Err(CheckError::CoreModule);
                }
                depth += 1;
                parts += 1;
                bounded("modules and nested components", parts, PARTS)?;
            }
            Payload::End(_) => depth -= 1,
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory.map_err(damaged)?;
                    memories += 1;
                    if memory.memory64 {
                        return Err(CheckError::Memory("64-bit"));
                    }
                    if memory.shared {
                        return Err(CheckError::Memory("shared"));
                    }
                    if memory.page_size_log2.is_some_and(|log2| log2 != 16) {
                        return Err(CheckError::Memory("custom-page-size"));
                    }
                }
            }
            Payload::CodeSectionStart { count, .. } => {
                functions += u64::from(count);
                bounded("functions", functions, FUNCTIONS)?;
            }
            Payload::CodeSectionEntry(body) => {
                let size = (body.range().end - body.range().start) as u64;
                bounded("bytes of code in one function", size, BODY_BYTES)?;
                code += size;
                bounded("bytes of code", code, CODE_BYTES)?;
                let mut locals = 0;
                for group in body.get_locals_reader().map_err(damaged)? {
                    locals += u64::from(group.map_err(damaged)?.0);
                }
                bounded("local variables in one function", locals, LOCALS)?;
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let name = import.map_err(damaged)?.name.name;
                    if !IMPORTS.contains(&interface(name)?) {
                        return Err(CheckError::Import(name.into()));
                    }
                    outline.imports.push(name.into());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let name = export.map_err(damaged)?.name.name;
                    if name.starts_with(PACKAGE) {
                        exports.push(interface(name)?);
                    }
                }
            }
            _ => {}
        }
    }
    if !exports.contains(&"library") {
        return Err(CheckError::OtherWorld("library"));
    }
    if !exports.contains(&"memory") {
        return Err(CheckError::Portable);
    }
    if !exports.contains(&"scalar") {
        return Err(CheckError::OtherWorld("scalar"));
    }
    if memories != 1 {
        return Err(CheckError::Memories(memories));
    }
    Ok(outline)
}

/// `log` of `arrowbox:udf/log@0.1.0`.
fn interface(name: &str) -> Result<&str, CheckError> {
    let import = || CheckError::Import(name.to_owned());
    let rest = name.strip_prefix(PACKAGE).ok_or_else(import)?;
    let (interface, version) = rest.split_once('@').ok_or_else(import)?;
    let mut numbers = version.split('.').map(|number| number.parse::<u64>().ok());
    let version = (numbers.next().flatten(), numbers.next().flatten());
    if version != (Some(VERSION.0), Some(VERSION.1)) {
        return Err(CheckError::OtherVersion { name: name.into() });
    }
    Ok(interface)
}

fn bounded(what: &'static str, count: u64, limit: u64) -> Result<(), CheckError> {
    if count > limit {
        return Err(CheckError::TooLarge { what, count, limit });
    }
    Ok(())
}

fn damaged(error: wasmparser::BinaryReaderError) -> CheckError {
    CheckError::Damaged {
        offset: error.offset(),
        message: error.message().to_owned(),
    }
}
