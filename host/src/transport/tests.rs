//! Endpoints of this process that talk over the loopback.

mod attacks;
mod connections;
mod exchange;
mod streams;
mod trust;
