//! Puts the SDKs into the crate, and the contract in C: whoever has the command has all that functions are built with.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use wit_bindgen_core::{Files, wit_parser::Resolve};

/// What the SDKs consist of, by their places in the repository.
const CARRIED: [&str; 15] = [
    "guest-sdk/c/include",
    "guest-sdk/c/src",
    "guest-sdk/c/testing",
    "guest-sdk/go",
    "guest-sdk/js/bin",
    "guest-sdk/js/build",
    "guest-sdk/js/package.json",
    "guest-sdk/js/src",
    "guest-sdk/js/types",
    "guest-sdk/python/README.md",
    "guest-sdk/python/pyproject.toml",
    "guest-sdk/python/src/arrowbox",
    "guest-sdk/rust",
    "guest-sdk/rust-macros",
    "wit",
];
/// The ends of the names of their files.
const ENDS: [&str; 13] = [
    "c", "go", "h", "js", "json", "md", "mod", "py", "rs", "toml", "ts", "typed", "wit",
];
/// What is not needed to build functions.
const LEFT_OUT: [&str; 5] = ["tests", "tests.rs", "target", "testdata", "examples"];
/// The tables of the workspace's manifest that the manifests of the Rust SDK inherit from.
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

/// The world that C implements.
const WORLD: &str = "native";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let root = root.canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let manifest = out.join("sdk-workspace.toml");
    let workspace = workspace(&fs::read_to_string(root.join("Cargo.toml"))?);
    fs::write(&manifest, workspace)?;
    let mut files = vec![("Cargo.toml".to_owned(), manifest)];
    for name in CARRIED {
        collect(&root, &root.join(name), &mut files)?;
    }
    bindings(&root.join("wit"), &out, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for (name, path) in files {
        let path = path.display().to_string();
        list += &format!("    ({name:?}, include_bytes!({path:?})),\n");
    }
    list.push_str("]\n");
    fs::write(out.join("sdk.rs"), list)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!(
        "cargo::rerun-if-changed={}",
        root.join("Cargo.toml").display()
    );
    Ok(())
}

/// A file, or those of a folder, also where it is a link.
fn collect(
    root: &Path,
    path: &Path,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if !LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
                collect(root, &entry.path(), files)?;
            }
        }
    } else if path
        .extension()
        .is_some_and(|end| ENDS.iter().any(|known| end == *known))
    {
        // Not the folder: what Python leaves in one changes nothing.
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.strip_prefix(root)?;
        files.push((name.display().to_string(), path.to_owned()));
    }
    Ok(())
}

/// The part of the workspace's manifest that the Rust SDK needs.
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

/// The contract in C: its source, its header, and an object that says to which world they belong.
fn bindings(
    wit: &Path,
    out: &Path,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    let mut made = Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    generator.generate(&mut resolve, world, &mut made)?;
    for (name, content) in made.iter() {
        let path = out.join(name);
        fs::write(&path, content)?;
        files.push((format!("guest-sdk/c/bindings/{name}"), path));
    }
    Ok(())
}
