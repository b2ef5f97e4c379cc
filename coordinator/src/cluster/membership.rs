use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use url::Url;

use super::host::Host;

/// The hosts that take part, by their addresses.
#[derive(Debug, Default)]
pub(super) struct Membership {
    hosts: Mutex<BTreeMap<Url, Arc<Host>>>,
    changed: watch::Sender<()>,
}

/// The part that a host takes. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Member {
    membership: Arc<Membership>,
    host: Arc<Host>,
}

impl Membership {
    /// Lets a host take part. Another at the same address is thereby known to be gone.
    pub(super) fn admit(self: &Arc<Self>, host: Host) -> Member {
        let host = Arc::new(host);
        let before = self.hosts().insert(host.url.clone(), Arc::clone(&host));
        if let Some(before) = before {
            tracing::warn!(host = before.name, url = %before.url, "a host was started anew");
            before.end();
        }
        self.changed.send_replace(());
        Member {
            membership: Arc::clone(self),
            host,
        }
    }

    /// All of them, in the order of their addresses.
    pub(super) fn all(&self) -> Vec<Arc<Host>> {
        self.hosts().values().cloned().collect()
    }

    /// Those that get new work.
    pub(super) fn live(&self) -> Vec<Arc<Host>> {
        let hosts = self.hosts();
        let live = hosts.values().filter(|host| host.is_live());
        live.cloned().collect()
    }

    /// Those of this name or address.
    pub(super) fn find(&self, name: &str) -> Vec<Arc<Host>> {
        let address = Url::parse(name).ok();
        let hosts = self.hosts();
        let found = hosts
            .values()
            .filter(|host| host.name == name || address.as_ref() == Some(&host.url));
        found.cloned().collect()
    }

    /// Those that get no new work do, or the other way round.
    pub(super) fn note_change(&self) {
        self.changed.send_replace(());
    }

    /// Waits until `holds` for those that are there.
    pub(super) async fn wait_for(&self, mut holds: impl FnMut(&Self) -> bool) {
        let mut changed = self.changed.subscribe();
        // The sender is here, and so this does not end otherwise.
        let _ = changed.wait_for(|()| holds(self)).await;
    }

    fn hosts(&self) -> MutexGuard<'_, BTreeMap<Url, Arc<Host>>> {
        // What it guards is whole between any two statements.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    pub(super) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Waits until another host takes part at the same address.
    pub(super) async fn replaced(&self) {
        self.membership
            .wait_for(|membership| {
                let hosts = membership.hosts();
                let now = hosts.get(&self.host.url);
                now.is_none_or(|now| !Arc::ptr_eq(now, &self.host))
            })
            .await;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut hosts = self.membership.hosts();
        let own = hosts
            .get(&self.host.url)
            .is_some_and(|now| Arc::ptr_eq(now, &self.host));
        if own {
            hosts.remove(&self.host.url);
        }
        drop(hosts);
        self.host.end();
        self.membership.note_change();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, port: u16) -> Host {
        let url = Url::parse(&format!("quic://127.0.0.1:{port}")).unwrap();
        Host::new(name.to_owned(), url, 2, 1 << 30)
    }

    fn names(hosts: &[Arc<Host>]) -> Vec<&str> {
        hosts.iter().map(|host| host.name.as_str()).collect()
    }

    #[tokio::test]
    async fn hosts_take_part_as_long_as_they_are_held() {
        let membership = Arc::new(Membership::default());
        let a = membership.admit(host("a", 1));
        let b = membership.admit(host("b", 2));
        assert_eq!(names(&membership.live()), ["a", "b"]);
        let lost = Arc::clone(a.host());
        drop(a);
        lost.lost().await;
        assert_eq!(names(&membership.live()), ["b"]);
        b.host()
            .set_state(arrowbox_host::protocol::HostState::Draining);
        assert!(membership.live().is_empty());
        assert_eq!(names(&membership.all()), ["b"]);
    }

    #[tokio::test]
    async fn a_host_that_comes_again_takes_the_place_of_the_old_one() {
        let membership = Arc::new(Membership::default());
        let old = membership.admit(host("old", 1));
        let new = membership.admit(host("new", 1));
        old.replaced().await;
        old.host().lost().await;
        // What is left of the old one does not take the new one along.
        drop(old);
        assert_eq!(names(&membership.live()), ["new"]);
        assert_eq!(names(&membership.find("quic://127.0.0.1:1")), ["new"]);
        drop(new);
        membership
            .wait_for(|membership| membership.all().is_empty())
            .await;
    }

    #[tokio::test]
    async fn a_host_that_takes_its_leave_is_not_lost() {
        let membership = Arc::new(Membership::default());
        let member = membership.admit(host("a", 1));
        let host = Arc::clone(member.host());
        host.leave();
        drop(member);
        let lost = tokio::time::timeout(std::time::Duration::ZERO, host.lost());
        assert!(lost.await.is_err());
    }
}
