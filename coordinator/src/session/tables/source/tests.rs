use std::io::Write;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;

use super::*;

async fn rows(spec: &str) -> String {
    let source: TableSource = spec.parse().unwrap();
    let context = SessionContext::new();
    let table = source.open(&context.state()).await.unwrap();
    context.register_table(source.name.as_str(), table).unwrap();
    let query = format!("SELECT * FROM {} ORDER BY 1", source.name);
    let batches = context.sql(&query).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

async fn refusal(spec: &str) -> String {
    let source: TableSource = spec.parse().unwrap();
    match source.open(&SessionContext::new().state()).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{spec} opened"),
    }
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    File::create(&path)
        .unwrap()
        .write_all(content.as_bytes())
        .unwrap();
    path.display().to_string()
}

const EXPECTED: &str = "\
+---+---+
| a | b |
+---+---+
| 1 | x |
| 2 | y |
+---+---+";

#[tokio::test]
async fn text_formats() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("t.csv", "a,b\n1,x\n2,y\n"),
        ("t.tsv", "a\tb\n1\tx\n2\ty\n"),
        ("t.ndjson", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n"),
        (
            "lines.json",
            "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n",
        ),
        (
            "array.json",
            " \n[{\"a\":1,\"b\":\"x\"},\n{\"a\":2,\"b\":\"y\"}]",
        ),
        ("with space & 100%.csv", "a,b\n1,x\n2,y\n"),
    ] {
        let path = write(folder.path(), name, content);
        assert_eq!(rows(&format!("T={path}")).await, EXPECTED, "{name}");
    }
}

#[tokio::test]
async fn folders_and_patterns() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "plain/1.csv", "a,b\n1,x\n");
    write(root, "plain/2.csv", "a,b\n2,y\n");
    write(root, "plain/README.md", "not data");
    write(root, "plain/_SUCCESS", "");
    write(root, "mixed/1.csv", "a,b\n1,x\n2,y\n");
    write(root, "mixed/2.json", "{\"a\":7}");
    write(root, "parts/b=x/1.csv", "a\n1\n");
    write(root, "parts/b=y/1.csv", "a\n2\n");
    let root = root.display();
    assert_eq!(rows(&format!("t={root}/plain")).await, EXPECTED);
    assert_eq!(rows(&format!("t={root}/plain/*.csv")).await, EXPECTED);
    assert_eq!(rows(&format!("t={root}/mixed/*.csv")).await, EXPECTED);
    assert_eq!(rows(&format!("t={root}/parts")).await, EXPECTED);
    let message = refusal(&format!("t={root}/mixed")).await;
    assert!(message.contains("(.csv, .json)"), "{message}");
}

#[tokio::test]
async fn what_is_no_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path(), "notes.txt", "hello");
    let parquet = write(folder.path(), "broken.parquet", "hello");
    let root = folder.path().display();
    for (spec, part) in [
        (format!("t={root}/nothing.csv"), "there is nothing at"),
        (format!("t={text}"), "ends in none of .parquet"),
        (format!("t={parquet}"), "does not read as Parquet"),
    ] {
        let message = refusal(&spec).await;
        assert!(message.contains(part), "{message}");
    }
    fs::remove_file(&parquet).unwrap();
    let message = refusal(&format!("t={root}")).await;
    assert!(message.contains("holds no file"), "{message}");
    for spec in ["t", "=x", "t="] {
        assert!(
            matches!(spec.parse::<TableSource>(), Err(TableError::Form { .. })),
            "{spec}"
        );
    }
}

#[test]
fn a_reader_can_be_named() {
    for (spec, reader, path) in [
        (
            "logs=access_log:./access.log",
            Some("access_log"),
            "./access.log",
        ),
        (
            "logs=Access_Log:/var/log/*.log",
            Some("access_log"),
            "/var/log/*.log",
        ),
        ("t=data.csv", None, "data.csv"),
        ("t=C:data.csv", None, "C:data.csv"),
        ("t=s3://bucket/data.csv", None, "s3://bucket/data.csv"),
        ("t=a b:c.csv", None, "a b:c.csv"),
        ("t=log:", None, "log:"),
    ] {
        let source: TableSource = spec.parse().unwrap();
        assert_eq!(source.reader.as_deref(), reader, "{spec}");
        assert_eq!(source.path, PathBuf::from(path), "{spec}");
    }
}
