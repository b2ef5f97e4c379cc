//! Functions that misbehave in a call other than `invoke`: `open`, `result`, `allocate`, the allocations
//! for arguments, what runs after a return, and the destructor.
//!
//! What they do is decided by [`mood`], from the name; their `invoke` is proper.

use crate::memory::Mood;
use crate::misdeed::{INT64, Misdeed};
use crate::place::zeroes;

const fn proper(name: &'static str) -> Misdeed {
    Misdeed::new(name, INT64, |arguments| Ok(zeroes(arguments.rows)))
}

pub(crate) const MISDEEDS: &[Misdeed] = &[
    proper("open_refuses"),
    proper("open_traps"),
    proper("open_spins"),
    proper("result_traps"),
    proper("result_spins"),
    proper("result_differs"),
    proper("result_of_none"),
    proper("result_of_two"),
    proper("result_of_nonsense"),
    proper("result_without_end"),
    proper("allocate_gives_nothing"),
    proper("allocate_gives_outside"),
    proper("allocate_gives_misaligned"),
    proper("allocate_gives_the_end"),
    proper("allocate_traps"),
    proper("allocate_spins"),
    proper("lowering_traps"),
    proper("lowering_spins"),
    proper("lowering_gives_outside"),
    proper("after_return_traps"),
    proper("after_return_spins"),
    proper("drop_traps"),
    proper("drop_spins"),
];

/// How memory is handed out once the function of this name is open.
pub(crate) fn mood(name: &str) -> Mood {
    match name {
        "allocate_gives_nothing" => Mood::AllocateNothing,
        "allocate_gives_outside" => Mood::AllocateOutside,
        "allocate_gives_misaligned" => Mood::AllocateMisaligned,
        "allocate_gives_the_end" => Mood::AllocateTheEnd,
        "allocate_traps" => Mood::AllocateTraps,
        "allocate_spins" => Mood::AllocateSpins,
        "lowering_traps" => Mood::LoweringTraps,
        "lowering_spins" => Mood::LoweringSpins,
        "lowering_gives_outside" => Mood::LoweringOutside,
        "after_return_traps" => Mood::AfterReturnTraps,
        "after_return_spins" => Mood::AfterReturnSpins,
        _ => Mood::Good,
    }
}
