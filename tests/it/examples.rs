//! The examples give what they say.

use std::fs;
use std::path::Path;

use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::component;

#[test]
fn every_example_gives_its_expected_result() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let data = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for entry in fs::read_dir(&examples).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(sql) = fs::read_to_string(folder.join("example.sql")) else {
            continue;
        };
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let expected = fs::read_to_string(folder.join("expected.csv"))
            .unwrap_or_else(|error| panic!("{name} has no expected.csv: {error}"));
        let component = component::path(&name);
        let component = fs::canonicalize(component).unwrap();
        let arguments = [
            "sql",
            "--format",
            "csv",
            "--component",
            component.to_str().unwrap(),
            &sql,
        ];
        // Some read files that lie beside them, and one writes some.
        let place = tempfile::tempdir().unwrap();
        copy_files(&folder, place.path());
        let run = Arrowbox::new(data.path(), arguments).folder(place.path());
        let found = run.run().ok();
        assert_eq!(found.trim(), expected.trim(), "{name}");
        let made = folder.join("expected");
        if made.is_dir() {
            compare_files(&made, &place.path().join("out"));
        }
        checked += 1;
    }
    assert!(checked >= 15, "{checked} examples only");
}

/// Copies the files of a folder, not those of its folders.
fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Every file that is expected was made, and is the same.
fn compare_files(expected: &Path, made: &Path) {
    for entry in fs::read_dir(expected).unwrap() {
        let expected = entry.unwrap().path();
        let made = made.join(expected.file_name().unwrap());
        if expected.is_dir() {
            compare_files(&expected, &made);
            continue;
        }
        let content = |path: &Path| {
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        assert_eq!(content(&made), content(&expected), "{}", made.display());
    }
}
