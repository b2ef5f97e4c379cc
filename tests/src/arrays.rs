//! Arrays of every type that there is, made of a seed.

mod make;
mod types;

pub use make::{Maker, Nulls};
pub use types::{data_type, every_leaf};
