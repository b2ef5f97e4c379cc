//! What happens whenever the host enters the component.

use std::cell::{Cell, RefCell};

use arrow_buffer::Buffer;

thread_local! {
    static READY: Cell<bool> = const { Cell::new(false) };
    static LAST_RESULT: RefCell<Vec<Buffer>> = const { RefCell::new(Vec::new()) };
}

/// To be called first by everything that is exported. The last result is dead from here on.
pub(crate) fn enter() {
    // Taken first, so that nothing is borrowed while the buffers go back to where they are from.
    drop(LAST_RESULT.take());
    if !READY.replace(true) {
        #[cfg(target_family = "wasm")]
        crate::report::install();
    }
}

/// Keeps what the host is going to read until it enters again.
pub(crate) fn keep(result: Vec<Buffer>) {
    LAST_RESULT.set(result);
}
