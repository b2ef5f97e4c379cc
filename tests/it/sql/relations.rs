//! Functions in FROM, and what is said of those that stand in a wrong place.

use super::{refusal, rows, session};

const POINTS: &str = "(VALUES ('a', 0.0, 1.0), ('a', 1.0, 3.0), ('b', 0.0, 5.0)) AS p (k, x, y)";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_function_is_called_with_constants_or_for_each_row() {
    let session = session(&["explode"]).await;
    rows(
        &session,
        "CREATE TABLE t AS VALUES (1, 'a,b'), (2, 'c'), (3, NULL)",
    )
    .await;
    for (sql, expected) in [
        ("SELECT * FROM explode('a,b', ',')", "1,a 2,b"),
        (
            "SELECT i, p FROM explode(concat('a,', 'b'), ',') AS e (i, p)",
            "1,a 2,b",
        ),
        (
            "SELECT column1, part FROM t, explode(t.column2, ',') ORDER BY 1, 2",
            "1,a 1,b 2,c",
        ),
        (
            "SELECT t.column1, e.p FROM t CROSS JOIN LATERAL explode(column2, ',') AS e (i, p) ORDER BY 1, 2",
            "1,a 1,b 2,c",
        ),
        (
            "SELECT t.column1, e.part FROM t JOIN LATERAL explode(t.column2, ',') AS e ON true
             JOIN (VALUES ('b')) AS u (part) ON u.part = e.part",
            "1,b",
        ),
        (
            "SELECT t.column1, e.part FROM t JOIN explode(t.column2, ',') AS e ON e.index = t.column1",
            "1,a",
        ),
        (
            "SELECT a.column1, e.part FROM t AS a, t AS b, explode(concat(a.column2, ',', b.column2), ',') AS e
             WHERE a.column1 = 2 AND b.column1 = 1 ORDER BY e.index",
            "2,c 2,a 2,b",
        ),
        (
            "SELECT f.part FROM explode('a b,c', ',') AS e, explode(e.part, ' ') AS f ORDER BY 1",
            "a b c",
        ),
        (
            "SELECT column1, (SELECT count(*) FROM explode('x,y', ',')) AS n FROM t ORDER BY 1 LIMIT 1",
            "1,2",
        ),
        (
            "CREATE VIEW v AS SELECT part FROM t, explode(t.column2, ','); SELECT count(*) FROM v",
            "3",
        ),
        (
            "PREPARE p AS SELECT count(*) FROM t, explode(t.column2, $1); EXECUTE p(',')",
            "3",
        ),
        (
            "CREATE TABLE c AS SELECT part FROM t, explode(t.column2, ','); SELECT count(*) FROM c",
            "3",
        ),
    ] {
        assert_eq!(rows(&session, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn maps_are_called_with_tables() {
    let session = session(&["linear-regression", "iris-model"]).await;
    rows(
        &session,
        &format!("CREATE TABLE p AS SELECT * FROM {POINTS}"),
    )
    .await;
    for (sql, expected) in [
        (
            "SELECT k, slope, n FROM grouped_map(TABLE p, linear_regression, by => k) ORDER BY k",
            "a,2.0,2 b,,1",
        ),
        (
            "SELECT k, slope FROM grouped_map((SELECT * FROM p WHERE k = 'a'), \"linear_regression\", 'x', 'y',
               by => (k), order_by => (x, y)) AS f",
            "a,2.0",
        ),
        (
            "SELECT linear_regression.n FROM Grouped_Map(table p, Linear_Regression, BY => p.k) ORDER BY 1",
            "1 2",
        ),
        (
            "SELECT count(*) FROM map_batches(
               (SELECT 5.0 AS sepal_length, 3.6 AS sepal_width, 1.4 AS petal_length, 0.2 AS petal_width),
               score_iris, parallelism => 2)",
            "1",
        ),
    ] {
        assert_eq!(rows(&session, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_a_wrong_place_says_where_the_right_one_is() {
    let session = session(&[
        "explode",
        "linear-regression",
        "asof-join",
        "iris-model",
        "geometric-mean",
        "ewma",
        "gcd",
    ])
    .await;
    let table = "(SELECT 'a' AS k, 1.0 AS x, 2.0 AS y)";
    for (sql, said) in [
        ("SELECT explode('a', ',')", "SELECT … FROM explode(…)"),
        (
            "SELECT score_iris(1)",
            "FROM map_batches(TABLE t, score_iris)",
        ),
        (
            "SELECT linear_regression(1)",
            "FROM grouped_map(TABLE t, linear_regression, by => k)",
        ),
        (
            "SELECT asof_join(1)",
            "FROM cogrouped_map(TABLE l, TABLE r, asof_join, by => k)",
        ),
        ("SELECT ewma(1.0, 0.5)", "ewma(…) OVER"),
        ("SELECT gcd(1, 2) OVER ()", "call it as SELECT gcd(…)"),
        ("SELECT * FROM gcd(1, 2)", "`gcd` is a scalar function"),
        ("SELECT * FROM geometric_mean(1)", "GROUP BY"),
        ("SELECT * FROM ewma(1, 2)", "`ewma` is a window function"),
        (
            "SELECT * FROM linear_regression(1)",
            "`linear_regression` is a grouped map",
        ),
        (
            "SELECT * FROM map_batches((SELECT 1), gcd)",
            "`gcd` is a scalar function",
        ),
        (
            "SELECT * FROM grouped_map((SELECT 1 AS k), asof_join, by => k)",
            "`asof_join` is a cogrouped map",
        ),
        (
            "SELECT * FROM map_batches((SELECT 1), nothing)",
            "no such function",
        ),
        ("SELECT * FROM map_batches(score_iris)", "TABLE name"),
        ("COPY (SELECT 1) TO 'x' STORED AS explode", "for writers"),
        (
            "CREATE EXTERNAL TABLE t STORED AS gcd LOCATION 'x'",
            "for readers and writers",
        ),
        (
            "CREATE EXTERNAL TABLE t STORED AS nothing LOCATION 'x'",
            "nothing is stored as `NOTHING`",
        ),
        (
            "COPY (SELECT 1) TO 'x.csv' STORED AS nothing",
            "nothing is stored as `nothing`",
        ),
    ] {
        let refused = refusal(&session, sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
    for (arguments, said) in [
        ("linear_regression", "needs the argument `by => key`"),
        ("linear_regression, by => z", "z"),
        (
            "linear_regression, by => k, parallelism => 3",
            "by name it has by, order_by",
        ),
        (
            "linear_regression, x, by => k",
            "`x` of linear_regression is not a constant",
        ),
        ("linear_regression, random(), by => k", "is not a constant"),
    ] {
        let sql = format!("SELECT * FROM grouped_map({table}, {arguments})");
        let refused = refusal(&session, &sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
    for (from, said) in [
        ("explode(x, ',')", "under unnest"),
        ("explode('a', delimiter => ',')", "no argument `delimiter`"),
        ("explode('a')", "cannot be called with"),
        ("explode(random(), ',')", "is not a constant"),
        ("explode('a', ',') WITH ORDINALITY", "WITH ORDINALITY"),
        (
            "(VALUES ('a')) AS t (x) LEFT JOIN LATERAL explode(t.x, ',') AS e ON true",
            "LEFT JOIN",
        ),
        (
            "(VALUES ('a')) AS t (x), LATERAL (SELECT * FROM explode(t.x, ',')) AS e",
            "under unnest",
        ),
        (
            "map_batches((SELECT 1), score_iris, parallelism => 0)",
            "from one on",
        ),
    ] {
        let sql = format!("SELECT * FROM {from}");
        let refused = refusal(&session, &sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aggregates_and_window_functions_belong_to_the_query_that_runs_them() {
    let session = session(&["geometric-mean", "ewma"]).await;
    rows(
        &session,
        "CREATE TABLE t AS VALUES ('a', 2.0), ('a', 8.0), ('b', 3.0)",
    )
    .await;
    for (sql, expected) in [
        (
            "SELECT column1, round(geometric_mean(column2), 9) FROM t GROUP BY column1 ORDER BY column1",
            "a,4.0 b,3.0",
        ),
        (
            "SELECT round(geometric_mean(DISTINCT column2) FILTER (WHERE column1 = 'a'), 9) FROM t",
            "4.0",
        ),
        (
            "SELECT column2, ewma(column2, 0.5) OVER (ORDER BY column2) FROM t ORDER BY column2",
            "2.0,2.0 3.0,2.5 8.0,5.25",
        ),
        (
            "CREATE VIEW means AS SELECT round(geometric_mean(column2), 6) AS m FROM t WHERE column1 = 'a';
             SELECT m FROM means WHERE m > (SELECT round(geometric_mean(column2), 6) FROM t WHERE column1 = 'b')",
            "4.0",
        ),
    ] {
        assert_eq!(rows(&session, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clauses_that_say_nothing_of_a_kind_are_refused() {
    let session = session(&[]).await;
    let create = |component: &str, clauses: &str| {
        let file = arrowbox_tests::component::path(component);
        let file = file.display();
        format!("CREATE TEMPORARY FUNCTION f {clauses} LANGUAGE WASM AS '{file}'")
    };
    for (component, clauses, said) in [
        ("explode", "STRICT", "STRICT"),
        ("explode", "RETURNS BIGINT", "returns no values"),
        (
            "explode",
            "(VARCHAR, VARCHAR) RETURNS TABLE (index INT, part VARCHAR)",
            "not declared as its component has it",
        ),
        ("gcd", "RETURNS TABLE (x BIGINT)", "returns values"),
        ("linear-regression", "VOLATILE", "VOLATILE"),
        ("iris-model", "CALLED ON NULL INPUT", "ON NULL INPUT"),
        ("access-log", "(VARCHAR)", "list of arguments"),
        ("json-lines", "IMMUTABLE", "IMMUTABLE"),
    ] {
        let sql = create(component, clauses);
        let refused = refusal(&session, &sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
    let declared = "(text VARCHAR, VARCHAR) RETURNS TABLE (index BIGINT, part VARCHAR) STABLE";
    rows(&session, &create("explode", declared)).await;
    assert_eq!(rows(&session, "SELECT part FROM f('a', ',')").await, "a");
}
