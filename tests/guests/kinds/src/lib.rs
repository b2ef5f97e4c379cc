//! Functions of every kind, as somebody would write them, that show where the edges are. The integration tests
//! compare what they give with the same computed without a sandbox.

mod aggregates;
mod groups;
mod maps;
mod readers;
mod tables;
mod windows;
mod writers;

use aggregates::{Add, Concat, Distinct, Fold, Longest, Nulls, Rows, Scaled};
use groups::{Either, Middle, Pairs, Shape};
use maps::{Keep, Last, Repeat, Running};
use readers::{Lines, Numbers};
use tables::{count_up, huge, quotients, repeat_text, series};
use windows::{Previous, Sofar, centered};
use writers::{Marked, Texts};

arrowbox_sdk::export!(
    Add,
    Concat,
    Distinct,
    Fold,
    Longest,
    Nulls,
    Rows,
    Scaled, // aggregates
    centered,
    Previous,
    Sofar, // windows
    count_up,
    huge,
    quotients,
    repeat_text,
    series, // tables
    Keep,
    Last,
    Repeat,
    Running, // batches
    Either,
    Middle,
    Pairs,
    Shape, // groups
    Lines,
    Numbers, // readers
    Marked,
    Texts, // writers
);
