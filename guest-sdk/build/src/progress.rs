//! Telling somebody what is going on.

/// Hears about the steps of something that takes a while, so that a command line can show them.
///
/// Any `Fn(&str)` is one; `&|_: &str| {}` hears nothing.
pub trait Progress {
    /// Called when a step begins, with a lower-case phrase such as `downloading 5 packages`.
    fn step(&self, text: &str);
}

impl<F: Fn(&str)> Progress for F {
    fn step(&self, text: &str) {
        self(text);
    }
}
