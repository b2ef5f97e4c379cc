use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use arrowbox_host::plain;
use arrowbox_host::protocol::Role;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

use super::folder;
use crate::authority::CA_KEY_FILE;
use crate::cli::functions::time;
use crate::cli::output::{OutputFormat, Rows, Target};
use crate::cli::{Exit, Failure, Global};

/// Days before their end from which on certificates are warned of.
const SOON: i64 = 30;
const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// Show certificates, and how long they are valid
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox certs show certs
  arrowbox certs show certs --format json")]
pub(super) struct Show {
    /// The folder [default: `certs` in the data directory]
    dir: Option<PathBuf>,
    /// How they are shown
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

/// A folder without certificates to show.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShowError {
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}` holds something else than certificates", .0.display())]
    Damaged(PathBuf),
    #[error("there are no certificates in `{}`: make some with `arrowbox certs init`", .0.display())]
    None(PathBuf),
}

/// What is known of one.
struct Certificate {
    file: String,
    role: String,
    subject: String,
    expires: String,
    days_left: i64,
}

impl Show {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let folder = folder(self.dir, global)?;
        let certificates = read_all(&folder)?;
        let batch = batch(&certificates)?;
        let mut target = Target::open(None)?;
        let mut rows = Rows::new(self.format, &batch.schema(), &mut target, usize::MAX)?;
        rows.write(&batch)?;
        rows.finish()?;
        for certificate in &certificates {
            if let Some(warning) = certificate.warning(&folder) {
                eprintln!("warning: {warning}");
            }
        }
        Ok(Exit::Done)
    }
}

impl Certificate {
    fn new(file: String, certificate: &X509Certificate<'_>, now: SystemTime) -> Self {
        let end = certificate.validity().not_after.timestamp();
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        let left = end.saturating_sub(now);
        let end = Duration::from_secs(u64::try_from(end).unwrap_or(0));
        Self {
            file,
            role: role(certificate),
            subject: plain(&certificate.subject().to_string()).into_owned(),
            expires: time(SystemTime::UNIX_EPOCH + end),
            days_left: left.div_euclid(SECONDS_OF_DAY),
        }
    }

    fn warning(&self, folder: &Path) -> Option<String> {
        let when = match self.days_left {
            ..0 => "has expired".to_owned(),
            0 => "expires today".to_owned(),
            days @ 1..SOON => format!("expires in {days} days"),
            _ => return None,
        };
        let what = match (self.role.as_str(), folder.join(CA_KEY_FILE).exists()) {
            ("CA", _) => {
                "make another with `arrowbox certs init --force`, and issue all anew".to_owned()
            }
            (role, true) => format!(
                "issue another with `arrowbox certs issue {} {role}`",
                folder.display()
            ),
            (role, false) => format!(
                "issue another with `arrowbox certs issue DIR {role} --into {}`, where the CA is",
                folder.display()
            ),
        };
        Some(format!("`{}` {when}: {what}", self.file))
    }
}

fn read_all(folder: &Path) -> Result<Vec<Certificate>, ShowError> {
    let unread = |path: &Path| {
        let path = path.to_owned();
        |source| ShowError::Read { path, source }
    };
    let now = SystemTime::now();
    let mut certificates = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread(folder))? {
        let path = entry.map_err(unread(folder))?.path();
        if path.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let file = plain(&file).into_owned();
        let text = fs::read(&path).map_err(unread(&path))?;
        for pem in Pem::iter_from_buffer(&text) {
            let damaged = || ShowError::Damaged(path.clone());
            let pem = pem.map_err(|_| damaged())?;
            let certificate = pem.parse_x509().map_err(|_| damaged())?;
            certificates.push(Certificate::new(file.clone(), &certificate, now));
        }
    }
    certificates.sort_by(|one, other| one.file.cmp(&other.file));
    match certificates.is_empty() {
        true => Err(ShowError::None(folder.to_owned())),
        false => Ok(certificates),
    }
}

/// Those that it names, as far as Arrowbox knows them.
fn role(certificate: &X509Certificate<'_>) -> String {
    if certificate.is_ca() {
        return "CA".to_owned();
    }
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |names| &names.value.general_names);
    let roles: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| names.contains(&GeneralName::DNSName(role.dns_name())))
        .map(Role::name)
        .collect();
    match roles.is_empty() {
        true => "none".to_owned(),
        false => roles.join(", "),
    }
}

fn batch(certificates: &[Certificate]) -> Result<RecordBatch, ArrowError> {
    let text = |value: fn(&Certificate) -> &str| -> ArrayRef {
        let values: StringArray = certificates.iter().map(|one| Some(value(one))).collect();
        Arc::new(values)
    };
    let days: Int64Array = certificates.iter().map(|one| Some(one.days_left)).collect();
    RecordBatch::try_from_iter([
        ("file", text(|one| &one.file)),
        ("role", text(|one| &one.role)),
        ("subject", text(|one| &one.subject)),
        ("expires", text(|one| &one.expires)),
        ("days_left", Arc::new(days) as ArrayRef),
    ])
}
