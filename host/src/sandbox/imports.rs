//! What guests can call: `log`, `clock`, `random`, `data`, `files`, `sink`.

use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime::component::Resource;

use super::{
    bindings::arrowbox::udf::{arrow, clock, data, files, log, random, sink, types},
    environment::{Environment, Line},
    files::SinkFile,
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

impl Environment {
    /// Writes a line to the log, if there is room for it.
    pub(super) fn say(&self, level: log::Level, message: &str) {
        let function = &*self.function;
        let line = match self.log.admit(message) {
            Line::Write(line) => plain(line),
            Line::Last => {
                "no more lines of this query's functions are written: there were too many".into()
            }
            Line::Drop => return,
        };
        match level {
            log::Level::Trace => tracing::trace!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Debug => tracing::debug!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Info => tracing::info!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Warn => tracing::warn!(target: "arrowbox::guest", function, "{line}"),
            log::Level::Error => tracing::error!(target: "arrowbox::guest", function, "{line}"),
        }
    }
}

impl log::Host for Guest {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.environment.say(level, &message);
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

/// Bytes of one `files.read`.
const FILE_BYTES: u32 = 16 << 20;
/// Files that one instance can have open.
const OPEN_FILES: usize = 1024;

impl files::Host for Guest {
    fn entries(&mut self) -> wasmtime::Result<Result<Vec<files::Entry>, String>> {
        let Some(files) = &self.environment.files else {
            return Ok(Err(NO_FILES.into()));
        };
        let entry = |(path, size)| files::Entry { path, size };
        Ok(files
            .entries()
            .map(|files| files.into_iter().map(entry).collect()))
    }

    fn read(
        &mut self,
        path: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let bytes = self.read_file(&path, offset, length.min(FILE_BYTES))?;
        Ok(bytes.map(Vec::from))
    }

    fn read_into(
        &mut self,
        path: String,
        offset: u64,
        into: arrow::Span,
    ) -> wasmtime::Result<Result<u32, String>> {
        let bytes = match self.read_file(&path, offset, into.length.min(FILE_BYTES))? {
            Ok(bytes) => bytes,
            Err(message) => return Ok(Err(message)),
        };
        self.memory()?.write(into.address, &bytes)?;
        Ok(Ok(bytes.len() as u32))
    }
}

const NO_FILES: &str = "there are no files here: only a reader of a table has some";
const NO_SINK: &str = "no files can be made here: only a writer of a table can make some";

impl Guest {
    fn read_file(
        &mut self,
        path: &str,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<bytes::Bytes, String>> {
        let Some(files) = &self.environment.files else {
            return Ok(Err(NO_FILES.into()));
        };
        let read = files.read(path, offset, length);
        // The wait may have been long, and nobody may want the answer any more.
        self.look_at_the_clock().map_err(wasmtime::Error::new)?;
        Ok(read.inspect(|bytes| self.bytes_read += bytes.len() as u64))
    }
}

/// A file that a guest writes. Empty once it is finished.
pub struct OpenFile(Option<Box<dyn SinkFile>>);

impl sink::Host for Guest {}

impl sink::HostFile for Guest {
    fn create(&mut self, path: String) -> wasmtime::Result<Result<Resource<OpenFile>, String>> {
        let Some(sink) = &self.environment.sink else {
            return Ok(Err(NO_SINK.into()));
        };
        if self.open_files == OPEN_FILES {
            return Ok(Err(format!(
                "{OPEN_FILES} files are open already, which is the most: finish some first"
            )));
        }
        Ok(match sink.create(&path) {
            Ok(file) => {
                self.open_files += 1;
                Ok(self.resources.push(OpenFile(Some(file)))?)
            }
            Err(message) => Err(message),
        })
    }

    fn write(
        &mut self,
        file: Resource<OpenFile>,
        bytes: arrow::Buffer,
    ) -> wasmtime::Result<Result<(), String>> {
        let bytes = match bytes {
            arrow::Buffer::Bytes(bytes) => bytes,
            arrow::Buffer::Span(span) => self.memory()?.read(span)?,
        };
        let OpenFile(open) = self.resources.get_mut(&file)?;
        let written = match open {
            Some(open) => open.write(&bytes),
            None => Err(FINISHED.into()),
        };
        self.bytes_written += bytes.len() as u64;
        self.look_at_the_clock().map_err(wasmtime::Error::new)?;
        Ok(written)
    }

    fn finish(&mut self, file: Resource<OpenFile>) -> wasmtime::Result<Result<u64, String>> {
        let OpenFile(open) = self.resources.get_mut(&file)?;
        let finished = match open.take() {
            Some(open) => open.finish(),
            None => Err(FINISHED.into()),
        };
        self.look_at_the_clock().map_err(wasmtime::Error::new)?;
        Ok(finished)
    }

    fn drop(&mut self, file: Resource<OpenFile>) -> wasmtime::Result<()> {
        self.resources.delete(file)?;
        self.open_files -= 1;
        Ok(())
    }
}

const FINISHED: &str = "the file is finished";

impl arrow::Host for Guest {}
impl types::Host for Guest {}
