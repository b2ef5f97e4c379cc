//! What guests can call: `log`, `clock`, `random`, `data`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{
    bindings::arrowbox::udf::{arrow, clock, data, log, random, types},
    environment::Line,
    grants::Grant,
    instance::Guest,
    plain::plain,
};

/// Bytes of one `random.bytes`.
const RANDOM_BYTES: u32 = 65_536;
/// Bytes of one `data.read`.
const DATA_BYTES: u32 = 16 << 20;
/// Bytes of the last words of a panic that are kept.
const PANIC_BYTES: usize = 16 << 10;

/// A guest did what it was not granted.
#[derive(Debug, thiserror::Error)]
#[error("the function needs the grant `{0}`")]
pub(super) struct Ungranted(pub(super) Grant);

impl Guest {
    fn need(&self, grant: Grant) -> wasmtime::Result<()> {
        if self.environment.grants.contains(&grant) {
            Ok(())
        } else {
            Err(wasmtime::Error::new(Ungranted(grant)))
        }
    }
}

impl log::Host for Guest {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let function = &*self.environment.function;
        let line = match self.environment.log.admit(&message) {
            Line::Write(line) => plain(line),
            Line::Last => {
                "no more lines of this query's functions are written: there were too many".into()
            }
            Line::Drop => return Ok(()),
        };
        match level {
            log::Level::Trace => tracing::trace!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Debug => tracing::debug!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Info => tracing::info!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Warn => tracing::warn!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Error => tracing::error!(target: "arrowbox::guest", function, "{line}"),
        }
        Ok(())
    }

    fn panicked(&mut self, message: String, location: String) -> wasmtime::Result<()> {
        let keep =
            |text: String| plain(&text[..text.floor_char_boundary(PANIC_BYTES)]).into_owned();
        self.panic = Some((keep(message), keep(location)));
        Ok(())
    }
}

impl clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<i64> {
        self.need(Grant::Clock)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl random::Host for Guest {
    fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        self.need(Grant::Random)?;
        let mut bytes = vec![0; length.min(RANDOM_BYTES) as usize];
        getrandom::fill(&mut bytes).map_err(wasmtime::Error::new)?;
        Ok(bytes)
    }
}

impl data::Host for Guest {
    fn size(&mut self, name: String) -> wasmtime::Result<Result<u64, String>> {
        Ok(self.blob(&name).map(|blob| blob.len() as u64))
    }

    fn read(
        &mut self,
        name: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(self.blob(&name).map(|blob| {
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(blob.len());
            let length = length.min(DATA_BYTES) as usize;
            let end = start.saturating_add(length).min(blob.len());
            blob[start..end].to_vec()
        }))
    }
}

impl Guest {
    fn blob(&self, name: &str) -> Result<&[u8], String> {
        self.environment
            .data
            .get(name)
            .map(|blob| &**blob)
            .ok_or_else(|| {
                format!(
                    "there is no data `{name}`: name it with `OPTIONS (data.{name} = '<path>')`"
                )
            })
    }
}

impl arrow::Host for Guest {}
impl types::Host for Guest {}
