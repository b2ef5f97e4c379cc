//! Options of a session that its plans need on other machines, too.

use std::collections::HashMap;

use datafusion::config::ConfigOptions;

/// The options of the engine that are not as they are by default, with their values.
///
/// Those of `distributed` travel in the headers of plans.
pub fn differing_options(options: &ConfigOptions) -> Vec<(String, String)> {
    let engine = |options: &ConfigOptions| {
        let entries = options.entries().into_iter();
        entries.filter(|entry| entry.key.starts_with("datafusion."))
    };
    let default = ConfigOptions::default();
    let default = engine(&default).map(|entry| (entry.key, entry.value));
    let default: HashMap<_, _> = default.collect();
    let differing = engine(options).filter(|entry| default.get(&entry.key) != Some(&entry.value));
    differing
        .filter_map(|entry| Some((entry.key, entry.value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let mut options = ConfigOptions::default();
        assert_eq!(differing_options(&options), []);
        options
            .set("datafusion.execution.batch_size", "77")
            .unwrap();
        options
            .set("datafusion.execution.time_zone", "+05:00")
            .unwrap();
        let told = differing_options(&options);
        let expected = [
            ("datafusion.execution.batch_size", "77"),
            ("datafusion.execution.time_zone", "+05:00"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(told, expected);
        let mut others = ConfigOptions::default();
        for (key, value) in &told {
            others.set(key, value).unwrap();
        }
        assert_eq!(differing_options(&others), told);
    }

    #[test]
    fn every_option_can_be_set_to_what_it_says() {
        let mut options = ConfigOptions::default();
        for entry in ConfigOptions::default().entries() {
            let Some(value) = entry.value else {
                continue;
            };
            let set = options.set(&entry.key, &value);
            assert!(set.is_ok(), "{} = {value}: {set:?}", entry.key);
        }
        assert_eq!(differing_options(&options), []);
    }
}
