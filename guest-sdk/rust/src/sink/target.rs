//! Where files go: to the host, or, outside of a component, to the test that takes them.

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{Target, with};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::Target;

#[cfg(target_family = "wasm")]
mod wasm {
    use crate::Error;
    use crate::bindings::arrowbox::udf::arrow::{Buffer, Span};
    use crate::bindings::arrowbox::udf::sink as host;

    /// One file.
    pub(crate) struct Target(host::File);

    impl Target {
        pub(crate) fn create(path: &str) -> Result<Self, Error> {
            host::File::create(path).map(Self).map_err(Error::new)
        }

        /// The host takes the bytes from where they lie.
        pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
            let span = Buffer::Span(Span {
                address: bytes.as_ptr() as usize as u32,
                length: bytes.len() as u32,
            });
            self.0.write(&span).map_err(Error::new)
        }

        pub(crate) fn finish(self) -> Result<u64, Error> {
            self.0.finish().map_err(Error::new)
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::cell::RefCell;

    use crate::Error;

    /// A file, and whether it is finished.
    type Made = (String, Vec<u8>, bool);

    thread_local! {
        static SINK: RefCell<Option<Vec<Made>>> = const { RefCell::new(None) };
    }

    /// What there was before, which is there again when this is dropped.
    struct Before(Option<Vec<Made>>);

    impl Drop for Before {
        fn drop(&mut self) {
            SINK.set(self.0.take());
        }
    }

    /// Runs `body` and gives the files that it finished, in the order in which it began them.
    pub(crate) fn with<R>(body: impl FnOnce() -> R) -> (R, Vec<(String, Vec<u8>)>) {
        let _before = Before(SINK.replace(Some(Vec::new())));
        let result = body();
        let made = SINK.replace(None).unwrap_or_default();
        let finished = |(path, bytes, finished)| bool::then(finished, || (path, bytes));
        (result, made.into_iter().filter_map(finished).collect())
    }

    /// One file.
    pub(crate) struct Target(String);

    impl Target {
        pub(crate) fn create(path: &str) -> Result<Self, Error> {
            if path
                .split('/')
                .any(|name| name.is_empty() || name.starts_with('.'))
            {
                return Err(Error::new(format_args!(
                    "{path:?} is no path of a file: it has names between `/` that do not begin with a dot"
                )));
            }
            Self::files(|files| {
                if files.iter().any(|(name, ..)| name == path) {
                    return Err(Error::new(format_args!("{path} is there already")));
                }
                files.push((path.to_owned(), Vec::new(), false));
                Ok(Self(path.to_owned()))
            })
        }

        pub(crate) fn write(&mut self, more: &[u8]) -> Result<(), Error> {
            self.file(|(_, bytes, _)| bytes.extend_from_slice(more))
        }

        pub(crate) fn finish(self) -> Result<u64, Error> {
            self.file(|(_, bytes, finished)| {
                *finished = true;
                bytes.len() as u64
            })
        }

        fn files<R>(body: impl FnOnce(&mut Vec<Made>) -> Result<R, Error>) -> Result<R, Error> {
            SINK.with_borrow_mut(|files| match files {
                Some(files) => body(files),
                None => Err(Error::new(
                    "outside of a query, files are made within `testing::with_sink`",
                )),
            })
        }

        fn file<R>(&self, body: impl FnOnce(&mut Made) -> R) -> Result<R, Error> {
            Self::files(
                |files| match files.iter_mut().find(|(name, ..)| *name == self.0) {
                    Some(file) => Ok(body(file)),
                    None => Err(Error::new(format_args!("{} is of another sink", self.0))),
                },
            )
        }
    }

    impl Drop for Target {
        fn drop(&mut self) {
            SINK.with_borrow_mut(|files| {
                if let Some(files) = files {
                    files.retain(|(name, _, finished)| *finished || *name != self.0);
                }
            });
        }
    }
}
