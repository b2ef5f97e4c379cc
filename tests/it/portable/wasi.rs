//! What a guest has of WASI, granted and not.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::Int64Type;
use arrowbox_host::{Binding, Grant, Stopped};
use arrowbox_tests::engine::{self, Query, failure, first_column, stored};

/// A query over `t(x)` of one value, with a function of `wasi` that was granted these.
fn query(function: &str, value: ArrayRef, grants: &[&str]) -> Query {
    let grants = grants.iter().map(|grant| grant.parse().expect("a grant"));
    let binding = Binding {
        grants: grants.collect(),
        ..Binding::new(stored("wasi"), function)
    };
    Query::new(1)
        .with(engine::bound(binding))
        .column("t", [value])
}

async fn ask(function: &str, value: ArrayRef, grants: &[&str]) -> ArrayRef {
    let rows = query(function, value, grants)
        .rows(&format!("SELECT {function}(x) FROM t"))
        .await
        .unwrap_or_else(|error| panic!("{function}: {}", engine::said(&error)));
    first_column(&rows)
}

async fn number(function: &str, value: i64, grants: &[&str]) -> i64 {
    let value = Arc::new(Int64Array::from(vec![value]));
    let answer = ask(function, value, grants).await;
    answer.as_primitive::<Int64Type>().value(0)
}

async fn text(function: &str, value: &str, grants: &[&str]) -> Option<String> {
    let value = Arc::new(StringArray::from(vec![value]));
    let answer = ask(function, value, grants).await;
    let answer = arrow::compute::cast(&answer, &arrow::datatypes::DataType::Utf8).expect("text");
    let answer = answer.as_string::<i32>();
    answer.is_valid(0).then(|| answer.value(0).to_owned())
}

#[tokio::test]
async fn the_clock_stands_still_unless_it_is_granted() {
    assert_eq!(number("seconds", 0, &[]).await, 946_684_800);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    let granted = number("seconds", 0, &["clock"]).await;
    assert!((granted - now.as_secs() as i64).abs() < 60, "{granted}");
}

#[tokio::test]
async fn nobody_waits_for_a_clock_that_was_not_granted() {
    let begun = Instant::now();
    assert_eq!(number("pause", 3_600_000, &[]).await, 3_600_000);
    assert!(begun.elapsed() < Duration::from_secs(30));
    let begun = Instant::now();
    assert!(number("pause", 50, &["clock"]).await >= 50);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_guest_that_pauses_is_stopped_with_its_query() {
    let binding = Binding {
        grants: [Grant::Clock].into_iter().collect(),
        ..Binding::new(stored("wasi"), "pause")
    };
    let hour: ArrayRef = Arc::new(Int64Array::from(vec![3_600_000]));
    let pausing = engine::bound(binding);
    let deadline = Instant::now() + Duration::from_millis(200);
    let error = Query::until(deadline)
        .with(pausing)
        .column("t", [hour])
        .rows("SELECT pause(x) FROM t")
        .await
        .expect_err("it is stopped");
    let late = deadline.elapsed();
    let failure = failure(&error).expect("a failed function");
    assert_eq!(failure.cause.stop(), Some(Stopped::Deadline));
    assert!(late < Duration::from_secs(1), "{late:?}");
}

#[tokio::test]
async fn chance_is_the_same_unless_it_is_granted() {
    let mut denied = BTreeSet::new();
    let mut granted = BTreeSet::new();
    for _ in 0..3 {
        denied.insert(number("chance", 0, &[]).await);
        granted.insert(number("chance", 0, &["random"]).await);
    }
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!(granted.len(), 3, "{granted:?}");
}

#[tokio::test]
async fn only_variables_that_are_granted_are_there() {
    let path = std::env::var("PATH").expect("a path");
    assert_eq!(text("variable", "PATH", &[]).await, None);
    assert_eq!(text("variable", "PATH", &["env HOME"]).await, None);
    let granted = text("variable", "PATH", &["env PATH"]).await;
    assert_eq!(granted.as_deref(), Some(path.as_str()));
}

#[tokio::test]
async fn files_are_read_below_a_directory_that_is_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).expect("a folder");
    fs::write(inside.join("a"), "read me").expect("a file");
    fs::write(folder.path().join("b"), "not me").expect("a file");
    std::os::unix::fs::symlink("../b", inside.join("link")).expect("a link");
    let grant = format!("dir {}", inside.display());
    let grants = [grant.as_str()];
    let denied = text("contents", "a", &[]).await;
    assert_eq!(denied.as_deref(), Some("no directories"));
    let granted = text("contents", "a", &grants).await;
    assert_eq!(granted.as_deref(), Some("read me"));
    for outside in ["../b", "link", "/etc/passwd", "a/../../b"] {
        let refused = text("contents", outside, &grants).await.expect("a text");
        assert!(
            !refused.contains("not me") && !refused.contains("root"),
            "{outside}: {refused}"
        );
        assert!(refused.contains("ErrorCode"), "{outside}: {refused}");
    }
    let written = text("written", "c", &grants).await.expect("a text");
    assert!(written.contains("ErrorCode"), "{written}");
    assert!(!inside.join("c").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_made_to_places_that_are_granted() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let other = other.local_addr().expect("an address").port();
    let by_address = format!("net 127.0.0.1:{port}");
    let by_name = format!("net localhost:{port}");
    let asked = async |to: u16, grants: &[&str]| {
        let value = Arc::new(Int64Array::from(vec![i64::from(to)]));
        let answer = ask("connected", value, grants).await;
        arrow::compute::cast(&answer, &arrow::datatypes::DataType::Utf8)
            .expect("text")
            .as_string::<i32>()
            .value(0)
            .to_owned()
    };
    assert!(asked(port, &[]).await.contains("ErrorCode"));
    assert_eq!(asked(port, &[by_address.as_str()]).await, "connected");
    assert_eq!(asked(port, &[by_name.as_str()]).await, "connected");
    assert!(
        asked(other, &[by_address.as_str()])
            .await
            .contains("ErrorCode")
    );
    let lookup = async |name: &str, grants: &[&str]| text("looked_up", name, grants).await;
    let grants = [by_name.as_str()];
    assert_eq!(
        lookup("localhost", &grants).await.as_deref(),
        Some("looked up")
    );
    let secret = lookup("what-i-know.example.org", &grants)
        .await
        .expect("a text");
    assert!(secret.contains("ErrorCode"), "{secret}");
}

#[tokio::test]
async fn what_is_printed_goes_to_the_log() {
    let line = Arc::new(StringArray::from(vec!["a line"]));
    let answer = ask("said", line, &[]).await;
    assert_eq!(answer.as_primitive::<Int64Type>().value(0), 2);
}

#[tokio::test]
async fn a_guest_that_ends_itself_says_why() {
    let value = Arc::new(Int64Array::from(vec![1]));
    let error = query("ended", value, &[])
        .rows("SELECT ended(x) FROM t")
        .await
        .expect_err("it ends");
    let said = engine::said(&error);
    assert!(said.contains("ended itself, with the status 1"), "{said}");
    assert!(said.contains("these were my last words"), "{said}");
}
