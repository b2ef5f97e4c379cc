//! The files of a partition.

use std::collections::HashMap;
use std::io::Write;

use arrowbox_sdk::Error;
use arrowbox_sdk::sink::File;

use crate::manifest::Entry;

/// Files by their folders, not too many of them open.
///
/// Where a row wants one more, the file that waited longest is ended. Should its folder get more rows, they are
/// in another file.
pub(crate) struct Parts {
    partition: u32,
    most: usize,
    open: Vec<Part>,
    /// Where in `open` the file of a folder is.
    places: HashMap<String, usize>,
    /// The place of the file that was last written to: mostly it is the next, too.
    last: usize,
    /// How many rows there were, to know who waited how long.
    rows: u64,
    /// How many files each folder got.
    counts: HashMap<String, u32>,
    ended: Vec<Entry>,
}

struct Part {
    folder: String,
    file: File,
    rows: u64,
    /// What [`Parts::rows`] was at its last row.
    used: u64,
}

impl Parts {
    /// `most` files at once, one at least.
    pub(crate) fn new(partition: u32, most: usize) -> Self {
        Self {
            partition,
            most,
            open: Vec::new(),
            places: HashMap::new(),
            last: 0,
            rows: 0,
            counts: HashMap::new(),
            ended: Vec::new(),
        }
    }

    /// Appends a line to the file of a folder, which ends with `/` or is empty.
    #[inline]
    pub(crate) fn write(&mut self, folder: &str, line: &[u8]) -> Result<(), Error> {
        if self
            .open
            .get(self.last)
            .is_none_or(|part| part.folder != folder)
        {
            self.last = self.place(folder)?;
        }
        self.rows += 1;
        let part = &mut self.open[self.last];
        part.rows += 1;
        part.used = self.rows;
        part.file.write_all(line)?;
        Ok(())
    }

    /// Ends all files, and says what there are.
    pub(crate) fn finish(mut self) -> Result<Vec<Entry>, Error> {
        while !self.open.is_empty() {
            self.end(self.open.len() - 1)?;
        }
        Ok(self.ended)
    }

    fn place(&mut self, folder: &str) -> Result<usize, Error> {
        if let Some(place) = self.places.get(folder) {
            return Ok(*place);
        }
        while self.open.len() >= self.most {
            let parts = self.open.iter().enumerate();
            let longest = parts.min_by_key(|(_, part)| part.used);
            self.end(longest.map_or(0, |(place, _)| place))?;
        }
        let file = File::create(self.path(folder))?;
        self.open.push(Part {
            folder: folder.to_owned(),
            file,
            rows: 0,
            used: 0,
        });
        let place = self.open.len() - 1;
        self.places.insert(folder.to_owned(), place);
        Ok(place)
    }

    fn path(&mut self, folder: &str) -> String {
        let partition = self.partition;
        let count = self.counts.entry(folder.to_owned()).or_default();
        *count += 1;
        match count {
            1 => format!("{folder}part-{partition}.jsonl"),
            _ => format!("{folder}part-{partition}-{count}.jsonl"),
        }
    }

    fn end(&mut self, place: usize) -> Result<(), Error> {
        let part = self.open.swap_remove(place);
        self.places.remove(&part.folder);
        if let Some(moved) = self.open.get(place) {
            self.places.insert(moved.folder.clone(), place);
        }
        self.ended.push(Entry {
            path: part.file.path().to_owned(),
            rows: part.rows,
            bytes: part.file.finish()?,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrowbox_sdk::testing::with_sink;

    use super::*;

    /// Writes a line of each folder and gives what the files have.
    fn written(most: usize, folders: &[&str]) -> Vec<(String, String)> {
        let (entries, files) = with_sink(|| {
            let mut parts = Parts::new(3, most);
            for (row, folder) in folders.iter().enumerate() {
                parts.write(folder, format!("{row};").as_bytes()).unwrap();
                assert!(parts.open.len() <= most);
            }
            parts.finish().unwrap()
        });
        let mut files: Vec<_> = files
            .into_iter()
            .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
            .collect();
        files.sort();
        let mut entries = entries;
        entries.sort();
        assert_eq!(entries.len(), files.len());
        for (entry, (path, text)) in entries.iter().zip(&files) {
            assert_eq!(entry.path, *path);
            assert_eq!(entry.bytes, text.len() as u64);
            assert_eq!(entry.rows, text.matches(';').count() as u64);
        }
        files
    }

    fn file(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    #[test]
    fn each_folder_has_a_file() {
        assert_eq!(
            written(8, &["a=1/", "a=2/", "a=1/", "a=1/", "a=2/"]),
            [
                file("a=1/part-3.jsonl", "0;2;3;"),
                file("a=2/part-3.jsonl", "1;4;")
            ]
        );
        assert_eq!(written(8, &["", ""]), [file("part-3.jsonl", "0;1;")]);
        assert_eq!(written(8, &[]), []);
    }

    #[test]
    fn the_file_that_waited_longest_makes_way() {
        assert_eq!(
            written(2, &["a/", "b/", "a/", "c/", "a/", "b/", "a/"]),
            [
                file("a/part-3.jsonl", "0;2;4;6;"),
                file("b/part-3-2.jsonl", "5;"),
                file("b/part-3.jsonl", "1;"),
                file("c/part-3.jsonl", "3;"),
            ]
        );
        assert_eq!(
            written(1, &["a/", "b/", "a/"]),
            [
                file("a/part-3-2.jsonl", "2;"),
                file("a/part-3.jsonl", "0;"),
                file("b/part-3.jsonl", "1;"),
            ]
        );
    }
}
