use crate::bindings::exports::arrowbox::udf::memory::Guest;
use crate::function::Library;
use crate::{entry, memory};

impl<L: Library> Guest for L {
    fn allocate(length: u32, align: u32) -> u32 {
        entry::enter();
        let address = memory::allocate(length as usize, align as usize);
        u32::try_from(address).unwrap_or(0)
    }

    fn release(address: u32) {
        entry::enter();
        memory::release(address as usize);
    }
}
