//! Who this process is, and whom it trusts.

use std::{
    fmt, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    CertificateError, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem, pem::PemObject},
    sign::CertifiedKey,
};

use super::{Distrust, tls};
use crate::protocol::Role;

/// The file of the CA's certificate.
const CA: &str = "ca.pem";

/// The certificate and the key of one role, and the CA whose other certificates are trusted.
pub struct Identity {
    role: Role,
    expires: SystemTime,
    pub(super) roots: Arc<RootCertStore>,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// Files that give no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file is not there.
    #[error(
        "there is no `{}`: make a CA with `arrowbox certs init`, or have a folder issued with `arrowbox certs issue DIR {role}`",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The role that it was looked for.
        role: Role,
    },
    /// A file was not read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than its owner can read the key.
    #[error("others can read the key `{path}`: chmod 600 `{path}`", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file holds something else.
    #[error("`{}` is not what its name says: it must be PEM", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// A certificate or key can not be used.
    #[error("`{}` can not be used", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The key is not that of the certificate.
    #[error("the key `{}` does not belong to the certificate beside it", .0.display())]
    OtherKey(PathBuf),
    /// The certificate would convince nobody.
    #[error("the certificate `{}` {why}", path.display())]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: Distrust,
    },
}

impl Identity {
    /// Reads `ca.pem`, `<role>.pem` and `<role>.key` in `folder`.
    ///
    /// # Errors
    ///
    /// If a file is not there or is something else, if others can read the key, or if the certificate is
    /// not one that this CA has issued for the role and that is valid now.
    pub fn load(folder: &Path, role: Role) -> Result<Self, IdentityError> {
        let identity = Self::read(folder, role)?;
        identity
            .check(UnixTime::now())
            .map_err(|why| IdentityError::Untrusted {
                path: folder.join(format!("{role}.pem")),
                why,
            })?;
        Ok(identity)
    }

    /// Who it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// When nobody will trust it any more.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// What is there, whether or not it would convince anybody.
    pub(super) fn read(folder: &Path, role: Role) -> Result<Self, IdentityError> {
        let ca = folder.join(CA);
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&ca, role)? {
            roots
                .add(certificate)
                .map_err(|source| IdentityError::Unusable {
                    path: ca.clone(),
                    source,
                })?;
        }

        let path = folder.join(format!("{role}.pem"));
        let chain = certificates(&path, role)?;
        let expires = chain
            .first()
            .and_then(expiry)
            .ok_or(IdentityError::Unusable {
                path,
                source: rustls::Error::InvalidCertificate(CertificateError::BadEncoding),
            })?;

        let path = folder.join(format!("{role}.key"));
        let key = private_key(&path, role)?;
        let identity = Self {
            role,
            expires,
            roots: Arc::new(roots),
            chain,
            key,
        };
        match identity.certified() {
            Ok(_) => Ok(identity),
            Err(rustls::Error::InconsistentKeys(_)) => Err(IdentityError::OtherKey(path)),
            Err(source) => Err(IdentityError::Unusable { path, source }),
        }
    }

    /// Whether others would trust it.
    fn check(&self, now: UnixTime) -> Result<(), Distrust> {
        tls::trusted(&self.roots, &self.chain, now)?;
        match tls::is_of(&self.chain, self.role) {
            true => Ok(()),
            false => Err(Distrust::NotOf(self.role)),
        }
    }

    fn certified(&self) -> Result<CertifiedKey, rustls::Error> {
        let key = self.key.clone_key();
        CertifiedKey::from_der(self.chain.clone(), key, &tls::provider())
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            role: self.role,
            expires: self.expires,
            roots: Arc::clone(&self.roots),
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("role", &self.role)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

fn read(path: &Path, role: Role) -> Result<Vec<u8>, IdentityError> {
    fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => IdentityError::Missing {
            path: path.to_owned(),
            role,
        },
        _ => IdentityError::Read {
            path: path.to_owned(),
            source,
        },
    })
}

fn certificates(path: &Path, role: Role) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let text = read(path, role)?;
    let not_pem = |source| IdentityError::Pem {
        path: path.to_owned(),
        source,
    };
    let found = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(not_pem)?;
    match found.is_empty() {
        true => Err(not_pem(pem::Error::NoItemsFound)),
        false => Ok(found),
    }
}

fn private_key(path: &Path, role: Role) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let text = read(path, role)?;
    let metadata = fs::metadata(path).map_err(|source| IdentityError::Read {
        path: path.to_owned(),
        source,
    })?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(IdentityError::Exposed {
            path: path.to_owned(),
        });
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|source| IdentityError::Pem {
        path: path.to_owned(),
        source,
    })
}

fn expiry(certificate: &CertificateDer<'_>) -> Option<SystemTime> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let seconds = certificate.validity().not_after.timestamp();
    // A date before 1970 has passed like any other.
    let seconds = u64::try_from(seconds).unwrap_or(0);
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
