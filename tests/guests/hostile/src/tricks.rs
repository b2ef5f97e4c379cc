//! Functions that are odd, and proper: what they do is allowed and must work.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use crate::bindings::arrowbox::udf::arrow::{Batch, Buffer};
use crate::misdeed::{INT64, Misdeed, STRUCT};
use crate::place::{batch, buffer, node, nothing, span_of};

/// As many rows as a static can stand for.
static SEVENS: [i64; 1 << 16] = [7; 1 << 16];

static CALLS: AtomicI64 = AtomicI64::new(0);

pub(crate) const MISDEEDS: &[Misdeed] = &[
    Misdeed::new("returns_its_input", INT64, Ok),
    Misdeed::new("returns_a_static", INT64, |arguments| {
        let rows = arguments.rows as usize;
        let values = Buffer::Span(span_of(&SEVENS[..rows]));
        Ok(batch(
            arguments.rows,
            vec![node(arguments.rows)],
            vec![nothing(), values],
        ))
    }),
    Misdeed::new("returns_one_buffer_twice", STRUCT, |arguments| {
        let rows = arguments.rows;
        let values = buffer((0..rows as i64).collect());
        let buffers = vec![nothing(), nothing(), values.clone(), nothing(), values];
        Ok(batch(rows, vec![node(rows); 3], buffers))
    }),
    Misdeed::new("returns_more_than_needed", INT64, |arguments| {
        let rows = arguments.rows;
        let values = buffer((0..rows as i64 + 100).collect());
        Ok(batch(rows, vec![node(rows)], vec![nothing(), values]))
    }),
    // Its input is its own to write on; whoever else reads the column must not notice.
    Misdeed::new("scribbles_on_its_input", INT64, |arguments| {
        for buffer in &arguments.buffers {
            if let Buffer::Span(place) = buffer {
                // SAFETY: the host gave the region to this function and nothing else refers to it.
                unsafe {
                    std::ptr::write_bytes(
                        place.address as usize as *mut u8,
                        0xFF,
                        place.length as usize,
                    )
                };
            }
        }
        Ok(arguments)
    }),
    // How often this instance was called: what a function must not depend on, and shows whether
    // instances outlive their query.
    Misdeed::new("remembers", INT64, |arguments| {
        let calls = CALLS.fetch_add(1, Relaxed) + 1;
        let rows = arguments.rows;
        let values = buffer(vec![calls; rows as usize]);
        Ok(batch(rows, vec![node(rows)], vec![nothing(), values]))
    }),
    Misdeed::new("keeps_all_its_inputs", INT64, |arguments| {
        let rows = arguments.rows;
        std::mem::forget(arguments);
        Ok(Batch {
            ..crate::place::zeroes(rows)
        })
    }),
];
