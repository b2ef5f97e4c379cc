//! What a new project consists of.

use std::path::Path;

/// Names and contents of the files of a Rust project.
pub(super) fn rust(name: &str, sdk: &Path) -> [(&'static str, String); 4] {
    let fill = |template: &str| {
        template.replace("@NAME@", name).replace(
            "@SDK@",
            &sdk.display()
                .to_string()
                .replace('\\', "\\\\")
                .replace('"', "\\\""),
        )
    };
    [
        ("Cargo.toml", fill(include_str!("rust/Cargo.toml.in"))),
        ("src/lib.rs", fill(include_str!("rust/lib.rs.in"))),
        ("README.md", fill(include_str!("rust/README.md.in"))),
        (".gitignore", "/target\n".to_owned()),
    ]
}
