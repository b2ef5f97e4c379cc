use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use arrow::error::ArrowError;
use arrowbox_host::protocol::Role;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::DAYS;
use crate::authority::{Authority, in_days};
use crate::cli::{Exit, Failure};

/// Issue a certificate, in a folder that can be copied to another machine
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox certs issue certs host --into certs-for-hosts
  arrowbox certs issue certs client --days 30 --into certs-of-ann
  arrowbox certs issue certs coordinator        # anew, in the same folder")]
pub(super) struct Issue {
    /// The folder of the CA
    dir: PathBuf,
    /// Who it is for
    #[arg(value_parser = roles())]
    role: Role,
    /// How long it is valid
    #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: u32,
    /// The folder that it is put into, which is made [default: that of the CA]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// When it ends, which may have been: for tests
    #[arg(long, value_name = "TIME", hide = true, conflicts_with = "days", value_parser = time)]
    not_after: Option<SystemTime>,
}

impl Issue {
    pub(super) fn execute(self) -> Result<Exit, Failure> {
        let authority = Authority::open(&self.dir)?;
        let end = self.not_after.unwrap_or_else(|| in_days(self.days));
        let into = self.into.unwrap_or(self.dir);
        authority.issue(self.role, end, &into)?;
        say!(
            "issued a certificate of a {} in `{}`",
            self.role,
            into.display()
        )?;
        Ok(Exit::Done)
    }
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name)).try_map(|name| {
        let role = Role::ALL.into_iter().find(|role| role.name() == name);
        role.ok_or("no such role")
    })
}

fn time(text: &str) -> Result<SystemTime, ArrowError> {
    let nanos = string_to_timestamp_nanos(text)?;
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    Ok(match nanos {
        0.. => SystemTime::UNIX_EPOCH + distance,
        _ => SystemTime::UNIX_EPOCH - distance,
    })
}
