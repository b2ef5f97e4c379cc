//! Functions as authors write them, called as queries call them.

mod aggregates;
mod columns;
mod export;
mod refused;
mod row;
mod rows;
mod state;
mod tables;
mod types;
mod windows;
