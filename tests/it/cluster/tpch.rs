//! Real queries over real data: on three hosts as on none.

use arrowbox_tests::tpch::queries;

use super::{
    SPREAD, assert_distributed, components, embedded, explained, is_distributed, tables, three,
    words,
};

#[test]
fn every_query_gives_the_rows_that_it_gives_without_a_cluster() {
    let (cluster, _witness) = three();
    let flags = tables();
    let mut distributed = 0;
    for (number, query) in queries().into_iter().enumerate() {
        let number = number + 1;
        let found = cluster
            .sql(words(&flags), &format!("{SPREAD}{query}"))
            .run()
            .ok();
        // They say how their rows are ordered.
        assert_eq!(found, embedded(&flags, query), "query {number}");
        distributed += usize::from(is_distributed(&explained(cluster, &flags, query)));
    }
    assert_eq!(distributed, queries().len());
}

/// Sandboxed functions in a query of many stages.
#[test]
fn a_query_with_functions_in_several_stages_gives_the_same_rows() {
    let (cluster, _witness) = three();
    let mut flags = tables();
    flags.extend(components(&["gcd", "geometric-mean", "sentiment"]));
    let query = "SELECT o_orderpriority, gcd(l_partkey, l_suppkey) AS divisor, count(*) AS lines, \
        round(geometric_mean(l_extendedprice), 4) AS price, round(max(sentiment(o_comment)), 4) AS mood \
        FROM lineitem JOIN orders ON l_orderkey = o_orderkey \
        WHERE gcd(o_custkey, 12) > 1 \
        GROUP BY o_orderpriority, divisor ORDER BY o_orderpriority, divisor";
    assert_distributed(cluster, &flags, query);
    let found = cluster
        .sql(words(&flags), &format!("{SPREAD}{query}"))
        .run()
        .ok();
    assert_eq!(found, embedded(&flags, query));
    assert!(found.lines().count() > 100, "{found}");
}
