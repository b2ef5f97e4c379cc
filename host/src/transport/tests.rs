//! Endpoints of this process that talk over the loopback.

mod attacks;
mod connections;
mod streams;
mod trust;
