//! Results whose lengths, counts and places are lies.

use crate::bindings::arrowbox::udf::arrow::{Batch, Buffer, Node, Span};
use crate::misdeed::{
    BOOLEAN, EMPTY_STRUCT, INT64, LIST, Misdeed, NO_BYTES, NO_ITEMS, NULL, PAIRS, RUNS, STRUCT,
};
use crate::place::{batch, buffer, memory_size, node, nothing, span, zeroes};

/// More rows than any memory holds.
const ENDLESS: u64 = 1 << 60;

pub(crate) const MISDEEDS: &[Misdeed] = &[
    Misdeed::new("shorter", INT64, |arguments| Ok(zeroes(arguments.rows - 1))),
    Misdeed::new("longer", INT64, |arguments| Ok(zeroes(arguments.rows + 1))),
    Misdeed::new("empty", INT64, |_| Ok(zeroes(0))),
    Misdeed::new("one_for_all", INT64, |arguments| {
        Ok(Batch {
            rows: arguments.rows,
            ..zeroes(1)
        })
    }),
    Misdeed::new("says_more_rows", INT64, |arguments| {
        Ok(Batch {
            rows: u64::MAX,
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("node_is_longer", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.nodes[0].length += 1;
        Ok(result)
    }),
    Misdeed::new("node_is_endless", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.nodes[0].length = u64::MAX;
        Ok(result)
    }),
    Misdeed::new("all_is_endless", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.nodes[0].length = ENDLESS;
        result.rows = ENDLESS;
        Ok(result)
    }),
    Misdeed::new("no_nodes", INT64, |arguments| {
        Ok(Batch {
            nodes: Vec::new(),
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("two_nodes", INT64, |arguments| {
        Ok(Batch {
            nodes: vec![node(arguments.rows); 2],
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("million_nodes", INT64, |arguments| {
        Ok(Batch {
            nodes: vec![node(arguments.rows); 4 << 20],
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("no_buffers", INT64, |arguments| {
        Ok(Batch {
            buffers: Vec::new(),
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("three_buffers", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.buffers.push(nothing());
        Ok(result)
    }),
    Misdeed::new("million_buffers", INT64, |arguments| {
        Ok(Batch {
            buffers: vec![nothing(); 4 << 20],
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("needless_variadic", INT64, |arguments| {
        Ok(Batch {
            variadic: vec![1],
            ..zeroes(arguments.rows)
        })
    }),
    Misdeed::new("bytes_for_spans", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.buffers[1] = Buffer::Bytes(vec![0; arguments.rows as usize * 8]);
        Ok(result)
    }),
    Misdeed::new("many_bytes_for_spans", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.buffers[1] = Buffer::Bytes(vec![0; 100 << 20]);
        Ok(result)
    }),
    Misdeed::new("narrow", INT64, |arguments| {
        Ok(with_values(arguments.rows, |rows| span(vec![0_i32; rows])))
    }),
    Misdeed::new("outside", INT64, |arguments| {
        Ok(with_values(arguments.rows, |rows| Span {
            address: memory_size() as u32 - 8,
            length: rows as u32 * 8,
        }))
    }),
    Misdeed::new("far_outside", INT64, |arguments| {
        Ok(with_values(arguments.rows, |rows| Span {
            address: 0xF000_0000,
            length: rows as u32 * 8,
        }))
    }),
    Misdeed::new("overflows", INT64, |arguments| {
        Ok(with_values(arguments.rows, |_| Span {
            address: 0xFFFF_FFF8,
            length: 0xFFFF_FFF8,
        }))
    }),
    Misdeed::new("wraps_around", INT64, |arguments| {
        Ok(with_values(arguments.rows, |rows| Span {
            address: 0xFFFF_FFF8,
            length: rows as u32 * 8,
        }))
    }),
    Misdeed::new("empty_outside", BOOLEAN, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.buffers[0] = Buffer::Span(Span {
            address: 0xFFFF_FFFF,
            length: 1,
        });
        Ok(result)
    }),
    Misdeed::new("misaligned", INT64, |arguments| {
        Ok(with_values(arguments.rows, |rows| {
            let place = span(vec![0_i64; rows + 1]);
            Span {
                address: place.address + 1,
                length: place.length - 8,
            }
        }))
    }),
    Misdeed::new("short_validity", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.nodes[0].null_count = 1;
        result.buffers[0] = buffer(vec![0xFE_u8; (arguments.rows as usize).div_ceil(8) - 1]);
        Ok(result)
    }),
    Misdeed::new("null_count_too_low", INT64, |arguments| {
        nulls(arguments.rows, 0)
    }),
    Misdeed::new("null_count_too_high", INT64, |arguments| {
        nulls(arguments.rows, arguments.rows)
    }),
    Misdeed::new("null_count_past_rows", INT64, |arguments| {
        nulls(arguments.rows, arguments.rows + 1)
    }),
    Misdeed::new("null_count_endless", INT64, |arguments| {
        nulls(arguments.rows, u64::MAX)
    }),
    Misdeed::new("null_count_without_nulls", INT64, |arguments| {
        let mut result = zeroes(arguments.rows);
        result.nodes[0].null_count = 1;
        Ok(result)
    }),
    Misdeed::new("endless_nulls", NULL, |_| {
        let all = Node {
            length: ENDLESS,
            null_count: ENDLESS,
        };
        Ok(batch(ENDLESS, vec![all], Vec::new()))
    }),
    Misdeed::new("endless_no_bytes", NO_BYTES, |_| {
        Ok(batch(
            ENDLESS,
            vec![node(ENDLESS)],
            vec![nothing(), nothing()],
        ))
    }),
    Misdeed::new("endless_no_items", NO_ITEMS, |_| {
        Ok(batch(
            ENDLESS,
            vec![node(ENDLESS), node(0)],
            vec![nothing(), nothing(), nothing()],
        ))
    }),
    Misdeed::new("no_items_of_endless", NO_ITEMS, |arguments| {
        let nodes = vec![node(arguments.rows), node(ENDLESS)];
        Ok(batch(
            arguments.rows,
            nodes,
            vec![nothing(), nothing(), nothing()],
        ))
    }),
    Misdeed::new("endless_empty_structs", EMPTY_STRUCT, |_| {
        Ok(batch(ENDLESS, vec![node(ENDLESS)], vec![nothing()]))
    }),
    Misdeed::new("endless_runs", RUNS, |_| {
        let nodes = vec![node(ENDLESS), node(1), node(1)];
        Ok(batch(
            ENDLESS,
            nodes,
            vec![
                nothing(),
                buffer(vec![i32::MAX]),
                nothing(),
                buffer(vec![7_i64]),
            ],
        ))
    }),
    Misdeed::new("struct_of_shorter", STRUCT, |arguments| {
        let rows = arguments.rows;
        let nodes = vec![node(rows), node(rows), node(rows - 1)];
        let values = || buffer(vec![0_i64; rows as usize]);
        Ok(batch(
            rows,
            nodes,
            vec![nothing(), nothing(), values(), nothing(), values()],
        ))
    }),
    Misdeed::new("list_of_fewer", LIST, |arguments| {
        let rows = arguments.rows;
        let offsets = (0..=rows as i32).map(|row| row * 2).collect();
        let values = buffer(vec![0_i64; rows as usize]);
        Ok(batch(
            rows,
            vec![node(rows), node(rows)],
            vec![nothing(), buffer::<i32>(offsets), nothing(), values],
        ))
    }),
    Misdeed::new("list_of_endless", LIST, |arguments| {
        let rows = arguments.rows;
        let offsets = vec![0_i32; rows as usize + 1];
        let nodes = vec![node(rows), node(ENDLESS)];
        Ok(batch(
            rows,
            nodes,
            vec![
                nothing(),
                buffer(offsets),
                nothing(),
                buffer(vec![0_i64; 8]),
            ],
        ))
    }),
    Misdeed::new("pairs_of_fewer", PAIRS, |arguments| {
        let rows = arguments.rows;
        let values = buffer(vec![0_i64; rows as usize * 2]);
        Ok(batch(
            rows,
            vec![node(rows), node(rows)],
            vec![nothing(), nothing(), values],
        ))
    }),
];

/// A proper result but for where the values are.
fn with_values(rows: u64, place: impl FnOnce(usize) -> Span) -> Batch {
    batch(
        rows,
        vec![node(rows)],
        vec![nothing(), Buffer::Span(place(rows as usize))],
    )
}

/// One null in the first row, and a number that says otherwise.
fn nulls(
    rows: u64,
    null_count: u64,
) -> Result<Batch, crate::bindings::arrowbox::udf::types::Error> {
    let mut validity = vec![0xFF_u8; (rows as usize).div_ceil(8)];
    validity[0] = 0xFE;
    let mut result = zeroes(rows);
    result.nodes[0].null_count = null_count;
    result.buffers[0] = buffer(validity);
    Ok(result)
}
