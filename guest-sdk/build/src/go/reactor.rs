//! From what Go's compiler makes, a reactor of WASI's first preview, to a component of the native world.

use std::{collections::HashSet, error::Error as StdError, path::Path};

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasm_encoder::{
    BlockType, ConstExpr, DataSection, Encode, ExportKind, Function, MemArg, Module, RawSection,
    SectionId, ValType,
};
use wasmparser::{
    BinaryReader, CodeSectionReader, DataKind, DataSectionReader, ExternalKind, KnownCustom, Name,
    Operator, Parser, Payload, TypeRef,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::control::{is_endless, structured};
use crate::ComponentError;

/// The world that Go implements.
const WORLD: &str = "native";

/// What stands before the SDK's scratch memory, in `memory_wasip1.go`; then comes the next free address.
const MARK: &[u8] = b"arrowbox scratch memory:";
const NEXT: u64 = 24;
const BEGIN: u32 = 32;
const END: u32 = BEGIN + (256 << 10);

/// Fewer zeros than this between two pieces of data are written out. It is a page.
const GAP: usize = 4096;

/// What the SDK exports for what does not fit there.
const OVERFLOWING: &str = "arrowbox_realloc";

/// The function that the host takes memory with for lists and text.
const REALLOC: &str = "cabi_realloc";

type Anything = Box<dyn StdError + Send + Sync>;

/// Makes a core module a component, with the contract in the folder `wit`.
pub(crate) fn componentize(core: &[u8], wit: &Path) -> Result<Vec<u8>, ComponentError> {
    let encode = || -> Result<Vec<u8>, Anything> {
        let mut module = with_realloc(core)?;
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(wit)?;
        let world = resolve.select_world(&[package], Some(WORLD))?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
        let component = ComponentEncoder::default()
            .module(&module)?
            .adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )?
            .validate(true)
            .encode()?;
        Ok(component)
    };
    encode().map_err(ComponentError::Encode)
}

/// What has to be known of a module to add a function to it.
#[derive(Default)]
struct Reactor {
    types: u32,
    functions: u32,
    overflowing: Option<u32>,
    scratch: Option<u32>,
    /// The functions that never return.
    endless: HashSet<u32>,
}

impl Reactor {
    fn of(core: &[u8]) -> Result<Self, Anything> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::TypeSection(section) => found.types = section.count(),
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        found.functions += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => found.functions += section.count(),
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.name == OVERFLOWING && export.kind == ExternalKind::Func {
                            found.overflowing = Some(export.index);
                        }
                    }
                }
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else {
                        continue;
                    };
                    for names in names {
                        let Name::Function(names) = names? else {
                            continue;
                        };
                        for function in names {
                            let function = function?;
                            if is_endless(function.name) {
                                found.endless.insert(function.index);
                            }
                        }
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        let mut windows = data.data.windows(MARK.len());
                        let place = windows.position(|bytes| bytes == MARK);
                        if let (Some(place), Some(begin)) = (place, address(&data.kind)?) {
                            found.scratch = Some(begin + u32::try_from(place)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

/// Where data is put when a module is instantiated.
fn address(kind: &DataKind<'_>) -> Result<Option<u32>, Anything> {
    let DataKind::Active { offset_expr, .. } = kind else {
        return Ok(None);
    };
    match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(Some(value.cast_unsigned())),
        _ => Ok(None),
    }
}

/// Adds `cabi_realloc`. Functions of Go can not be it: the adapter calls it before Go's runtime has begun, and while that
/// does what can not be interrupted.
fn with_realloc(core: &[u8]) -> Result<Vec<u8>, Anything> {
    let reactor = Reactor::of(core)?;
    let (Some(overflowing), Some(scratch)) = (reactor.overflowing, reactor.scratch) else {
        return Err(
            "it was compiled without the package arrowbox: import it, and register functions"
                .into(),
        );
    };
    let mut export = encoded(REALLOC);
    ExportKind::Func.encode(&mut export);
    reactor.functions.encode(&mut export);
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let Some((id, range)) = payload?.as_section() else {
            continue;
        };
        let section = core.get(range).unwrap_or_default();
        let item = match id {
            id if id == SectionId::Type as u8 => vec![0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f],
            id if id == SectionId::Function as u8 => encoded(&reactor.types),
            id if id == SectionId::Export as u8 => export.clone(),
            id if id == SectionId::Code as u8 => {
                let added = realloc(scratch, overflowing);
                let data = &with_control(section, &reactor.endless, &added)?;
                module.section(&RawSection { id, data });
                continue;
            }
            id if id == SectionId::Data as u8 => {
                module.section(&joined(section)?);
                continue;
            }
            // Names, which Go's library has for itself, too.
            id if id == SectionId::Custom as u8 => continue,
            _ => {
                module.section(&RawSection { id, data: section });
                continue;
            }
        };
        let data = &appended(section, &item)?;
        module.section(&RawSection { id, data });
    }
    Ok(module.finish())
}

fn encoded(value: &(impl Encode + ?Sized)) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// A section with one more item.
fn appended(section: &[u8], item: &[u8]) -> Result<Vec<u8>, Anything> {
    let mut reader = BinaryReader::new(section, 0);
    let mut bytes = encoded(&(reader.read_var_u32()? + 1));
    let items = section.get(reader.original_position()..);
    bytes.extend(items.unwrap_or_default());
    bytes.extend(item);
    Ok(bytes)
}

/// The section of code, with structured control flow and one more function.
fn with_control(
    section: &[u8],
    endless: &HashSet<u32>,
    added: &Function,
) -> Result<Vec<u8>, Anything> {
    let bodies = CodeSectionReader::new(BinaryReader::new(section, 0))?;
    let mut bytes = encoded(&(bodies.count() + 1));
    for body in bodies {
        let body = body?;
        match structured(&body, endless) {
            Some(body) => body.as_slice().encode(&mut bytes),
            None => body.as_bytes().encode(&mut bytes),
        }
    }
    added.encode(&mut bytes);
    Ok(bytes)
}

/// The section of data, in few pieces. Go's linker leaves out every few bytes that are zero and makes ten thousands of
/// them, for each of which a compiler of WebAssembly writes code. Zeros are written behind everything that came before
/// only, so that they cover nothing.
fn joined(section: &[u8]) -> Result<DataSection, Anything> {
    let mut joined: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut end = 0;
    for piece in DataSectionReader::new(BinaryReader::new(section, 0))? {
        let piece = piece?;
        let begin = address(&piece.kind)?.ok_or("its data has no place")?;
        let place = begin as usize;
        if let Some((first, data)) = joined.last_mut()
            && *first as usize + data.len() == end
            && (end..end + GAP).contains(&place)
        {
            data.resize(place - *first as usize, 0);
            data.extend(piece.data);
        } else {
            joined.push((begin, piece.data.to_vec()));
        }
        end = end.max(place + piece.data.len());
    }
    let mut section = DataSection::new();
    for (begin, data) in joined {
        section.active(0, &ConstExpr::i32_const(begin.cast_signed()), data);
    }
    Ok(section)
}

/// Takes from the scratch memory what fits there.
fn realloc(scratch: u32, overflowing: u32) -> Function {
    let (old, old_length, align, length, begin, end) = (0, 1, 2, 3, 4, 5);
    let at = |offset: u32| (scratch + offset).cast_signed();
    let next = MemArg {
        offset: NEXT,
        align: 2,
        memory_index: 0,
    };
    let mut function = Function::new([(2, ValType::I32)]);
    let mut code = function.instructions();
    // Nothing was taken yet.
    code.i32_const(at(0)).i32_load(next).local_tee(begin);
    code.i32_eqz().if_(BlockType::Empty);
    code.i32_const(at(BEGIN)).local_set(begin).end();
    // begin = (begin + align - 1) & -align; end = begin + length
    code.local_get(begin).local_get(align).i32_add();
    code.i32_const(1).i32_sub();
    code.i32_const(0).local_get(align).i32_sub().i32_and();
    code.local_tee(begin).local_get(length).i32_add();
    code.local_set(end);
    // old == 0 && length <= size && end <= its end
    code.local_get(old).i32_eqz();
    code.local_get(length)
        .i32_const((END - BEGIN).cast_signed());
    code.i32_le_u().i32_and();
    code.local_get(end).i32_const(at(END)).i32_le_u().i32_and();
    code.if_(BlockType::Empty);
    code.i32_const(at(0)).local_get(end).i32_store(next);
    code.local_get(begin).return_().end();
    code.local_get(old).local_get(old_length).local_get(align);
    code.local_get(length).call(overflowing).end();
    function
}

#[cfg(test)]
mod tests {
    use wasmparser::Validator;

    use super::*;

    const REACTOR: &str = r#"(module (import "m" "f" (func)) (memory (export "memory") 8)
        (func (export "arrowbox_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
        (data (i32.const 1000) "before arrowbox scratch memory:"))"#;

    #[test]
    fn a_function_is_added_that_takes_from_the_marked_memory() {
        let core = wat::parse_str(REACTOR).unwrap();
        let made = with_realloc(&core).unwrap();
        Validator::new().validate_all(&made).unwrap();
        assert_eq!(Reactor::of(&made).unwrap().scratch, Some(1007));
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(&made) {
            if let Payload::ExportSection(section) = payload.unwrap() {
                names.extend(
                    section
                        .into_iter()
                        .map(|export| export.unwrap().name.to_owned()),
                );
            }
        }
        assert_eq!(names, ["memory", OVERFLOWING, REALLOC]);
    }

    #[test]
    fn data_that_lies_close_together_is_one_piece() {
        let mut section = DataSection::new();
        let pieces = [
            (16, "ab"),
            (18, "c"),
            (24, "d"),
            (9000, "e"),
            (8990, "f"),
            (9010, "g"),
            (9012, "h"),
        ];
        for (place, data) in pieces {
            section.active(0, &ConstExpr::i32_const(place), data.bytes());
        }
        let bytes = |section: &DataSection| {
            let mut bytes = Vec::new();
            section.encode(&mut bytes);
            let length = BinaryReader::new(&bytes, 0).read_var_u32().unwrap() as usize;
            bytes[bytes.len() - length..].to_vec()
        };
        let joined = bytes(&joined(&bytes(&section)).unwrap());
        let pieces = DataSectionReader::new(BinaryReader::new(&joined, 0)).unwrap();
        let pieces = pieces.into_iter().map(Result::unwrap);
        let pieces: Vec<_> = pieces
            .map(|piece| (address(&piece.kind).unwrap(), piece.data))
            .collect();
        let expected = [
            (16, &b"abc\0\0\0\0\0d"[..]),
            (9000, b"e"),
            (8990, b"f"),
            (9010, b"g\0h"),
        ];
        assert_eq!(pieces, expected.map(|(place, data)| (Some(place), data)));
    }

    #[test]
    fn a_module_without_the_sdk_is_told_to_import_it() {
        let core = wat::parse_str("(module (memory (export \"memory\") 1))").unwrap();
        let error = with_realloc(&core).unwrap_err().to_string();
        assert!(error.contains("import it"), "{error}");
    }
}
