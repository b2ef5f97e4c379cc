use arrowbox_host::protocol::QueryEntry;
use serde_json::{Value, json};

use super::{ListFormat, seconds, table};
use crate::cli::remote::CoordinatorFlags;
use crate::cli::{Exit, Failure, Global};

/// Characters of a statement in the table.
const SHOWN: usize = 60;

/// List the queries that run, of all clients
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox cluster queries --coordinator quic://coordinator:7432
  arrowbox cluster queries --format json")]
pub(super) struct Queries {
    #[command(flatten)]
    coordinator: CoordinatorFlags,
    /// How they are listed
    #[arg(long, value_enum, default_value = "table")]
    format: ListFormat,
}

impl Queries {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let ask = async |client: &crate::client::Client| Ok(client.queries().await?);
        let queries = self.coordinator.ask(global, ask)?;
        match self.format {
            ListFormat::Json => say!("{}", json!(queries.iter().map(json).collect::<Vec<_>>()))?,
            ListFormat::Table => say!(
                "{}",
                table(
                    ["id", "client", "for", "begun again", "statement"],
                    2..4,
                    queries.iter().map(row),
                )
            )?,
        }
        Ok(Exit::Done)
    }
}

fn row(query: &QueryEntry) -> [String; 5] {
    [
        query.id.to_string(),
        query.client.clone(),
        seconds(query.elapsed),
        query.replayed.to_string(),
        shorten(&query.text),
    ]
}

/// As much as fits, on one line.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

fn json(query: &QueryEntry) -> Value {
    json!({
        "id": query.id.to_string(),
        "client": query.client,
        "elapsed_seconds": query.elapsed.as_secs_f64(),
        "replayed": query.replayed,
        "text": query.text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_fit_on_a_line() {
        assert_eq!(shorten("SELECT\n  1"), "SELECT 1");
        let long = shorten(&"ü".repeat(SHOWN + 1));
        assert_eq!(long.chars().count(), SHOWN + 1);
        assert!(long.ends_with('…'));
    }
}
