//! Results of view types whose views or counts lie.

use crate::bindings::arrowbox::udf::arrow::{Batch, Buffer, Span};
use crate::bindings::arrowbox::udf::types::Error;
use crate::misdeed::{BINARY_VIEW, Misdeed, UTF8_VIEW};
use crate::place::{buffer, memory_size, node, nothing};

pub(crate) const MISDEEDS: &[Misdeed] = &[
    Misdeed::new("variadic_missing", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, proper())?;
        result.variadic.clear();
        Ok(result)
    }),
    Misdeed::new("variadic_too_high", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, proper())?;
        result.variadic[0] = 2;
        Ok(result)
    }),
    Misdeed::new("variadic_endless", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, proper())?;
        result.variadic[0] = u64::MAX;
        Ok(result)
    }),
    Misdeed::new("variadic_million", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, proper())?;
        result.variadic = vec![1; 4 << 20];
        Ok(result)
    }),
    Misdeed::new("views_of_a_million_buffers", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, proper())?;
        result.buffers.resize(2 << 20, nothing());
        result.variadic = vec![(2 << 20) - 2];
        Ok(result)
    }),
    // Each row is the whole region: together far more than any memory.
    Misdeed::new("views_over_one_region", BINARY_VIEW, |arguments| {
        let length = 16 << 20;
        let mut result = views(arguments.rows, long(length as u32, 0, 0, 0))?;
        result.buffers[2] = buffer(vec![0_u8; length]);
        Ok(result)
    }),
    Misdeed::new("texts_over_one_region", UTF8_VIEW, |arguments| {
        let length = 16 << 20;
        let mut result = views(
            arguments.rows,
            long(length as u32, u32::from_le_bytes(*b"aaaa"), 0, 0),
        )?;
        result.buffers[2] = buffer(vec![b'a'; length]);
        Ok(result)
    }),
    // Many buffers, each of them the whole memory.
    Misdeed::new("spans_over_one_region", BINARY_VIEW, |arguments| {
        let mut result = views(arguments.rows, long(13, 0, 0, 0))?;
        let all = Span {
            address: 0,
            length: memory_size() as u32,
        };
        result.buffers.truncate(2);
        result.buffers.resize(2 + 4096, Buffer::Span(all));
        result.variadic = vec![4096];
        Ok(result)
    }),
    Misdeed::new("view_outside", UTF8_VIEW, |arguments| {
        views(arguments.rows, long(16, LETTERS, 0, 100))
    }),
    Misdeed::new("view_overflows", UTF8_VIEW, |arguments| {
        views(arguments.rows, long(u32::MAX, LETTERS, 0, u32::MAX))
    }),
    Misdeed::new("view_of_no_buffer", UTF8_VIEW, |arguments| {
        views(arguments.rows, long(16, LETTERS, 7, 0))
    }),
    Misdeed::new("view_of_negative_buffer", UTF8_VIEW, |arguments| {
        views(arguments.rows, long(16, LETTERS, u32::MAX, 0))
    }),
    Misdeed::new("view_prefix_lies", UTF8_VIEW, |arguments| {
        views(arguments.rows, long(16, u32::from_le_bytes(*b"zzzz"), 0, 0))
    }),
    // The bytes behind a short value are not zero.
    Misdeed::new("view_padding", UTF8_VIEW, |arguments| {
        views(arguments.rows, 1 | (u128::MAX << 32))
    }),
    Misdeed::new("view_invalid_inline", UTF8_VIEW, |arguments| {
        views(arguments.rows, 1 | (0xFF << 32))
    }),
    Misdeed::new("view_invalid_long", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, long(16, u32::MAX, 0, 0))?;
        result.buffers[2] = buffer(vec![0xFF_u8; 32]);
        Ok(result)
    }),
    Misdeed::new("views_too_few", UTF8_VIEW, |arguments| {
        let mut result = views(arguments.rows, proper())?;
        result.buffers[1] = buffer(vec![proper(); arguments.rows as usize - 1]);
        Ok(result)
    }),
];

const LETTERS: u32 = u32::from_le_bytes(*b"aaaa");

fn long(length: u32, prefix: u32, buffer: u32, offset: u32) -> u128 {
    u128::from(length)
        | u128::from(prefix) << 32
        | u128::from(buffer) << 64
        | u128::from(offset) << 96
}

fn proper() -> u128 {
    long(16, LETTERS, 0, 0)
}

/// Proper views into 32 letters, but for the last row.
fn views(rows: u64, last: u128) -> Result<Batch, Error> {
    let mut views = vec![proper(); rows as usize];
    views[rows as usize - 1] = last;
    if last != proper() && (last as u32) > 1 << 20 {
        views.fill(last);
    }
    let letters = buffer(vec![b'a'; 32]);
    Ok(Batch {
        rows,
        nodes: vec![node(rows)],
        buffers: vec![nothing(), buffer(views), letters],
        variadic: vec![1],
    })
}
