//! Which of Debian's packages make a toolchain, and getting them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{super::sysroot, DebianError, STEP_LIMIT};
use crate::{
    Progress,
    command::{Environment, run},
};

/// The compiler that Debian keeps recent in its stable releases too.
const COMPILER: &str = "rustc-web";

/// The source of its standard library.
const SOURCE: &str = "rust-web-src";

/// Packages that are downloaded even where they are installed, as the toolchain is to outlive that.
const ALWAYS: [&str; 2] = ["libllvm", "libstd-rust"];

/// What apt says of a package's candidate version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Package {
    name: String,
    version: String,
    size: u64,
    /// The first of the alternatives of each dependency.
    depends: Vec<String>,
}

/// Packages that were downloaded.
pub(super) struct Packages {
    packages: Vec<Package>,
    folder: PathBuf,
}

impl Packages {
    /// Finds out which packages are needed, and downloads them below `staging`. Where apt has
    /// outdated lists, or none, it is told to update them, which works for root only.
    pub(super) fn fetch(
        environment: &Environment,
        staging: &Path,
        with_linker: bool,
        progress: &dyn Progress,
    ) -> Result<Self, DebianError> {
        let apt = Apt::new(environment)?;
        let folder = staging.join("packages");
        fs::create_dir(&folder).map_err(DebianError::Home)?;
        let fetch = || apt.fetch(&folder, with_linker, progress);
        let packages = fetch().or_else(|error| {
            progress.step("updating apt's lists of packages");
            match run(apt.command(&apt.get).arg("update"), STEP_LIMIT) {
                Ok(_) => fetch(),
                Err(_) => Err(error),
            }
        })?;
        Ok(Self { packages, folder })
    }

    /// Unpacks all of them into `root`, without installing anything. Of the source, which is tens of
    /// thousands of files, only the standard library.
    pub(super) fn unpack(
        &self,
        environment: &Environment,
        root: &Path,
        progress: &dyn Progress,
    ) -> Result<(), DebianError> {
        let dpkg = Apt::program(environment, "dpkg-deb")?;
        let tar = Apt::program(environment, "tar")?;
        progress.step("unpacking");
        fs::create_dir(root).map_err(DebianError::Home)?;
        let archives = fs::read_dir(&self.folder).map_err(DebianError::Home)?;
        for archive in archives.flatten().map(|entry| entry.path()) {
            let name = archive
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if !name.ends_with(".deb") {
                continue;
            }
            if !name.starts_with(&format!("{SOURCE}_")) {
                run(
                    environment.command(&dpkg).arg("-x").arg(archive).arg(root),
                    STEP_LIMIT,
                )?;
                continue;
            }
            let mut unpacked = environment.command(&dpkg);
            unpacked
                .arg("--fsys-tarfile")
                .arg(archive)
                .stdout(Stdio::piped())
                .stderr(Stdio::null());
            let mut unpacked = unpacked.spawn().map_err(DebianError::Home)?;
            let mut command = environment.command(&tar);
            command.stdin(unpacked.stdout.take().map_or_else(Stdio::null, Stdio::from));
            // For tar, a folder counts for what comes after it.
            command.arg("-C").arg(root);
            command.args(["-x", "--wildcards", "./usr/src/*/library/*", "./usr/lib/*"]);
            let extracted = run(&mut command, STEP_LIMIT);
            let _ = unpacked.wait();
            extracted?;
        }
        Ok(())
    }

    /// Their names and versions.
    pub(super) fn names(&self) -> Vec<String> {
        self.packages
            .iter()
            .map(|package| format!("{}={}", package.name, package.version))
            .collect()
    }
}

/// The programs of apt.
struct Apt<'a> {
    environment: &'a Environment,
    get: PathBuf,
    cache: PathBuf,
    query: PathBuf,
}

impl<'a> Apt<'a> {
    fn new(environment: &'a Environment) -> Result<Self, DebianError> {
        Ok(Self {
            environment,
            get: Self::program(environment, "apt-get")?,
            cache: Self::program(environment, "apt-cache")?,
            query: Self::program(environment, "dpkg-query")?,
        })
    }

    fn program(environment: &Environment, name: &'static str) -> Result<PathBuf, DebianError> {
        let package = if name.starts_with("apt") {
            "apt"
        } else {
            "dpkg"
        };
        environment
            .program(name)
            .ok_or(DebianError::NoProgram { name, package })
    }

    /// A command whose output does not depend on the user's language.
    fn command(&self, program: &Path) -> Command {
        let mut command = self.environment.command(program);
        command.env("LC_ALL", "C");
        command
    }

    fn fetch(
        &self,
        folder: &Path,
        with_linker: bool,
        progress: &dyn Progress,
    ) -> Result<Vec<Package>, DebianError> {
        let packages = self.choose(with_linker)?;
        let size: u64 = packages.iter().map(|package| package.size).sum();
        progress.step(&format!(
            "downloading {} Debian packages ({} MB)",
            packages.len(),
            size / 1_000_000
        ));
        let mut command = self.command(&self.get);
        command.args(["--quiet", "download"]).current_dir(folder);
        command.args(
            packages
                .iter()
                .map(|package| format!("{}={}", package.name, package.version)),
        );
        run(&mut command, STEP_LIMIT)?;
        Ok(packages)
    }

    /// The compiler, its libraries, the libraries that those need and the system has not, and the
    /// source of the standard library.
    fn choose(&self, with_linker: bool) -> Result<Vec<Package>, DebianError> {
        let compiler = self.one(COMPILER)?;
        if sysroot::version(&compiler.version) < sysroot::version(super::super::OLDEST) {
            return Err(DebianError::Old {
                package: COMPILER,
                version: compiler.version,
            });
        }
        let mut chosen = BTreeMap::from([(SOURCE.to_owned(), self.one(SOURCE)?)]);
        // The compiler's other dependencies are a C compiler and what that needs: the user's.
        let mut next: BTreeSet<String> = compiler
            .depends
            .iter()
            .filter(|name| is_always_needed(name))
            .cloned()
            .collect();
        chosen.insert(COMPILER.to_owned(), compiler);
        while let Some(name) = next.pop_first() {
            if chosen.contains_key(&name) || (!is_always_needed(&name) && self.is_installed(&name))
            {
                continue;
            }
            let package = self.one(&name)?;
            next.extend(
                package
                    .depends
                    .iter()
                    .filter(|name| name.starts_with("lib"))
                    .cloned(),
            );
            if let Some(llvm) = name.strip_prefix("libllvm").filter(|_| with_linker) {
                next.insert(format!("lld-{llvm}"));
            }
            chosen.insert(name, package);
        }
        Ok(chosen.into_values().collect())
    }

    /// What apt knows of one package.
    fn one(&self, name: &str) -> Result<Package, DebianError> {
        let shown = run(
            self.command(&self.cache)
                .args(["show", "--no-all-versions", name]),
            STEP_LIMIT,
        );
        let shown = shown.map_err(|_| DebianError::NoPackage(name.to_owned()))?;
        parse(&shown).ok_or_else(|| DebianError::NoPackage(name.to_owned()))
    }

    fn is_installed(&self, name: &str) -> bool {
        let query = ["--show", "--showformat=${db:Status-Status}\n", name];
        run(self.command(&self.query).args(query), STEP_LIMIT)
            .is_ok_and(|said| said.starts_with("installed"))
    }
}

fn is_always_needed(name: &str) -> bool {
    ALWAYS.iter().any(|prefix| name.starts_with(prefix))
}

/// Reads the first paragraph of `apt-cache show`.
fn parse(shown: &str) -> Option<Package> {
    let mut package = Package::default();
    for line in shown.lines().take_while(|line| !line.is_empty()) {
        let Some((key, value)) = line.split_once(": ") else {
            continue;
        };
        match key {
            "Package" => package.name = value.to_owned(),
            "Version" => package.version = value.to_owned(),
            "Size" => package.size = value.parse().ok()?,
            "Depends" => package.depends = value.split(", ").filter_map(name_of).collect(),
            _ => {}
        }
    }
    (!package.name.is_empty() && !package.version.is_empty()).then_some(package)
}

/// The first name in a dependency such as `libfoo1 (>= 2) | libbar`.
fn name_of(dependency: &str) -> Option<String> {
    let name = dependency.split([' ', '|', '(', ':']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_read_from_what_apt_shows() {
        let shown = "Package: libfoo7\nVersion: 1:7.1-2~deb12u1\nArchitecture: amd64\n\
            Depends: libc6 (>= 2.36), libbar2:any | libbar-compat, libz (= 1.0)\n\
            Description: something\n that goes on: here\nSize: 29378692\n\nPackage: libfoo7\nVersion: 1\n";
        let package = parse(shown).unwrap();
        assert_eq!(
            package,
            Package {
                name: "libfoo7".into(),
                version: "1:7.1-2~deb12u1".into(),
                size: 29_378_692,
                depends: vec!["libc6".into(), "libbar2".into(), "libz".into()],
            }
        );
        assert_eq!(parse("N: Unable to locate package\n"), None);
    }
}
