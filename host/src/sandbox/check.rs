//! Looks at a component before anything is compiled.
//!
//! The host finds the memory of an instance because there is exactly one, and compiles in bounded time
//! because sizes are bounded. Both are counted here, over all modules and nested components.

use serde::{Deserialize, Serialize};
use wasmparser::{Encoding, Parser, Payload};

use super::lane::Lane;

/// The package that hosts and guests agree on.
const PACKAGE: &str = "arrowbox:udf/";
/// Its version. Patch releases of the package are compatible.
const VERSION: (u64, u64) = (0, 1);
/// What a guest can import of it.
const IMPORTS: [&str; 9] = [
    "log", "clock", "random", "data", "files", "sink", "columns", "types", "arrow",
];
/// What a guest can import besides: the parts of WASI 0.2 that have something to give, or to refuse.
const WASI: [&str; 6] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:io/",
    "wasi:random/",
    "wasi:sockets/",
];
/// Its version. All releases of it are compatible.
const WASI_VERSION: &str = "@0.2.";

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
        "it imports `{0}`, which Arrowbox does not have: a guest can import `arrowbox:udf/…`, and \
         `wasi:…` of version 0.2 but HTTP"
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
    /// It is of both worlds.
    #[error(
        "it imports `arrowbox:udf/columns` and exports `arrowbox:udf/memory`: columns are for components of the world `portable`, which has no memory to export"
    )]
    Columns,
    /// Not exactly one memory.
    #[error("it defines {0} memories, a guest of the native lane has exactly one")]
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
#[derive(Debug, Serialize, Deserialize)]
pub struct Outline {
    /// Bytes of the component.
    pub size: u64,
    /// Names of imported interfaces, in order.
    pub imports: Vec<String>,
    /// How buffers cross.
    pub lane: Lane,
}

impl Outline {
    /// Whether the component imports anything that can wait: clocks, sockets, streams.
    pub(super) fn is_of_wasi(&self) -> bool {
        self.imports.iter().any(|name| name.starts_with("wasi:"))
    }
}

/// What a component has, to be held to the bounds of its lane when that is known.
#[derive(Default)]
struct Sizes {
    memories: u64,
    functions: u64,
    /// The largest of one function.
    body: u64,
    /// The most of one function.
    locals: u64,
    code: u64,
    parts: u64,
}

impl Sizes {
    fn check(&self, lane: Lane) -> Result<(), CheckError> {
        let bounds = lane.bounds();
        for (what, count, limit) in [
            ("modules and nested components", self.parts, bounds.parts),
            ("functions", self.functions, bounds.functions),
            ("bytes of code in one function", self.body, bounds.body),
            (
                "local variables in one function",
                self.locals,
                bounds.locals,
            ),
            ("bytes of code", self.code, bounds.code),
        ] {
            bounded(what, count, limit)?;
        }
        match (lane, self.memories) {
            (Lane::Native, 1) => Ok(()),
            (Lane::Native, memories) => Err(CheckError::Memories(memories)),
            (Lane::Portable, memories) => bounded("memories", memories, bounds.memories),
        }
    }
}

/// Reads a component without running or compiling any of it.
///
/// # Errors
///
/// If it is not a component that a host runs.
pub fn check(bytes: &[u8]) -> Result<Outline, CheckError> {
    // What is larger than any lane allows is not read to its end.
    let widest = Lane::Portable.bounds();
    bounded("bytes", bytes.len() as u64, widest.component)?;
    if !bytes.starts_with(b"\0asm") {
        return Err(CheckError::NotWasm(if bytes.is_empty() {
            "it is empty".into()
        } else {
            "it does not begin with the four bytes of the format".into()
        }));
    }
    let mut imports = Vec::new();
    let mut exports = Vec::new();
    let mut sizes = Sizes::default();
    // Names count only in the outermost component.
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Err(CheckError::CoreModule);
                }
                depth += 1;
                sizes.parts += 1;
                bounded("modules and nested components", sizes.parts, widest.parts)?;
            }
            Payload::End(_) => depth -= 1,
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory.map_err(damaged)?;
                    sizes.memories += 1;
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
                sizes.functions += u64::from(count);
                bounded("functions", sizes.functions, widest.functions)?;
            }
            Payload::CodeSectionEntry(body) => {
                let size = (body.range().end - body.range().start) as u64;
                sizes.body = sizes.body.max(size);
                sizes.code += size;
                let mut locals = 0;
                for group in body.get_locals_reader().map_err(damaged)? {
                    locals += u64::from(group.map_err(damaged)?.0);
                }
                sizes.locals = sizes.locals.max(locals);
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let name = import.map_err(damaged)?.name.name;
                    if !is_of_wasi(name) && !IMPORTS.contains(&interface(name)?) {
                        return Err(CheckError::Import(name.into()));
                    }
                    imports.push(name.to_owned());
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
    if !exports.contains(&"scalar") {
        return Err(CheckError::OtherWorld("scalar"));
    }
    let lane = match exports.contains(&"memory") {
        true => Lane::Native,
        false => Lane::Portable,
    };
    bounded("bytes", bytes.len() as u64, lane.bounds().component)?;
    sizes.check(lane)?;
    let columns = |name: &String| name.starts_with("arrowbox:udf/columns@");
    if lane == Lane::Native && imports.iter().any(columns) {
        return Err(CheckError::Columns);
    }
    imports.sort();
    Ok(Outline {
        size: bytes.len() as u64,
        imports,
        lane,
    })
}

/// Whether it is an interface of WASI that a guest can import.
fn is_of_wasi(name: &str) -> bool {
    WASI.iter().any(|package| name.starts_with(package)) && name.contains(WASI_VERSION)
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
