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
        let arguments = [
            "sql",
            "--format",
            "csv",
            "--component",
            component.to_str().unwrap(),
            &sql,
        ];
        let found = Arrowbox::new(data.path(), arguments).run().ok();
        assert_eq!(found.trim(), expected.trim(), "{name}");
        checked += 1;
    }
    assert!(checked >= 4, "{checked} examples only");
}
