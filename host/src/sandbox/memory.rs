//! The linear memory of an instance, mapped by us so that arrays of the host can outlive the instance.
//!
//! Wasmtime asks a [`Creator`] for memory instead of mapping it itself. A mapping reserves all that a
//! 32-bit guest can address, plus guard pages, once; it never moves. It is shared by the instance, which
//! lets the guest run in it, and by the [`Lease`]s of results that the host reads in place.

#![expect(
    unsafe_code,
    reason = "maps linear memory and reads guest data through raw pointers"
)]

use std::{
    cell::RefCell,
    marker::PhantomData,
    ptr::NonNull,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use arrow::buffer::Buffer;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::{limits::Charge, wire::Span};

/// Bytes that one memory reserves: all that 32 bits can address.
pub(super) const RESERVATION: u64 = 1 << 32;
/// Unmapped bytes behind the reservation, for the offsets of loads and stores.
pub(super) const GUARD: u64 = 32 << 20;

/// A region of address space that holds one linear memory.
///
/// The first `size` bytes can be read and written; what follows traps.
pub(super) struct Mapping {
    base: NonNull<u8>,
    reserved: usize,
    size: AtomicUsize,
    /// What the query's memory pool was charged for this memory: given back with the mapping.
    charge: OnceLock<Arc<Charge>>,
}

// SAFETY: the mapping is plain memory that no thread owns. Who may touch its contents, and when, is
// settled by `Memory` (writes: the instance is borrowed mutably) and `Lease` (reads: the instance is
// not entered).
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn reserve(minimum: usize, reserved: usize) -> Result<Self, rustix::io::Errno> {
        // SAFETY: a fresh private mapping at an address of the kernel's choice aliases nothing.
        let base = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                reserved,
                ProtFlags::empty(),
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )?
        };
        let base = NonNull::new(base.cast()).ok_or(rustix::io::Errno::NOMEM)?;
        let mapping = Self {
            base,
            reserved,
            size: AtomicUsize::new(0),
            charge: OnceLock::new(),
        };
        mapping.grow_to(minimum)?;
        Ok(mapping)
    }

    fn grow_to(&self, size: usize) -> Result<(), rustix::io::Errno> {
        let old = self.size();
        if size > RESERVATION as usize || size < old {
            return Err(rustix::io::Errno::NOMEM);
        }
        if size > old {
            // SAFETY: `old..size` is inside the reservation, which is ours alone; making pages of it
            // accessible that were not takes nothing away from anybody.
            unsafe {
                mprotect(
                    self.base.as_ptr().add(old).cast(),
                    size - old,
                    MprotectFlags::READ | MprotectFlags::WRITE,
                )?;
            }
            self.size.store(size, Ordering::Release);
        }
        Ok(())
    }

    /// Bytes that the guest has now.
    pub(super) fn size(&self) -> usize {
        self.size.load(Ordering::Acquire)
    }

    pub(super) fn set_charge(&self, charge: Arc<Charge>) {
        // A mapping serves one instance, which sets this once.
        let _ = self.charge.set(charge);
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `base` and `reserved` are what `mmap_anonymous` gave. Whoever could still look at the
        // memory (wasmtime's store through `Shared`, arrays through `Lease`) holds an `Arc` of this
        // mapping, so nobody can.
        let unmapped = unsafe { munmap(self.base.as_ptr().cast(), self.reserved) };
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}

/// The end of a mapping that wasmtime holds.
struct Shared(Arc<Mapping>);

// SAFETY: the mapping is page-aligned, never moves, is followed by inaccessible pages to the end of the
// reservation and the guard, and `byte_size` is exactly the accessible part.
unsafe impl LinearMemory for Shared {
    fn byte_size(&self) -> usize {
        self.0.size()
    }

    fn byte_capacity(&self) -> usize {
        RESERVATION as usize
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        self.0
            .grow_to(new_size)
            .map_err(|errno| wasmtime::Error::new(std::io::Error::from(errno)))
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.base.as_ptr()
    }
}

thread_local! {
    /// The memory made last on this thread: an instantiation makes exactly one and then takes it.
    static CREATED: RefCell<Option<Arc<Mapping>>> = const { RefCell::new(None) };
}

/// Makes the memories of an engine and remembers the last one for [`take_created`].
pub(super) struct Creator;

// SAFETY: what is returned is zero-filled (fresh anonymous pages), reserves at least what is asked for,
// guard included, and belongs to the instance: outside of wasmtime it is written only through `Memory`,
// which needs the instance exclusively.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let reserved = reserved_size_in_bytes
            .unwrap_or(RESERVATION as usize)
            .max(RESERVATION as usize)
            .checked_add(guard_size_in_bytes)
            .ok_or("the reservation does not fit the address space")?;
        let mapping = Mapping::reserve(minimum, reserved)
            .map(Arc::new)
            .map_err(|errno| {
                format!("cannot reserve {reserved} bytes of address space: {errno}")
            })?;
        CREATED.set(Some(Arc::clone(&mapping)));
        Ok(Box::new(Shared(mapping)))
    }
}

/// The memory that an instantiation on this thread has just made.
pub(super) fn take_created() -> Option<Arc<Mapping>> {
    CREATED.take()
}

/// A guest named bytes that it does not have, or not where they could be read.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
pub enum SpanError {
    /// The span reaches past the end of the memory.
    #[error(
        "a span of {length} bytes at address {address} is outside the guest's memory of {size} bytes"
    )]
    OutOfBounds {
        /// First byte.
        address: u32,
        /// Bytes.
        length: usize,
        /// Bytes that the guest has.
        size: usize,
    },
    /// The span begins at an address that its values can not be read at.
    #[error("a span at address {address} is not aligned to {align} bytes")]
    Misaligned {
        /// First byte.
        address: u32,
        /// What it has to be a multiple of.
        align: usize,
    },
}

/// The memory of an instance that nobody else can touch: the way in for arguments.
pub struct Memory<'i> {
    mapping: &'i Mapping,
    /// The borrow of the instance: while it lasts the guest does not run.
    _instance: PhantomData<&'i mut ()>,
}

impl<'i> Memory<'i> {
    /// `mapping` must be that of an instance which is borrowed mutably for `'i` and not leased.
    pub(super) fn new(mapping: &'i Mapping) -> Self {
        Self {
            mapping,
            _instance: PhantomData,
        }
    }

    /// Copies `bytes` to `address`.
    ///
    /// # Errors
    ///
    /// [`SpanError::OutOfBounds`], and nothing was written.
    #[inline]
    pub fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), SpanError> {
        let target = locate(self.mapping, address, bytes.len())?;
        // SAFETY: `target..target + len` is inside the accessible part of the mapping (`locate`). The
        // source can overlap it only if it were a lease of this very memory, and a leased instance gives
        // no `Memory`, nor calls the host, which is the other way to one. No reference to the target exists: wasmtime and guests use raw addresses, and
        // the guest does not run.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), target.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// A copy of the bytes of `span`.
    ///
    /// # Errors
    ///
    /// [`SpanError::OutOfBounds`]
    pub fn read(&self, span: Span) -> Result<Vec<u8>, SpanError> {
        let length = span.length as usize;
        let source = locate(self.mapping, span.address, length)?;
        let mut bytes = Vec::with_capacity(length);
        // SAFETY: `source..source + length` is inside the accessible part of the mapping (`locate`), and
        // nothing writes to it: the guest does not run. The vector has room for `length` bytes, all of
        // which the copy has written before its length says so.
        unsafe {
            std::ptr::copy_nonoverlapping(source.as_ptr(), bytes.as_mut_ptr(), length);
            bytes.set_len(length);
        }
        Ok(bytes)
    }
}

#[inline]
fn locate(mapping: &Mapping, address: u32, length: usize) -> Result<NonNull<u8>, SpanError> {
    let size = mapping.size();
    match (address as usize).checked_add(length) {
        // SAFETY: `address <= size`, which is inside the reservation.
        Some(end) if end <= size => Ok(unsafe { mapping.base.add(address as usize) }),
        _ => Err(SpanError::OutOfBounds {
            address,
            length,
            size,
        }),
    }
}

/// The promise that an instance is not entered, so that its memory can be read in place.
///
/// Every buffer made by [`Lease::buffer`] keeps it; the instance is free again when the last one is
/// gone. A lease owns the mapping, not the instance: dropping it, on whatever thread, runs no guest code.
pub(super) struct Lease {
    mapping: Arc<Mapping>,
}

// A panic that passes by leaves a lease as it was: nothing of it changes but the count of its owners.
impl std::panic::RefUnwindSafe for Lease {}

impl Lease {
    pub(super) fn new(mapping: Arc<Mapping>) -> Arc<Self> {
        Arc::new(Self { mapping })
    }

    pub(super) fn mapping(&self) -> &Arc<Mapping> {
        &self.mapping
    }
}

/// A look into the memory of an instance that will not be entered while what was seen is in use.
#[derive(Clone)]
pub struct Leased(pub(super) Arc<Lease>);

impl Leased {
    /// The bytes of `span`, where they are.
    ///
    /// # Errors
    ///
    /// If the span is not inside the memory, or does not begin at a multiple of `align`. A span of no
    /// bytes can be anywhere.
    pub fn buffer(&self, span: Span, align: usize) -> Result<Buffer, SpanError> {
        if span.length == 0 {
            return Ok(Buffer::default());
        }
        let start = locate(&self.0.mapping, span.address, span.length as usize)?;
        if !(span.address as usize).is_multiple_of(align) {
            return Err(SpanError::Misaligned {
                address: span.address,
                align,
            });
        }
        let owner = Arc::clone(&self.0);
        // SAFETY: the bytes are inside the accessible part of the mapping, which never shrinks or moves
        // and lives as long as `owner`. Nothing writes to them while `owner` lives: the instance checks
        // in `enter` and before it gives a `Memory` that it holds the only `Arc` of its lease.
        Ok(unsafe { Buffer::from_custom_allocation(start, span.length as usize, owner) })
    }

    /// Bytes that the guest has now.
    pub fn memory_size(&self) -> usize {
        self.0.mapping.size()
    }
}

/// A memory without a guest, for tests of what is done with memory.
#[cfg(test)]
pub(crate) struct Loose(Arc<Lease>);

#[cfg(test)]
impl Loose {
    /// `size` bytes of zeros, in whole pages of WebAssembly.
    pub(crate) fn new(size: usize) -> Self {
        let size = size.next_multiple_of(1 << 16);
        let reserved = RESERVATION as usize + GUARD as usize;
        let mapping = Mapping::reserve(size, reserved).expect("address space");
        Self(Lease::new(Arc::new(mapping)))
    }

    pub(crate) fn memory(&mut self) -> Memory<'_> {
        assert!(Arc::get_mut(&mut self.0).is_some(), "it is leased");
        Memory::new(self.0.mapping())
    }

    pub(crate) fn lease(&self) -> super::Source {
        super::Source::Memory(Leased(Arc::clone(&self.0)))
    }
}
