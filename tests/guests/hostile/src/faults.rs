//! Functions that end badly, or not at all, before they return.

use std::hint::black_box;
use std::num::NonZeroU64;

use crate::bindings::arrowbox::udf::arrow::Batch;
use crate::bindings::arrowbox::udf::log::{self, Level};
use crate::bindings::arrowbox::udf::types::Error;
use crate::misdeed::{INT64, Misdeed};
use crate::place::{grow, memory_size, trap, zeroes};

pub(crate) const MISDEEDS: &[Misdeed] = &[
    Misdeed::new("refuses", INT64, |_| refuse("the guest refuses", None)),
    Misdeed::new("refuses_a_row", INT64, |_| {
        refuse("the guest refuses this row", Some(2))
    }),
    Misdeed::new("refuses_no_such_row", INT64, |_| {
        refuse("the guest refuses", Some(u64::MAX))
    }),
    Misdeed::new("refuses_at_length", INT64, |_| {
        refuse(&"no, ".repeat(16 << 20), None)
    }),
    Misdeed::new("refuses_in_colour", INT64, |_| {
        refuse("\u{1b}[31mred\u{1b}[0m\r\n\0bell\u{7}", None)
    }),
    Misdeed::new("panics", INT64, |_| {
        log::panicked("the guest panics", "faults.rs:7:9");
        trap()
    }),
    Misdeed::new("panics_at_length", INT64, |_| {
        log::panicked(&"oh ".repeat(16 << 20), &"here ".repeat(16 << 20));
        trap()
    }),
    Misdeed::new("panics_and_goes_on", INT64, |arguments| {
        log::panicked("the guest only says that it panics", "faults.rs:7:9");
        Ok(zeroes(arguments.rows))
    }),
    Misdeed::new("traps", INT64, |_| trap()),
    Misdeed::new("divides_by_zero", INT64, |arguments| {
        // SAFETY: not sound, which is the point: the machine divides by zero, and traps.
        let zero = unsafe {
            NonZeroU64::new_unchecked(black_box(arguments.rows) - black_box(arguments.rows))
        };
        refuse(
            &format!("{} was divided by zero", black_box(7_u64) / zero),
            None,
        )
    }),
    Misdeed::new("loads_outside", INT64, |_| {
        // SAFETY: not sound, which is the point: there is no memory, and the load traps.
        let value = unsafe { (black_box(0xFFFF_FF00_usize) as *const u64).read_volatile() };
        refuse(&format!("read {value} where there is nothing"), None)
    }),
    Misdeed::new("stores_outside", INT64, |_| {
        // SAFETY: not sound, which is the point: there is no memory, and the store traps.
        unsafe { (black_box(memory_size()) as *mut u64).write_volatile(7) };
        refuse("wrote where there is nothing", None)
    }),
    Misdeed::new("calls_nothing", INT64, |_| {
        // SAFETY: not sound, which is the point: the table has no such entry, and the call traps.
        let nothing = unsafe { std::mem::transmute::<usize, fn()>(black_box(0x00FF_FFFF)) };
        nothing();
        refuse("called what is not there", None)
    }),
    Misdeed::new("spins", INT64, |_| spin()),
    Misdeed::new("fills", INT64, |_| {
        while grow(256) || grow(1) {}
        loop {
            fill();
        }
    }),
    Misdeed::new("allocates", INT64, |_| {
        let mut hoard = Vec::new();
        loop {
            hoard.push(black_box(vec![1_u8; 1 << 20]));
        }
    }),
    // Proper: a function can take what it gets and make do with it.
    Misdeed::new("hoards", INT64, |arguments| {
        let result = zeroes(arguments.rows);
        while grow(256) || grow(1) {}
        Ok(result)
    }),
    Misdeed::new("recurses", INT64, |arguments| {
        Ok(zeroes(recurse(arguments.rows)))
    }),
    Misdeed::new("recurses_wide", INT64, |arguments| {
        Ok(zeroes(recurse_wide(arguments.rows)))
    }),
    Misdeed::new("logs_forever", INT64, |_| {
        let line = "all work and no play makes a dull log ".repeat(100);
        loop {
            log::write(Level::Info, &line);
        }
    }),
    Misdeed::new("logs_much", INT64, |arguments| {
        let line = "all work and no play makes a dull log ".repeat(1 << 12);
        for _ in 0..(2_usize << 30) / line.len() {
            log::write(Level::Error, &line);
        }
        Ok(zeroes(arguments.rows))
    }),
    Misdeed::new("logs_at_length", INT64, |arguments| {
        log::write(Level::Warn, &"dull ".repeat(25 << 20));
        Ok(zeroes(arguments.rows))
    }),
    Misdeed::new("logs_in_colour", INT64, |arguments| {
        log::write(Level::Info, "\u{1b}[31mred\u{1b}[0m\r\n\0bell\u{7}");
        Ok(zeroes(arguments.rows))
    }),
];

/// The guest says no.
pub(crate) fn refuse(message: &str, row: Option<u64>) -> Result<Batch, Error> {
    Err(Error {
        message: message.to_owned(),
        row,
    })
}

/// Never returns.
pub(crate) fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// One instruction over most of the memory: all above the page that this runs in.
fn fill() {
    let start = black_box(memory_size() / 2);
    let length = memory_size() - start;
    // SAFETY: not sound if anything lives there; nothing that is there is looked at again.
    unsafe { std::ptr::write_bytes(start as *mut u8, black_box(0x5a), length) };
}

/// Deep in the machine's stack.
#[inline(never)]
#[expect(unconditional_recursion, reason = "the point")]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth) + 1)) + 1
}

/// Deep in the stack that lies in the guest's memory.
#[inline(never)]
#[expect(unconditional_recursion, reason = "the point")]
fn recurse_wide(depth: u64) -> u64 {
    let mut frame = [depth; 4096];
    black_box(&mut frame);
    frame[0] = recurse_wide(frame[depth as usize % 4096] + 1);
    black_box(&mut frame);
    frame[1] + 1
}
