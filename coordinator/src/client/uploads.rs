use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrowbox_host::Digest;
use arrowbox_host::TransportError;
use arrowbox_host::protocol::{CoordinatorRequest, Limit, Missing, Stored, Upload};
use bytes::Bytes;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use tokio::task::spawn_blocking;

use super::error::ClientError;
use super::handle::Client;
use crate::session::{Statement, parse, stack};

/// So deep may an expression be nested before the coordinator has to look at it.
const NESTING: usize = 300;

/// Files of this machine on their way to the coordinator's store.
pub(super) struct Uploads<'c> {
    client: &'c Client,
    paths: BTreeSet<String>,
}

impl<'c> Uploads<'c> {
    pub(super) fn new(client: &'c Client) -> Self {
        Self {
            client,
            paths: BTreeSet::new(),
        }
    }

    /// Adds the file at `path`, if there is one. Otherwise the coordinator knows what it stands for.
    pub(super) fn add(&mut self, path: &str) {
        if Path::new(path).is_file() {
            self.paths.insert(path.to_owned());
        }
    }

    /// Adds the files that functions are made of. What is wrong with statements is for the coordinator to
    /// say.
    pub(super) fn add_statements(&mut self, text: &str) {
        let parsed = stack::call(|| parse(text, &GenericDialect, NESTING));
        for statement in parsed.unwrap_or_default() {
            if let Statement::CreateFunction(create) = statement {
                self.add(&create.source);
                for path in create.options.data.values() {
                    self.add(&path.to_string_lossy());
                }
            }
        }
    }

    /// Sends what is not there yet.
    pub(super) async fn send(self) -> Result<Vec<Upload>, ClientError> {
        let mut uploads = Vec::new();
        let mut blobs = BTreeMap::new();
        for path in self.paths {
            let file = PathBuf::from(&path);
            let read =
                spawn_blocking(move || fs::read(&file).map(|bytes| (Digest::of(&bytes), bytes)));
            let read = read.await.unwrap_or_else(|error| Err(error.into()));
            let (digest, bytes) = read.map_err(|source| ClientError::Read {
                path: PathBuf::from(&path),
                source,
            })?;
            blobs.insert(digest, (path.clone(), Bytes::from(bytes)));
            uploads.push(Upload { path, digest });
        }
        if blobs.is_empty() {
            return Ok(uploads);
        }
        let request = CoordinatorRequest::Lacks(blobs.keys().copied().collect());
        let missing: Vec<Missing> = self.client.ask(&request).await?;
        for missing in missing {
            let Some((path, bytes)) = blobs.remove(&missing.digest) else {
                return Err(ClientError::Protocol {
                    url: self.client.url().clone(),
                    answer: "the lack of a file",
                });
            };
            let stored = put(self.client, missing, bytes).await;
            let stored = stored.map_err(|error| self.client.broken(error))?;
            stored.map_err(|failure| {
                ClientError::put(self.client.url(), PathBuf::from(path), failure)
            })?;
        }
        Ok(uploads)
    }
}

async fn put(client: &Client, missing: Missing, bytes: Bytes) -> Result<Stored, TransportError> {
    let blob = missing.rest(bytes.len() as u64);
    let rest = bytes.slice(blob.offset as usize..);
    let request = CoordinatorRequest::Put(blob);
    client.peer().put(&request, rest, Limit::MESSAGE).await
}
