//! Puts the sources of the Rust SDK into the binary, for `arrowbox new`: until the SDK is on a registry, a
//! new project has it as a path.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What an SDK is made of, beside the workspace's own manifest.
const FOLDERS: [&str; 3] = ["guest-sdk/rust", "guest-sdk/rust-macros", "wit"];
/// What is not needed to depend on it.
const LEFT_OUT: [&str; 4] = ["tests", "tests.rs", "target", "examples"];
/// The tables of the workspace's manifest that the manifests of the SDK inherit from.
const TABLES: [&str; 3] = [
    "[workspace.package]",
    "[workspace.dependencies]",
    "[workspace.lints",
];

const WORKSPACE: &str = "\
[workspace]
resolver = \"2\"
members = [\"guest-sdk/rust\", \"guest-sdk/rust-macros\"]
";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    let root = root.canonicalize()?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let manifest = out.join("sdk-workspace.toml");
    fs::write(
        &manifest,
        workspace(&fs::read_to_string(root.join("Cargo.toml"))?),
    )?;
    let mut files = vec![("Cargo.toml".to_owned(), manifest)];
    for folder in FOLDERS {
        collect(&root, &root.join(folder), &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for (name, path) in files {
        list.push_str(&format!(
            "    ({name:?}, include_str!({:?})),\n",
            path.display().to_string()
        ));
    }
    list.push_str("]\n");
    fs::write(out.join("sdk.rs"), list)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!(
        "cargo::rerun-if-changed={}",
        root.join("Cargo.toml").display()
    );
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = entry.path();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| {
            ["rs", "toml", "wit"]
                .iter()
                .any(|known| extension == *known)
        }) {
            let name = path.strip_prefix(root).map_err(io::Error::other)?;
            files.push((name.display().to_string(), path));
        }
    }
    Ok(())
}

/// The part of the workspace's manifest that the SDK needs.
fn workspace(manifest: &str) -> String {
    let mut workspace = String::from(WORKSPACE);
    let mut wanted = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            wanted = TABLES.iter().any(|table| line.starts_with(table));
            if wanted {
                workspace.push('\n');
            }
        }
        if wanted {
            workspace.push_str(line);
            workspace.push('\n');
        }
    }
    workspace
}
