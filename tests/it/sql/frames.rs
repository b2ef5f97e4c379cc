//! The same functions from Rust.

use std::fs;

use arrowbox::{Grouping, Session};
use datafusion::dataframe::DataFrame;
use datafusion::prelude::{col, lit};

use super::{lines, rows, session};

async fn run(session: &Session, frame: DataFrame) -> String {
    let mut query = session.run_frame(frame).await.unwrap();
    lines(&mut query).await.unwrap().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_has_a_method() {
    let session = session(&[
        "access-log",
        "asof-join",
        "ewma",
        "explode",
        "gcd",
        "geometric-mean",
        "json-lines",
        "linear-regression",
    ])
    .await;
    rows(
        &session,
        "CREATE TABLE p AS SELECT * FROM (VALUES ('a', 0.0, 1.0), ('a', 1.0, 3.0), ('b', 0.0, 5.0)) AS p (k, x, y)",
    )
    .await;
    let points = || async { session.context().table("p").await.unwrap() };

    let gcd = session.scalar("gcd").await.unwrap();
    let frame = points().await.limit(0, Some(1)).unwrap();
    let frame = frame.select(vec![gcd.call(vec![lit(12_i64), lit(18_i64)])]);
    assert_eq!(run(&session, frame.unwrap()).await, "6");

    let mean = session.aggregate("geometric_mean").await.unwrap();
    let frame = points().await;
    let frame = frame.aggregate(vec![], vec![mean.call(vec![col("y")])]);
    assert!(run(&session, frame.unwrap()).await.starts_with("2.466"));

    let ewma = session.window("ewma").await.unwrap();
    let average = ewma.call(vec![col("y"), lit(0.5)]).alias("average");
    let frame = points().await.window(vec![average]).unwrap();
    assert_eq!(run(&session, frame).await.split(' ').count(), 3);

    let parts = session
        .table_of("explode", vec!["a,b".into(), ",".into()])
        .await
        .unwrap();
    assert_eq!(run(&session, parts).await, "1,a 2,b");
    let joined = session
        .with_rows_of(points().await, "explode", vec![col("k"), lit(",")])
        .await
        .unwrap();
    let joined = joined.select_columns(&["k", "part"]).unwrap();
    let joined = joined.distinct().unwrap().sort_by(vec![col("k")]).unwrap();
    assert_eq!(run(&session, joined).await, "a,a b,b");

    let groups = Grouping::by(points().await, vec![col("k")]);
    let groups = groups.ordered(vec![col("x").sort(false, true)]);
    let fits = session
        .grouped_map(groups, "linear_regression", vec!["x".into(), "y".into()])
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("fits");
    let options = [("nulls".to_owned(), "omit".to_owned())];
    let mut query = session
        .write(fits, "json_lines", &place.display().to_string(), options)
        .await
        .unwrap();
    assert_eq!(lines(&mut query).await.unwrap(), ["2"]);
    assert!(place.join("manifest.json").is_file());

    let log = folder.path().join("access.log");
    let line = "192.0.2.44 - - [10/Mar/2024:06:31:16 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    fs::write(&log, line).unwrap();
    let requests = session
        .read("access_log", [log.display().to_string()], [])
        .await
        .unwrap();
    let requests = requests.select_columns(&["host", "status"]).unwrap();
    assert_eq!(run(&session, requests).await, "192.0.2.44,200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_for_another_kind_says_so() {
    let session = session(&["gcd", "explode"]).await;
    let refused = session.aggregate("gcd").await.unwrap_err().to_string();
    assert!(refused.contains("`gcd` is a scalar function"), "{refused}");
    let refused = session.table_of("gcd", vec![]).await.unwrap_err();
    assert!(refused.to_string().contains("SELECT gcd"), "{refused}");
    let refused = session.function("nothing").await.unwrap_err().to_string();
    assert!(refused.contains("no function `nothing`"), "{refused}");
    let refused = session.read("explode", ["x".to_owned()], []).await;
    assert!(refused.unwrap_err().to_string().contains("table function"));
}
