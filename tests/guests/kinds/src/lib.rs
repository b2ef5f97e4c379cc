//! Functions of every kind, as somebody would write them, that show where the edges are. The integration tests
//! compare what they give with the same computed without a sandbox.

pub mod aggregates;
pub mod groups;
pub mod maps;
pub mod readers;
pub mod tables;
pub mod windows;
pub mod writers;

use aggregates::{AddUp, Fold, JoinTexts, Longest, NullSurplus, Scaled, Tally};
use groups::{Either, Middle, Pairs, Shape};
use maps::{Again, Keep, Last, Running};
use readers::{Lines, Numbers};
use tables::{count_up, huge, quotients, repeat_text, series};
use windows::{Previous, SoFar, centered};
use writers::{Marked, Texts};

arrowbox_sdk::export!(
    AddUp,
    Fold,
    JoinTexts,
    Longest,
    NullSurplus,
    Scaled,
    Tally,
    Previous,
    SoFar,
    centered,
    count_up,
    huge,
    quotients,
    repeat_text,
    series,
    Again,
    Keep,
    Last,
    Running,
    Either,
    Middle,
    Pairs,
    Shape,
    Lines,
    Numbers,
    Marked,
    Texts,
);
