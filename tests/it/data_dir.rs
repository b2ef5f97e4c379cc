//! Data directories that are read-only, full, or none.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::component;

fn gcd() -> String {
    component::path("gcd")
        .to_str()
        .expect("a path of this machine")
        .to_owned()
}

fn add(data: &Path, name: &str) -> Arrowbox {
    Arrowbox::new(
        data,
        [
            "functions",
            "add",
            &gcd(),
            "--function",
            "gcd",
            "--name",
            name,
        ],
    )
}

fn call(data: &Path, name: &str) -> Arrowbox {
    Arrowbox::new(
        data,
        [
            "sql",
            "--format",
            "csv",
            &format!("SELECT {name}(12, 18) AS d"),
        ],
    )
}

/// Takes or gives the right to write, of everything below.
fn set_writable(folder: &Path, mode: u32) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => set_writable(&path, mode),
            false => fs::set_permissions(&path, fs::Permissions::from_mode(mode & 0o666)).unwrap(),
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_in_a_read_only_directory_can_be_used_and_nothing_can_be_added() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "kept").run().ok();
    call(data.path(), "kept").run().ok();
    set_writable(data.path(), 0o555);
    let called = call(data.path(), "kept").unprivileged().run();
    let added = add(data.path(), "more").unprivileged().run();
    let created = format!("CREATE FUNCTION more LANGUAGE WASM AS '{}', 'gcd'", gcd());
    let created = Arrowbox::new(data.path(), ["sql", &created])
        .unprivileged()
        .run();
    let listed = Arrowbox::new(data.path(), ["functions", "list"])
        .unprivileged()
        .run();
    let with = [
        "sql",
        "--format",
        "csv",
        "--component",
        &gcd(),
        "SELECT gcd(12, 18) AS d",
    ]
    .map(str::to_owned);
    let with = Arrowbox::new(data.path(), with).unprivileged().run();
    set_writable(data.path(), 0o755);

    assert_eq!(called.ok().trim(), "d\n6");
    added.fails(6, &["read-only"]);
    created.fails(6, &["read-only"]);
    assert!(listed.ok().contains("kept"));
    // Not kept, so nothing has to be written.
    assert_eq!(with.ok().trim(), "d\n6");
    add(data.path(), "more").run().ok();
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "kept").run().ok();
    let haversine = component::path("haversine");
    let arguments = || ["functions", "add", haversine.to_str().unwrap()];
    let full = Arrowbox::new(data.path(), arguments()).with_room(16).run();
    full.fails(6, &[data.path().to_str().unwrap()]);
    assert_eq!(call(data.path(), "kept").run().ok().trim(), "d\n6");
    assert_eq!(
        call(data.path(), "kept").with_room(16).run().ok().trim(),
        "d\n6"
    );
    // Nothing half written is in the way.
    Arrowbox::new(data.path(), arguments()).run().ok();
    let sql = "SELECT haversine(0, 0, 0, 0) AS d";
    Arrowbox::new(data.path(), ["sql", "--format", "csv", sql])
        .run()
        .ok();
}

/// A session without a catalogue's disk works, with what it is given.
#[test]
fn where_nothing_fits_functions_of_a_component_can_be_called() {
    let data = tempfile::tempdir().unwrap();
    let arguments = [
        "sql",
        "--format",
        "csv",
        "--component",
        &gcd(),
        "SELECT gcd(12, 18) AS d",
    ]
    .map(str::to_owned);
    let ran = Arrowbox::new(data.path(), arguments).with_room(0).run();
    if ran.code != Some(0) {
        // It is told why not, then.
        ran.fails(6, &[data.path().to_str().unwrap()]);
    }
}

#[test]
fn what_is_no_directory_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    call(file.path(), "gcd")
        .run()
        .fails(6, &["is not a directory", file.path().to_str().unwrap()]);
    let below = file.path().join("below");
    call(&below, "gcd")
        .run()
        .fails(6, &["can not be made", below.to_str().unwrap()]);
}

#[test]
fn a_catalogue_that_is_none_is_told_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "kept").run().ok();
    let catalog = data.path().join("catalog.redb");
    fs::write(&catalog, b"this is not a database".repeat(1000)).unwrap();
    call(data.path(), "kept").run().fails(6, &["catalog.redb"]);
    add(data.path(), "more").run().fails(6, &["catalog.redb"]);
    assert!(
        fs::read(&catalog)
            .unwrap()
            .starts_with(b"this is not a database")
    );
}
