use std::{collections::BTreeMap, os::unix::fs::symlink};

use object_store::{ObjectStore, memory::InMemory};

use super::*;
use crate::sandbox::FileSource;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn list(locations: &[String]) -> Result<Files, LocationError> {
    Locations::new(locations, &StoreOptions::default())
        .unwrap()
        .list(&Arc::default())
}

fn names(files: &Files, below: &str) -> Vec<String> {
    let entries = files.entries().unwrap();
    let names = entries.iter().map(|(path, size)| {
        let name = path.strip_prefix(below).unwrap().trim_start_matches('/');
        format!("{name} {size}")
    });
    names.collect()
}

#[test]
fn all_files_of_a_folder_are_listed_in_order() {
    let folder = folder(&[
        ("b.log", "22"),
        ("a.log", "1"),
        ("x/c.log", "333"),
        ("x/.hidden", "-"),
        ("_notes/d.log", "-"),
        (".staging/d.log", "-"),
    ]);
    let at = folder.path().to_str().unwrap();
    let files = list(&[at.to_owned()]).unwrap();
    assert_eq!(names(&files, at), ["a.log 1", "b.log 2", "x/c.log 3"]);
    let url = format!("file://{at}/");
    assert_eq!(list(&[url]).unwrap().len(), 3);
}

#[test]
fn a_pattern_chooses() {
    let folder = folder(&[
        ("a/1.log", "1"),
        ("a/1.txt", "1"),
        ("b/2.log", "22"),
        ("c", "3"),
    ]);
    let at = folder.path().to_str().unwrap();
    for (pattern, expected) in [
        ("*/*.log", &["a/1.log 1", "b/2.log 2"][..]),
        ("**/*.log", &["a/1.log 1", "b/2.log 2"]),
        ("a*", &["a/1.log 1", "a/1.txt 1"]),
        ("[bc]", &["b/2.log 2", "c 1"]),
        ("a/1.log", &["a/1.log 1"]),
    ] {
        let files = list(&[format!("{at}/{pattern}")]).unwrap();
        assert_eq!(names(&files, at), expected, "{pattern}");
    }
}

#[test]
fn a_name_with_a_bracket_is_a_name_if_there_is_such_a_file() {
    let folder = folder(&[("a[1].log", "1")]);
    let at = folder.path().to_str().unwrap();
    let files = list(&[format!("{at}/a[1].log")]).unwrap();
    assert_eq!(names(&files, at), ["a[1].log 1"]);
}

#[test]
fn where_there_is_nothing_the_error_says_so() {
    let folder = folder(&[("a.log", "1")]);
    let at = folder.path().to_str().unwrap();
    let missing = list(&[format!("{at}/b.log")]).unwrap_err();
    assert!(matches!(missing, LocationError::Missing(_)));
    let unmatched = list(&[format!("{at}/*.txt")]).unwrap_err();
    assert!(matches!(unmatched, LocationError::Unmatched(_)));
    let missing = list(&[format!("{at}/x/*.txt")]).unwrap_err();
    assert!(matches!(missing, LocationError::Missing(_)));
    let none = Locations::new(&[], &StoreOptions::default()).unwrap_err();
    assert!(matches!(none, LocationError::None));
}

#[test]
fn an_empty_folder_is_a_table_without_files() {
    let folder = folder(&[]);
    let files = list(&[folder.path().to_str().unwrap().to_owned()]).unwrap();
    assert_eq!(files.len(), 0);
}

#[test]
fn links_that_lead_back_end() {
    let folder = folder(&[("x/a.log", "1")]);
    symlink(folder.path(), folder.path().join("x/back")).unwrap();
    let at = folder.path().to_str().unwrap();
    assert_eq!(names(&list(&[at.to_owned()]).unwrap(), at), ["x/a.log 1"]);
}

#[test]
fn only_what_was_listed_can_be_read() {
    let folder = folder(&[("table/a.log", "0123456789"), ("secret", "hush")]);
    let at = folder.path().join("table").to_str().unwrap().to_owned();
    let files = list(std::slice::from_ref(&at)).unwrap();
    for path in [
        format!("{at}/../secret"),
        format!("{at}/./a.log"),
        folder.path().join("secret").to_str().unwrap().to_owned(),
        "/etc/hostname".to_owned(),
        "a.log".to_owned(),
        String::new(),
    ] {
        let refused = files.read(&path, 0, 10).unwrap_err();
        assert!(refused.contains(&at), "{refused}");
    }
    let path = format!("{at}/a.log");
    for (offset, length, expected) in [
        (0, 4, "0123"),
        (8, 4, "89"),
        (10, 1, ""),
        (u64::MAX, u32::MAX, ""),
        (3, 0, ""),
    ] {
        let bytes = files.read(&path, offset, length).unwrap();
        assert_eq!(&bytes[..], expected.as_bytes());
    }
}

#[test]
fn a_file_that_grew_is_read_as_it_was_and_one_that_shrank_is_an_error() {
    let folder = folder(&[("a", "0123"), ("b", "0123")]);
    let at = folder.path().to_str().unwrap();
    let files = list(&[at.to_owned()]).unwrap();
    fs::write(folder.path().join("a"), "01234567").unwrap();
    assert_eq!(&files.read(&format!("{at}/a"), 2, 100).unwrap()[..], b"23");
    fs::write(folder.path().join("b"), "01").unwrap();
    let changed = files.read(&format!("{at}/b"), 0, 1).unwrap_err();
    assert!(changed.contains("has changed"), "{changed}");
    fs::remove_file(folder.path().join("b")).unwrap();
    assert!(files.read(&format!("{at}/b"), 0, 1).is_err());
}

#[test]
fn a_cancelled_query_reads_nothing() {
    let folder = folder(&[("a", "0123")]);
    let at = folder.path().to_str().unwrap();
    let interrupt = Arc::new(Interrupt::default());
    let files = list(&[at.to_owned()]).unwrap().under(&interrupt);
    interrupt.cancel();
    let stopped = files.read(&format!("{at}/a"), 0, 1).unwrap_err();
    assert!(stopped.contains("cancelled"), "{stopped}");
}

fn objects(objects: &[(&str, &str)]) -> Arc<dyn ObjectStore> {
    let store = Arc::new(InMemory::new());
    for (key, text) in objects {
        let put = {
            let (store, key) = (Arc::clone(&store), Key::from(*key));
            let text = (*text).to_owned();
            async move { store.put(&key, text.into()).await }
        };
        wait(&Interrupt::default(), put).unwrap().unwrap();
    }
    store
}

fn remote(store: &Arc<dyn ObjectStore>, base: &str, pattern: &str) -> Result<Files, LocationError> {
    let place = Place::Remote(Remote {
        store: Arc::clone(store),
        origin: Arc::default(),
        root: "s3://bucket".to_owned(),
        base: Key::from(base),
        pattern: pattern.to_owned(),
        folder: base.is_empty() || base.ends_with('/'),
        http: false,
    });
    let text = format!("s3://bucket/{base}{pattern}");
    Locations(Arc::new(vec![Location { text, place }])).list(&Arc::default())
}

#[test]
fn objects_are_listed_and_read_in_ranges() {
    let store = objects(&[
        ("t/a.log", "0123456789"),
        ("t/x/b.log", "22"),
        ("t/_x/c.log", "-"),
        ("tt/d.log", "-"),
    ]);
    let files = remote(&store, "t/", "").unwrap();
    assert_eq!(names(&files, "s3://bucket/t"), ["a.log 10", "x/b.log 2"]);
    let bytes = files.read("s3://bucket/t/a.log", 8, 100).unwrap();
    assert_eq!(&bytes[..], b"89");
    assert!(files.read("s3://bucket/tt/d.log", 0, 1).is_err());
    assert!(files.read("s3://bucket/t/../tt/d.log", 0, 1).is_err());
    let files = remote(&store, "t/", "*.log").unwrap();
    assert_eq!(names(&files, "s3://bucket/t"), ["a.log 10"]);
    let files = remote(&store, "t/a.log", "").unwrap();
    assert_eq!(names(&files, "s3://bucket/t"), ["a.log 10"]);
    // Without the slash, too.
    let files = remote(&store, "t", "").unwrap();
    assert_eq!(files.len(), 2);
    assert!(matches!(
        remote(&store, "nothing/", ""),
        Err(LocationError::Missing(_))
    ));
}

#[test]
fn an_object_that_was_replaced_is_an_error() {
    let store = objects(&[("t/a.log", "0123456789")]);
    let files = remote(&store, "t/", "").unwrap();
    let put = {
        let store = Arc::clone(&store);
        async move { store.put(&Key::from("t/a.log"), "01234567890".into()).await }
    };
    wait(&Interrupt::default(), put).unwrap().unwrap();
    let changed = files.read("s3://bucket/t/a.log", 0, 1).unwrap_err();
    assert!(changed.contains("has changed"), "{changed}");
}

#[test]
fn two_names_of_one_file_are_read_once() {
    let folder = folder(&[("a.log", "1")]);
    let at = folder.path().to_str().unwrap();
    let files = list(&[at.to_owned(), format!("{at}/*.log"), format!("{at}/a.log")]).unwrap();
    assert_eq!(files.len(), 1);
    let map: BTreeMap<_, _> = files.entries().unwrap().into_iter().collect();
    assert_eq!(map.len(), 1);
}
