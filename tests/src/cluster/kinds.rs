//! Functions of every kind in queries that a cluster can run.

/// What is tried, the components of its functions, and a query over tables of TPC-H that is run in parts. Rows
/// come in any order.
pub const KINDS: &[(&str, &[&str], &str)] = &[
    (
        "scalar",
        &["reference"],
        "SELECT gcd(l_partkey, l_suppkey) AS divisor, upper(l_shipmode) AS mode, count(*)
         FROM lineitem WHERE add_one(l_linenumber) > 2 GROUP BY divisor, mode",
    ),
    (
        "constants",
        &["reference"],
        "SELECT gcd(12, 18) AS divisor, max(haversine(l_suppkey % 90, l_partkey % 180, 52.52, 13.405)) FROM lineitem",
    ),
    (
        "aggregate with groups",
        &["kinds"],
        "SELECT l_suppkey, add_up(l_partkey), longest(l_comment), tally(l_shipmode),
           null_surplus(nullif(l_linenumber, 1))
         FROM lineitem GROUP BY l_suppkey",
    ),
    (
        "aggregate without groups",
        &["kinds"],
        "SELECT add_up(l_partkey), add_up(DISTINCT l_linenumber), longest(l_comment) FILTER (WHERE l_suppkey = 7)
         FROM lineitem",
    ),
    (
        "aggregate of an order",
        &["kinds"],
        "SELECT l_returnflag, fold(l_partkey ORDER BY l_orderkey, l_linenumber)
         FROM lineitem WHERE l_suppkey < 100 GROUP BY l_returnflag",
    ),
    (
        "aggregate over frames",
        &["kinds"],
        "SELECT l_orderkey, l_linenumber, add_up(l_partkey) OVER (
           PARTITION BY l_orderkey ORDER BY l_linenumber ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
         FROM lineitem WHERE l_suppkey < 50",
    ),
    (
        "window",
        &["kinds"],
        "SELECT l_orderkey, l_linenumber,
           so_far(l_partkey) OVER (PARTITION BY l_orderkey ORDER BY l_linenumber) AS so_far,
           previous(l_shipmode) OVER (PARTITION BY l_orderkey ORDER BY l_linenumber) AS previous,
           round(centered(CAST(l_quantity AS DOUBLE)) OVER (PARTITION BY l_orderkey), 6) AS centered
         FROM lineitem WHERE l_orderkey < 20000",
    ),
    (
        "table",
        &["kinds"],
        "SELECT n, count(*) FROM lineitem JOIN series(1, 7) AS s (n) ON l_linenumber = n GROUP BY n",
    ),
    (
        "lateral",
        &["kinds"],
        "SELECT r.number, r.text, count(*) FROM lineitem, repeat_text(l_shipmode, l_linenumber) AS r
         GROUP BY r.number, r.text",
    ),
    (
        "batch map",
        &["kinds"],
        "SELECT round, count(*), sum(l_partkey) FROM map_batches(
           (SELECT l_partkey FROM lineitem), again, 3, 'round') GROUP BY round",
    ),
    (
        "batch map with state",
        &["kinds"],
        "SELECT sum(rows), sum(sum) FROM map_batches((SELECT CAST(l_partkey AS BIGINT) FROM lineitem), last, CAST(NULL AS VARCHAR))",
    ),
    (
        "grouped map",
        &["kinds"],
        "SELECT k, rows, sum FROM grouped_map(
           (SELECT l_suppkey AS k, CAST(l_partkey AS BIGINT) AS v FROM lineitem), shape, by => k)",
    ),
    (
        "cogrouped map",
        &["kinds"],
        "SELECT * FROM cogrouped_map(
           (SELECT l_suppkey AS k, CAST(l_linenumber AS BIGINT) AS v FROM lineitem),
           (SELECT ps_suppkey AS k, CAST(ps_availqty AS BIGINT) AS v FROM partsupp), pairs, by => k)",
    ),
    (
        "several of them",
        &["kinds", "reference"],
        "SELECT k, gcd(product, 5040) AS divisor, so_far(product % 1000) OVER (ORDER BY k) AS so_far
         FROM cogrouped_map(
           (SELECT l_suppkey AS k, number AS v FROM lineitem, repeat_text(l_shipmode, l_linenumber) AS r
            WHERE l_suppkey < 20),
           (SELECT ps_suppkey AS k, CAST(ps_availqty AS BIGINT) AS v FROM partsupp), pairs, by => k)",
    ),
];
