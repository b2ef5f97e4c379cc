use std::{cell::RefCell, os::unix::fs::symlink};

use tempfile::TempDir;

use super::*;

/// A machine in a folder: its programs are shell scripts, and nothing of the real one is seen.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "data", "rustup/toolchains"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// One whose `rustc` and `cargo` work, with a toolchain that has no library for guests.
    fn with_rust(release: &str) -> Self {
        let machine = Self::new();
        let default = machine.path("default");
        fs::create_dir_all(default.join("bin")).unwrap();
        let linker = default.join("lib/rustlib/some-host/bin/rust-lld");
        fs::create_dir_all(linker.parent().unwrap()).unwrap();
        fs::write(linker, "").unwrap();
        machine.program("cargo", "exit 1");
        machine.program(
            "rustc",
            &format!(
                "case $1 in --print) echo {} ;; *) echo 'release: {release}'; echo 'host: some-host' ;; esac",
                default.display()
            ),
        );
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn search(&self) -> (Result<Toolchain, NoToolchain>, Vec<String>) {
        let environment = Environment {
            search: vec![self.path("bin")],
            data: Some(self.path("data")),
            rustup: Some(self.path("rustup")),
        };
        let steps = RefCell::new(Vec::new());
        let progress = |text: &str| steps.borrow_mut().push(text.to_owned());
        let found = Search {
            environment: &environment,
            progress: &progress,
        }
        .run();
        (found, steps.into_inner())
    }

    /// The way to a toolchain that is found, and the steps that it took.
    fn found(&self) -> (Way, PathBuf, Vec<String>) {
        let (found, steps) = self.search();
        let found = found.unwrap_or_else(|error| panic!("{error}"));
        (found.way(), found.sysroot().to_owned(), steps)
    }
}

/// Standard libraries, with bitcode, in the sysroot.
fn add_libraries(sysroot: &Path) {
    let folder = sysroot::guest_libraries(sysroot);
    fs::create_dir_all(&folder).unwrap();
    for name in ["alloc", "compiler_builtins", "core", "panic_abort", "std"] {
        fs::write(
            folder.join(format!("lib{name}-0123.rlib")),
            "!<arch>\n.llvmbc",
        )
        .unwrap();
    }
}

/// A toolchain as [`debian::make`] leaves it.
fn make_whole(place: &Path) {
    let compiler = Compiler {
        rustc: PathBuf::new(),
        sysroot: place.to_owned(),
        release: "99.0.0".to_owned(),
        commit: "0123".to_owned(),
        host: "some-host".to_owned(),
    };
    for file in [
        "bin/rustc",
        "bin/cargo",
        "lib/librustc_driver.so",
        "lib/rustlib/some-host/bin/rust-lld",
    ] {
        let file = place.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "whole").unwrap();
    }
    add_libraries(place);
    Stamp::of(place, compiler, vec![])
        .unwrap()
        .write(place)
        .unwrap();
}

#[test]
fn a_default_toolchain_with_the_target_is_taken_before_anything_else() {
    let machine = Machine::with_rust("99.0.0");
    add_libraries(&machine.path("default"));
    make_whole(&machine.path("data/toolchain"));
    machine.program("rustup", "exit 1");
    assert_eq!(
        machine.found(),
        (Way::Default, machine.path("default"), vec![])
    );
}

#[test]
fn a_distributions_toolchain_needs_no_rustup_but_a_linker() {
    let machine = Machine::with_rust("99.0.0");
    add_libraries(&machine.path("default"));
    fs::remove_file(machine.path("default/lib/rustlib/some-host/bin/rust-lld")).unwrap();
    let attempts = machine.search().0.unwrap_err().attempts;
    assert!(matches!(
        attempts[0].obstacle,
        Obstacle::Sysroot(SysrootError::NoLinker { .. })
    ));
    machine.program("wasm-ld-19", "");
    let toolchain = machine.search().0.unwrap();
    assert_eq!(
        toolchain.linker(),
        Some(machine.path("bin/wasm-ld-19").as_path())
    );
}

#[test]
fn rustup_is_asked_for_the_target() {
    let machine = Machine::with_rust("99.0.0");
    add_libraries(&machine.path("elsewhere"));
    let (from, to) = (
        machine.path("elsewhere/lib/rustlib"),
        machine.path("default/lib/rustlib"),
    );
    let add = format!(
        "/bin/cp -r {}/wasm32-unknown-unknown {}",
        from.display(),
        to.display()
    );
    machine.program(
        "rustup",
        &format!("[ \"$*\" = 'target add wasm32-unknown-unknown' ] && {add}"),
    );
    let (way, sysroot, steps) = machine.found();
    assert_eq!((way, sysroot), (Way::TargetAdded, machine.path("default")));
    assert_eq!(steps, ["asking rustup for wasm32-unknown-unknown"]);
    assert_eq!(machine.found().0, Way::Default);
}

#[test]
fn a_toolchain_made_before_is_taken_without_asking_rustup_again_and_linked() {
    let machine = Machine::with_rust("99.0.0");
    let place = machine.path("data/toolchain");
    make_whole(&place);
    let link = machine.path("rustup/toolchains/arrowbox-guest");
    symlink(machine.path("gone"), &link).unwrap();
    machine.program(
        "rustup",
        &format!(
            "[ \"$1 $2 $3\" = 'toolchain link arrowbox-guest' ] && /bin/ln -sfn \"$4\" {}",
            link.display()
        ),
    );
    assert_eq!(
        machine.found(),
        (Way::Linked, fs::canonicalize(&place).unwrap(), vec![])
    );
    assert_eq!(fs::read_link(&link).unwrap(), place);
    // The second time there is nothing left to do for rustup.
    machine.program("rustup", "exit 1");
    assert_eq!(machine.found().2, Vec::<String>::new());
}

#[test]
fn a_toolchain_that_is_linked_from_elsewhere_is_taken_if_it_is_whole() {
    let machine = Machine::with_rust("99.0.0");
    let place = machine.path("elsewhere");
    make_whole(&place);
    symlink(&place, machine.path("rustup/toolchains/arrowbox-guest")).unwrap();
    assert_eq!(machine.found().0, Way::Linked);
    fs::remove_file(place.join("arrowbox-toolchain.json")).unwrap();
    assert!(machine.search().0.is_err());
}

#[test]
fn an_incomplete_toolchain_is_not_taken() {
    type Damage = fn(&Path);
    let cases: [(&str, Damage); 6] = [
        ("no stamp", |place| {
            fs::remove_file(place.join("arrowbox-toolchain.json")).unwrap()
        }),
        ("half a stamp", |place| {
            fs::write(place.join("arrowbox-toolchain.json"), "{\"format\":1,").unwrap()
        }),
        ("no driver", |place| {
            fs::remove_file(place.join("lib/librustc_driver.so")).unwrap()
        }),
        ("a shorter driver", |place| {
            fs::write(place.join("lib/librustc_driver.so"), "who").unwrap()
        }),
        ("no core", |place| {
            fs::remove_file(sysroot::guest_libraries(place).join("libcore-0123.rlib")).unwrap()
        }),
        ("a cargo that leads nowhere", |place| {
            fs::remove_file(place.join("bin/cargo")).unwrap();
            symlink("/nowhere/cargo", place.join("bin/cargo")).unwrap();
        }),
    ];
    for (case, damage) in cases {
        let place = tempfile::tempdir().unwrap();
        make_whole(place.path());
        assert!(made(place.path(), Way::Linked).is_ok());
        damage(place.path());
        assert!(made(place.path(), Way::Linked).is_err(), "{case}");
    }
}

#[test]
fn a_library_without_bitcode_is_refused() {
    let place = tempfile::tempdir().unwrap();
    add_libraries(place.path());
    let folder = sysroot::guest_libraries(place.path());
    sysroot::check_libraries(&folder).unwrap();
    fs::write(folder.join("libpanic_abort-0123.rlib"), "!<arch>\n").unwrap();
    assert!(matches!(
        sysroot::check_libraries(&folder),
        Err(SysrootError::NoBitcode { .. })
    ));
}

#[test]
fn the_error_tells_every_way_in_order_and_why_it_failed() {
    let machine = Machine::with_rust("1.63.0");
    machine.program("rustup", "echo 'error: could not download' >&2; exit 1");
    let error = machine.search().0.unwrap_err();
    let ways: Vec<Way> = error.attempts.iter().map(|attempt| attempt.way).collect();
    assert_eq!(
        ways,
        [Way::Default, Way::TargetAdded, Way::Linked, Way::Debian]
    );
    let text = error.to_string();
    for part in [
        "is 1.63.0, and guests need",
        "| error: could not download",
        "no such folder",
        "`cc` is not on PATH",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn a_machine_with_nothing_is_told_so() {
    let attempts = Machine::new().search().0.unwrap_err().attempts;
    assert!(matches!(attempts[0].obstacle, Obstacle::NoProgram("rustc")));
    assert!(matches!(
        attempts[1].obstacle,
        Obstacle::NoProgram("rustup")
    ));
    assert!(matches!(
        attempts[3].obstacle,
        Obstacle::Debian(DebianError::NoProgram { name: "cc", .. })
    ));
}

#[test]
fn apt_without_lists_is_told_to_update_them_and_a_failure_leaves_no_toolchain() {
    let machine = Machine::with_rust("99.0.0");
    machine.program("rustup", "exit 1");
    for name in ["cc", "dpkg-query", "dpkg-deb"] {
        machine.program(name, "exit 0");
    }
    machine.program("apt-cache", "exit 100");
    let updated = machine.path("updated");
    machine.program(
        "apt-get",
        &format!("[ \"$1\" = update ] && echo > {}", updated.display()),
    );
    let error = machine.search().0.unwrap_err();
    let last = error.attempts.last().unwrap();
    assert!(
        matches!(&last.obstacle, Obstacle::Debian(DebianError::NoPackage(name)) if name == "rustc-web")
    );
    assert!(updated.exists());
    let left: Vec<_> = fs::read_dir(machine.path("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["toolchain.lock"]);
}

#[test]
fn an_old_candidate_is_refused_before_anything_is_downloaded() {
    let machine = Machine::with_rust("99.0.0");
    for name in ["rustup", "apt-get"] {
        machine.program(name, "exit 1");
    }
    for name in ["cc", "dpkg-query", "dpkg-deb"] {
        machine.program(name, "exit 0");
    }
    machine.program(
        "apt-cache",
        "echo 'Package: rustc-web'; echo 'Version: 1.78.0+dfsg1-2'; echo 'Size: 1'",
    );
    let error = machine.search().0.unwrap_err();
    let last = &error.attempts.last().unwrap().obstacle;
    assert!(
        matches!(last, Obstacle::Debian(DebianError::Old { version, .. }) if version == "1.78.0+dfsg1-2")
    );
}
