//! The parts of a table that are read one by one.

use std::{collections::HashSet, fmt, sync::Arc};

use datafusion::error::Result;
use serde::{Deserialize, Serialize};

use super::{
    ReaderBreach, Source, call, external,
    filter::{EncodedFilters, Filter, hand_over},
};
use crate::{
    functions::{error::Failure, guest::Guest},
    query::{Figures, QueryScope},
    sandbox::wire,
    storage::Files,
};

/// Splits of one scan.
pub(super) const SPLITS: usize = 1 << 16;
/// Batches without rows that a split can return in a row.
pub(super) const EMPTY_BATCHES: usize = 10_000;

/// What a scan wants of the reader.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) projection: Vec<usize>,
    pub(super) filters: Vec<Filter>,
    pub(super) limit: Option<u64>,
}

/// A [`Wanted`] for a host.
#[derive(Serialize, Deserialize)]
pub(super) struct EncodedWanted {
    projection: Vec<usize>,
    filters: EncodedFilters,
    limit: Option<u64>,
}

/// A part of the table, and where it is for people.
#[derive(Debug)]
pub(in crate::functions) struct Split {
    pub(super) wire: wire::Split,
    /// Its number in the plan.
    index: usize,
    /// Splits of the plan.
    count: usize,
    place: Place,
}

/// A [`Split`] for a host.
#[derive(Serialize, Deserialize)]
struct EncodedSplit {
    token: Vec<u8>,
    /// A path, where in the file, and how many bytes.
    range: Option<(String, u64, u64)>,
    rows: Option<u64>,
    index: usize,
    count: usize,
}

#[derive(Debug)]
enum Place {
    File(String),
    Bytes { path: String, begin: u64, end: u64 },
    Number(usize, usize),
}

impl Wanted {
    pub(super) fn encode(&self, source: &Source) -> Result<EncodedWanted> {
        Ok(EncodedWanted {
            projection: self.projection.clone(),
            filters: EncodedFilters::new(&self.filters, &source.schema)?,
            limit: self.limit,
        })
    }

    pub(super) fn decode(encoded: EncodedWanted, source: &Source) -> Result<Self> {
        Ok(Self {
            projection: encoded.projection,
            filters: encoded.filters.decode(&source.schema)?,
            limit: encoded.limit,
        })
    }

    /// Hands over what is wanted. It is the guest's then, so every call needs its own.
    pub(super) fn request(
        &self,
        guest: &mut Guest,
        source: &Source,
    ) -> Result<wire::Request, Failure> {
        let instance = &mut guest.opened.instance;
        let (filters, bytes) = hand_over(instance, &self.filters, &source.schema)?;
        Figures::add(&guest.scope.figures.bytes_copied_in, bytes);
        Ok(wire::Request {
            projection: self.projection.iter().map(|index| *index as u32).collect(),
            filters,
            limit: self.limit,
        })
    }

    /// The splits that the reader makes of it.
    pub(super) fn plan(
        &self,
        source: &Source,
        query: &QueryScope,
        files: &Files,
    ) -> Result<Vec<Arc<Split>>> {
        let plan = || {
            let mut guest = source.guest(query, files)?;
            let request = self.request(&mut guest, source)?;
            let splits = call(&mut guest, |instance, handle| {
                instance.plan_reader(handle, &request)
            })?;
            Ok::<_, Failure>(check(splits, files)?)
        };
        plan().map_err(|cause| source.failed(query, cause))
    }
}

/// Whether splits have each row once, as far as the host can see.
fn check(splits: Vec<wire::Split>, files: &Files) -> Result<Vec<Arc<Split>>, ReaderBreach> {
    let count = splits.len();
    if count > SPLITS {
        return Err(ReaderBreach::TooManySplits(count));
    }
    let splits = splits.into_iter().enumerate();
    let splits: Vec<_> = splits
        .map(|(index, wire)| Split::new(wire, index, count, files))
        .collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    for split in &splits {
        let range = split.wire.range.as_ref();
        let range = range.map(|range| (&range.path, range.offset, range.length));
        if !seen.insert((&split.wire.token, range)) {
            return Err(ReaderBreach::SameSplit(split.to_string()));
        }
    }
    let ranges = splits.iter().filter_map(|split| {
        let range = split.wire.range.as_ref().filter(|range| range.length > 0)?;
        Some((&range.path, range.offset, range.length, split))
    });
    let mut ranges: Vec<_> = ranges.collect();
    ranges.sort_by_key(|(path, offset, ..)| (*path, *offset));
    for pair in ranges.windows(2) {
        let [(path, offset, length, first), (next, begin, _, second)] = pair else {
            continue;
        };
        // Inside of their file, so the sum is no more than its size.
        if path == next && offset + length > *begin {
            return Err(ReaderBreach::Overlap {
                first: first.to_string(),
                second: second.to_string(),
            });
        }
    }
    Ok(splits.into_iter().map(Arc::new).collect())
}

impl Place {
    fn of(range: &wire::Range, size: u64) -> Self {
        let path = range.path.clone();
        let end = range.offset.saturating_add(range.length);
        match (range.offset, end) {
            (0, end) if end == size => Self::File(path),
            (begin, end) => Self::Bytes { path, begin, end },
        }
    }
}

impl Split {
    /// The split for a host.
    pub(in crate::functions) fn encode(&self) -> Result<Vec<u8>> {
        let range = self.wire.range.as_ref();
        let encoded = EncodedSplit {
            token: self.wire.token.clone(),
            range: range.map(|range| (range.path.clone(), range.offset, range.length)),
            rows: self.wire.rows,
            index: self.index,
            count: self.count,
        };
        postcard::to_stdvec(&encoded).map_err(external)
    }

    /// A split from a coordinator, of a table of these files.
    pub(super) fn decode(bytes: &[u8], files: &Files) -> Result<Self> {
        let encoded: EncodedSplit = postcard::from_bytes(bytes).map_err(external)?;
        let range = encoded.range.map(|(path, offset, length)| wire::Range {
            path,
            offset,
            length,
        });
        let wire = wire::Split {
            token: encoded.token,
            range,
            rows: encoded.rows,
        };
        Self::new(wire, encoded.index, encoded.count, files).map_err(external)
    }

    fn new(
        wire: wire::Split,
        index: usize,
        count: usize,
        files: &Files,
    ) -> Result<Self, ReaderBreach> {
        let Some(range) = &wire.range else {
            return Ok(Self {
                wire,
                index,
                count,
                place: Place::Number(index.saturating_add(1), count),
            });
        };
        let Some(size) = files.size(&range.path) else {
            let shown: String = range.path.chars().take(200).collect();
            return Err(ReaderBreach::NoSuchFile(shown));
        };
        let end = range.offset.checked_add(range.length);
        let place = Place::of(range, size);
        let inside = end.is_some_and(|end| end <= size);
        let split = Self {
            wire,
            index,
            count,
            place,
        };
        match inside {
            true => Ok(split),
            false => Err(ReaderBreach::Beyond {
                split: split.to_string(),
                size,
            }),
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "`{path}`"),
            Place::Bytes { path, begin, end } => write!(f, "bytes {begin} to {end} of `{path}`"),
            Place::Number(number, count) => write!(f, "split {number} of {count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Locations, StoreOptions};

    fn files(folder: &std::path::Path) -> (Files, String) {
        std::fs::write(folder.join("a"), "0123456789").unwrap();
        std::fs::write(folder.join("b"), "").unwrap();
        let at = folder.to_str().unwrap().to_owned();
        let locations = Locations::new(std::slice::from_ref(&at), &StoreOptions::default());
        (locations.unwrap().list(&Arc::default()).unwrap(), at)
    }

    #[test]
    fn splits_that_read_rows_twice_or_nowhere_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (files, at) = files(folder.path());
        let split = |token: u8, range: Option<(&str, u64, u64)>| wire::Split {
            token: vec![token],
            range: range.map(|(name, offset, length)| wire::Range {
                path: format!("{at}/{name}"),
                offset,
                length,
            }),
            rows: None,
        };
        let checked = |splits: &[wire::Split]| check(splits.to_vec(), &files);
        let shown = |splits: &[wire::Split]| -> Vec<String> {
            let splits = checked(splits).unwrap();
            splits.iter().map(|split| split.to_string()).collect()
        };
        assert_eq!(shown(&[]), Vec::<String>::new());
        assert_eq!(
            shown(&[
                split(0, Some(("a", 5, 5))),
                split(0, Some(("a", 0, 5))),
                split(0, Some(("b", 0, 0))),
                split(0, None),
                split(1, None),
            ]),
            [
                format!("bytes 5 to 10 of `{at}/a`"),
                format!("bytes 0 to 5 of `{at}/a`"),
                format!("`{at}/b`"),
                "split 4 of 5".to_owned(),
                "split 5 of 5".to_owned(),
            ]
        );
        assert!(matches!(
            checked(&[split(0, None), split(0, None)]),
            Err(ReaderBreach::SameSplit(_))
        ));
        assert!(matches!(
            checked(&[split(0, Some(("a", 0, 6))), split(1, Some(("a", 5, 5)))]),
            Err(ReaderBreach::Overlap { .. })
        ));
        assert!(matches!(
            checked(&[split(0, Some(("c", 0, 1)))]),
            Err(ReaderBreach::NoSuchFile(_))
        ));
        for (offset, length) in [(0, 11), (11, 0), (u64::MAX, 1), (1, u64::MAX)] {
            assert!(matches!(
                checked(&[split(0, Some(("a", offset, length)))]),
                Err(ReaderBreach::Beyond { size: 10, .. })
            ));
        }
        let many: Vec<_> = (0..=SPLITS).map(|_| split(0, None)).collect();
        let refused = checked(&many).unwrap_err();
        assert!(refused.to_string().contains("65537 splits"), "{refused}");
    }
}
