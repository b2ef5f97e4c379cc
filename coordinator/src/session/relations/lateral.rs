use std::mem;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, Select, TableFactor, TableWithJoins, VisitMut, VisitorMut,
};

use super::{Call, CallError};

/// Puts each call of a table function that uses columns into parentheses with what stands to its left, so
/// that both are planned together: `FROM t, u, f(t.x) AS e` becomes
/// `FROM ((t CROSS JOIN u) CROSS JOIN f(t.x) AS e)`.
///
/// # Errors
///
/// If a call stands in a join that does not let the left side go first.
pub(in crate::session) fn fold(
    statement: &mut Statement,
    is_table_function: &dyn Fn(&str) -> bool,
) -> Result<(), CallError> {
    let mut folding = Folding { is_table_function };
    let flow = match statement {
        Statement::Statement(statement) => statement.visit(&mut folding),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(&mut folding),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        Statement::Explain(explain) => return fold(&mut explain.statement, is_table_function),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    };
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// The call, and the join that it is in, of what [`fold`] made.
pub(super) fn folded<'s>(
    table: &'s TableWithJoins,
    is_table_function: &dyn Fn(&str) -> bool,
) -> Option<(Call<'s>, &'s JoinOperator)> {
    let [join] = table.joins.as_slice() else {
        return None;
    };
    let call = lateral(&join.relation, is_table_function)?;
    Some((call, &join.join_operator))
}

fn lateral<'s>(
    relation: &'s TableFactor,
    is_table_function: &dyn Fn(&str) -> bool,
) -> Option<Call<'s>> {
    Call::of(relation).filter(|call| is_table_function(&call.name) && call.is_lateral())
}

struct Folding<'f> {
    is_table_function: &'f dyn Fn(&str) -> bool,
}

impl VisitorMut for Folding<'_> {
    type Break = CallError;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<CallError> {
        self.fold_from(&mut select.from)
    }

    fn pre_visit_table_factor(&mut self, relation: &mut TableFactor) -> ControlFlow<CallError> {
        match relation {
            TableFactor::NestedJoin {
                table_with_joins, ..
            } if folded(table_with_joins, self.is_table_function).is_none() => {
                let table = take(table_with_joins);
                **table_with_joins = self.fold_joins(table)?;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Folding<'_> {
    fn fold_from(&self, from: &mut Vec<TableWithJoins>) -> ControlFlow<CallError> {
        let mut done: Vec<TableWithJoins> = Vec::with_capacity(from.len());
        for mut table in mem::take(from) {
            let calls = lateral(&table.relation, self.is_table_function).is_some();
            if calls && !done.is_empty() {
                let call = Join {
                    relation: table.relation,
                    global: false,
                    join_operator: JoinOperator::CrossJoin(JoinConstraint::None),
                };
                table.relation = nest(gather(mem::take(&mut done)), call);
            }
            done.push(self.fold_joins(table)?);
        }
        *from = done;
        ControlFlow::Continue(())
    }

    fn fold_joins(&self, table: TableWithJoins) -> ControlFlow<CallError, TableWithJoins> {
        let mut done = TableWithJoins {
            relation: table.relation,
            joins: Vec::new(),
        };
        for join in table.joins {
            let Some(call) = lateral(&join.relation, self.is_table_function) else {
                done.joins.push(join);
                continue;
            };
            if let Err(error) = check_join(&call.name, &join.join_operator) {
                return ControlFlow::Break(error);
            }
            done = TableWithJoins {
                relation: nest(gather(vec![done]), join),
                joins: Vec::new(),
            };
        }
        ControlFlow::Continue(done)
    }
}

/// Whether the right side of the join can be called with rows of the left.
pub(super) fn check_join(call: &str, join: &JoinOperator) -> Result<(), CallError> {
    let refused = |join, instead| {
        Err(CallError::Join {
            call: call.to_owned(),
            join,
            instead,
        })
    };
    match join {
        JoinOperator::CrossJoin(JoinConstraint::None)
        | JoinOperator::Join(JoinConstraint::None | JoinConstraint::On(_))
        | JoinOperator::Inner(JoinConstraint::None | JoinConstraint::On(_)) => Ok(()),
        JoinOperator::Left(_) | JoinOperator::LeftOuter(_) | JoinOperator::OuterApply => refused(
            "a LEFT JOIN",
            "a row that it gives no rows for is left out; write CROSS JOIN LATERAL, and add such rows with UNION ALL",
        ),
        _ => refused(
            "a join of this sort",
            "write CROSS JOIN LATERAL, or JOIN LATERAL … ON with a condition",
        ),
    }
}

/// All of `FROM` as one relation.
fn gather(tables: Vec<TableWithJoins>) -> TableFactor {
    let mut tables = tables.into_iter();
    let Some(mut all) = tables.next() else {
        return nothing();
    };
    all.joins.extend(tables.map(|table| Join {
        relation: gather(vec![table]),
        global: false,
        join_operator: JoinOperator::CrossJoin(JoinConstraint::None),
    }));
    if all.joins.is_empty() {
        return all.relation;
    }
    TableFactor::NestedJoin {
        table_with_joins: Box::new(all),
        alias: None,
    }
}

fn nest(left: TableFactor, call: Join) -> TableFactor {
    TableFactor::NestedJoin {
        table_with_joins: Box::new(TableWithJoins {
            relation: left,
            joins: vec![call],
        }),
        alias: None,
    }
}

fn take(table: &mut TableWithJoins) -> TableWithJoins {
    let nothing = TableWithJoins {
        relation: nothing(),
        joins: Vec::new(),
    };
    mem::replace(table, nothing)
}

/// Stands where something was taken from.
fn nothing() -> TableFactor {
    TableFactor::UNNEST {
        alias: None,
        array_exprs: Vec::new(),
        with_offset: false,
        with_offset_alias: None,
        with_ordinality: false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn folded_text(sql: &str) -> Result<String, String> {
        let mut statement = DFParser::parse_sql(sql).unwrap().pop_front().unwrap();
        fold(&mut statement, &|name| matches!(name, "f" | "g"))
            .map(|()| statement.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn calls_are_put_behind_what_they_use() {
        for (from, meant) in [
            ("t, f(t.x) AS e", "(t CROSS JOIN f(t.x) AS e)"),
            ("t, f(x)", "(t CROSS JOIN f(x))"),
            (
                "t CROSS JOIN LATERAL f(t.x) AS e (a, b)",
                "(t CROSS JOIN LATERAL f(t.x) AS e (a, b))",
            ),
            (
                "t JOIN LATERAL f(t.x) AS e ON true JOIN u ON u.a = e.a",
                "(t JOIN LATERAL f(t.x) AS e ON true) JOIN u ON u.a = e.a",
            ),
            (
                "t, u JOIN v ON u.a = v.a, f(t.x, v.y) AS e JOIN w ON w.a = e.a",
                "((t CROSS JOIN (u JOIN v ON u.a = v.a)) CROSS JOIN f(t.x, v.y) AS e) JOIN w ON w.a = e.a",
            ),
            (
                "t, f(t.x) AS a, g(a.y) AS b",
                "((t CROSS JOIN f(t.x) AS a) CROSS JOIN g(a.y) AS b)",
            ),
            (
                "t JOIN u ON t.a = u.a CROSS JOIN f(u.x) AS e",
                "((t JOIN u ON t.a = u.a) CROSS JOIN f(u.x) AS e)",
            ),
            (
                "(SELECT * FROM t, f(t.x)) AS s",
                "(SELECT * FROM (t CROSS JOIN f(t.x))) AS s",
            ),
            (
                "(t JOIN u ON t.a = u.a CROSS JOIN f(u.x)) JOIN v ON v.a = t.a",
                "(((t JOIN u ON t.a = u.a) CROSS JOIN f(u.x))) JOIN v ON v.a = t.a",
            ),
        ] {
            let sql = format!("SELECT * FROM {from}");
            assert_eq!(
                folded_text(&sql),
                Ok(format!("SELECT * FROM {meant}")),
                "{sql}"
            );
        }
    }

    #[test]
    fn calls_of_constants_and_other_functions_stay() {
        for from in [
            "f(1)",
            "t, f(1, 'x') AS e",
            "t, other(t.x) AS e",
            "f(t.x)",
            "t, f((SELECT max(x) FROM u))",
            "t, LATERAL (SELECT t.x) AS s",
        ] {
            let sql = format!("SELECT * FROM {from}");
            assert_eq!(folded_text(&sql), Ok(sql.clone()));
        }
        let twice = folded_text("SELECT * FROM t, f(t.x)").unwrap();
        assert_eq!(folded_text(&twice), Ok(twice.clone()));
    }

    #[test]
    fn every_statement_with_a_query_is_looked_at() {
        for sql in [
            "EXPLAIN SELECT * FROM t, f(t.x)",
            "CREATE TABLE c AS SELECT * FROM t, f(t.x)",
            "CREATE VIEW v AS SELECT * FROM t, f(t.x)",
            "INSERT INTO c SELECT * FROM t, f(t.x)",
            "COPY (SELECT * FROM t, f(t.x)) TO 'x.csv'",
            "WITH c AS (SELECT * FROM t, f(t.x)) SELECT * FROM c",
            "SELECT (SELECT count(*) FROM t, f(t.x))",
            "SELECT 1 UNION ALL SELECT y FROM t, f(t.x)",
        ] {
            let text = folded_text(sql).unwrap();
            assert!(text.contains("(t CROSS JOIN f(t.x))"), "{text}");
        }
    }

    #[test]
    fn other_joins_are_refused() {
        for (from, said) in [
            ("t LEFT JOIN LATERAL f(t.x) AS e ON true", "LEFT JOIN"),
            ("t RIGHT JOIN f(t.x) AS e ON true", "CROSS JOIN LATERAL"),
            ("t JOIN f(t.x) AS e USING (a)", "CROSS JOIN LATERAL"),
        ] {
            let refused = folded_text(&format!("SELECT * FROM {from}")).unwrap_err();
            assert!(refused.contains(said), "{from}: {refused}");
        }
    }
}
