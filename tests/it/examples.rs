//! The examples give what they say.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::component;

/// The languages, besides Rust, whose examples `cargo xtask` has built.
const LANGUAGES: &str = "ARROWBOX_TEST_LANGUAGES";

/// Those languages.
pub(crate) fn languages() -> Vec<String> {
    let languages = env::var(LANGUAGES).unwrap_or_default();
    languages.split_terminator(',').map(str::to_owned).collect()
}

#[test]
fn every_example_gives_its_expected_result() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let data = tempfile::tempdir().unwrap();
    let languages = languages();
    let mut checked = BTreeMap::<&str, u32>::new();
    for entry in fs::read_dir(&examples).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("example.sql").is_file() {
            continue;
        }
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        check(data.path(), &folder, &name);
        *checked.entry("rust").or_default() += 1;
        for language in &languages {
            if folder.join(language).is_dir() {
                check(data.path(), &folder, &format!("{name}.{language}"));
                *checked.entry(language).or_default() += 1;
            }
        }
    }
    assert!(checked["rust"] >= 15, "{checked:?}");
    for language in &languages {
        assert!(
            checked
                .get(language.as_str())
                .is_some_and(|count| *count >= 3),
            "{checked:?}"
        );
    }
}

/// Runs the example in `folder` with one of its components.
fn check(data: &Path, folder: &Path, component: &str) {
    let read = |file: &str| {
        fs::read_to_string(folder.join(file))
            .unwrap_or_else(|error| panic!("{component}: {file}: {error}"))
    };
    let (sql, expected) = (read("example.sql"), read("expected.csv"));
    let path = fs::canonicalize(component::path(component)).unwrap();
    let path = path.to_str().unwrap();
    let arguments = ["sql", "--format", "csv", "--component", path, &sql];
    // Some read files that lie beside them, and one writes some.
    let place = tempfile::tempdir().unwrap();
    copy_files(folder, place.path());
    let run = Arrowbox::new(data, arguments).folder(place.path());
    let found = run.run().ok();
    assert_eq!(found.trim(), expected.trim(), "{component}");
    let made = folder.join("expected");
    if made.is_dir() {
        compare_files(&made, &place.path().join("out"));
    }
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
