//! The CA of a cluster, and the certificates that it issues.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use arrowbox_host::protocol::Role;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tempfile::NamedTempFile;
use uuid::Uuid;

/// The file of the CA's certificate, which everybody has.
pub(crate) const CA_FILE: &str = "ca.pem";
/// The file of the CA's key, which stays where certificates are issued.
pub(crate) const CA_KEY_FILE: &str = "ca.key";

/// How long a CA lasts at least. All certificates have to be replaced when it ends.
const CA_LIFE: Duration = days(10 * 365);
/// How far clocks can be behind.
const CLOCKS: Duration = days(1);

/// A CA of a cluster, kept as two files in a folder. Whoever has a certificate of it takes part.
pub struct Authority {
    folder: PathBuf,
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What happens to a CA that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and none is made.
    Keep,
    /// It is replaced: certificates that it issued are of no use any more.
    Replace,
}

/// A CA that can not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// There is one.
    #[error(
        "there is a CA in `{}` already: issue more certificates with `arrowbox certs issue`, or replace it with --force, which makes all that it issued useless",
        .0.display()
    )]
    Exists(PathBuf),
    /// There is none.
    #[error(
        "there is no CA in `{}`: its `{CA_FILE}` and `{CA_KEY_FILE}` are where `arrowbox certs init` was run",
        .0.display()
    )]
    Missing(PathBuf),
    /// The files are something else.
    #[error("the CA in `{}` can not be used", folder.display())]
    Damaged {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The key is of another CA than the certificate.
    #[error("`{CA_KEY_FILE}` and `{CA_FILE}` in `{}` are not of the same CA", .0.display())]
    OtherKey(PathBuf),
    /// The folder has certificates of somebody else.
    #[error(
        "`{}` has certificates of another CA: choose another folder, or remove them first",
        .0.display()
    )]
    OtherCa(PathBuf),
    /// A certificate was not made.
    #[error("a certificate can not be made")]
    Certificate(#[source] rcgen::Error),
    /// A file was not read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file was not written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Authority {
    /// Makes a CA in `folder`, which is made too, for its owner only.
    ///
    /// # Errors
    ///
    /// If there is one, and it is not to be replaced; if the files can not be written.
    pub fn create(folder: &Path, existing: Existing) -> Result<Self, AuthorityError> {
        let there = |file| folder.join(file).exists();
        if existing == Existing::Keep && (there(CA_FILE) || there(CA_KEY_FILE)) {
            return Err(AuthorityError::Exists(folder.to_owned()));
        }

        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Another name for each, so that certificates of another are told from damaged ones.
        let name = Uuid::new_v4().simple().to_string();
        let name = format!("arrowbox CA {}", &name[..8]);
        params.distinguished_name.push(DnType::CommonName, name);
        let now = SystemTime::now();
        params.not_before = (now - CLOCKS).into();
        params.not_after = (now + CA_LIFE).into();

        let key = KeyPair::generate().map_err(AuthorityError::Certificate)?;
        let certificate = params.self_signed(&key);
        let certificate = certificate.map_err(AuthorityError::Certificate)?.pem();
        make_folder(folder)?;
        write(&folder.join(CA_KEY_FILE), &key.serialize_pem(), SECRET)?;
        write(&folder.join(CA_FILE), &certificate, PUBLIC)?;
        Ok(Self {
            folder: folder.to_owned(),
            certificate,
            issuer: Issuer::new(params, key),
        })
    }

    /// The CA in `folder`.
    ///
    /// # Errors
    ///
    /// If there is none, or its files are damaged.
    pub fn open(folder: &Path) -> Result<Self, AuthorityError> {
        let read = |file| {
            let path = folder.join(file);
            fs::read_to_string(&path).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => AuthorityError::Missing(folder.to_owned()),
                _ => AuthorityError::Read { path, source },
            })
        };
        let damaged = |source| AuthorityError::Damaged {
            folder: folder.to_owned(),
            source,
        };
        let certificate = read(CA_FILE)?;
        let key = KeyPair::from_pem(&read(CA_KEY_FILE)?).map_err(damaged)?;
        if !fits(&certificate, &key) {
            return Err(AuthorityError::OtherKey(folder.to_owned()));
        }
        let issuer = Issuer::from_ca_cert_pem(&certificate, key).map_err(damaged)?;
        Ok(Self {
            folder: folder.to_owned(),
            certificate,
            issuer,
        })
    }

    /// Issues a certificate of `role` that is valid until `end`, and puts it with its key and the CA's
    /// certificate `into` a folder, which can then be copied to where it is used. What was there of this
    /// role is replaced.
    ///
    /// # Errors
    ///
    /// If the folder has certificates of another CA, or the files can not be written.
    pub fn issue(&self, role: Role, end: SystemTime, into: &Path) -> Result<(), AuthorityError> {
        let ca = into.join(CA_FILE);
        match fs::read_to_string(&ca) {
            Ok(other) if other != self.certificate => {
                return Err(AuthorityError::OtherCa(into.to_owned()));
            }
            _ => {}
        }

        let params = CertificateParams::new([role.dns_name().to_owned()]);
        let mut params = params.map_err(AuthorityError::Certificate)?;
        let name = format!("arrowbox {role}");
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Hosts and coordinators dial each other.
        params.extended_key_usages = match role {
            Role::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Role::Coordinator | Role::Host => vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
        };
        params.use_authority_key_identifier_extension = true;
        params.not_before = (SystemTime::now().min(end) - CLOCKS).into();
        params.not_after = end.into();

        let key = KeyPair::generate().map_err(AuthorityError::Certificate)?;
        let certificate = params.signed_by(&key, &self.issuer);
        let certificate = certificate.map_err(AuthorityError::Certificate)?.pem();
        make_folder(into)?;
        write(
            &into.join(format!("{role}.key")),
            &key.serialize_pem(),
            SECRET,
        )?;
        write(&into.join(format!("{role}.pem")), &certificate, PUBLIC)?;
        write(&ca, &self.certificate, PUBLIC)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// When something ends that lasts so many days from now on.
pub(crate) fn in_days(count: u32) -> SystemTime {
    SystemTime::now() + days(count as u64)
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}

fn fits(certificate: &str, key: &KeyPair) -> bool {
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(certificate.as_bytes()) else {
        return false;
    };
    let parsed = pem.parse_x509();
    parsed.is_ok_and(|parsed| {
        parsed.public_key().subject_public_key.data.as_ref() == key.public_key_raw()
    })
}

/// For its owner only, if it is not there yet.
fn make_folder(folder: &Path) -> Result<(), AuthorityError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| AuthorityError::Write {
        path: folder.to_owned(),
        source,
    })
}

/// A file that its owner alone reads.
const SECRET: u32 = 0o600;
/// A file that everybody reads.
const PUBLIC: u32 = 0o644;

/// Replaces a file at once, or not at all.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), AuthorityError> {
    let written = || {
        let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|source| AuthorityError::Write {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use arrowbox_host::Identity;

    use super::*;

    #[test]
    fn what_is_issued_is_an_identity() {
        let folder = tempfile::tempdir().unwrap();
        let (ca, host) = (folder.path().join("ca"), folder.path().join("host"));
        Authority::create(&ca, Existing::Keep).unwrap();
        let authority = Authority::open(&ca).unwrap();
        authority.issue(Role::Host, in_days(7), &host).unwrap();
        let identity = Identity::load(&host, Role::Host).unwrap();
        let left = identity.expires().duration_since(SystemTime::now());
        assert!(left.unwrap() <= days(7));

        let mut files: Vec<_> = fs::read_dir(&host)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, ["ca.pem", "host.key", "host.pem"]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&host), 0o700);
        assert_eq!(mode(&host.join("host.key")), 0o600);
        assert_eq!(mode(&ca.join(CA_KEY_FILE)), 0o600);
    }

    #[test]
    fn a_past_end_can_be_issued() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::create(folder.path(), Existing::Keep).unwrap();
        let past = SystemTime::now() - days(400);
        authority.issue(Role::Host, past, folder.path()).unwrap();
        let error = Identity::load(folder.path(), Role::Host).unwrap_err();
        assert!(error.to_string().contains("expired"), "{error}");
    }

    #[test]
    fn a_ca_is_not_lost_by_accident() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let first = Authority::create(&one, Existing::Keep).unwrap();
        let again = Authority::create(&one, Existing::Keep).err();
        assert!(matches!(again, Some(AuthorityError::Exists(_))));
        let second = Authority::create(&two, Existing::Keep).unwrap();
        let error = second.issue(Role::Host, in_days(1), &one).err();
        assert!(matches!(error, Some(AuthorityError::OtherCa(_))));
        first.issue(Role::Host, in_days(1), &one).unwrap();

        fs::copy(two.join(CA_KEY_FILE), one.join(CA_KEY_FILE)).unwrap();
        let error = Authority::open(&one).err();
        assert!(matches!(error, Some(AuthorityError::OtherKey(_))));
        fs::remove_file(one.join(CA_KEY_FILE)).unwrap();
        let error = Authority::open(&one).err();
        assert!(matches!(error, Some(AuthorityError::Missing(_))));
        Authority::create(&one, Existing::Replace).unwrap();
    }
}
