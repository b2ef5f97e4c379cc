//! Which functions a statement calls, by name.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{Expr, TableFactor, Visit, Visitor};

use super::ddl::normalise;

/// The names of all functions that `statement` calls, as SQL understands them.
pub(super) fn functions(statement: &Statement) -> BTreeSet<String> {
    let mut calls = Calls::default();
    calls.collect(statement);
    calls.0
}

#[derive(Default)]
struct Calls(BTreeSet<String>);

impl Calls {
    fn collect(&mut self, statement: &Statement) {
        let _: ControlFlow<()> = match statement {
            Statement::Statement(statement) => statement.visit(self),
            Statement::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(self),
                CopyToSource::Relation(_) => ControlFlow::Continue(()),
            },
            Statement::Explain(explain) => {
                self.collect(&explain.statement);
                ControlFlow::Continue(())
            }
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        };
    }

    fn call(&mut self, name: &datafusion::sql::sqlparser::ast::ObjectName) {
        if let [part] = name.0.as_slice()
            && let Some(ident) = part.as_ident()
        {
            self.0.insert(normalise(ident));
        }
    }
}

impl Visitor for Calls {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.call(&function.name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        match table {
            TableFactor::Function { name, .. }
            | TableFactor::Table {
                name,
                args: Some(_),
                ..
            } => self.call(name),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    #[test]
    fn calls_are_found_wherever_they_are() {
        for (sql, names) in [
            ("SELECT Gcd(a, f(b)) FROM t WHERE g(1) > 2", "f g gcd"),
            ("EXPLAIN ANALYZE SELECT f(1)", "f"),
            ("COPY (SELECT f(1)) TO 'x.csv'", "f"),
            (
                "CREATE VIEW v AS SELECT \"F\"(a) FROM (SELECT h(a) AS a FROM t)",
                "F h",
            ),
            ("CREATE TABLE x AS SELECT f(1)", "f"),
            ("INSERT INTO t SELECT f(1)", "f"),
            ("PREPARE p AS SELECT f($1)", "f"),
            ("SELECT sum(x) OVER (PARTITION BY f(y)) FROM t", "f sum"),
            ("SELECT a FROM t ORDER BY f(a)", "f"),
            ("SELECT * FROM t JOIN u ON f(t.a) = g(u.a)", "f g"),
            ("SELECT * FROM f(1)", "f"),
            ("SELECT * FROM t CROSS JOIN LATERAL f(t.a)", "f"),
            ("SELECT gcd FROM t", ""),
        ] {
            let statement = DFParser::parse_sql(sql).unwrap().pop_front().unwrap();
            let found: Vec<_> = functions(&statement).into_iter().collect();
            assert_eq!(found.join(" "), names, "{sql}");
        }
    }
}
