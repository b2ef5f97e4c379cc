//! A component that misbehaves in every way that a component can, one way a function.
//!
//! It speaks to the host without the SDK, which would not let it. A scalar function takes one `int64` and does
//! what its name says; [`misdeed::all`] is the list. [`kinds::all`] is that of the functions of other kinds. What `describe` does is chosen by patching the bytes of
//! the component, see [`describe`].

mod bindings {
    #![allow(missing_docs, reason = "generated")]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "native",
    });

    use crate::Hostile;
    export!(Hostile with_types_in self);
}
mod calls;
mod contents;
mod describe;
mod faults;
mod grants;
mod kinds;
mod memory;
mod misdeed;
mod place;
mod scalar;
mod shapes;
mod tricks;
mod views;

/// The component.
struct Hostile;
