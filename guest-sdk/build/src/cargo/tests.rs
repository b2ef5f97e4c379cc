use super::*;

/// A project's description as cargo gives it: packages by name, folder and kind of target.
fn metadata(root: &str, packages: &[(&str, &str, &str)]) -> Metadata {
    let package = |(name, folder, kind): &(&str, &str, &str)| Package {
        id: format!("path+file://{folder}#{name}"),
        name: (*name).to_owned(),
        source: None,
        manifest_path: Path::new(folder).join("Cargo.toml"),
        targets: vec![Target {
            name: name.replace('-', "_"),
            kind: vec![(*kind).to_owned()],
        }],
    };
    let packages: Vec<Package> = packages.iter().map(package).collect();
    Metadata {
        workspace_members: packages.iter().map(|package| package.id.clone()).collect(),
        packages,
        workspace_root: root.into(),
        target_directory: Path::new(root).join("target"),
    }
}

const WORKSPACE: [(&str, &str, &str); 3] = [
    ("first", "/w/first", "cdylib"),
    ("second", "/w/second", "cdylib"),
    ("shared", "/w/shared", "lib"),
];

#[test]
fn a_workspace_gives_all_its_libraries_and_a_member_only_itself() {
    let metadata = metadata("/w", &WORKSPACE);
    let names = |project: &str| {
        metadata
            .libraries(Path::new(project))
            .map(|found| found.into_values().collect())
    };
    let names = |project| -> Vec<&str> { names(project).unwrap() };
    assert_eq!(names("/w"), ["first", "second"]);
    assert_eq!(names("/w/second"), ["second"]);
}

#[test]
fn a_package_that_is_no_function_library_is_told_the_line_to_add() {
    let metadata = metadata("/w", &WORKSPACE);
    let error = metadata.libraries(Path::new("/w/shared")).unwrap_err();
    assert!(matches!(&error, CargoError::NotCdylib { packages, .. } if packages == &["shared"]));
    assert!(
        error.to_string().contains("`crate-type = [\"cdylib\"]`"),
        "{error}"
    );
}

#[test]
fn only_the_module_of_the_package_is_taken_from_cargos_messages() {
    let artifact = |id: &str, kind: &str, file: &str| {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"{id}","manifest_path":"/w/Cargo.toml",
            "target":{{"kind":["{kind}"],"name":"f","edition":"2024"}},"filenames":["/t/f.d","{file}"],"fresh":true}}"#
        )
    };
    let found = Some(("f".to_owned(), PathBuf::from("/t/f.wasm")));
    assert_eq!(module_of(&artifact("a", "cdylib", "/t/f.wasm"), "a"), found);
    for other in [
        artifact("b", "cdylib", "/t/f.wasm"),
        artifact("a", "rlib", "/t/f.wasm"),
        artifact("a", "cdylib", "/t/libf.so"),
        r#"{"reason":"build-finished","success":true}"#.to_owned(),
        "not json".to_owned(),
    ] {
        assert_eq!(module_of(&other, "a"), None, "{other}");
    }
}

#[test]
fn a_path_in_a_setting_is_quoted() {
    assert_eq!(
        toml_string(r#"--remap=C:\a "b""#),
        r#""--remap=C:\\a \"b\"""#
    );
}
