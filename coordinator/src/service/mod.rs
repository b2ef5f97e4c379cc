//! What a coordinator does for clients, and whom it lets join.
//!
//! A [`Service`] takes connections. Hosts may [join](crate::Cluster::serve_join) and nothing else; a client
//! may do everything else. A client has a session as long as it is connected: tables, settings and
//! temporary functions are its own, while the catalogue, the compiled components, the memory and the hosts
//! are those of all. Whoever goes away ends what they asked for.

mod blobs;
mod connection;
mod failure;
mod queries;
mod server;
mod statements;
#[cfg(test)]
mod tests;
mod uploads;

pub use server::Service;
pub(crate) use server::serve_hosts;
