use std::fmt;
use std::str::FromStr;

use url::Url;

/// Where coordinators listen if nobody says otherwise.
pub(super) const PORT: u16 = 7432;

/// Where another machine of the cluster is: `quic://host:port`. The scheme and the port can be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(pub(super) Url);

/// Not an address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an address looks like quic://host:{PORT}")]
pub(super) struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let whole = match text.contains("://") {
            true => text.to_owned(),
            false => format!("quic://{text}"),
        };
        let mut url = Url::parse(&whole).map_err(|_| AddressError)?;
        let bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty();
        let named = url.host_str().is_some_and(|host| !host.is_empty());
        if url.scheme() != "quic" || !named || !bare {
            return Err(AddressError);
        }
        if url.port().is_none() {
            url.set_port(Some(PORT)).map_err(|()| AddressError)?;
        }
        url.set_path("");
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_and_the_port_can_be_left_out() {
        for (text, expected) in [
            ("quic://10.0.0.1:9", Some("quic://10.0.0.1:9")),
            ("quic://c.example", Some("quic://c.example:7432")),
            ("c.example:9", Some("quic://c.example:9")),
            ("c", Some("quic://c:7432")),
            ("[::1]", Some("quic://[::1]:7432")),
            ("quic://c:9/", Some("quic://c:9")),
            ("http://c:9", None),
            ("quic://c:9/x", None),
            ("quic://", None),
            ("c:port", None),
            ("", None),
        ] {
            let parsed = text.parse::<Address>().ok();
            let parsed = parsed.map(|address| address.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }
}
