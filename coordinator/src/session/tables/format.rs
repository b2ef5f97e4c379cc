use std::fmt;
use std::path::Path;
use std::sync::Arc;

use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;

/// How a file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `.parquet`
    Parquet,
    /// `.csv`, with a header
    Csv(Compression),
    /// `.tsv`, with a header
    Tsv(Compression),
    /// `.json`, `.ndjson`, `.jsonl`: an object a line
    JsonLines(Compression),
    /// `.json`: an array of objects
    JsonArray(Compression),
    /// `.arrow`, `.arrows`, `.ipc`, `.feather`: the file or the stream format
    Arrow,
}

/// What a file is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compression {
    /// Nothing.
    None,
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// `.xz`
    Xz,
    /// `.zst`
    Zstd,
}

/// For messages.
pub(super) const KNOWN: &str = ".parquet, .csv, .tsv, .json, .ndjson, .jsonl (text also as .gz, .bz2, .xz or .zst), .arrow, .ipc, .feather";

impl Format {
    /// The format of a file of this name, and the ending of the name that says so.
    pub fn of_name(path: &Path) -> Option<(Self, String)> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (rest, compression, packed) = match name.rsplit_once('.')? {
            (rest, "gz") => (rest, Compression::Gzip, ".gz"),
            (rest, "bz2") => (rest, Compression::Bzip2, ".bz2"),
            (rest, "xz") => (rest, Compression::Xz, ".xz"),
            (rest, "zst") => (rest, Compression::Zstd, ".zst"),
            _ => (name.as_str(), Compression::None, ""),
        };
        let (_, extension) = rest.rsplit_once('.')?;
        let format = match extension {
            "csv" => Self::Csv(compression),
            "tsv" => Self::Tsv(compression),
            "json" | "ndjson" | "jsonl" => Self::JsonLines(compression),
            "parquet" | "pq" if compression == Compression::None => Self::Parquet,
            "arrow" | "arrows" | "ipc" | "feather" if compression == Compression::None => {
                Self::Arrow
            }
            _ => return None,
        };
        // As written: the ending is compared with names as they are.
        let whole = path.file_name()?.to_str()?;
        let ending = whole.len() - extension.len() - packed.len() - 1;
        Some((format, whole[ending..].to_owned()))
    }

    pub(super) fn reader(self) -> Arc<dyn FileFormat> {
        match self {
            Self::Parquet => Arc::new(ParquetFormat::default()),
            Self::Csv(compression) => Arc::new(csv(compression)),
            Self::Tsv(compression) => Arc::new(csv(compression).with_delimiter(b'\t')),
            Self::JsonLines(compression) => {
                Arc::new(JsonFormat::default().with_file_compression_type(compression.into()))
            }
            Self::JsonArray(compression) => Arc::new(
                JsonFormat::default()
                    .with_file_compression_type(compression.into())
                    .with_newline_delimited(false),
            ),
            Self::Arrow => Arc::new(ArrowFormat),
        }
    }
}

fn csv(compression: Compression) -> CsvFormat {
    CsvFormat::default()
        .with_has_header(true)
        .with_file_compression_type(compression.into())
}

impl From<Compression> for FileCompressionType {
    fn from(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::UNCOMPRESSED,
            Compression::Gzip => Self::GZIP,
            Compression::Bzip2 => Self::BZIP2,
            Compression::Xz => Self::XZ,
            Compression::Zstd => Self::ZSTD,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "Parquet",
            Self::Csv(_) => "CSV",
            Self::Tsv(_) => "TSV",
            Self::JsonLines(_) | Self::JsonArray(_) => "JSON",
            Self::Arrow => "Arrow",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_format() {
        for (name, expected) in [
            ("a/b.parquet", Some((Format::Parquet, ".parquet"))),
            ("b.CSV", Some((Format::Csv(Compression::None), ".CSV"))),
            (
                "b.2024.csv.gz",
                Some((Format::Csv(Compression::Gzip), ".csv.gz")),
            ),
            (
                "b.tsv.zst",
                Some((Format::Tsv(Compression::Zstd), ".tsv.zst")),
            ),
            (
                "b.jsonl.xz",
                Some((Format::JsonLines(Compression::Xz), ".jsonl.xz")),
            ),
            ("b.feather", Some((Format::Arrow, ".feather"))),
            ("b.parquet.gz", None),
            ("b.txt", None),
            ("parquet", None),
            ("b.gz", None),
        ] {
            let found = Format::of_name(Path::new(name));
            let found = found
                .as_ref()
                .map(|(format, ending)| (*format, ending.as_str()));
            assert_eq!(found, expected, "{name}");
        }
    }
}
