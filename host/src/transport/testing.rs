//! Certificates and endpoints for tests.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;
use tokio::runtime::Handle;
use url::Url;

use super::{Endpoint, Identity};
use crate::protocol::Role;

/// A CA that lasts as long as a test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    Now,
    Past,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "test");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// A folder with certificates of all roles.
    pub(crate) fn folder(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        self.trust_in(folder.path());
        for role in Role::ALL {
            self.issue(folder.path(), role, Validity::Now);
        }
        folder
    }

    /// Makes the CA one of those that `folder` trusts.
    pub(crate) fn trust_in(&self, folder: &Path) {
        let path = folder.join("ca.pem");
        let others = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, others + &self.pem).unwrap();
    }

    pub(crate) fn issue(&self, folder: &Path, role: Role, validity: Validity) {
        let mut params = CertificateParams::new([role.dns_name().to_owned()]).unwrap();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params
            .distinguished_name
            .push(DnType::CommonName, role.name());
        if validity == Validity::Past {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 2);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(folder.join(format!("{role}.pem")), certificate.pem()).unwrap();
        let path = folder.join(format!("{role}.key"));
        fs::write(&path, key.serialize_pem()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn identity(&self, role: Role) -> Identity {
        Identity::load(self.folder().path(), role).unwrap()
    }

    /// An endpoint on the runtime of the test, at a port of its own.
    pub(crate) fn listening(&self, role: Role) -> Endpoint {
        listening(self.identity(role))
    }

    pub(crate) fn dialling(&self, role: Role) -> Endpoint {
        dialling(self.identity(role))
    }
}

pub(crate) fn listening(identity: Identity) -> Endpoint {
    let name = format!("the {}", identity.role());
    Endpoint::bind(local(), identity, name, &Handle::current()).unwrap()
}

pub(crate) fn dialling(identity: Identity) -> Endpoint {
    let name = format!("the {}", identity.role());
    Endpoint::dialer(identity, name, &Handle::current()).unwrap()
}

/// Any port of this machine.
pub(crate) fn local() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Where others dial it.
pub(crate) fn url(endpoint: &Endpoint) -> Url {
    Url::parse(&format!("quic://{}", endpoint.local_addr())).unwrap()
}
