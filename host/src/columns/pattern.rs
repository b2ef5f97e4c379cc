//! Regular expressions and patterns of `like`, which can be made to take very long and very much.

use std::{collections::HashSet, ops::Range};

use arrow::{
    array::{ArrayRef, AsArray},
    compute::cast,
    datatypes::DataType,
};
use regex::{Error, RegexBuilder};

use super::{
    Reserve, Result,
    call::STEPS,
    operand::{Operands, Place},
    refuse,
    size::RowSizes,
};

/// Bytes of the smallest and of the largest program of a pattern.
const PROGRAM: (usize, usize) = (4 << 10, 1 << 20);
/// Bytes of a program for each step that it may take for a byte of text.
const STATE: usize = 16;
/// Bytes that a program keeps while it runs.
const CACHE: usize = 4 << 20;

/// Bytes of the largest program of the patterns of a call, about; none for functions that take no pattern. Refuses
/// patterns that are too large.
pub(super) fn program(
    function: &str,
    operands: &Operands,
    reserve: Reserve<'_>,
) -> Result<Option<usize>> {
    let is_regex = function.starts_with("regexp_");
    if !is_regex && !matches!(function, "like" | "ilike") {
        return Ok(None);
    }
    let patterns: ArrayRef = match operands.places.get(1) {
        Some(Place::Column(index, _)) => operands.batch.column(*index).clone(),
        Some(Place::Constant(value)) => value.to_array()?,
        None => return Ok(None),
    };
    // The function says what it takes.
    let Ok(patterns) = cast(&patterns, &DataType::Utf8View) else {
        return Ok(None);
    };
    let mut largest = PROGRAM.0;
    let mut seen = HashSet::new();
    for pattern in patterns.as_string_view().iter().flatten() {
        if !seen.insert(pattern) {
            continue;
        }
        let program = match is_regex {
            true => compiled(pattern),
            false => wildcards(pattern),
        };
        if program > PROGRAM.1 {
            return refuse(format!("the pattern of `{function}` is too large"));
        }
        if seen.len() > 1 {
            reserve(program + CACHE)?;
        }
        largest = largest.max(program);
    }
    Ok(Some(largest))
}

/// Rows that are matched at once, so that somebody can look at the clock in between.
pub(super) fn portions(
    function: &str,
    program: usize,
    operands: &Operands,
) -> Result<Vec<Range<usize>>> {
    let rows = operands.rows();
    let texts = match operands.places.first() {
        Some(Place::Column(index, _)) => RowSizes::new(operands.batch.column(*index)),
        Some(Place::Constant(value)) => RowSizes::Same {
            bytes: value.size(),
            rows,
        },
        None => RowSizes::Same { bytes: 0, rows },
    };
    // What searches again behind each match may look at all that follows each time.
    let again = match function {
        "like" | "ilike" | "regexp_like" | "regexp_match" => 0,
        _ => texts.largest(),
    };
    let steps = program.max(again) / STATE;
    if texts.largest().saturating_mul(steps) > 4 * STEPS {
        return refuse(format!(
            "`{function}` would take too long with values as large as these"
        ));
    }
    let mut portions = Vec::new();
    let mut start = 0;
    for row in 1..rows {
        if texts.of(start..row + 1) > STEPS / steps {
            portions.push(start..row);
            start = row;
        }
    }
    portions.push(start..rows);
    Ok(portions)
}

/// Bytes of the program of a regular expression, rounded up.
fn compiled(pattern: &str) -> usize {
    let (mut size, most) = PROGRAM;
    while size <= most {
        // No program is smaller for the flags that a call has.
        let built = RegexBuilder::new(pattern)
            .case_insensitive(true)
            .size_limit(size)
            .build();
        match built {
            Ok(_) => return size,
            Err(Error::CompiledTooBig(_)) => size *= 4,
            // The function says what is wrong with it.
            Err(_) => return most,
        }
    }
    size
}

/// Bytes of the program that a pattern of `like` becomes, about.
fn wildcards(pattern: &str) -> usize {
    let wild = pattern.bytes().filter(|byte| matches!(byte, b'_' | b'%'));
    pattern.len() * 64 + wild.count() * 512
}
