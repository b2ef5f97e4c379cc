//! Places for what the host brings, which come back when nothing refers to them any more.
//!
//! The host asks for a region for every batch. The arrays of the batch point into it and share its
//! ownership, so that a function can keep them; when the last of them is gone the region waits, within
//! [`IDLE_BYTES`], for the next batch that fits.
#![expect(
    unsafe_code,
    reason = "memory that somebody else fills has to be allocated and lent by hand"
)]

use std::alloc::Layout;
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::Error;

/// What regions that wait for the next batch hold together at most.
const IDLE_BYTES: usize = 1 << 20;

/// The sizes of regions are multiples of this, so that batches of nearly the same size share them.
const GRANULE: usize = 1 << 10;

/// No region is aligned less. It is what every Arrow buffer wants.
const ALIGNMENT: usize = 64;

thread_local! {
    static REGIONS: RefCell<Regions> = const { RefCell::new(Regions { handed_out: Vec::new(), idle: Vec::new() }) };
}

struct Regions {
    /// The host has them and has not called a function with them yet.
    handed_out: Vec<Region>,
    idle: Vec<Region>,
}

impl Regions {
    /// The smallest idle region that holds `layout` without wasting more than half of itself.
    fn take_idle(&mut self, layout: Layout) -> Option<Region> {
        let fits = |region: &Region| {
            region.layout.size() >= layout.size()
                && region.layout.size() <= layout.size().saturating_mul(2)
                && region.layout.align() >= layout.align()
        };
        let (index, _) = self
            .idle
            .iter()
            .enumerate()
            .filter(|(_, region)| fits(region))
            .min_by_key(|(_, region)| region.layout.size())?;
        Some(self.idle.swap_remove(index))
    }

    /// The region is freed if there is no place for it, after those that waited longest made way.
    fn put_idle(&mut self, region: Region) {
        let mut held: usize = self.idle.iter().map(|region| region.layout.size()).sum();
        while held + region.layout.size() > IDLE_BYTES && !self.idle.is_empty() {
            held -= self.idle.remove(0).layout.size();
        }
        if region.layout.size() <= IDLE_BYTES {
            self.idle.push(region);
        }
    }
}

/// An allocation of its own.
struct Region {
    address: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a region is the only owner of its allocation, as a `Box<[MaybeUninit<u8>]>` would be, and gives
// no access to it by itself.
unsafe impl Send for Region {}
// SAFETY: as above; through a shared reference only the address and the layout can be read.
unsafe impl Sync for Region {}

impl Region {
    fn allocate(layout: Layout) -> Option<Self> {
        debug_assert!(layout.size() > 0);
        // SAFETY: the size is not zero, as the caller sees to and the assertion says.
        let address = NonNull::new(unsafe { std::alloc::alloc(layout) })?;
        Some(Self { address, layout })
    }

    fn contains(&self, address: usize, length: usize) -> bool {
        address
            .checked_sub(self.address.as_ptr() as usize)
            .and_then(|start| start.checked_add(length))
            .is_some_and(|end| end <= self.layout.size())
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: `allocate` made it with this layout, and nobody else frees it.
        unsafe { std::alloc::dealloc(self.address.as_ptr(), self.layout) }
    }
}

/// A region that arrays point into; it is idle again when they are gone.
struct Lent(Option<Region>);

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(region) = self.0.take() {
            // At the end of a thread there is no list any more, and the region is freed.
            let _ = REGIONS.try_with(|regions| regions.borrow_mut().put_idle(region));
        }
    }
}

/// A place for `length` bytes at a multiple of `align`. Zero if there is none; a place for no bytes is any
/// address.
pub(crate) fn allocate(length: usize, align: usize) -> usize {
    let Some(size) = length.checked_next_multiple_of(GRANULE) else {
        return 0;
    };
    let Ok(layout) = Layout::from_size_align(size, align.max(ALIGNMENT)) else {
        return 0;
    };
    if size == 0 {
        return layout.align();
    }
    REGIONS.with_borrow_mut(|regions| {
        let Some(region) = regions
            .take_idle(layout)
            .or_else(|| Region::allocate(layout))
        else {
            return 0;
        };
        let address = region.address.as_ptr() as usize;
        regions.handed_out.push(region);
        address
    })
}

/// Takes back what [`allocate`] gave, unused.
pub(crate) fn release(address: usize) {
    REGIONS.with_borrow_mut(|regions| {
        let taken = regions
            .handed_out
            .iter()
            .position(|region| region.address.as_ptr() as usize == address);
        if let Some(index) = taken {
            let region = regions.handed_out.swap_remove(index);
            regions.put_idle(region);
        }
    });
}

/// The regions of one call, which were the host's and are its arrays' now.
#[derive(Default)]
pub(crate) struct Claim(Vec<Arc<Lent>>);

impl Claim {
    /// The bytes of one span.
    ///
    /// # Errors
    ///
    /// The span is not within a region that [`allocate`] gave.
    pub(crate) fn buffer(&mut self, address: usize, length: usize) -> Result<Buffer, Error> {
        if length == 0 {
            return Ok(Buffer::default());
        }
        let owner = self.owner(address, length).ok_or_else(|| {
            Error::new(format_args!(
                "{length} bytes at {address} are not in a region that was allocated for this call"
            ))
        })?;
        let start = owner.0.as_ref().map(|region| {
            // SAFETY: `owner` found that the region has `length` bytes at `address`, so the offset is
            // inside the allocation.
            unsafe {
                region
                    .address
                    .add(address - region.address.as_ptr() as usize)
            }
        });
        let start = start.ok_or_else(|| Error::new("the region is gone"))?;
        // SAFETY: the bytes are inside the allocation that `owner` keeps; the host wrote them before it
        // named them in a span, and nobody writes them while `owner` is shared.
        Ok(unsafe { Buffer::from_custom_allocation(start, length, owner) })
    }

    fn owner(&mut self, address: usize, length: usize) -> Option<Arc<Lent>> {
        let has = |region: &Region| region.contains(address, length);
        let mine = self.0.iter().find(|lent| lent.0.as_ref().is_some_and(has));
        if let Some(lent) = mine {
            return Some(Arc::clone(lent));
        }
        let region = REGIONS.with_borrow_mut(|regions| {
            let index = regions.handed_out.iter().position(has)?;
            Some(regions.handed_out.swap_remove(index))
        })?;
        let lent = Arc::new(Lent(Some(region)));
        self.0.push(Arc::clone(&lent));
        Some(lent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle_bytes() -> usize {
        REGIONS.with_borrow(|regions| regions.idle.iter().map(|r| r.layout.size()).sum())
    }

    /// What the host does: a region, some bytes in it, a claim of them.
    fn lend(length: usize) -> (usize, Buffer) {
        let address = allocate(length, 64);
        assert_eq!(address % 64, 0);
        // SAFETY: `allocate` gave `length` bytes at `address`, which nobody else uses.
        unsafe { std::ptr::write_bytes(address as *mut u8, 7, length) };
        (address, Claim::default().buffer(address, length).unwrap())
    }

    #[test]
    fn a_region_is_used_again_when_nothing_refers_to_it() {
        let (first, buffer) = lend(5000);
        assert_eq!(buffer.as_slice(), [7; 5000]);
        let kept = buffer.slice(4000);
        drop(buffer);
        let (second, _) = lend(5000);
        assert_ne!(first, second);
        drop(kept);
        let (third, _) = lend(4500);
        assert!(third == first || third == second);
    }

    #[test]
    fn what_waits_is_bounded() {
        let all: Vec<_> = (1..40).map(|i| lend(i * 10_000)).collect();
        drop(all);
        assert!(idle_bytes() <= IDLE_BYTES);
        let (_, large) = lend(2 * IDLE_BYTES);
        drop(large);
        assert!(idle_bytes() <= IDLE_BYTES);
    }

    #[test]
    fn a_span_outside_every_region_is_an_error() {
        let address = allocate(1000, 8);
        let mut claim = Claim::default();
        assert!(claim.buffer(address, 1025).is_err());
        assert!(claim.buffer(address - 1, 2).is_err());
        assert!(claim.buffer(usize::MAX, 2).is_err());
        assert!(claim.buffer(address + 1000, 24).is_ok());
        assert!(claim.buffer(3, 0).is_ok());
        assert!(claim.buffer(address, 1).is_ok());
    }

    #[test]
    fn a_released_region_can_not_be_claimed() {
        let address = allocate(1 << 15, 8);
        release(address);
        release(address);
        assert!(Claim::default().buffer(address, 1).is_err());
    }

    #[test]
    fn impossible_sizes_give_no_address() {
        assert_eq!(allocate(usize::MAX, 8), 0);
        assert_eq!(allocate(8, 3000), 0);
        assert_ne!(allocate(0, 8), 0);
    }
}
