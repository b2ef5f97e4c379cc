//! Compiled code on disk is loaded only if this installation made it, and is made again if not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrowbox_host::{Digest, Runtime, Store, StoreError};
use arrowbox_tests::component::component;

/// Opens the store, loads `gcd` and forgets it again.
fn load(folder: &Path) -> Digest {
    let runtime = Runtime::new(Store::open(folder).unwrap()).unwrap();
    let digest = runtime.store().put(&component("gcd")).unwrap();
    let loaded = runtime.component(digest).unwrap();
    assert!(loaded.description().function("gcd").is_some());
    digest
}

/// The file of the compiled code.
fn entry(folder: &Path, digest: Digest) -> PathBuf {
    let entries = fs::read_dir(folder.join("compiled"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let name = digest.to_string();
    let found: Vec<_> = entries
        .filter(|path| path.to_string_lossy().contains(&name))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// A name, and what is done to the bytes of a file.
type Damage = (&'static str, fn(&mut Vec<u8>));

#[test]
fn damaged_code_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let digest = load(folder.path());
    let path = entry(folder.path(), digest);
    let whole = fs::read(&path).unwrap();
    let damages: [Damage; 7] = [
        ("empty", Vec::clear),
        ("cut off", |bytes| bytes.truncate(bytes.len() / 2)),
        ("longer", |bytes| bytes.extend([0; 16])),
        ("a bit of the tag", |bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
        }),
        ("a bit of what is known besides", |bytes| {
            let known = bytes.len() - 48;
            bytes[known] ^= 1;
        }),
        ("a bit of the code", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("another file", |bytes| {
            *bytes = b"\x7fELF and so on".repeat(100)
        }),
    ];
    for (name, damage) in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        assert_eq!(load(folder.path()), digest, "{name}");
        assert_ne!(
            fs::read(&path).unwrap(),
            bytes,
            "{name}: the damaged file is still there"
        );
    }
}

#[test]
fn code_of_another_installation_or_component_is_not_loaded() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let digest = load(ours.path());
    load(theirs.path());
    let path = entry(ours.path(), digest);
    let foreign = fs::read(entry(theirs.path(), digest)).unwrap();
    fs::write(&path, &foreign).unwrap();
    load(ours.path());
    assert_ne!(fs::read(&path).unwrap(), foreign, "foreign code was left");

    // Ours, of another component, under this one's name.
    let other = {
        let runtime = Runtime::new(Store::open(ours.path()).unwrap()).unwrap();
        let other = runtime.store().put(&component("haversine")).unwrap();
        runtime.component(other).unwrap();
        fs::read(entry(ours.path(), other)).unwrap()
    };
    fs::write(&path, &other).unwrap();
    load(ours.path());
    assert_ne!(
        fs::read(&path).unwrap(),
        other,
        "the code of another component was left"
    );
}

#[test]
fn a_lost_or_damaged_secret_makes_everything_compile_again() {
    let folder = tempfile::tempdir().unwrap();
    let digest = load(folder.path());
    let secret = folder.path().join("compiled/secret");
    let before = fs::read(&secret).unwrap();
    for damage in [None, Some(&before[..7])] {
        match damage {
            None => fs::remove_file(&secret).unwrap(),
            Some(bytes) => fs::write(&secret, bytes).unwrap(),
        }
        assert_eq!(load(folder.path()), digest);
        assert_ne!(fs::read(&secret).unwrap(), before);
    }
}

#[test]
fn nobody_else_can_write_where_code_is() {
    let folder = tempfile::tempdir().unwrap();
    let digest = load(folder.path());
    let compiled = folder.path().join("compiled");
    fs::set_permissions(&compiled, fs::Permissions::from_mode(0o777)).unwrap();
    load(folder.path());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&compiled), 0o700);
    assert_eq!(mode(&compiled.join("secret")), 0o600);
    assert_eq!(mode(&entry(folder.path(), digest)) & 0o022, 0);
}

#[test]
fn a_damaged_component_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let digest = load(folder.path());
    let blobs = fs::read_dir(folder.path().join("blobs")).unwrap();
    let name = digest.to_string();
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in blobs {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            ),
            false => files.push(path),
        }
    }
    let blob = files
        .into_iter()
        .find(|path| name.ends_with(&*path.file_name().unwrap().to_string_lossy()));
    let blob = blob.expect("the component is in a file of its name");
    let mut bytes = fs::read(&blob).unwrap();
    bytes[1000] ^= 1;
    fs::set_permissions(&blob, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&blob, bytes).unwrap();
    let store = Store::open(folder.path()).unwrap();
    let error = store.get(&digest).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("add it again"), "{error}");
    // As the message says.
    assert_eq!(store.put(&component("gcd")).unwrap(), digest);
    assert_eq!(store.get(&digest).unwrap(), component("gcd"));
}

/// What was compiled before is there in about a millisecond; tenfold of that on a busy machine, and never as
/// long as compiling takes.
#[test]
fn what_was_compiled_loads_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let digest = load(folder.path());
    let compiled = begun.elapsed();
    let fastest = (0..10)
        .map(|_| {
            let runtime = Runtime::new(Store::open(folder.path()).unwrap()).unwrap();
            let begun = Instant::now();
            runtime.component(digest).unwrap();
            begun.elapsed()
        })
        .min()
        .unwrap();
    assert!(
        fastest < Duration::from_millis(20),
        "{fastest:?}, and {compiled:?} with compiling"
    );
    assert!(
        fastest < compiled / 3,
        "{fastest:?}, and {compiled:?} with compiling"
    );
}
