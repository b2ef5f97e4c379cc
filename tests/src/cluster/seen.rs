//! Hosts and queries as a client is told of them.

use arrowbox_host::protocol::{HostEntry, HostState, QueryEntry};
use serde_json::Value;

/// A host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSeen {
    /// Its name.
    pub name: String,
    /// Where it is reached.
    pub url: String,
    /// Whether it gets no more work.
    pub drains: bool,
    /// Attempts that it has open.
    pub attempts: u64,
    /// Tasks of those.
    pub tasks: u64,
}

/// A query that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySeen {
    /// Names it.
    pub id: String,
    /// What was asked.
    pub text: String,
    /// How often it was begun again.
    pub replayed: u64,
}

impl HostSeen {
    /// Those that `arrowbox cluster status --format json` lists.
    ///
    /// # Panics
    ///
    /// When something is missing there.
    pub fn list(listed: &Value) -> Vec<Self> {
        let host = |host: &Value| Self {
            name: text(host, "name"),
            url: text(host, "url"),
            drains: text(host, "state") == "draining",
            attempts: number(&host["load"], "attempts"),
            tasks: number(&host["load"], "tasks"),
        };
        all(listed).map(host).collect()
    }
}

impl From<HostEntry> for HostSeen {
    fn from(host: HostEntry) -> Self {
        Self {
            name: host.name,
            url: host.url,
            drains: host.state == HostState::Draining,
            attempts: host.load.attempts.into(),
            tasks: host.load.tasks.into(),
        }
    }
}

impl QuerySeen {
    /// Those that `arrowbox cluster queries --format json` lists.
    ///
    /// # Panics
    ///
    /// When something is missing there.
    pub fn list(listed: &Value) -> Vec<Self> {
        let query = |query: &Value| Self {
            id: text(query, "id"),
            text: text(query, "text"),
            replayed: number(query, "replayed"),
        };
        all(listed).map(query).collect()
    }
}

impl From<QueryEntry> for QuerySeen {
    fn from(query: QueryEntry) -> Self {
        Self {
            id: query.id.to_string(),
            text: query.text,
            replayed: query.replayed.into(),
        }
    }
}

fn all(listed: &Value) -> impl Iterator<Item = &Value> {
    let listed = listed.as_array();
    listed.expect("a list").iter()
}

fn text(of: &Value, field: &str) -> String {
    let value = of[field].as_str();
    value
        .unwrap_or_else(|| panic!("no {field} in {of}"))
        .to_owned()
}

fn number(of: &Value, field: &str) -> u64 {
    let value = of[field].as_u64();
    value.unwrap_or_else(|| panic!("no {field} in {of}"))
}
