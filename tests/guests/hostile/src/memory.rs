//! Memory handed out in good and bad moods.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use crate::Hostile;
use crate::bindings::exports::arrowbox::udf::memory::Guest;
use crate::faults::spin;
use crate::place::{memory_size, trap};

/// What goes wrong when memory is asked for or given back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    Good,
    AllocateNothing,
    AllocateOutside,
    AllocateMisaligned,
    AllocateTheEnd,
    AllocateTraps,
    AllocateSpins,
    LoweringTraps,
    LoweringSpins,
    LoweringOutside,
    AfterReturnTraps,
    AfterReturnSpins,
}

static MOOD: AtomicU8 = AtomicU8::new(Mood::Good as u8);

/// Set between the call that the mood waits for and the next use of the allocator.
static ARMED: AtomicBool = AtomicBool::new(false);

impl Mood {
    /// From now on.
    pub(crate) fn set(self) {
        MOOD.store(self as u8, Relaxed);
    }

    fn is_now(self) -> bool {
        MOOD.load(Relaxed) == self as u8
    }

    /// The last thing that `invoke` does.
    pub(crate) fn returning() {
        if Mood::AfterReturnTraps.is_now() || Mood::AfterReturnSpins.is_now() {
            ARMED.store(true, Relaxed);
        }
    }
}

impl Guest for Hostile {
    fn allocate(length: u32, align: u32) -> u32 {
        if Mood::AllocateNothing.is_now() {
            return 0;
        }
        if Mood::AllocateOutside.is_now() {
            return 0xFFFF_FF00;
        }
        if Mood::AllocateTheEnd.is_now() {
            return (memory_size() as u32).wrapping_sub(align);
        }
        if Mood::AllocateTraps.is_now() {
            trap();
        }
        if Mood::AllocateSpins.is_now() {
            spin();
        }
        // SAFETY: the host asks for powers of two; one byte more keeps the length above zero and leaves
        // room for a misaligned answer.
        let region = unsafe {
            System.alloc(Layout::from_size_align_unchecked(
                length as usize + 1,
                align.max(8) as usize,
            ))
        };
        if Mood::LoweringTraps.is_now()
            || Mood::LoweringSpins.is_now()
            || Mood::LoweringOutside.is_now()
        {
            // What allocates next is the lowering of the arguments.
            ARMED.store(true, Relaxed);
        }
        region as usize as u32 + u32::from(Mood::AllocateMisaligned.is_now())
    }

    fn release(_address: u32) {}
}

struct Moody;

#[global_allocator]
static ALLOCATOR: Moody = Moody;

// SAFETY: is `System` in a good mood, and deliberately broken otherwise.
unsafe impl GlobalAlloc for Moody {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ARMED.load(Relaxed) {
            if Mood::LoweringTraps.is_now() {
                trap();
            }
            if Mood::LoweringSpins.is_now() {
                spin();
            }
            if Mood::LoweringOutside.is_now() {
                return 0xFFFF_FF00_usize as *mut u8;
            }
        }
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if ARMED.load(Relaxed) {
            if Mood::AfterReturnTraps.is_now() {
                trap();
            }
            if Mood::AfterReturnSpins.is_now() {
                spin();
            }
        }
        // SAFETY: as the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}
