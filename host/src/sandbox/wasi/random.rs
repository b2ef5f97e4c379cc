//! Randomness: of the machine, or always the same.

use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::sandbox::{grants::Grant, instance::Guest};

/// Bytes of one request.
const BYTES: u64 = 16 << 20;

/// Bytes that look random and depend on a seed alone.
pub(super) struct Stream(blake3::OutputReader);

impl Stream {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Self(blake3::Hasher::new_keyed(seed).finalize_xof())
    }
}

impl Guest {
    fn fill(&mut self, bytes: &mut [u8]) -> wasmtime::Result<()> {
        if self.environment.grants.contains(&Grant::Random) {
            getrandom::fill(bytes).map_err(wasmtime::Error::new)
        } else {
            self.wasi.random.0.fill(bytes);
            Ok(())
        }
    }

    fn random(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > BYTES {
            return Err(wasmtime::format_err!(
                "it asked for {length} random bytes at once, at most {BYTES} are possible"
            ));
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn random_number(&mut self) -> wasmtime::Result<u64> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.random_number()
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.random_number()
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.random_number()?, self.random_number()?))
    }
}
