//! Which errors say that a host was lost, and what is done then.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use arrowbox_host::TransportError;
use arrowbox_host::protocol::RemoteError;
use datafusion::error::DataFusionError;

use super::error::{ClusterError, LostHost};
use super::host::Host;

/// How often a query is begun.
pub(crate) const ATTEMPTS: usize = 4;

/// The address of the host that was lost, if that is what `error` says, whoever noticed.
pub(crate) fn lost_host(error: &DataFusionError) -> Option<String> {
    find(error)
}

fn find(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(lost) = error.downcast_ref::<LostHost>() {
        return Some(lost.url.to_string());
    }
    let here = error.downcast_ref().and_then(TransportError::lost);
    let elsewhere = error.downcast_ref().and_then(RemoteError::lost);
    if let Some(url) = here.or(elsewhere) {
        return Some(url.to_owned());
    }
    // It calls the first of several its source.
    if let Some(DataFusionError::Collection(errors)) = error.downcast_ref() {
        return errors.iter().find_map(lost_host);
    }
    error.source().and_then(find)
}

/// The attempts at a query.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    history: Vec<String>,
    /// Hosts that attempts have lost, by their addresses. Others at the same addresses are welcome.
    lost: Vec<Arc<Host>>,
}

impl Tries {
    /// Those hosts that no attempt has lost.
    pub(crate) fn choose(&self, mut live: Vec<Arc<Host>>) -> Vec<Arc<Host>> {
        live.retain(|host| !self.lost.iter().any(|lost| Arc::ptr_eq(lost, host)));
        live
    }

    /// One line for each attempt that lost a host.
    pub(crate) fn history(&self) -> &[String] {
        &self.history
    }

    /// Takes note of an attempt on `hosts` that began at `begun` and ended with `error`.
    ///
    /// # Errors
    ///
    /// If there is no point in another: the error says something else, or there were enough.
    pub(crate) fn note(
        &mut self,
        hosts: &[Arc<Host>],
        begun: Instant,
        error: DataFusionError,
    ) -> Result<(), DataFusionError> {
        let Some(url) = lost_host(&error) else {
            return Err(error);
        };
        let host = hosts.iter().find(|host| is_at(host, &url));
        let name = match host {
            Some(host) => format!("`{}` at {}", host.name, host.url),
            None => url,
        };
        let number = self.history.len() + 1;
        let after = begun.elapsed().as_secs_f64();
        let line = format!("attempt {number} lost the host {name} after {after:.1} s");
        self.lost.extend(host.cloned());
        self.history.push(line);
        if self.history.len() < ATTEMPTS {
            return Ok(());
        }
        Err(ClusterError::Lost {
            history: std::mem::take(&mut self.history),
            source: error,
        }
        .into())
    }
}

fn is_at(host: &Host, url: &str) -> bool {
    let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
    trimmed(host.url.as_str()) == trimmed(url)
}

#[cfg(test)]
mod tests {
    use arrowbox_host::Loss;
    use datafusion::arrow::error::ArrowError;
    use url::Url;

    use super::*;

    const URL: &str = "quic://127.0.0.1:7";

    fn lost() -> DataFusionError {
        let (peer, why) = (URL.to_owned(), Loss::Silent);
        TransportError::Lost { peer, why }.into()
    }

    fn other() -> DataFusionError {
        DataFusionError::Execution(format!("`{URL}` was lost"))
    }

    fn host() -> Arc<Host> {
        let url = Url::parse(URL).unwrap();
        Arc::new(Host::new("a".to_owned(), url, 2, 0))
    }

    #[test]
    fn a_lost_host_is_found_wherever_it_is_said() {
        let within = |error: DataFusionError| ArrowError::ExternalError(Box::new(error));
        let cases = [
            lost(),
            lost().context("in a stage").context("in a query"),
            DataFusionError::Shared(Arc::new(lost())),
            DataFusionError::Collection(vec![other(), lost().context("second")]),
            DataFusionError::ArrowError(Box::new(within(lost())), None),
            DataFusionError::External(Box::new(lost())),
            host().lost_by(None).into(),
        ];
        for error in cases {
            assert_eq!(lost_host(&error).as_deref(), Some(URL), "{error}");
        }
    }

    #[test]
    fn what_only_sounds_so_is_not_retried() {
        let mut tries = Tries::default();
        assert!(lost_host(&other()).is_none());
        assert!(tries.note(&[], Instant::now(), other()).is_err());
        let refused = TransportError::Refused {
            peer: URL.to_owned(),
            reason: "no".to_owned(),
        };
        assert!(lost_host(&refused.into()).is_none());
        assert!(tries.history().is_empty());
    }

    #[test]
    fn a_host_is_lost_once_and_another_at_its_address_is_welcome() {
        let (old, new) = (host(), host());
        let mut tries = Tries::default();
        let hosts = [Arc::clone(&old)];
        tries.note(&hosts, Instant::now(), lost()).unwrap();
        assert!(tries.choose(vec![old]).is_empty());
        assert_eq!(tries.choose(vec![new]).len(), 1);
    }

    #[test]
    fn the_last_error_tells_what_was_tried() {
        let mut tries = Tries::default();
        for _ in 1..ATTEMPTS {
            tries.note(&[host()], Instant::now(), lost()).unwrap();
        }
        let error = tries.note(&[host()], Instant::now(), lost()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("attempt 1 lost the host `a`"), "{text}");
        assert!(text.contains("attempt 4 lost the host `a`"), "{text}");
    }
}
