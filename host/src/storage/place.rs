//! One location, as a statement writes it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use object_store::{ObjectStore, ObjectStoreScheme, parse_url_opts, path::Path as Key};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    failure::LocationError,
    options::{StoreOptions, Told},
    pattern,
};

/// Where a location is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A path of this machine.
    Local(Local),
    /// An object or a prefix of objects.
    Remote(Remote),
}

/// A path of this machine.
#[derive(Debug, Clone)]
pub(super) struct Local {
    /// As it was written, for people.
    pub(super) shown: PathBuf,
    /// The same, whatever becomes of the current folder.
    pub(super) absolute: PathBuf,
}

/// An object or a prefix of objects.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub(super) store: Arc<dyn ObjectStore>,
    /// How the store was found.
    pub(super) origin: Arc<Origin>,
    /// `s3://bucket`, for people.
    pub(super) root: String,
    pub(super) base: Key,
    /// Below `base`; empty if there is none.
    pub(super) pattern: String,
    /// Whether it was written with a slash at the end.
    pub(super) folder: bool,
    /// Single files only.
    pub(super) http: bool,
}

/// How a store was found: enough to find it on another machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    /// As it was written.
    location: String,
    told: Told,
}

impl Origin {
    /// The same place for this machine.
    ///
    /// # Errors
    ///
    /// If it has no client for it.
    pub(super) fn place(&self) -> Result<Place, LocationError> {
        Place::with(&self.location, |scheme| self.told.here(scheme))
    }
}

impl Place {
    /// # Errors
    ///
    /// If it is no path, and no URL of a store that is known.
    pub(super) fn parse(location: &str, options: &StoreOptions) -> Result<Self, LocationError> {
        Self::with(location, |scheme| options.of(scheme))
    }

    fn with(
        location: &str,
        told: impl FnOnce(&ObjectStoreScheme) -> Told,
    ) -> Result<Self, LocationError> {
        if location.trim().is_empty() {
            return Err(LocationError::None);
        }
        let Some(scheme) = scheme(location) else {
            return Local::place(Path::new(location));
        };
        if scheme.eq_ignore_ascii_case("file") {
            let url = parse(location, location)?;
            let path = url.to_file_path().map_err(|()| LocationError::Store {
                location: location.to_owned(),
                reason: "it names no path of this machine; write `file:///path`".to_owned(),
            })?;
            return Local::place(&path);
        }
        // Before the URL is parsed, which takes what is behind `?` for something else. Behind the host.
        let begin = scheme.len() + "://".len();
        let path = location[begin..]
            .find('/')
            .map_or(location.len(), |slash| begin + slash + 1);
        let http = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
        let rest = &location[path..];
        if http && rest.contains('?') {
            return Err(LocationError::Query(location.to_owned()));
        }
        let (_, pattern) = pattern::split(rest);
        let pattern = if pattern::is_pattern(pattern) {
            pattern
        } else {
            ""
        };
        let before = &rest[..rest.len() - pattern.len()];
        let base = &location[..location.len() - pattern.len()];
        let url = parse(base, location)?;
        let failed = |reason: String| LocationError::Store {
            location: location.to_owned(),
            reason,
        };
        let (kind, _) = ObjectStoreScheme::parse(&url).map_err(|_| {
            failed(format!(
                "the scheme `{scheme}` is not known; it can be file, s3, gs, az, abfss, http or https"
            ))
        })?;
        if matches!(kind, ObjectStoreScheme::Memory | ObjectStoreScheme::Local) {
            return Err(failed(format!("`{scheme}` holds no files")));
        }
        let told = told(&kind);
        let (store, base) =
            parse_url_opts(&url, told.pairs()).map_err(|error| failed(error.to_string()))?;
        let http = kind == ObjectStoreScheme::Http;
        let folder = before.is_empty() || before.ends_with('/');
        if http && (folder || !pattern.is_empty()) {
            return Err(LocationError::Listing(location.to_owned()));
        }
        let key = base.as_ref();
        let shown = url.as_str().trim_end_matches('/');
        // What is not the key: with the bucket, also where that is a part of the path.
        let root = percent_decoded(shown)
            .strip_suffix(key)
            .map_or_else(|| shown.to_owned(), str::to_owned);
        Ok(Self::Remote(Remote {
            store: store.into(),
            origin: Arc::new(Origin {
                location: location.to_owned(),
                told,
            }),
            root: root.trim_end_matches('/').to_owned(),
            base,
            pattern: pattern.to_owned(),
            folder,
            http,
        }))
    }
}

impl Local {
    fn place(path: &Path) -> Result<Place, LocationError> {
        let absolute = std::path::absolute(path).map_err(|source| LocationError::Io {
            path: path.to_owned(),
            source,
        })?;
        Ok(Place::Local(Self {
            shown: path.to_owned(),
            absolute,
        }))
    }
}

impl Remote {
    /// An object as people write it.
    pub(super) fn shown(&self, key: &Key) -> String {
        format!("{}/{key}", self.root)
    }
}

fn parse(url: &str, location: &str) -> Result<Url, LocationError> {
    let parsed = Url::parse(url).map_err(|source| LocationError::Url {
        location: location.to_owned(),
        source,
    })?;
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(LocationError::Query(location.to_owned()));
    }
    Ok(parsed)
}

fn scheme(location: &str) -> Option<&str> {
    let (scheme, _) = location.split_once("://")?;
    let letters = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (letters && scheme.chars().all(rest)).then_some(scheme)
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(hex)) => {
                decoded.push(hex);
                at += 3;
            }
            (byte, _) => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(location: &str) -> Remote {
        match Place::parse(location, &StoreOptions::default()) {
            Ok(Place::Remote(remote)) => remote,
            other => panic!("{location}: {other:?}"),
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        for (location, root, base, pattern) in [
            ("s3://bucket/a/b.json", "s3://bucket", "a/b.json", ""),
            ("s3://bucket/a b/*.json", "s3://bucket", "a b", "*.json"),
            ("s3://bucket/a%20b/", "s3://bucket", "a b", ""),
            (
                "http://host:8080/x/y.csv",
                "http://host:8080",
                "x/y.csv",
                "",
            ),
        ] {
            let remote = remote(location);
            assert_eq!(remote.root, root, "{location}");
            assert_eq!(remote.base.as_ref(), base, "{location}");
            assert_eq!(remote.pattern, pattern, "{location}");
            let folder = location.ends_with('/') || !pattern.is_empty();
            assert_eq!(remote.folder, folder, "{location}");
        }
    }

    #[test]
    fn what_can_not_be_reached_says_so() {
        let refused = |location| Place::parse(location, &StoreOptions::default()).unwrap_err();
        assert!(matches!(refused(""), LocationError::None));
        assert!(matches!(
            refused("https://host/folder/"),
            LocationError::Listing(_)
        ));
        assert!(matches!(
            refused("https://host/file?signature=1"),
            LocationError::Query(_)
        ));
        let error = refused("ftp://host/file").to_string();
        assert!(error.contains("ftp"), "{error}");
    }

    #[test]
    fn a_path_is_a_path() {
        for location in ["a/b", "/a/b", "file:///a/b", "a:b", "C://"] {
            let place = Place::parse(location, &StoreOptions::default());
            let local = matches!(place, Ok(Place::Local(_)));
            assert_eq!(local, location != "C://", "{location}");
        }
    }
}
