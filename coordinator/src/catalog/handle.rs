use std::path::{Path, PathBuf};

use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError, WriteTransaction};

use super::access::Access;
use super::record::{Head, decode, encode};
use super::{CatalogError, Entry, History, NewVersion, Version};

/// name → [`Head`]
const NAMES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("names");
/// (name, number) → [`Version`]
const VERSIONS: TableDefinition<'_, (&str, u32), &[u8]> = TableDefinition::new("versions");
/// What counts the changes.
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
const GENERATION: &str = "generation";

/// What to do about a name that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExisting {
    /// Nothing is changed, and that is an error.
    Refuse,
    /// A new version takes its place.
    Replace,
    /// Nothing is changed, and that is fine.
    Keep,
}

/// What became of an addition.
#[derive(Debug, Clone, PartialEq)]
pub enum Added {
    /// The first version of this name.
    Created(Version),
    /// A further version.
    Replaced(Version),
    /// The version that was there stays.
    Kept(Version),
}

impl Added {
    /// The version that the name stands for now.
    pub fn version(&self) -> &Version {
        match self {
            Self::Created(version) | Self::Replaced(version) | Self::Kept(version) => version,
        }
    }
}

/// The functions of a data directory. Cheap to clone; every operation sees the latest state.
#[derive(Debug, Clone)]
pub struct Catalog {
    access: Access,
    read_only: bool,
}

impl Catalog {
    /// The catalogue in the file `path`, which is made if it is not there.
    ///
    /// A file or directory that can not be written is opened for reading ([`Catalog::is_read_only`]).
    ///
    /// # Errors
    ///
    /// If the file can not be read, or is not a catalogue.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, CatalogError> {
        let access = Access::new(path.into());
        let read_only = access.is_read_only()?;
        Ok(Self { access, read_only })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.access.path()
    }

    /// Whether every change will be refused because the file can not be written.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// A number that grows with every change.
    pub fn generation(&self) -> Result<u64, CatalogError> {
        let generation = self.access.read(|transaction| {
            let Some(counters) = self.existing(transaction.open_table(COUNTERS))? else {
                return Ok(0);
            };
            let generation = counters
                .get(GENERATION)
                .map_err(|error| self.failed(error))?;
            Ok(generation.map_or(0, |value| value.value()))
        })?;
        Ok(generation.unwrap_or(0))
    }

    /// All functions in use, by name.
    pub fn list(&self) -> Result<Vec<Entry>, CatalogError> {
        let entries = self.access.read(|transaction| {
            let (Some(names), Some(versions)) = self.tables(transaction)? else {
                return Ok(Vec::new());
            };
            let mut entries = Vec::new();
            for name in names.iter().map_err(|error| self.failed(error))? {
                let (name, head) = name.map_err(|error| self.failed(error))?;
                let head: Head = self.decode(name.value(), head.value())?;
                if let Some(number) = head.current
                    && let Some(version) = self.version(&versions, name.value(), number)?
                {
                    entries.push(Entry {
                        version,
                        pinned: head.pinned,
                    });
                }
            }
            Ok(entries)
        })?;
        Ok(entries.unwrap_or_default())
    }

    /// What `name` stands for now.
    ///
    /// # Errors
    ///
    /// [`CatalogError::NotFound`] if it stands for nothing.
    pub fn show(&self, name: &str) -> Result<Entry, CatalogError> {
        let history = self.history(name)?;
        let current = history.current.ok_or_else(|| not_found(name))?;
        history
            .versions
            .into_iter()
            .find(|version| version.number == current)
            .map(|version| Entry {
                version,
                pinned: history.pinned,
            })
            .ok_or_else(|| not_found(name))
    }

    /// What `name` stood for, and stands for.
    ///
    /// # Errors
    ///
    /// [`CatalogError::NotFound`] if it never stood for anything.
    pub fn history(&self, name: &str) -> Result<History, CatalogError> {
        let history = self.access.read(|transaction| {
            let (Some(names), Some(versions)) = self.tables(transaction)? else {
                return Err(not_found(name));
            };
            let head = self.head(&names, name)?.ok_or_else(|| not_found(name))?;
            let mut found = Vec::new();
            for version in versions
                .range((name, 0)..=(name, u32::MAX))
                .map_err(|error| self.failed(error))?
            {
                let (_, version) = version.map_err(|error| self.failed(error))?;
                found.push(self.decode(name, version.value())?);
            }
            Ok(History {
                current: head.current,
                pinned: head.pinned,
                versions: found,
            })
        })?;
        history.ok_or_else(|| not_found(name))
    }

    /// Makes a function known under the name in its binding.
    ///
    /// # Errors
    ///
    /// [`CatalogError::Exists`] if the name is taken and `existing` refuses that;
    /// [`CatalogError::Pinned`] if it is to be replaced and is pinned.
    pub fn add(&self, new: NewVersion, existing: OnExisting) -> Result<Added, CatalogError> {
        let name = new.binding.name.clone();
        self.change(|names, versions| {
            let mut head = self.head(names, &name)?.unwrap_or_default();
            if let Some(current) = head.current {
                match existing {
                    OnExisting::Refuse => {
                        return Err(CatalogError::Exists {
                            name: name.clone(),
                            version: current,
                        });
                    }
                    OnExisting::Keep => {
                        let version = self.version(versions, &name, current)?.ok_or_else(|| {
                            CatalogError::NoVersion {
                                name: name.clone(),
                                version: current,
                            }
                        })?;
                        return Ok((Added::Kept(version), Change::Nothing));
                    }
                    OnExisting::Replace => self.check_pin(&name, &head)?,
                }
            }
            let replaced = head.current.is_some();
            head.latest += 1;
            head.current = Some(head.latest);
            let version = Version::new(head.latest, new.clone());
            let record = encode(self.path(), &name, &version)?;
            versions
                .insert((name.as_str(), version.number), record.as_slice())
                .map_err(|error| self.failed(error))?;
            self.set_head(names, &name, &head)?;
            let added = if replaced {
                Added::Replaced(version)
            } else {
                Added::Created(version)
            };
            Ok((added, Change::Made))
        })
    }

    /// Takes `name` out of use and gives the version that it stood for. Its history stays.
    ///
    /// # Errors
    ///
    /// [`CatalogError::NotFound`], [`CatalogError::Pinned`].
    pub fn remove(&self, name: &str) -> Result<Version, CatalogError> {
        self.change(|names, versions| {
            let mut head = self.current_head(names, name)?;
            self.check_pin(name, &head)?;
            let removed = head.current.take().ok_or_else(|| not_found(name))?;
            let version = self.existing_version(versions, name, removed)?;
            self.set_head(names, name, &head)?;
            Ok((version, Change::Made))
        })
    }

    /// Makes `name` stand for an earlier version again: for `to`, or for the one before the current one;
    /// the last one if it was removed.
    ///
    /// # Errors
    ///
    /// [`CatalogError::NotFound`], [`CatalogError::NoVersion`], [`CatalogError::NoEarlierVersion`],
    /// [`CatalogError::Pinned`].
    pub fn rollback(&self, name: &str, to: Option<u32>) -> Result<Version, CatalogError> {
        self.change(|names, versions| {
            let mut head = self.head(names, name)?.ok_or_else(|| not_found(name))?;
            self.check_pin(name, &head)?;
            let target = match (to, head.current) {
                (Some(version), _) => version,
                (None, None) => head.latest,
                (None, Some(current)) if current > 1 => current - 1,
                (None, Some(_)) => {
                    return Err(CatalogError::NoEarlierVersion {
                        name: name.to_owned(),
                    });
                }
            };
            let version = self.existing_version(versions, name, target)?;
            head.current = Some(target);
            self.set_head(names, name, &head)?;
            Ok((version, Change::Made))
        })
    }

    /// Ties `name` to its current version: it can not be replaced, removed or rolled back.
    ///
    /// # Errors
    ///
    /// [`CatalogError::NotFound`].
    pub fn pin(&self, name: &str) -> Result<Version, CatalogError> {
        self.set_pin(name, true)
    }

    /// Undoes [`Catalog::pin`].
    ///
    /// # Errors
    ///
    /// [`CatalogError::NotFound`].
    pub fn unpin(&self, name: &str) -> Result<Version, CatalogError> {
        self.set_pin(name, false)
    }

    fn set_pin(&self, name: &str, pinned: bool) -> Result<Version, CatalogError> {
        self.change(|names, versions| {
            let mut head = self.current_head(names, name)?;
            let current = head.current.ok_or_else(|| not_found(name))?;
            head.pinned = pinned;
            self.set_head(names, name, &head)?;
            Ok((
                self.existing_version(versions, name, current)?,
                Change::Made,
            ))
        })
    }

    fn change<T>(
        &self,
        operation: impl Fn(&mut Names<'_>, &mut Versions<'_>) -> Result<(T, Change), CatalogError>,
    ) -> Result<T, CatalogError> {
        self.access.write(|transaction: &WriteTransaction| {
            let mut names = transaction
                .open_table(NAMES)
                .map_err(|error| self.failed(error))?;
            let mut versions = transaction
                .open_table(VERSIONS)
                .map_err(|error| self.failed(error))?;
            let (value, change) = operation(&mut names, &mut versions)?;
            if change == Change::Made {
                let mut counters = transaction
                    .open_table(COUNTERS)
                    .map_err(|error| self.failed(error))?;
                let generation = counters
                    .get(GENERATION)
                    .map_err(|error| self.failed(error))?
                    .map_or(0, |value| value.value());
                counters
                    .insert(GENERATION, generation + 1)
                    .map_err(|error| self.failed(error))?;
            }
            Ok(value)
        })
    }

    fn tables(&self, transaction: &ReadTransaction) -> Result<ReadTables, CatalogError> {
        Ok((
            self.existing(transaction.open_table(NAMES))?,
            self.existing(transaction.open_table(VERSIONS))?,
        ))
    }

    /// A catalogue into which nothing was ever written has no tables.
    fn existing<T>(&self, table: Result<T, TableError>) -> Result<Option<T>, CatalogError> {
        match table {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn head(
        &self,
        names: &impl ReadableTable<&'static str, &'static [u8]>,
        name: &str,
    ) -> Result<Option<Head>, CatalogError> {
        match names.get(name).map_err(|error| self.failed(error))? {
            Some(record) => self.decode(name, record.value()).map(Some),
            None => Ok(None),
        }
    }

    fn current_head(
        &self,
        names: &impl ReadableTable<&'static str, &'static [u8]>,
        name: &str,
    ) -> Result<Head, CatalogError> {
        self.head(names, name)?
            .filter(|head| head.current.is_some())
            .ok_or_else(|| not_found(name))
    }

    fn set_head(&self, names: &mut Names<'_>, name: &str, head: &Head) -> Result<(), CatalogError> {
        let record = encode(self.path(), name, head)?;
        names
            .insert(name, record.as_slice())
            .map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn version(
        &self,
        versions: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
        name: &str,
        number: u32,
    ) -> Result<Option<Version>, CatalogError> {
        match versions
            .get((name, number))
            .map_err(|error| self.failed(error))?
        {
            Some(record) => self.decode(name, record.value()).map(Some),
            None => Ok(None),
        }
    }

    fn existing_version(
        &self,
        versions: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
        name: &str,
        number: u32,
    ) -> Result<Version, CatalogError> {
        self.version(versions, name, number)?
            .ok_or_else(|| CatalogError::NoVersion {
                name: name.to_owned(),
                version: number,
            })
    }

    fn check_pin(&self, name: &str, head: &Head) -> Result<(), CatalogError> {
        match head.current {
            Some(version) if head.pinned => Err(CatalogError::Pinned {
                name: name.to_owned(),
                version,
            }),
            _ => Ok(()),
        }
    }

    fn decode<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        bytes: &[u8],
    ) -> Result<T, CatalogError> {
        decode(self.path(), name, bytes)
    }

    fn failed(&self, error: impl Into<redb::Error>) -> CatalogError {
        CatalogError::database(self.path(), error)
    }
}

type Names<'a> = redb::Table<'a, &'static str, &'static [u8]>;
type Versions<'a> = redb::Table<'a, (&'static str, u32), &'static [u8]>;
type ReadTables = (
    Option<redb::ReadOnlyTable<&'static str, &'static [u8]>>,
    Option<redb::ReadOnlyTable<(&'static str, u32), &'static [u8]>>,
);

#[derive(PartialEq, Eq)]
enum Change {
    Made,
    Nothing,
}

fn not_found(name: &str) -> CatalogError {
    CatalogError::NotFound {
        name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
