use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::datasource::TableProvider;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;

use super::format::{Compression, Format, KNOWN};
use crate::session::QueryError;

/// `name=path`: a file, a folder of files of one format, or a pattern (`'data/2024-*.parquet'`). The format is
/// told by the endings of names, or by a reader: `name=reader:path`.
///
/// The name is that of SQL without quotes: it is the same in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSource {
    /// As it is called in SQL.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The function that makes a table of it, if it is not told by its ending.
    pub reader: Option<String>,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not `name=path`.
    #[error("`{text}` does not say name=path, as in `lineitem=data/lineitem.parquet`")]
    Form {
        /// What was written.
        text: String,
    },
    /// Nothing is there.
    #[error("the table `{name}` can not be opened: there is nothing at `{}`", path.display())]
    NotFound {
        /// The table.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// It can not be read.
    #[error("the table `{name}` can not be opened: `{}` can not be read", path.display())]
    Read {
        /// The table.
        name: String,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The name of the file says nothing.
    #[error("the format of the table `{name}` is not known: `{}` ends in none of {KNOWN}", path.display())]
    UnknownFormat {
        /// The table.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// No file of the folder is a table.
    #[error("the folder `{}` of the table `{name}` holds no file that ends in one of {KNOWN}", path.display())]
    EmptyFolder {
        /// The table.
        name: String,
        /// The folder.
        path: PathBuf,
    },
    /// A folder of this and that.
    #[error(
        "the folder `{}` of the table `{name}` holds files of several kinds ({}); \
         choose some by a pattern, as in `{name}={}/*{first}`",
        path.display(), endings.join(", "), path.display(), first = endings[0]
    )]
    MixedFolder {
        /// The table.
        name: String,
        /// The folder.
        path: PathBuf,
        /// The endings found; at least two.
        endings: Vec<String>,
    },
    /// The session does not take it.
    #[error("the table `{name}` can not be made known")]
    Register {
        /// The table.
        name: String,
        /// Why.
        #[source]
        source: Box<DataFusionError>,
    },
    /// The reader says no.
    #[error("the table `{name}` can not be opened by `{reader}`")]
    Reader {
        /// The table.
        name: String,
        /// The reader.
        reader: String,
        /// Why.
        #[source]
        source: Box<QueryError>,
    },
    /// The content does not read.
    #[error("the table `{name}` can not be opened: `{}` does not read as {format}", path.display())]
    Content {
        /// The table.
        name: String,
        /// The file or folder.
        path: PathBuf,
        /// What it should be.
        format: Format,
        /// What is wrong.
        #[source]
        source: Box<DataFusionError>,
    },
}

impl FromStr for TableSource {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => {
                let (reader, path) = match split_reader(path) {
                    Some((reader, path)) => (Some(reader.to_lowercase()), path),
                    None => (None, path),
                };
                Ok(Self {
                    name: name.trim().to_lowercase(),
                    path: PathBuf::from(path),
                    reader,
                })
            }
            _ => Err(TableError::Form {
                text: text.to_owned(),
            }),
        }
    }
}

/// `reader:path`, unless there is a file of that name. The name of a reader has more than one letter, or it is
/// that of a drive, and what follows is not that of a URL.
fn split_reader(text: &str) -> Option<(&str, &str)> {
    let (reader, path) = text.split_once(':')?;
    let mut letters = reader.chars();
    let named = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_reader = named
        && reader.len() > 1
        && !path.is_empty()
        && !path.starts_with("//")
        && !Path::new(text).exists();
    is_reader.then_some((reader, path))
}

/// Where the files are, and what they are.
struct Found {
    format: Format,
    /// The common ending of the names.
    ending: String,
    /// For DataFusion: a file, a folder with a slash at the end, or a pattern.
    location: String,
}

impl TableSource {
    /// Looks at the files, and makes a table of them, by their endings.
    ///
    /// # Errors
    ///
    /// If there are none, they are of several formats or of none that is known, or do not read.
    pub async fn open(&self, state: &SessionState) -> Result<Arc<dyn TableProvider>, TableError> {
        let found = self.find()?;
        let content = |source| TableError::Content {
            name: self.name.clone(),
            path: self.path.clone(),
            format: found.format,
            source: Box::new(source),
        };
        let table = async {
            let url = ListingTableUrl::parse(&found.location)?;
            let mut options = ListingOptions::new(found.format.reader())
                .with_file_extension(found.ending.as_str());
            let partitions = options.infer_partitions(state, &url).await?;
            let partition_type =
                || DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8));
            options = options.with_table_partition_cols(
                partitions
                    .into_iter()
                    .map(|column| (column, partition_type()))
                    .collect(),
            );
            let schema = options.infer_schema(state, &url).await?;
            let config = ListingTableConfig::new(url)
                .with_listing_options(options)
                .with_schema(schema);
            let cache = state.runtime_env().cache_manager.get_file_statistic_cache();
            Ok(ListingTable::try_new(config)?.with_cache(cache))
        };
        Ok(Arc::new(table.await.map_err(content)?))
    }

    fn find(&self) -> Result<Found, TableError> {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.find_pattern(),
            Err(source) => return Err(self.unreadable(&self.path, source)),
        };
        let path = self
            .path
            .canonicalize()
            .map_err(|source| self.unreadable(&self.path, source))?;
        if metadata.is_dir() {
            self.find_folder(&path)
        } else {
            let (format, ending) = self.format_of(&self.path)?;
            let format = self.look_into(format, &path)?;
            Ok(Found {
                format,
                ending,
                location: path.display().to_string(),
            })
        }
    }

    fn find_pattern(&self) -> Result<Found, TableError> {
        let text = self.path.to_string_lossy();
        if !text.contains(['*', '?', '[']) {
            return Err(TableError::NotFound {
                name: self.name.clone(),
                path: self.path.clone(),
            });
        }
        let (format, ending) = self.format_of(&self.path)?;
        Ok(Found {
            format,
            ending,
            location: text.into_owned(),
        })
    }

    fn find_folder(&self, folder: &Path) -> Result<Found, TableError> {
        let mut kinds = BTreeMap::new();
        self.walk(folder, &mut kinds)?;
        let mut endings: Vec<_> = kinds.keys().cloned().collect();
        endings.sort();
        let Some((ending, (format, example))) = kinds.pop_first() else {
            return Err(TableError::EmptyFolder {
                name: self.name.clone(),
                path: self.path.clone(),
            });
        };
        if !kinds.is_empty() {
            return Err(TableError::MixedFolder {
                name: self.name.clone(),
                path: self.path.clone(),
                endings,
            });
        }
        let format = self.look_into(format, &example)?;
        Ok(Found {
            format,
            ending,
            location: format!("{}/", folder.display()),
        })
    }

    /// Collects one file of each kind below `folder`. What begins with a dot or an underscore is not
    /// data, as everywhere.
    fn walk(
        &self,
        folder: &Path,
        kinds: &mut BTreeMap<String, (Format, PathBuf)>,
    ) -> Result<(), TableError> {
        let entries = fs::read_dir(folder).map_err(|source| self.unreadable(folder, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| self.unreadable(folder, source))?;
            let hidden = entry.file_name().to_string_lossy().starts_with(['.', '_']);
            if hidden {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                self.walk(&path, kinds)?;
            } else if let Some((format, ending)) = Format::of_name(&path) {
                kinds.entry(ending).or_insert((format, path));
            }
        }
        Ok(())
    }

    fn format_of(&self, path: &Path) -> Result<(Format, String), TableError> {
        Format::of_name(path).ok_or_else(|| TableError::UnknownFormat {
            name: self.name.clone(),
            path: path.to_owned(),
        })
    }

    /// JSON is lines or one array, which only its first character says.
    fn look_into(&self, format: Format, path: &Path) -> Result<Format, TableError> {
        if format != Format::JsonLines(Compression::None) {
            return Ok(format);
        }
        let mut file =
            BufReader::new(File::open(path).map_err(|source| self.unreadable(path, source))?);
        loop {
            let buffer = file
                .fill_buf()
                .map_err(|source| self.unreadable(path, source))?;
            let blanks = buffer
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            match buffer.get(blanks) {
                Some(b'[') => return Ok(Format::JsonArray(Compression::None)),
                Some(_) => return Ok(format),
                None if buffer.is_empty() => return Ok(format),
                None => file.consume(blanks),
            }
        }
    }

    fn unreadable(&self, path: &Path, source: io::Error) -> TableError {
        TableError::Read {
            name: self.name.clone(),
            path: path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
