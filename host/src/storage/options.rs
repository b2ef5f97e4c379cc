//! What a statement says to the client of an object store.

use std::collections::BTreeMap;

use object_store::{
    ClientConfigKey, ObjectStoreScheme, aws::AmazonS3ConfigKey, azure::AzureConfigKey,
    gcp::GoogleConfigKey,
};

use super::failure::LocationError;

/// Options such as `aws.region`, for whichever location they fit.
///
/// What the environment says (`AWS_REGION`, `GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_ACCOUNT_NAME`)
/// holds where no option says otherwise.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StoreOptions(Vec<(Service, String, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Aws,
    Gcp,
    Azure,
    Http,
}

const PREFIXES: [(&str, Service); 6] = [
    ("aws.", Service::Aws),
    ("s3.", Service::Aws),
    ("gcp.", Service::Gcp),
    ("google.", Service::Gcp),
    ("azure.", Service::Azure),
    ("http.", Service::Http),
];

impl StoreOptions {
    /// Takes out of `options` what is for object stores. The rest is for the function: DataFusion's prefix
    /// `format.` and our own `param.` are taken off its keys.
    ///
    /// # Errors
    ///
    /// [`LocationError::Option`] for a key that an object store does not have.
    pub fn split(
        options: BTreeMap<String, String>,
    ) -> Result<(Self, BTreeMap<String, String>), LocationError> {
        let mut store = Vec::new();
        let mut parameters = BTreeMap::new();
        for (key, value) in options {
            let service = PREFIXES
                .iter()
                .find_map(|(prefix, service)| Some((key.strip_prefix(prefix)?, *service)));
            match service {
                Some((name, service)) if service.knows(name) => {
                    store.push((service, name.to_owned(), value));
                }
                Some(_) => return Err(LocationError::Option(key)),
                None => {
                    let name = key
                        .strip_prefix("format.")
                        .or_else(|| key.strip_prefix("param."))
                        .unwrap_or(&key);
                    parameters.insert(name.to_owned(), value);
                }
            }
        }
        Ok((Self(store), parameters))
    }

    /// What the client of `scheme` is told: the environment first, then the options.
    pub(super) fn of(&self, scheme: &ObjectStoreScheme) -> Vec<(String, String)> {
        let service = match scheme {
            ObjectStoreScheme::AmazonS3 => Service::Aws,
            ObjectStoreScheme::GoogleCloudStorage => Service::Gcp,
            ObjectStoreScheme::MicrosoftAzure => Service::Azure,
            ObjectStoreScheme::Http => Service::Http,
            _ => return Vec::new(),
        };
        let mut told = service.environment();
        let own = self.0.iter().filter(|(of, ..)| *of == service);
        told.extend(own.map(|(_, name, value)| (name.clone(), value.clone())));
        told
    }
}

impl Service {
    fn knows(self, name: &str) -> bool {
        match self {
            Self::Aws => name.parse::<AmazonS3ConfigKey>().is_ok(),
            Self::Gcp => name.parse::<GoogleConfigKey>().is_ok(),
            Self::Azure => name.parse::<AzureConfigKey>().is_ok(),
            Self::Http => name.parse::<ClientConfigKey>().is_ok(),
        }
    }

    /// Variables that the service's own tools read.
    fn environment(self) -> Vec<(String, String)> {
        let prefix = match self {
            Self::Aws => "AWS_",
            Self::Gcp => "GOOGLE_",
            Self::Azure => "AZURE_",
            // Who says `http:` means it.
            Self::Http => return vec![("allow_http".to_owned(), "true".to_owned())],
        };
        std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.to_ascii_lowercase(), value))
            .filter(|(key, _)| self.knows(key))
            .collect()
    }
}

/// Without the values, some of which are secret.
impl std::fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.0.iter().map(|(service, key, _)| (service, key));
        f.debug_list().entries(keys).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(options: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = options.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        pairs.collect()
    }

    #[test]
    fn options_go_to_whom_they_are_for() {
        let (store, parameters) = StoreOptions::split(options(&[
            ("aws.access_key_id", "me"),
            ("aws.secret_access_key", "hush"),
            ("format.delimiter", ";"),
            ("param.mode", "fast"),
            ("header", "yes"),
        ]))
        .unwrap();
        let told = store.of(&ObjectStoreScheme::AmazonS3);
        assert!(told.contains(&("access_key_id".to_owned(), "me".to_owned())));
        let local = store.of(&ObjectStoreScheme::Local);
        assert!(local.is_empty());
        let expected = options(&[("delimiter", ";"), ("mode", "fast"), ("header", "yes")]);
        assert_eq!(parameters, expected);
        assert!(!format!("{store:?}").contains("hush"));
    }

    #[test]
    fn an_option_that_no_store_has_is_refused() {
        let refused = StoreOptions::split(options(&[("aws.acess_key_id", "me")]));
        assert!(matches!(refused, Err(LocationError::Option(key)) if key == "aws.acess_key_id"));
    }
}
