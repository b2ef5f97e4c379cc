//! Functions of every kind in SQL, at the command line and in Rust: how they are called, and what is said to
//! whoever calls them otherwise.

mod external;
mod frames;
mod relations;
mod tried;

use arrow::csv::WriterBuilder;
use arrowbox::{ComponentOptions, Query, QueryError, Session};
use arrowbox_tests::component;
use arrowbox_tests::engine::said;

/// A session with all functions of these components.
async fn session(components: &[&str]) -> Session {
    let session = Session::builder().build().expect("a session");
    for name in components {
        let options = ComponentOptions {
            source: component::path(name).display().to_string(),
            ..ComponentOptions::default()
        };
        let added = session.add_component(options).await;
        added.unwrap_or_else(|error| panic!("{name}: {}", said(&error)));
    }
    session
}

/// The rows that are left, a line each, with commas between values.
async fn lines(query: &mut Query) -> Result<Vec<String>, QueryError> {
    let mut text = Vec::new();
    while let Some(batch) = query.next().await {
        let mut writer = WriterBuilder::new().with_header(false).build(&mut text);
        writer.write(&batch?).expect("rows that CSV can have");
    }
    let text = String::from_utf8(text).expect("CSV is text");
    Ok(text.lines().map(str::to_owned).collect())
}

/// The rows of the last statement.
async fn rows(session: &Session, sql: &str) -> String {
    let answer = async { lines(&mut session.sql(sql).await?).await };
    match answer.await {
        Ok(lines) => lines.join(" "),
        Err(error) => panic!("{sql}: {}", said(&error)),
    }
}

/// What is said of statements that do not work.
async fn refusal(session: &Session, sql: &str) -> String {
    let answer = async { lines(&mut session.sql(sql).await?).await };
    match answer.await {
        Ok(lines) => panic!("{sql}: {lines:?}"),
        Err(error) => said(&error),
    }
}
