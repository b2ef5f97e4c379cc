//! Projects that do not build.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use arrowbox_build::{BuildOptions, build};
use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::engine::said;

/// What is said when the project `broken/<name>` of a language is built in the folder `place`; an error if it is built.
///
/// # Errors
///
/// It builds, or it is not there.
pub(crate) fn refused(
    language: &str,
    name: &str,
    target: &Path,
    place: &Path,
) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = root
        .join("conformance")
        .join(language)
        .join("broken")
        .join(name);
    // Always the same for a language: cargo compiles what a project needs for each folder anew.
    let project = place.join(language);
    if project.exists() {
        fs::remove_dir_all(&project).map_err(|error| format!("{}: {error}", project.display()))?;
    }
    copy(&from, &project, root).map_err(|error| format!("{}: {error}", from.display()))?;
    match language {
        // The versions that were built before, with all else.
        "rust" => fs::copy(root.join("guests/Cargo.lock"), project.join("Cargo.lock")).map(drop),
        "js" => fs::create_dir(project.join("node_modules")).and_then(|()| {
            symlink(
                root.join("../guest-sdk/js"),
                project.join("node_modules/arrowbox-sdk"),
            )
        }),
        _ => Ok(()),
    }
    .map_err(|error| format!("{}: {error}", project.display()))?;
    let options = BuildOptions {
        target_dir: Some(match language {
            "rust" => target.to_owned(),
            _ => place.join("target"),
        }),
        ..BuildOptions::default()
    };
    let built = match build(&project, &options, &|_: &str| {}) {
        Ok(built) => built,
        Err(error) => return Ok(said(&error)),
    };
    // What a language only knows when its functions are described, the command finds then.
    for component in built {
        let inspect = [OsStr::new("inspect"), component.path.as_os_str()];
        let ran = Arrowbox::new(&place.join("data"), inspect).run();
        if ran.code != Some(0) {
            return Ok(ran.stderr);
        }
    }
    Err("it builds".to_owned())
}

/// Copies a project, whose files end with `.in` where other tools would take them for theirs; `{sdk}` in them is where the
/// SDKs are.
fn copy(from: &Path, to: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let to = to.join(name.strip_suffix(".in").unwrap_or(&name));
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
