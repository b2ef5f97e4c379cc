use std::io::{self, Read};
use std::sync::Arc;

use crate::Error;
#[cfg(target_family = "wasm")]
use crate::bindings::arrowbox::udf::data as host;

/// The most that the host gives in one call, in bytes.
const CHUNK: u64 = 16 << 20;

/// A lookup table, the weights of a model: what `data.<name> = '<path>'` named.
#[derive(Debug, Clone)]
pub struct Blob {
    name: String,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    #[cfg(target_family = "wasm")]
    Host,
    Bytes(Arc<[u8]>),
}

impl Blob {
    #[cfg(target_family = "wasm")]
    pub(crate) fn of_host(name: String) -> Self {
        let source = Source::Host;
        Self { name, source }
    }

    /// Outside a host there are no blobs, and it is empty.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn of_host(name: String) -> Self {
        Self::of_bytes(name, Vec::new())
    }

    pub(crate) fn of_bytes(name: String, bytes: Vec<u8>) -> Self {
        let source = Source::Bytes(bytes.into());
        Self { name, source }
    }

    /// As in `data.<name>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In bytes.
    ///
    /// # Errors
    ///
    /// The host can not find it.
    pub fn size(&self) -> Result<u64, Error> {
        match &self.source {
            #[cfg(target_family = "wasm")]
            Source::Host => host::size(&self.name).map_err(Error::new),
            Source::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Reads from the beginning.
    pub fn reader(&self) -> BlobReader<'_> {
        BlobReader {
            blob: self,
            offset: 0,
        }
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// The host can not read it.
    pub fn read_to_vec(&self) -> Result<Vec<u8>, Error> {
        let size = self.size()?;
        let mut bytes = Vec::with_capacity(usize::try_from(size)?);
        while (bytes.len() as u64) < size {
            let chunk = self.read_at(bytes.len() as u64, CHUNK)?;
            if chunk.is_empty() {
                return Err(Error::new(format_args!(
                    "data.{} ended after {} of {size} bytes",
                    self.name,
                    bytes.len()
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// All of it as text.
    ///
    /// # Errors
    ///
    /// The host can not read it, or it is not UTF-8.
    pub fn read_to_string(&self) -> Result<String, Error> {
        String::from_utf8(self.read_to_vec()?)
            .map_err(|error| Error::new(format_args!("data.{}: {}", self.name, error.utf8_error())))
    }

    /// At most `length` bytes, or what is left.
    fn read_at(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let length = length.min(CHUNK);
        match &self.source {
            #[cfg(target_family = "wasm")]
            Source::Host => host::read(&self.name, offset, length as u32).map_err(Error::new),
            Source::Bytes(bytes) => {
                let rest = &bytes[usize::try_from(offset)?.min(bytes.len())..];
                Ok(rest[..usize::try_from(length)?.min(rest.len())].to_vec())
            }
        }
    }
}

/// A [`Blob`] from one end to the other. It asks the host for as much as is read at once: wrap it in a
/// [`BufReader`](io::BufReader) for small reads.
#[derive(Debug)]
pub struct BlobReader<'a> {
    blob: &'a Blob,
    offset: u64,
}

impl Read for BlobReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let chunk = self
            .blob
            .read_at(self.offset, into.len() as u64)
            .map_err(|error| io::Error::other(error.to_string()))?;
        into[..chunk.len()].copy_from_slice(&chunk);
        self.offset += chunk.len() as u64;
        Ok(chunk.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_read_in_pieces_of_any_size() {
        let bytes: Vec<u8> = (0..1000).map(|i| (i % 251) as u8).collect();
        let blob = Blob::of_bytes("table".into(), bytes.clone());
        assert_eq!(blob.size().unwrap(), 1000);
        assert_eq!(blob.read_to_vec().unwrap(), bytes);
        let mut small = io::BufReader::with_capacity(7, blob.reader());
        let mut all = Vec::new();
        small.read_to_end(&mut all).unwrap();
        assert_eq!(all, bytes);
        assert!(
            blob.read_to_string()
                .unwrap_err()
                .to_string()
                .starts_with("data.table: ")
        );
    }
}
