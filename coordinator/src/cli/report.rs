//! Errors as text, once, at the edge.

use std::error::Error;
use std::io;

use datafusion::error::DataFusionError;

use super::exit::Exit;
use crate::causes::causes;
use crate::session::QueryError;
use arrowbox_host::plain;

/// Tells the user why the command ends, and gives the exit code for it.
pub(super) fn end(error: &(dyn Error + 'static)) -> Exit {
    // Whoever reads the output has read enough.
    if is_broken_pipe(error) {
        return Exit::Done;
    }
    eprintln!("{}", text(error));
    Exit::of(error)
}

/// `error: …`, what caused it, and what to do if that is known.
pub(super) fn text(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for message in causes(error).map(message) {
        // An error often repeats its source.
        let said = parts
            .last()
            .is_some_and(|previous| previous.contains(&message));
        if !said {
            parts.push(message);
        }
    }
    let mut text = format!(
        "error: {}",
        parts.first().map_or("something went wrong", String::as_str)
    );
    for cause in parts.iter().skip(1) {
        text.push_str("\n  because: ");
        text.push_str(&cause.replace('\n', "\n    "));
    }
    if let Some(hint) = causes(error).find_map(hint) {
        text.push_str("\n  hint: ");
        text.push_str(hint);
    }
    plain(&text).into_owned()
}

fn message(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<DataFusionError>() {
        Some(DataFusionError::Context(context, _)) => context.clone(),
        Some(error) => error.strip_backtrace(),
        None => error.to_string(),
    }
}

fn hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(QueryError::TimedOut { .. }) = error.downcast_ref() {
        return Some("give it more time with --timeout");
    }
    if let Some(DataFusionError::ResourcesExhausted(_)) = error.downcast_ref() {
        return Some("give it more memory with --memory-limit, or use fewer --partitions");
    }
    None
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer: {0}")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner")]
    struct Inner;

    #[test]
    fn the_chain_is_told_without_repetition() {
        assert_eq!(text(&Outer(Inner)), "error: outer: inner");
        let external = DataFusionError::External(Box::new(Outer(Inner)));
        let wrapped = DataFusionError::Shared(Arc::new(external.context("while reading")));
        assert_eq!(
            text(&wrapped),
            "error: while reading\n  because: outer: inner"
        );
        let plan = DataFusionError::Plan("no such thing".to_owned());
        assert_eq!(
            text(&QueryError::Engine(plan)),
            "error: Error during planning: no such thing"
        );
        let limit = DataFusionError::ResourcesExhausted("no more".to_owned());
        assert!(
            text(&limit).ends_with(
                "hint: give it more memory with --memory-limit, or use fewer --partitions"
            )
        );
        assert_eq!(Exit::of(&limit), Exit::Limit);
    }
}
