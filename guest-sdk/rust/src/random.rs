//! What the grant `random` gives.

/// Bytes that the host gives in one call, at most.
#[cfg(target_family = "wasm")]
const CHUNK: usize = 65_536;

/// Fills `bytes` with what nobody can foretell. The function has to be granted `random`, and says so:
/// `#[scalar(volatile, grants("random"))]`. Without the grant the query ends here.
#[cfg(target_family = "wasm")]
pub fn fill(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(CHUNK) {
        let length = chunk.len() as u32;
        chunk.copy_from_slice(&crate::bindings::arrowbox::udf::random::bytes(length));
    }
}

/// Fills `bytes` with what nobody can foretell.
///
/// # Panics
///
/// If the operating system has no `/dev/urandom`.
#[cfg(not(target_family = "wasm"))]
pub fn fill(bytes: &mut [u8]) {
    use std::io::Read;

    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(bytes))
        .expect("the operating system gives random bytes");
}
