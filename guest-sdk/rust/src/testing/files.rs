use crate::files::source;

/// Runs `body` with these files and no others: what [`files`](crate::files) reads until it returns.
pub fn with_files<R>(files: &[(&str, &[u8])], body: impl FnOnce() -> R) -> R {
    let file = |&(path, bytes): &(&str, &[u8])| (path.to_owned(), bytes.to_vec());
    source::with(files.iter().map(file).collect(), body)
}
