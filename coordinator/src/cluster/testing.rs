//! Certificates, and a host that does what a test tells it.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrowbox_host::protocol::{
    AttemptAnswer, AttemptOrder, HostRequest, HostStatus, Limit, Load, Missing, Role, Stored,
};
use arrowbox_host::{Digest, Endpoint, Identity, Peer, Receiver, Sender};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use url::Url;

/// Certificates of all roles, of one CA.
pub(crate) fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap();
    fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();
    let issuer = Issuer::new(params, key);
    for role in Role::ALL {
        let mut params = CertificateParams::new([role.dns_name().to_owned()]).unwrap();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let path = |ending| folder.path().join(format!("{role}.{ending}"));
        fs::write(path("pem"), certificate.pem()).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        fs::set_permissions(path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

/// An endpoint at any port of this machine.
pub(super) fn listening(folder: &Path, role: Role, name: &str) -> Endpoint {
    let identity = Identity::load(folder, role).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Endpoint::bind(any, identity, name.to_owned(), &Handle::current()).unwrap()
}

pub(super) fn url(endpoint: &Endpoint) -> Url {
    Url::parse(&format!("quic://{}", endpoint.local_addr())).unwrap()
}

/// A host that has blobs, and no functions or plans.
pub(super) struct FakeHost {
    pub(super) endpoint: Endpoint,
    pub(super) state: Arc<Fake>,
    /// What happens to attempts on it.
    pub(super) attempts: mpsc::UnboundedReceiver<Opened>,
}

/// An attempt that is ready for plans on a [`FakeHost`].
pub(super) struct Opened {
    pub(super) sender: Sender,
    pub(super) receiver: Receiver,
}

pub(super) struct Fake {
    blobs: Mutex<HashMap<Digest, Vec<u8>>>,
    /// What attempts need.
    needs: Vec<Digest>,
    /// How many were sent, whole or not.
    pub(super) puts: AtomicUsize,
    /// Bytes of blobs that came.
    pub(super) bytes: AtomicU64,
    /// How many of the next are cut off in the middle.
    pub(super) cut: AtomicUsize,
    opened: mpsc::UnboundedSender<Opened>,
}

impl FakeHost {
    pub(super) fn start(folder: &Path, name: &str, needs: &[Digest]) -> Self {
        let endpoint = listening(folder, Role::Host, name);
        let (opened, attempts) = mpsc::unbounded_channel();
        let state = Arc::new(Fake {
            blobs: Mutex::default(),
            needs: needs.to_vec(),
            puts: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            cut: AtomicUsize::new(0),
            opened,
        });
        tokio::spawn(serve(endpoint.clone(), Arc::clone(&state)));
        Self {
            endpoint,
            state,
            attempts,
        }
    }

    pub(super) fn url(&self) -> Url {
        url(&self.endpoint)
    }
}

async fn serve(endpoint: Endpoint, fake: Arc<Fake>) {
    while let Some(peer) = endpoint.accept().await {
        let fake = Arc::clone(&fake);
        let name = endpoint.name().to_owned();
        tokio::spawn(async move {
            while let Some((sender, receiver)) = peer.accept().await {
                let (peer, fake, name) = (peer.clone(), Arc::clone(&fake), name.clone());
                // A stream that ends is no failure of the test.
                tokio::spawn(async move { fake.answer(&peer, &name, sender, receiver).await });
            }
        });
    }
}

impl Fake {
    async fn answer(
        &self,
        peer: &Peer,
        name: &str,
        mut sender: Sender,
        mut receiver: Receiver,
    ) -> Option<()> {
        match receiver.receive(Limit::PLAN).await.ok()? {
            HostRequest::Status => {
                let status = HostStatus {
                    name: name.to_owned(),
                    cores: 3,
                    memory: 1 << 30,
                    load: Load::default(),
                    stored: 0,
                    partial: Vec::new(),
                };
                sender.send(&status).await.ok()?;
                sender.finish();
            }
            HostRequest::Lacks(digests) => {
                sender.send(&self.lacking(&digests)).await.ok()?;
                sender.finish();
            }
            HostRequest::Put(put) => {
                self.puts.fetch_add(1, Ordering::Relaxed);
                let cuts = |left: usize| left.checked_sub(1);
                let cut = self
                    .cut
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, cuts);
                let mut left = put.size - put.offset;
                let until = if cut.is_ok() { left / 2 } else { 0 };
                while left > until {
                    let chunk = receiver.read_chunk((left - until) as usize).await.ok()??;
                    left -= chunk.len() as u64;
                    self.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                    let mut blobs = self.blobs.lock().unwrap();
                    blobs
                        .entry(put.digest)
                        .or_default()
                        .extend_from_slice(&chunk);
                }
                if cut.is_ok() {
                    peer.close("cut off");
                    return None;
                }
                assert!(self.lacking(&[put.digest]).is_empty());
                sender.send(&Stored::Ok(())).await.ok()?;
                sender.finish();
            }
            HostRequest::Open(_) => {
                let lacking = AttemptAnswer::Lacks(self.lacking(&self.needs));
                sender.send(&lacking).await.ok()?;
                let order = receiver.receive(Limit::PLAN).await.ok()?;
                assert!(matches!(order, AttemptOrder::Prepare));
                assert!(self.lacking(&self.needs).is_empty());
                sender.send(&AttemptAnswer::Ready).await.ok()?;
                self.opened.send(Opened { sender, receiver }).ok()?;
            }
            other => panic!("{other:?}"),
        }
        Some(())
    }

    fn lacking(&self, digests: &[Digest]) -> Vec<Missing> {
        let blobs = self.blobs.lock().unwrap();
        let missing = digests.iter().filter_map(|digest| {
            let bytes = blobs.get(digest).map(Vec::as_slice).unwrap_or_default();
            let present = bytes.len() as u64;
            let (digest, whole) = (*digest, Digest::of(bytes) == *digest);
            (!whole).then_some(Missing { digest, present })
        });
        missing.collect()
    }
}
