//! What a new project consists of.

use std::path::Path;

use super::kind::Kind;

/// Names and contents of the files of a Rust project whose function is of this kind.
pub(super) fn rust(name: &str, kind: Kind, sdk: &Path) -> Vec<(&'static str, String)> {
    let example = kind.example();
    let sdk = sdk.display().to_string();
    let sdk = sdk.replace('\\', "\\\\").replace('"', "\\\"");
    let fill = |template: &str| {
        template
            .replace("@NAME@", name)
            .replace("@SDK@", &sdk)
            .replace("@TEST@", example.test)
            .replace("@TABLES@", example.tables)
            .replace("@SQL@", example.sql)
    };
    let mut files = vec![
        ("Cargo.toml", fill(include_str!("rust/Cargo.toml.in"))),
        ("src/lib.rs", fill(example.source)),
        ("README.md", fill(include_str!("rust/README.md.in"))),
        (".gitignore", "/target\n".to_owned()),
    ];
    let given = example.files.iter();
    files.extend(given.map(|(name, content)| (*name, (*content).to_owned())));
    files
}
