use std::collections::HashSet;
use std::fmt::Write;

use proptest::prelude::*;
use wasmi::{Engine, Instance, Module, Store};
use wasmparser::{FunctionBody, Parser, Payload};

use super::{is_endless, structured};

/// How a block of a program ends.
#[derive(Debug, Clone)]
enum End {
    Falls,
    Jumps(usize),
    Returns,
    /// Calls what unwinds the stack now and then. The next block follows, and the function is entered there again.
    Calls,
}

/// A block leaves for another if the trace says so, and ends.
#[derive(Debug, Clone)]
struct Block {
    leaves: Option<usize>,
    end: End,
}

fn block() -> impl Strategy<Value = Block> {
    let end = prop_oneof![
        3 => Just(End::Falls),
        2 => (0..9usize).prop_map(End::Jumps),
        1 => Just(End::Returns),
        2 => Just(End::Calls),
    ];
    (prop::option::of(0..9usize), end).prop_map(|(leaves, end)| Block { leaves, end })
}

/// A function as Go's compiler writes it. Each block that runs changes the trace, which decides where it goes; after a
/// while it returns.
fn compiled(blocks: &[Block]) -> String {
    let count = blocks.len();
    let jump = |to: usize, depth: usize| {
        let depth = count - 1 + depth;
        move |block: usize| format!("i32.const {to} local.set 0 br {}\n", depth - block)
    };
    let mut text = "global.get 0 local.set 1 block loop\n".to_owned();
    text += &"block ".repeat(count);
    let table: Vec<_> = (0..count).map(|block| block.to_string()).collect();
    writeln!(text, "local.get 0 br_table {} end", table.join(" ")).unwrap();
    for (index, block) in blocks.iter().enumerate() {
        writeln!(
            text,
            "i32.const {index} call $visit if i32.const 0 return end
             local.get 2 i64.const 3 i64.mul global.get $trace i64.add local.tee 2 global.set $trace"
        )
        .unwrap();
        if let Some(to) = &block.leaves {
            text += "global.get $trace i64.const 4 i64.and i64.eqz if\n";
            text += &jump(to % count, 1)(index);
            text += "end\n";
        }
        match &block.end {
            End::Falls => {}
            End::Jumps(to) => text += &jump(to % count, 0)(index),
            End::Returns => text += "i32.const 0 return\n",
            End::Calls => {
                let next = index + 1;
                let unwind = count - 1 - index + 1;
                writeln!(text, "i32.const {next} global.set $next").unwrap();
                writeln!(
                    text,
                    "i32.const 0 call $callee global.get 0 local.set 1 br_if {unwind}"
                )
                .unwrap();
            }
        }
        text += "end\n";
    }
    // The last end was that of the loop.
    text + "unreachable end i32.const 1"
}

const AROUND: &str = r#"(module
    (global (mut i32) (i32.const 1024))
    (global $trace (export "trace") (mut i64) (i64.const 0))
    (global $next (export "next") (mut i32) (i32.const 0))
    (global $fuel (mut i32) (i32.const 60))
    (func $visit (param i32) (result i32)
        (global.set $trace (i64.add
            (i64.rotl (i64.mul (global.get $trace) (i64.const 0x5DEECE66D)) (i64.const 13))
            (i64.extend_i32_u (local.get 0))))
        (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
        (i32.eqz (global.get $fuel)))
    (func $callee (param i32) (result i32)
        (i32.eqz (i32.and (global.get $fuel) (i32.const 3))))
    (func (export "run") (param i32) (result i32) (local i32 i64)
"#;

/// A module with a function of these blocks. The last must not fall.
fn module(blocks: &[Block]) -> Vec<u8> {
    wat::parse_str(format!("{AROUND}{}))", compiled(blocks))).unwrap()
}

/// The same with structured control flow.
fn rewritten(module: &[u8]) -> Option<Vec<u8>> {
    let mut bodies = Vec::new();
    let mut code = 0..0;
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::CodeSectionStart { range, .. } => code = range,
            Payload::CodeSectionEntry(body) => bodies.push(body),
            _ => {}
        }
    }
    let last = structured(bodies.last()?, &HashSet::new())?;
    let kept = bodies[..bodies.len() - 1]
        .iter()
        .map(FunctionBody::as_bytes);
    let mut section = wasm_encoder::CodeSection::new();
    for body in kept {
        section.raw(body);
    }
    section.raw(&last);
    let mut written = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap().as_section() {
            Some((_, range)) if range == code => {
                written.section(&section);
            }
            Some((id, range)) => {
                let data = &module[range];
                written.section(&wasm_encoder::RawSection { id, data });
            }
            None => {}
        }
    }
    Some(written.finish())
}

/// Runs until the function returns, entering it again as often as it unwound the stack. Gives the trace.
fn trace(engine: &Engine, module: &[u8]) -> i64 {
    let module = Module::new(engine, module).unwrap();
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance
        .get_typed_func::<i32, i32>(&mut store, "run")
        .unwrap();
    let next = instance.get_global(&mut store, "next").unwrap();
    let mut enter = 0;
    while run.call(&mut store, enter).unwrap() == 1 {
        enter = next.get(&mut store).i32().unwrap();
    }
    let trace = instance.get_global(&mut store, "trace").unwrap();
    trace.get(&mut store).i64().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rewritten_does_the_same(mut blocks in prop::collection::vec(block(), 1..9)) {
        blocks.push(Block { leaves: None, end: End::Returns });
        let engine = Engine::default();
        let module = module(&blocks);
        if let Some(rewritten) = rewritten(&module) {
            prop_assert_eq!(trace(&engine, &rewritten), trace(&engine, &module));
        }
    }
}

fn falls() -> Block {
    Block {
        leaves: None,
        end: End::Falls,
    }
}

fn leaves(to: usize) -> Block {
    Block {
        leaves: Some(to),
        end: End::Falls,
    }
}

fn jumps(to: usize) -> Block {
    Block {
        leaves: None,
        end: End::Jumps(to),
    }
}

fn calls() -> Block {
    Block {
        leaves: None,
        end: End::Calls,
    }
}

fn returns() -> Block {
    Block {
        leaves: None,
        end: End::Returns,
    }
}

/// The indirect jumps of the last function.
fn tables(module: &[u8]) -> usize {
    let bodies = Parser::new(0)
        .parse_all(module)
        .filter_map(|payload| match payload.unwrap() {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        });
    let ops = bodies.last().unwrap().get_operators_reader().unwrap();
    let tables = ops
        .into_iter()
        .filter(|op| matches!(op, Ok(wasmparser::Operator::BrTable { .. })));
    tables.count()
}

#[test]
fn a_table_stays_where_a_function_can_be_entered_again() {
    for (name, blocks, expected) in [
        // Go puts the condition of a loop last.
        (
            "a loop",
            vec![jumps(2), falls(), leaves(1), returns()],
            Some(0),
        ),
        (
            "loops in loops",
            vec![jumps(3), jumps(2), leaves(2), leaves(1), returns()],
            Some(0),
        ),
        (
            "calls",
            vec![calls(), leaves(3), calls(), returns()],
            Some(1),
        ),
        // One for the entry, one for each loop.
        (
            "calls in loops",
            vec![falls(), falls(), calls(), leaves(2), leaves(1), returns()],
            Some(3),
        ),
        (
            "a loop with two entries",
            vec![leaves(2), falls(), jumps(1), returns()],
            None,
        ),
    ] {
        let module = module(&blocks);
        let rewritten = rewritten(&module);
        assert_eq!(rewritten.as_deref().map(tables), expected, "{name}");
        if let Some(rewritten) = rewritten {
            let engine = Engine::default();
            assert_eq!(
                trace(&engine, &rewritten),
                trace(&engine, &module),
                "{name}"
            );
        }
    }
}

#[test]
fn what_go_does_not_write_stays() {
    for body in [
        "i32.const 0",
        "global.get 0 local.set 1 block block local.get 0 br_table 0 1 end nop end i32.const 0",
        // On to a block that is computed.
        "global.get 0 local.set 1 loop block block local.get 0 br_table 0 1 end
         local.get 0 local.set 0 br 1 end unreachable end unreachable",
    ] {
        let module = wat::parse_str(format!("{AROUND}{body}))")).unwrap();
        assert!(rewritten(&module).is_none(), "{body}");
    }
}

#[test]
fn what_never_returns_is_known_by_its_name() {
    for (name, expected) in [
        ("runtime.gopanic", true),
        ("runtime.goPanicSliceAlen", true),
        ("runtime.panicCheck1", false),
        ("main.gopanic", false),
    ] {
        assert_eq!(is_endless(name), expected, "{name}");
    }
}
