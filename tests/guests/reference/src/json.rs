use arrowbox_sdk::scalar;
use serde_json::{Error, Value};

/// The same JSON with every text in lower case, keys included, and without spaces. Of keys that become equal
/// the last stays; keys are sorted.
#[scalar]
pub fn json_lower(json: &str) -> Result<String, Error> {
    serde_json::to_string(&lower(serde_json::from_str(json)?))
}

fn lower(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.to_lowercase()),
        Value::Array(values) => values.into_iter().map(lower).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key.to_lowercase(), lower(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text() {
        let json = r#" {"B": ["X", 1.50, null, {"Cd": "É"}], "a": true} "#;
        let expected = r#"{"a":true,"b":["x",1.5,null,{"cd":"é"}]}"#;
        assert_eq!(json_lower(json).unwrap(), expected);
        assert!(json_lower("{").is_err());
    }
}
