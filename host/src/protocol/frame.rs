//! Messages as bytes: a length of four bytes, least significant first, and so many bytes of postcard.

use serde::{Serialize, de::DeserializeOwned};

/// Bytes of the length in front of a message.
pub const HEADER: usize = 4;

/// How long a message can be. Whoever reads it says; a longer one is refused before anything is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub usize);

impl Limit {
    /// Before the peer is known.
    pub const GREETING: Self = Self(4 << 10);
    /// For everything but plans and answers that grow with a query.
    pub const MESSAGE: Self = Self(1 << 20);
    /// For plans, statements and statistics.
    pub const PLAN: Self = Self(256 << 20);
}

/// Bytes that are no message.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// It says that it is longer than such a message can be.
    #[error("a message of {length} bytes where at most {limit} are allowed")]
    TooLong {
        /// What it says.
        length: usize,
        /// What is allowed.
        limit: usize,
    },
    /// It does not read.
    #[error("a message that does not read")]
    Garbage(#[source] postcard::Error),
}

/// A message, with its length in front.
///
/// # Errors
///
/// If it is longer than a length can say.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = postcard::to_extend(message, vec![0; HEADER]).map_err(FrameError::Garbage)?;
    let length = bytes.len() - HEADER;
    let header = u32::try_from(length).map_err(|_| FrameError::TooLong {
        length,
        limit: u32::MAX as usize,
    })?;
    bytes[..HEADER].copy_from_slice(&header.to_le_bytes());
    Ok(bytes)
}

/// The length of the message behind `header`.
///
/// # Errors
///
/// If it is over the limit.
pub fn length(header: [u8; HEADER], limit: Limit) -> Result<usize, FrameError> {
    let length = u32::from_le_bytes(header) as usize;
    match length <= limit.0 {
        true => Ok(length),
        false => Err(FrameError::TooLong {
            length,
            limit: limit.0,
        }),
    }
}

/// The message of these bytes, which are those behind its length.
///
/// # Errors
///
/// If they are no such message, or more than one.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(FrameError::Garbage(postcard::Error::DeserializeBadEncoding)),
        Err(error) => Err(FrameError::Garbage(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_what_it_was() {
        let bytes = encode(&(7_u32, "seven")).unwrap();
        let (header, body) = bytes.split_at(HEADER);
        let length = length(header.try_into().unwrap(), Limit::GREETING).unwrap();
        assert_eq!(length, body.len());
        assert_eq!(decode::<(u32, String)>(body).unwrap(), (7, "seven".into()));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let huge = u32::MAX.to_le_bytes();
        assert!(matches!(
            length(huge, Limit::PLAN),
            Err(FrameError::TooLong {
                length: 0xffff_ffff,
                ..
            })
        ));
        assert!(decode::<String>(&[200]).is_err());
        assert!(decode::<u8>(&[1, 2]).is_err(), "there is more than one");
    }
}
