//! Results of the right shape whose bytes mean nothing.

use crate::bindings::arrowbox::udf::arrow::{Batch, Buffer};
use crate::bindings::arrowbox::udf::types::Error;
use crate::misdeed::{
    DENSE_UNION, DICTIONARY, LARGE_UTF8, LIST, LIST_VIEW, MAP, Misdeed, RUNS, SPARSE_UNION, UTF8,
};
use crate::place::{batch, buffer, node, nothing};

pub(crate) const MISDEEDS: &[Misdeed] = &[
    Misdeed::new("offsets_decrease", UTF8, |arguments| {
        text(
            arguments.rows,
            |row, rows| if row == rows / 2 { 0 } else { row },
            letters,
        )
    }),
    Misdeed::new("offsets_outside", UTF8, |arguments| {
        text(
            arguments.rows,
            |row, rows| if row == rows { rows * 100 } else { row },
            letters,
        )
    }),
    Misdeed::new("offsets_negative", UTF8, |arguments| {
        text(
            arguments.rows,
            |row, _| if row == 0 { -1 } else { row },
            letters,
        )
    }),
    Misdeed::new("offsets_all_negative", UTF8, |arguments| {
        text(arguments.rows, |row, rows| row - rows - 1, letters)
    }),
    Misdeed::new("offsets_too_few", UTF8, |arguments| {
        let rows = arguments.rows as usize;
        let offsets = buffer((0..rows as i32).collect());
        Ok(batch(
            arguments.rows,
            vec![node(arguments.rows)],
            vec![nothing(), offsets, buffer(letters(rows))],
        ))
    }),
    Misdeed::new("offsets_none", UTF8, |arguments| {
        let values = buffer(letters(arguments.rows as usize));
        Ok(batch(
            arguments.rows,
            vec![node(arguments.rows)],
            vec![nothing(), nothing(), values],
        ))
    }),
    Misdeed::new("large_offsets_outside", LARGE_UTF8, |arguments| {
        let rows = arguments.rows as usize;
        let offsets = buffer((0..=rows as i64).map(|row| row << 40).collect());
        Ok(batch(
            arguments.rows,
            vec![node(arguments.rows)],
            vec![nothing(), offsets, buffer(letters(rows))],
        ))
    }),
    Misdeed::new("utf8_invalid", UTF8, |arguments| {
        text(
            arguments.rows,
            |row, _| row,
            |length| {
                let mut bytes = letters(length);
                bytes[length / 2] = 0xFF;
                bytes
            },
        )
    }),
    Misdeed::new("utf8_split", UTF8, |arguments| {
        // Two bytes a character, one byte a value.
        text(
            arguments.rows,
            |row, _| row,
            |length| "é".repeat(length).into_bytes(),
        )
    }),
    Misdeed::new("keys_outside", DICTIONARY, |arguments| {
        dictionary(arguments.rows, 2)
    }),
    Misdeed::new("keys_negative", DICTIONARY, |arguments| {
        dictionary(arguments.rows, -1)
    }),
    Misdeed::new("keys_of_endless", DICTIONARY, |arguments| {
        let mut result = dictionary(arguments.rows, 0)?;
        result.nodes[1].length = 1 << 60;
        Ok(result)
    }),
    Misdeed::new("runs_decrease", RUNS, |arguments| {
        let rows = arguments.rows as i32;
        runs(arguments.rows, vec![rows - 1, rows - 2, rows])
    }),
    Misdeed::new("runs_repeat", RUNS, |arguments| {
        let rows = arguments.rows as i32;
        runs(arguments.rows, vec![1, 1, rows])
    }),
    Misdeed::new("runs_from_zero", RUNS, |arguments| {
        runs(arguments.rows, vec![0, arguments.rows as i32])
    }),
    Misdeed::new("runs_negative", RUNS, |arguments| {
        runs(arguments.rows, vec![-5, arguments.rows as i32])
    }),
    Misdeed::new("runs_too_short", RUNS, |arguments| {
        runs(arguments.rows, vec![arguments.rows as i32 - 1])
    }),
    Misdeed::new("runs_none", RUNS, |arguments| {
        runs(arguments.rows, Vec::new())
    }),
    Misdeed::new("union_unknown_type", SPARSE_UNION, |arguments| {
        sparse(arguments.rows, 5)
    }),
    Misdeed::new("union_negative_type", SPARSE_UNION, |arguments| {
        sparse(arguments.rows, -1)
    }),
    Misdeed::new("union_offsets_outside", DENSE_UNION, |arguments| {
        dense(arguments.rows, i32::MAX)
    }),
    Misdeed::new("union_offsets_negative", DENSE_UNION, |arguments| {
        dense(arguments.rows, -1)
    }),
    Misdeed::new("list_offsets_decrease", LIST, |arguments| {
        list(arguments.rows, 0)
    }),
    Misdeed::new("list_offsets_negative", LIST, |arguments| {
        list(arguments.rows, i32::MIN)
    }),
    Misdeed::new("list_view_outside", LIST_VIEW, |arguments| {
        list_view(arguments.rows, i32::MAX, 1)
    }),
    Misdeed::new("list_view_negative", LIST_VIEW, |arguments| {
        list_view(arguments.rows, -1, 1)
    }),
    Misdeed::new("list_view_too_long", LIST_VIEW, |arguments| {
        list_view(arguments.rows, 0, i32::MAX)
    }),
    Misdeed::new("list_view_of_negative_size", LIST_VIEW, |arguments| {
        list_view(arguments.rows, 0, -1)
    }),
    Misdeed::new("map_with_null_keys", MAP, |arguments| {
        let rows = arguments.rows;
        let mut keys = node(rows);
        keys.null_count = rows;
        let offsets = || buffer((0..=rows as i32).collect());
        let nodes = vec![node(rows), node(rows), keys, node(rows)];
        let buffers = vec![
            nothing(),
            offsets(),
            nothing(),
            buffer(vec![0_u8; (rows as usize).div_ceil(8)]),
            offsets(),
            buffer(letters(rows as usize)),
            nothing(),
            buffer(vec![0_i64; rows as usize]),
        ];
        Ok(batch(rows, nodes, buffers))
    }),
];

fn letters(length: usize) -> Vec<u8> {
    vec![b'a'; length]
}

/// One byte a row, but for what `offset` says and what `bytes` are.
fn text(
    rows: u64,
    offset: impl Fn(i32, i32) -> i32,
    bytes: impl FnOnce(usize) -> Vec<u8>,
) -> Result<Batch, Error> {
    let offsets = (0..=rows as i32)
        .map(|row| offset(row, rows as i32))
        .collect();
    let buffers = vec![
        nothing(),
        buffer::<i32>(offsets),
        buffer(bytes(rows as usize)),
    ];
    Ok(batch(rows, vec![node(rows)], buffers))
}

/// A dictionary of two values; the last row has this key.
fn dictionary(rows: u64, last: i32) -> Result<Batch, Error> {
    let mut keys: Vec<i32> = (0..rows as i32).map(|row| row % 2).collect();
    keys[rows as usize - 1] = last;
    let values = [nothing(), buffer(vec![0, 1, 2_i32]), buffer(letters(2))];
    let buffers = [nothing(), buffer(keys)]
        .into_iter()
        .chain(values)
        .collect();
    Ok(batch(rows, vec![node(rows), node(2)], buffers))
}

fn runs(rows: u64, ends: Vec<i32>) -> Result<Batch, Error> {
    let count = ends.len();
    let nodes = vec![node(rows), node(count as u64), node(count as u64)];
    let values = buffer(vec![7_i64; count]);
    Ok(batch(
        rows,
        nodes,
        vec![nothing(), buffer(ends), nothing(), values],
    ))
}

/// The last row is of this type.
fn sparse(rows: u64, last: i8) -> Result<Batch, Error> {
    let mut types: Vec<i8> = (0..rows).map(|row| (row % 2) as i8).collect();
    types[rows as usize - 1] = last;
    Ok(batch(
        rows,
        vec![node(rows); 3],
        union(rows, vec![buffer(types)]),
    ))
}

/// The last row is at this offset.
fn dense(rows: u64, last: i32) -> Result<Batch, Error> {
    let types = vec![0_i8; rows as usize];
    let mut offsets: Vec<i32> = (0..rows as i32).collect();
    offsets[rows as usize - 1] = last;
    Ok(batch(
        rows,
        vec![node(rows); 3],
        union(rows, vec![buffer(types), buffer(offsets)]),
    ))
}

fn union(rows: u64, mut head: Vec<Buffer>) -> Vec<Buffer> {
    for _ in 0..2 {
        head.push(nothing());
        head.push(buffer(vec![0_i64; rows as usize]));
    }
    head
}

/// The offset in the middle is this one.
fn list(rows: u64, middle: i32) -> Result<Batch, Error> {
    let mut offsets: Vec<i32> = (0..=rows as i32).collect();
    offsets[rows as usize / 2 + 1] = middle;
    let values = buffer(vec![0_i64; rows as usize]);
    Ok(batch(
        rows,
        vec![node(rows); 2],
        vec![nothing(), buffer(offsets), nothing(), values],
    ))
}

/// The last row lies here.
fn list_view(rows: u64, offset: i32, size: i32) -> Result<Batch, Error> {
    let mut offsets: Vec<i32> = (0..rows as i32).collect();
    let mut sizes = vec![1_i32; rows as usize];
    offsets[rows as usize - 1] = offset;
    sizes[rows as usize - 1] = size;
    let values = buffer(vec![0_i64; rows as usize]);
    Ok(batch(
        rows,
        vec![node(rows); 2],
        vec![nothing(), buffer(offsets), buffer(sizes), nothing(), values],
    ))
}
