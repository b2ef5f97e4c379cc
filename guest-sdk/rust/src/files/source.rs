//! Where files come from: the host, or, outside of a component, what a test says.

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{entries, read_into, with};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{entries, read_into};

/// The most that is asked for at once, in bytes.
#[cfg(target_family = "wasm")]
const CHUNK: usize = 16 << 20;

#[cfg(target_family = "wasm")]
mod wasm {
    use super::CHUNK;
    use crate::Error;
    use crate::bindings::arrowbox::udf::arrow::Span;
    use crate::bindings::arrowbox::udf::files as host;
    use crate::files::Entry;

    pub(crate) fn entries() -> Result<Vec<Entry>, Error> {
        let entries = host::entries().map_err(Error::new)?;
        let entry = |entry: host::Entry| Entry::new(entry.path, entry.size);
        Ok(entries.into_iter().map(entry).collect())
    }

    /// Fills `into` from `offset` on, as far as one call and the file go; zero at the end of the file.
    pub(crate) fn read_into(path: &str, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        if into.is_empty() {
            return Ok(0);
        }
        let length = into.len().min(CHUNK);
        // The host writes straight into the guest's memory: to make an address of the pointer is to let it.
        let span = Span {
            address: into.as_mut_ptr() as usize as u32,
            length: length as u32,
        };
        let read = host::read_into(path, offset, span).map_err(Error::new)?;
        Ok((read as usize).min(length))
    }
}

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::cell::RefCell;

    use crate::Error;
    use crate::files::Entry;

    thread_local! {
        static FILES: RefCell<Vec<(String, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
    }

    /// What there was before, which is there again when this is dropped.
    struct Before(Vec<(String, Vec<u8>)>);

    impl Drop for Before {
        fn drop(&mut self) {
            FILES.set(std::mem::take(&mut self.0));
        }
    }

    /// Runs `body` with these files.
    pub(crate) fn with<R>(mut files: Vec<(String, Vec<u8>)>, body: impl FnOnce() -> R) -> R {
        files.sort();
        let _before = Before(FILES.replace(files));
        body()
    }

    pub(crate) fn entries() -> Result<Vec<Entry>, Error> {
        let entry =
            |(path, bytes): &(String, Vec<u8>)| Entry::new(path.clone(), bytes.len() as u64);
        Ok(FILES.with_borrow(|files| files.iter().map(entry).collect()))
    }

    /// Fills `into` from `offset` on, as far as the file goes; zero at the end of the file.
    pub(crate) fn read_into(path: &str, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        FILES.with_borrow(|files| {
            let Some((_, bytes)) = files.iter().find(|(name, _)| name == path) else {
                return Err(Error::new(format_args!(
                    "{path} is none of the files that the reader was given"
                )));
            };
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            let rest = &bytes[start..];
            let length = into.len().min(rest.len());
            into[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        })
    }
}
