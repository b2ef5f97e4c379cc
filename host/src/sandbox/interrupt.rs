//! Why a guest has to stop, although it would rather compute.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

/// The stop button of a query: whatever runs in it looks here every few milliseconds.
#[derive(Debug, Default)]
pub struct Interrupt {
    cancelled: AtomicBool,
    deadline: Option<Instant>,
}

/// What stopped a guest.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody pressed the button, or nobody wants the result any more.
    #[error("the query was cancelled")]
    Cancelled,
    /// The query's own deadline has passed.
    #[error("the query took longer than its deadline allows")]
    Deadline,
}

impl Interrupt {
    /// A button that presses itself at `deadline`.
    pub fn new(deadline: Option<Instant>) -> Self {
        Self {
            cancelled: AtomicBool::new(false),
            deadline,
        }
    }

    /// Stops everything that belongs to the query. There is no way back.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Looks at the button and the clock.
    ///
    /// # Errors
    ///
    /// Why to stop.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stopped::Deadline),
            _ => Ok(()),
        }
    }
}
