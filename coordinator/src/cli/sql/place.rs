use std::env;
use std::num::NonZeroUsize;

use clap::CommandFactory;
use clap::error::ErrorKind;
use tokio::runtime::Handle;
use url::Url;

use crate::cli::address::Address;
use crate::cli::remote::{self, COORDINATOR_VARIABLE, CertsFlag};
use crate::cli::{Cli, Failure, Global};
use crate::client::Client;

/// Where statements run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "On a cluster")]
pub(super) struct PlaceFlags {
    /// Have a coordinator run the statements, as in quic://host:7432 [env: ARROWBOX_COORDINATOR]
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["local_cluster", "memory_limit", "partitions"]
    )]
    coordinator: Option<Address>,
    /// Start so many hosts on this machine and run the statements on them, for trying out
    #[arg(long, value_name = "N")]
    local_cluster: Option<NonZeroUsize>,
    /// Give out rows as soon as there are any
    ///
    /// Without it, rows are held until all hosts are done, so that a query that loses a host is begun again.
    /// With it, such a query fails once rows are out.
    #[arg(long)]
    stream: bool,
    #[command(flatten)]
    certs: CertsFlag,
}

/// Where statements run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In this process.
    Here,
    /// In this process and on so many hosts that it starts.
    Local(NonZeroUsize),
    /// Somewhere else.
    Coordinator(Url),
}

/// Flags that do not go together.
#[derive(Debug, PartialEq, Eq)]
enum Misfit {
    /// What the variable says is no address.
    Variable,
    /// The flag is about a session of this process.
    OfSession(&'static str),
    /// There is no cluster whose rows could be given out at once.
    Stream,
}

impl PlaceFlags {
    /// Where statements run. `of_session` are the flags that were given for a session of this process. Ends
    /// the process, as the command line does, if they do not go together.
    pub(super) fn place(&self, of_session: impl Iterator<Item = &'static str>) -> Place {
        let variable = env::var(COORDINATOR_VARIABLE).ok();
        let variable = variable.filter(|value| !value.is_empty());
        match self.choose(variable.as_deref(), of_session) {
            Ok(place) => place,
            Err(misfit) => {
                let (kind, text) = match misfit {
                    Misfit::Variable => (
                        ErrorKind::InvalidValue,
                        format!("{COORDINATOR_VARIABLE} must be an address like quic://host:7432"),
                    ),
                    Misfit::OfSession(flag) => (
                        ErrorKind::ArgumentConflict,
                        format!(
                            "{flag} is said to the coordinator when it starts; to run here, unset \
                             {COORDINATOR_VARIABLE}"
                        ),
                    ),
                    Misfit::Stream => (
                        ErrorKind::MissingRequiredArgument,
                        "--stream is for --coordinator and --local-cluster: here, rows always come \
                         as soon as there are any"
                            .to_owned(),
                    ),
                };
                Cli::command().error(kind, text).exit()
            }
        }
    }

    fn choose(
        &self,
        variable: Option<&str>,
        mut of_session: impl Iterator<Item = &'static str>,
    ) -> Result<Place, Misfit> {
        if let Some(hosts) = self.local_cluster {
            return Ok(Place::Local(hosts));
        }
        let address = match (&self.coordinator, variable) {
            (Some(address), _) => address.clone(),
            (None, Some(variable)) => variable.parse().map_err(|_| Misfit::Variable)?,
            (None, None) if self.stream => return Err(Misfit::Stream),
            (None, None) => return Ok(Place::Here),
        };
        match of_session.next() {
            Some(flag) => Err(Misfit::OfSession(flag)),
            None => Ok(Place::Coordinator(address.0)),
        }
    }

    /// Whether rows are given out as they come.
    pub(super) fn stream(&self) -> bool {
        self.stream
    }

    /// Connects to the coordinator at `url`.
    pub(super) async fn connect(
        &self,
        url: &Url,
        global: &Global,
        network: &Handle,
    ) -> Result<Client, Failure> {
        remote::connect(url, &self.certs, global, network).await
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        place: PlaceFlags,
        #[arg(long)]
        memory_limit: Option<u64>,
        #[arg(long)]
        partitions: Option<u64>,
    }

    fn chosen(words: &str, variable: Option<&str>) -> Result<Place, Misfit> {
        let words = ["sql"].into_iter().chain(words.split_whitespace());
        let flags = Flags::try_parse_from(words).unwrap();
        let of_session = [
            flags.memory_limit.map(|_| "--memory-limit"),
            flags.partitions.map(|_| "--partitions"),
        ];
        let of_session = of_session.into_iter().flatten();
        flags.place.choose(variable, of_session)
    }

    #[test]
    fn flags_take_precedence_over_the_variable() {
        let at = |url: &str| Place::Coordinator(Url::parse(url).unwrap());
        let three = NonZeroUsize::new(3).unwrap();
        for (words, variable, expected) in [
            ("", None, Ok(Place::Here)),
            ("", Some("c"), Ok(at("quic://c:7432"))),
            ("--coordinator d:9", Some("c"), Ok(at("quic://d:9"))),
            (
                "--local-cluster 3 --memory-limit 1",
                Some("c"),
                Ok(Place::Local(three)),
            ),
            ("--local-cluster 3 --stream", None, Ok(Place::Local(three))),
            ("--stream", Some("c"), Ok(at("quic://c:7432"))),
            ("--stream", None, Err(Misfit::Stream)),
            (
                "--partitions 2",
                Some("c"),
                Err(Misfit::OfSession("--partitions")),
            ),
            ("--partitions 2", None, Ok(Place::Here)),
            ("", Some("http://c"), Err(Misfit::Variable)),
        ] {
            assert_eq!(chosen(words, variable), expected, "{words} {variable:?}");
        }
    }

    #[test]
    fn a_coordinator_has_its_own_limits() {
        for words in [
            "--coordinator c --local-cluster 2",
            "--coordinator c --memory-limit 1",
            "--coordinator c --partitions 2",
            "--local-cluster 0",
        ] {
            let words = ["sql"].into_iter().chain(words.split_whitespace());
            assert!(Flags::try_parse_from(words).is_err());
        }
    }
}
