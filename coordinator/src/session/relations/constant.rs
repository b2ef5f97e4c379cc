use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

/// What expressions without columns come to, at the beginning of a query.
#[derive(Debug, Clone)]
pub(in crate::session) struct Constants(SimplifyContext);

impl Constants {
    pub(in crate::session) fn of(state: &SessionState) -> Self {
        let begun = state.execution_props().query_execution_start_time;
        Self(
            SimplifyContext::builder()
                .with_config_options(state.config_options().clone())
                .with_query_execution_start_time(begun)
                .build(),
        )
    }

    /// The value of `expr`; none if it has none before the query runs.
    pub(super) fn value(&self, expr: Expr) -> Result<Option<ScalarValue>> {
        let simplifier = ExprSimplifier::new(self.0.clone());
        let expr = simplifier.coerce(expr, &DFSchema::empty())?;
        Ok(match simplifier.simplify(expr)? {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        })
    }
}

/// As the text of an option; none for a null, which is no text.
pub(super) fn text(value: &ScalarValue) -> Option<String> {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            text.clone()
        }
        value if value.is_null() => None,
        value => Some(value.to_string()),
    }
}
