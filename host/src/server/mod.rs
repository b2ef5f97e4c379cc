//! A host of a cluster: it runs parts of queries for coordinators.
//!
//! A [`HostServer`] listens, and joins coordinators. What it is asked comes as streams of a connection
//! (`request`): blobs are kept in its store (`blob`); an attempt at a query is open as long as its stream
//! lives (`control`), and only then can its tasks be given plans and be read.
//!
//! Whatever ends an attempt, everything that belongs to it ends at once: its guests are stopped, its streams
//! are dropped, what it staged is given up, and its memory goes back. Each `attempt` therefore has a
//! `Worker` of its own, and nothing of a plan holds the attempt.

mod attempt;
mod attempts;
mod blob;
mod channels;
mod control;
mod environment;
mod host;
mod join;
mod link;
mod options;
mod prepare;
mod request;
#[cfg(test)]
mod tests;

pub use host::{HostError, HostServer};
pub use join::HostEvent;
pub use options::HostOptions;
