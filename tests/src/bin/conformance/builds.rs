//! Projects that do not build.

use std::fs;
use std::io;
use std::path::Path;

use arrowbox_build::{BuildOptions, build};
use arrowbox_tests::cluster::folder;
use arrowbox_tests::engine::said;

/// What is said when the project `broken/<name>` of a language is built; an error if it is built.
///
/// # Errors
///
/// It builds, or it is not there.
pub(crate) fn refused(language: &str, name: &str, target: &Path) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = root
        .join("conformance")
        .join(language)
        .join("broken")
        .join(name);
    let place = folder();
    let project = place.path().join(name);
    copy(&from, &project, root).map_err(|error| format!("{}: {error}", from.display()))?;
    let options = BuildOptions {
        target_dir: Some(match language {
            // What it depends on was built before, with all else.
            "rust" => target.to_owned(),
            _ => place.path().join("target"),
        }),
        ..BuildOptions::default()
    };
    match build(&project, &options, &|_: &str| {}) {
        Ok(_) => Err("it builds".to_owned()),
        Err(error) => Ok(said(&error)),
    }
}

/// Copies a project; `{sdk}` in its manifests is where the SDKs are.
fn copy(from: &Path, to: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &to, root)?;
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let sdk = root.join("../guest-sdk");
        fs::write(to, text.replace("{sdk}", &sdk.display().to_string()))?;
    }
    Ok(())
}
