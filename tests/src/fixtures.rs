//! Components that must be refused, made on the spot.
//!
//! Some are small texts. The others are a proper component ([`component::component`]`("hostile")`) in
//! which one thing was changed, so that nothing else is a reason to refuse it.

mod altered;
mod sections;

use crate::component;

pub use altered::{
    begins_at, huge_body, huge_branch_table, huge_table, many_functions, many_locals, memory64,
    nested_component, padded, second_module_with_memory, shared_memory, spinning_start, tiny_pages,
    trapping_start, two_memories,
};

/// Text.
pub fn not_wasm() -> Vec<u8> {
    b"#!/bin/sh\necho this is not WebAssembly\n".to_vec()
}

/// A core module, which is what a compiler makes before it is made a component.
pub fn core_module() -> Vec<u8> {
    wat(
        r#"(module (memory (export "memory") 1) (func (export "gcd") (param i64 i64) (result i64) local.get 0))"#,
    )
}

/// A component that was cut off.
pub fn truncated() -> Vec<u8> {
    let mut bytes = component::component("hostile");
    bytes.truncate(bytes.len() / 2);
    bytes
}

/// A component with no exports at all.
pub fn empty_component() -> Vec<u8> {
    wat("(component)")
}

/// A component that wants what no guest has.
pub fn command_component() -> Vec<u8> {
    wat(r#"(component
        (import "wasi:http/types@0.2.0" (instance
            (export "get-arguments" (func (result (list string))))))
        (core module $m (memory (export "memory") 1))
        (core instance (instantiate $m)))"#)
}

/// A proper component but for the version of its world.
///
/// # Panics
///
/// When `version` has another length than that of the world: this is a patch of bytes.
pub fn of_version(version: &str) -> Vec<u8> {
    const OURS: &[u8] = b"@0.1.0";
    let mut bytes = component::component("hostile");
    let theirs = [b"@", version.as_bytes()].concat();
    assert_eq!(theirs.len(), OURS.len());
    let mut from = 0;
    while let Some(place) = find(&bytes[from..], OURS) {
        bytes[from + place..][..OURS.len()].copy_from_slice(&theirs);
        from += place + OURS.len();
    }
    bytes
}

/// A component whose `describe` misbehaves in this way; the guest `hostile` says which there are.
///
/// # Panics
///
/// When the name of the mode is too long for its place.
pub fn describing(mode: &str) -> Vec<u8> {
    const KEY: &[u8] = b"arrowbox-hostile-describe=";
    const ROOM: usize = 64 - KEY.len();
    assert!(mode.len() <= ROOM, "{mode:?} is longer than {ROOM} bytes");
    let mut bytes = component::component("hostile");
    let places: Vec<usize> = (0..bytes.len() - 64)
        .filter(|start| bytes[*start..].starts_with(KEY))
        .collect();
    for place in places {
        let value = &mut bytes[place + KEY.len()..][..ROOM];
        // The key alone, where the guest compares with it.
        if value.iter().all(|byte| *byte == b' ') {
            value[..mode.len()].copy_from_slice(mode.as_bytes());
        }
    }
    bytes
}

/// No memory.
pub fn no_memory() -> Vec<u8> {
    instantiated(r#"(core module $m (func (export "f")))"#)
}

/// Components in components, so many deep.
pub fn nested_deeply(depth: usize) -> Vec<u8> {
    let mut bytes = wat("(component)");
    for _ in 0..depth {
        bytes = sections::Binary {
            header: sections::COMPONENT,
            sections: vec![(4, bytes)],
        }
        .bytes();
    }
    bytes
}

fn instantiated(module: &str) -> Vec<u8> {
    wat(&format!(
        "(component {module} (core instance (instantiate $m)))"
    ))
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the fixtures are well-formed")
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}
