//! What a statement says to the client of an object store.

use std::collections::BTreeMap;

use object_store::{
    ClientConfigKey, ObjectStoreScheme, aws::AmazonS3ConfigKey, azure::AzureConfigKey,
    gcp::GoogleConfigKey,
};

use serde::{Deserialize, Serialize};

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
    pub(super) fn of(&self, scheme: &ObjectStoreScheme) -> Told {
        let Some(service) = Service::of(scheme) else {
            return Told::default();
        };
        let mut told = service.environment();
        let own = self.0.iter().filter(|(of, ..)| *of == service);
        told.extend(own.map(|(_, name, value)| (name.clone(), value.clone())));
        Told(told)
    }
}

/// What the client of an object store was told.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told(Vec<(String, String)>);

/// Variables that say where a machine finds its own credentials.
const OF_MACHINE: [&str; 7] = [
    "aws_container_authorization_token_file",
    "aws_container_credentials_full_uri",
    "aws_container_credentials_relative_uri",
    "aws_web_identity_token_file",
    "azure_federated_token_file",
    "google_application_credentials",
    "google_service_account",
];

impl Told {
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        self.0.clone()
    }

    /// The same for the client of another machine: this one. What the other read in its environment holds
    /// here, too, but for where a machine finds its own credentials.
    pub(super) fn here(&self, scheme: &ObjectStoreScheme) -> Self {
        let mut told = self.0.clone();
        let environment = Service::of(scheme).map(Service::environment);
        for (key, value) in environment.into_iter().flatten() {
            if !OF_MACHINE.contains(&key.as_str()) {
                continue;
            }
            match told.iter_mut().find(|(other, _)| *other == key) {
                Some((_, other)) => *other = value,
                None => told.insert(0, (key, value)),
            }
        }
        Self(told)
    }
}

/// Without the values, some of which are secret.
impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(key, _)| key))
            .finish()
    }
}

impl Service {
    fn of(scheme: &ObjectStoreScheme) -> Option<Self> {
        Some(match scheme {
            ObjectStoreScheme::AmazonS3 => Self::Aws,
            ObjectStoreScheme::GoogleCloudStorage => Self::Gcp,
            ObjectStoreScheme::MicrosoftAzure => Self::Azure,
            ObjectStoreScheme::Http => Self::Http,
            _ => return None,
        })
    }

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
        let told = store.of(&ObjectStoreScheme::AmazonS3).pairs();
        assert!(told.contains(&("access_key_id".to_owned(), "me".to_owned())));
        let local = store.of(&ObjectStoreScheme::Local).pairs();
        assert!(local.is_empty());
        let expected = options(&[("delimiter", ";"), ("mode", "fast"), ("header", "yes")]);
        assert_eq!(parameters, expected);
        let told = store.of(&ObjectStoreScheme::AmazonS3);
        assert!(!format!("{store:?} {told:?}").contains("hush"));
    }

    #[test]
    fn an_option_that_no_store_has_is_refused() {
        let refused = StoreOptions::split(options(&[("aws.acess_key_id", "me")]));
        assert!(matches!(refused, Err(LocationError::Option(key)) if key == "aws.acess_key_id"));
    }
}
