//! `arrowbox test`, `new`, `functions` and `sql` with functions of every kind.

use std::fs;
use std::path::Path;

use arrowbox_tests::command::{Arrowbox, Ran};
use arrowbox_tests::component;

fn test(folder: &Path, component: &str, arguments: &[&str]) -> Ran {
    let file = component::path(component);
    let fixed = ["test", "--format", "csv", file.to_str().unwrap()];
    let all = fixed.iter().chain(arguments);
    Arrowbox::new(folder, all).folder(folder).run()
}

#[test]
fn a_function_of_every_kind_is_tried_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, content) in [
        ("returns.csv", "fund,factor\na,2\na,8\nb,3\n"),
        ("points.csv", "k,x,y\na,0.0,1.0\na,1.0,3.0\n"),
        (
            "access.log",
            "192.0.2.44 - - [10/Mar/2024:06:31:16 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\nno\n",
        ),
        ("parts.csv", "part,index\na,1\nb,2\n"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    for (component, arguments, said) in [
        ("gcd", vec!["gcd", "12,18"], "a,b,result\n12,18,6"),
        (
            "geometric-mean",
            vec!["geometric_mean", "2", "8", "NULL"],
            "result\n4.0",
        ),
        (
            "geometric-mean",
            vec![
                "geometric_mean",
                "--rows",
                "returns.csv",
                "--group-by",
                "fund",
            ],
            "fund,result\na,4.0\nb,3.0",
        ),
        (
            "ewma",
            vec!["ewma", "1,0.5", "3,0.5", "NULL,0.5"],
            "1.0,0.5,1.0\n3.0,0.5,2.0\n,0.5,2.0",
        ),
        (
            "explode",
            vec!["explode", "\"a,b\",\",\"", "--expect", "parts.csv"],
            "text,delimiter,index,part\n\"a,b\",\",\",1,a",
        ),
        (
            "linear-regression",
            vec![
                "linear_regression",
                "x,y",
                "--rows",
                "points.csv",
                "--by",
                "k",
            ],
            "k,slope,intercept,r2,n\na,2.0,1.0,1.0,2",
        ),
        (
            "access-log",
            vec![
                "access_log",
                "--location",
                "access.log",
                "--option",
                "malformed=skip",
            ],
            "192.0.2.44",
        ),
        (
            "json-lines",
            vec!["json_lines", "--rows", "returns.csv"],
            "count\n3",
        ),
    ] {
        let shown = test(folder, component, &arguments).ok();
        assert!(shown.contains(said), "{component}: {shown}");
    }
    let made = test(
        folder,
        "json-lines",
        &["json_lines", "--rows", "returns.csv"],
    );
    assert!(made.stderr.contains("manifest.json"), "{}", made.stderr);
    for (component, arguments, said) in [
        ("gcd", vec!["gcd", "1,2", "--by", "k"], "--by"),
        (
            "gcd",
            vec!["gcd", "1,2", "--rows", "points.csv"],
            "two ways",
        ),
        (
            "linear-regression",
            vec!["linear_regression", "--rows", "points.csv"],
            "--by",
        ),
        (
            "linear-regression",
            vec!["linear_regression", "--by", "k"],
            "--rows",
        ),
        ("access-log", vec!["access_log"], "--location"),
        (
            "access-log",
            vec!["access_log", "x", "--location", "access.log"],
            "no values",
        ),
        (
            "explode",
            vec!["explode", "\"b,a\",\",\"", "--expect", "parts.csv"],
            "2 of 2 results differ from `parts.csv` in `part`",
        ),
    ] {
        test(folder, component, &arguments).fails(1, &[said]);
    }
}

#[test]
fn functions_of_every_kind_are_kept_shown_and_rolled_back() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| Arrowbox::new(data.path(), arguments).run();
    for (component, name, kind, form) in [
        ("geometric-mean", "geometric_mean", "aggregate", "GROUP BY"),
        ("ewma", "ewma", "window", "OVER"),
        ("explode", "explode", "table", "FROM explode"),
        ("iris-model", "score_iris", "batch map", "map_batches"),
        (
            "linear-regression",
            "linear_regression",
            "grouped map",
            "grouped_map",
        ),
        ("asof-join", "asof_join", "cogrouped map", "cogrouped_map"),
        ("access-log", "access_log", "reader", "STORED AS access_log"),
        ("json-lines", "json_lines", "writer", "COPY"),
    ] {
        let file = component::path(component);
        let file = file.to_str().unwrap();
        run(&["functions", "add", file]).ok();
        run(&["functions", "add", file, "--replace"]).ok();
        run(&["functions", "rollback", name]).ok();
        let shown = run(&["functions", "show", name]).ok();
        assert!(shown.contains(&format!("kind        {kind}")), "{shown}");
        let shown = run(&["inspect", file]).ok();
        assert!(shown.contains(form), "{shown}");
        run(&["sql", &format!("DROP FUNCTION {name}")]).ok();
        run(&["functions", "rollback", name]).ok();
    }
    let shown = run(&["sql", "--format", "csv", "SHOW FUNCTIONS"]).ok();
    for kind in ["aggregate", "batch map", "reader", "writer"] {
        assert!(shown.contains(&format!(",{kind},")), "{shown}");
    }
    let called = run(&[
        "sql",
        "--format",
        "csv",
        "SELECT part FROM explode('a b', ' ')",
    ])
    .ok();
    assert_eq!(called.trim(), "part\na\nb");
}

#[test]
fn a_table_can_name_its_reader() {
    let data = tempfile::tempdir().unwrap();
    let line = "192.0.2.44 - - [10/Mar/2024:06:31:16 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    fs::write(data.path().join("access.log"), line).unwrap();
    let component = component::path("access-log");
    let sql = |table: &str| {
        let component = component.to_str().unwrap();
        let count = "SELECT count(*) AS n FROM logs";
        let arguments = [
            "sql",
            "--format",
            "csv",
            "--component",
            component,
            "--table",
            table,
            count,
        ];
        Arrowbox::new(data.path(), arguments)
            .folder(data.path())
            .run()
    };
    assert_eq!(sql("logs=access_log:access.log").ok().trim(), "n\n1");
    sql("logs=nothing:access.log").fails(1, &["no function `nothing`"]);
    sql("logs=access.log").fails(1, &[".parquet"]);
}

#[test]
fn a_project_of_every_kind_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [
        "scalar",
        "aggregate",
        "window",
        "table",
        "map-batches",
        "grouped-map",
        "cogrouped-map",
        "reader",
        "writer",
    ] {
        let arguments = ["new", kind, "--kind", kind];
        Arrowbox::new(folder.path(), arguments)
            .folder(folder.path())
            .run()
            .ok();
        let project = folder.path().join(kind);
        let source = fs::read_to_string(project.join("src/lib.rs")).unwrap();
        assert!(source.contains("arrowbox_sdk::export!("), "{kind}");
        let readme = fs::read_to_string(project.join("README.md")).unwrap();
        assert!(
            readme.contains("arrowbox test target/components/"),
            "{kind}"
        );
    }
}
