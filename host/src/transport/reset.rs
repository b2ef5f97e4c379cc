//! How a process that was started anew, or was out of reach for too long, tells its peers.

use std::{net::SocketAddr, time::Duration};

use quinn::{
    ConnectionId, ConnectionIdGenerator,
    crypto::{CryptoError, HmacKey},
};
use uuid::Uuid;

/// Bytes that name a connection in its packets.
const ID: usize = 8;

/// Signs the packets that say "I know nothing of this connection". Peers believe only what the process that
/// they were connected to would have signed, so that the key has to be the same after a start.
pub(super) struct ResetKey([u8; 32]);

impl ResetKey {
    /// The key of whoever has this private key and address.
    pub(super) fn new(secret: &[u8], address: SocketAddr) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("arrowbox 2026 stateless reset");
        hasher.update(secret).update(address.to_string().as_bytes());
        Self(*hasher.finalize().as_bytes())
    }
}

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], signature: &mut [u8]) {
        signature.copy_from_slice(blake3::keyed_hash(&self.0, data).as_bytes());
    }

    fn signature_len(&self) -> usize {
        blake3::OUT_LEN
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        // Takes as long whatever differs.
        match blake3::keyed_hash(&self.0, data) == *signature {
            true => Ok(()),
            false => Err(CryptoError),
        }
    }
}

/// Names connections by chance. What QUIC would do otherwise lets a process know its own names, and say
/// nothing about those of the one before.
pub(super) struct Names;

impl ConnectionIdGenerator for Names {
    fn generate_cid(&mut self) -> ConnectionId {
        let (random, _) = Uuid::new_v4().as_u64_pair();
        ConnectionId::new(&random.to_le_bytes())
    }

    fn cid_len(&self) -> usize {
        ID
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}
