use std::collections::BTreeMap;
use std::thread;

use arrowbox_host::{Binding, Digest, Grants, Limits, NullHandling};

use super::*;

fn version(name: &str, content: &[u8]) -> NewVersion {
    NewVersion {
        binding: Binding {
            name: name.to_owned(),
            component: Digest::of(content),
            function: name.to_owned(),
            grants: Grants::default(),
            limits: Limits::default(),
            parameters: BTreeMap::from([("key".to_owned(), "value".to_owned())]),
            data: BTreeMap::new(),
            volatility: None,
            nulls: None,
        },
        kind: "scalar".to_owned(),
        signatures: vec![format!("{name}(a Int64) -> Int64")],
        volatility: "immutable".to_owned(),
        nulls: NullHandling::Strict,
        documentation: "Says something.".to_owned(),
        origin: "/somewhere/component.wasm".to_owned(),
    }
}

fn catalog() -> (tempfile::TempDir, Catalog) {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path().join("catalog.redb")).unwrap();
    (directory, catalog)
}

#[test]
fn versions_come_and_go_and_come_back() {
    let (_directory, catalog) = catalog();
    assert!(catalog.list().unwrap().is_empty());
    assert_eq!(catalog.generation().unwrap(), 0);

    let added = catalog
        .add(version("gcd", b"one"), OnExisting::Refuse)
        .unwrap();
    assert!(matches!(&added, Added::Created(version) if version.number == 1));
    let refused = catalog.add(version("gcd", b"two"), OnExisting::Refuse);
    assert!(matches!(
        refused,
        Err(CatalogError::Exists { version: 1, .. })
    ));
    let kept = catalog
        .add(version("gcd", b"two"), OnExisting::Keep)
        .unwrap();
    assert!(matches!(&kept, Added::Kept(version) if version.number == 1));
    assert_eq!(catalog.generation().unwrap(), 1);

    let replaced = catalog
        .add(version("gcd", b"two"), OnExisting::Replace)
        .unwrap();
    assert!(matches!(&replaced, Added::Replaced(version) if version.number == 2));
    let shown = catalog.show("gcd").unwrap();
    assert_eq!(shown.version.definition, version("gcd", b"two"));

    assert_eq!(catalog.rollback("gcd", None).unwrap().number, 1);
    assert_eq!(
        catalog
            .show("gcd")
            .unwrap()
            .version
            .definition
            .binding
            .component,
        Digest::of(b"one")
    );
    assert!(matches!(
        catalog.rollback("gcd", None),
        Err(CatalogError::NoEarlierVersion { .. })
    ));
    assert!(matches!(
        catalog.rollback("gcd", Some(7)),
        Err(CatalogError::NoVersion { version: 7, .. })
    ));

    catalog.remove("gcd").unwrap();
    assert!(matches!(
        catalog.show("gcd"),
        Err(CatalogError::NotFound { .. })
    ));
    assert!(catalog.list().unwrap().is_empty());
    let history = catalog.history("gcd").unwrap();
    assert_eq!((history.current, history.versions.len()), (None, 2));
    assert_eq!(catalog.rollback("gcd", None).unwrap().number, 2);

    let third = catalog
        .add(version("gcd", b"three"), OnExisting::Replace)
        .unwrap();
    assert_eq!(third.version().number, 3);
}

#[test]
fn a_pinned_name_stays() {
    let (_directory, catalog) = catalog();
    catalog
        .add(version("gcd", b"one"), OnExisting::Refuse)
        .unwrap();
    catalog.pin("gcd").unwrap();
    assert!(catalog.show("gcd").unwrap().pinned);
    for refused in [
        catalog
            .add(version("gcd", b"two"), OnExisting::Replace)
            .map(|_| ()),
        catalog.remove("gcd").map(|_| ()),
        catalog.rollback("gcd", Some(1)).map(|_| ()),
    ] {
        assert!(matches!(
            refused,
            Err(CatalogError::Pinned { version: 1, .. })
        ));
    }
    catalog.unpin("gcd").unwrap();
    catalog
        .add(version("gcd", b"two"), OnExisting::Replace)
        .unwrap();
}

#[test]
fn names_do_not_see_each_other() {
    let (_directory, catalog) = catalog();
    for name in ["gcd", "gcd2", "g"] {
        catalog
            .add(version(name, name.as_bytes()), OnExisting::Refuse)
            .unwrap();
    }
    let names: Vec<_> = catalog
        .list()
        .unwrap()
        .into_iter()
        .map(|entry| entry.version.definition.binding.name)
        .collect();
    assert_eq!(names, ["g", "gcd", "gcd2"]);
    assert_eq!(catalog.history("gcd").unwrap().versions.len(), 1);
}

#[test]
fn many_handles_write_at_once() {
    let (directory, catalog) = catalog();
    let path = directory.path().join("catalog.redb");
    thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let catalog = Catalog::open(path).unwrap();
                for round in 0..10 {
                    let name = format!("f{writer}");
                    catalog
                        .add(version(&name, &[round]), OnExisting::Replace)
                        .unwrap();
                    assert_eq!(
                        catalog.show(&name).unwrap().version.number,
                        u32::from(round) + 1
                    );
                }
            });
        }
    });
    assert_eq!(catalog.list().unwrap().len(), 4);
    assert_eq!(catalog.generation().unwrap(), 40);
}

#[test]
fn a_file_that_is_no_catalogue_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("catalog.redb");
    std::fs::write(&path, b"hello, this is not a database at all").unwrap();
    assert!(matches!(
        Catalog::open(&path),
        Err(CatalogError::Database { .. })
    ));
}

#[test]
fn a_record_of_a_later_format_is_refused() {
    let error = decode::<Head>("c".as_ref(), "gcd", &[9, 0, 0]).unwrap_err();
    assert!(matches!(error, CatalogError::Newer { format: 9, .. }));
    let error = decode::<Head>("c".as_ref(), "gcd", &[]).unwrap_err();
    assert!(matches!(error, CatalogError::Damaged { .. }));
}
