//! What `arrowbox build` says where it builds nothing.

use std::fs;
use std::path::Path;

use arrowbox_tests::command::Arrowbox;

use crate::examples::languages;

/// A folder of files without content, and one of no programs.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        fs::write(folder.path().join(file), "").unwrap();
    }
    folder
}

fn build(folder: &Path) -> Arrowbox {
    Arrowbox::new(&folder.join("home"), ["build"]).folder(folder)
}

#[test]
fn a_language_whose_tools_are_missing_says_how_to_get_them() {
    for (file, missing) in [
        ("functions.c", ["no compiler of C", "apt-get install clang"]),
        (
            "functions.cpp",
            ["no compiler of C++", "pip install ziglang"],
        ),
        (
            "functions.py",
            ["no `python3` on PATH", "apt-get install python3"],
        ),
        ("functions.ts", ["no `node` on PATH", "https://nodejs.org"]),
    ] {
        let folder = folder(&[file]);
        let run = build(folder.path()).env("PATH", "/nonexistent");
        run.run().fails(5, &missing);
        assert!(!folder.path().join("target/components").exists(), "{file}");
    }
}

#[test]
fn a_folder_of_several_languages_is_built_when_one_is_said() {
    let folder = folder(&["pyproject.toml", "package.json"]);
    let run = build(folder.path());
    run.run().fails(5, &["Python and JavaScript", "--lang"]);
    let arguments = ["build", "--lang", "js"];
    let run = Arrowbox::new(&folder.path().join("home"), arguments).folder(folder.path());
    let run = run.env("PATH", "/nonexistent");
    run.run().fails(5, &["JavaScript", "`node`"]);
}

#[test]
fn an_error_in_c_has_its_line_and_leaves_no_component() {
    if !languages().iter().any(|language| language == "c") {
        return;
    }
    let folder = folder(&[]);
    let source = folder.path().join("functions.c");
    fs::write(
        &source,
        "#include <arrowbox.h>\nint f(void) { return x; }\n",
    )
    .unwrap();
    let run = build(folder.path());
    run.run()
        .fails(5, &["functions.c:2:22: error", "undeclared"]);
    fs::write(&source, "#include <arrowbox.h>\n").unwrap();
    build(folder.path()).run().fails(5, &["ARROWBOX_EXPORT"]);
    assert!(!folder.path().join("target").exists());
}
