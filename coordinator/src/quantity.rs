//! Amounts of memory and of time as people write them: `64 MiB`, `500 ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why a text is not an amount.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QuantityError {
    /// There is no number at the start.
    #[error("`{text}` does not begin with a number; write {example}")]
    NoNumber {
        /// What was written.
        text: String,
        /// What would have been right.
        example: &'static str,
    },
    /// The unit is not known, or is missing where one is needed.
    #[error("`{text}` needs one of the units {units}; write {example}")]
    Unit {
        /// What was written.
        text: String,
        /// What there is.
        units: &'static str,
        /// What would have been right.
        example: &'static str,
    },
    /// Zero, or more than can be counted.
    #[error("`{text}` is out of range")]
    Range {
        /// What was written.
        text: String,
    },
}

/// An amount of memory, in bytes.
///
/// Reads `64 MiB`, `64MB`, `1.5 GiB` and a plain number of bytes; never zero.
///
/// ```
/// # use arrowbox::Bytes;
/// let limit: Bytes = "64 MiB".parse()?;
/// assert_eq!(limit.0, 64 << 20);
/// assert_eq!(limit.to_string(), "64 MiB");
/// # Ok::<(), arrowbox::QuantityError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

const BYTE_UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

const BYTE_EXAMPLE: &str = "'64 MiB'";

impl FromStr for Bytes {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = split(text, BYTE_EXAMPLE)?;
        let unit = lookup(BYTE_UNITS, unit).ok_or_else(|| QuantityError::Unit {
            text: text.to_owned(),
            units: "B, KiB, MiB, GiB, TiB, KB, MB, GB",
            example: BYTE_EXAMPLE,
        })?;
        scale(text, number, unit).map(Bytes)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = [
            ("TiB", 1u64 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ]
        .into_iter()
        .find(|(_, unit)| self.0 >= *unit)
        .unwrap_or(("B", 1));
        if self.0.is_multiple_of(unit) {
            write!(formatter, "{} {name}", self.0 / unit)
        } else {
            write!(formatter, "{:.1} {name}", self.0 as f64 / unit as f64)
        }
    }
}

/// An amount of time; never zero.
///
/// Reads `5 s`, `500 ms`, `2 min`, `1 h`. A unit is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

const TIME_UNITS: &[(&str, u64)] = &[
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("sec", 1_000_000_000),
    ("second", 1_000_000_000),
    ("seconds", 1_000_000_000),
    ("m", 60_000_000_000),
    ("min", 60_000_000_000),
    ("minute", 60_000_000_000),
    ("minutes", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("hour", 3_600_000_000_000),
    ("hours", 3_600_000_000_000),
];

const TIME_EXAMPLE: &str = "'5 s'";

impl FromStr for Span {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = split(text, TIME_EXAMPLE)?;
        let unit = lookup(TIME_UNITS, unit).ok_or_else(|| QuantityError::Unit {
            text: text.to_owned(),
            units: "us, ms, s, min, h",
            example: TIME_EXAMPLE,
        })?;
        scale(text, number, unit).map(|nanoseconds| Span(Duration::from_nanos(nanoseconds)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.as_nanos();
        let (name, unit) = [
            ("h", 3_600_000_000_000u128),
            ("min", 60_000_000_000),
            ("s", 1_000_000_000),
            ("ms", 1_000_000),
            ("µs", 1_000),
        ]
        .into_iter()
        .find(|(_, unit)| nanoseconds >= *unit && nanoseconds.is_multiple_of(*unit))
        .or_else(|| {
            [("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)]
                .into_iter()
                .find(|(_, unit)| nanoseconds >= *unit)
        })
        .unwrap_or(("ns", 1));
        if nanoseconds.is_multiple_of(unit) {
            write!(formatter, "{} {name}", nanoseconds / unit)
        } else {
            write!(formatter, "{:.2} {name}", nanoseconds as f64 / unit as f64)
        }
    }
}

fn split<'a>(text: &'a str, example: &'static str) -> Result<(f64, &'a str), QuantityError> {
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let number: f64 = number
        .replace('_', "")
        .parse()
        .map_err(|_| QuantityError::NoNumber {
            text: text.to_owned(),
            example,
        })?;
    Ok((number, unit.trim()))
}

fn lookup(units: &[(&str, u64)], name: &str) -> Option<u64> {
    units
        .iter()
        .find(|(unit, _)| unit.eq_ignore_ascii_case(name))
        .map(|(_, factor)| *factor)
}

fn scale(text: &str, number: f64, unit: u64) -> Result<u64, QuantityError> {
    let amount = (number * unit as f64).round();
    if amount < 1.0 || amount >= u64::MAX as f64 {
        return Err(QuantityError::Range {
            text: text.to_owned(),
        });
    }
    Ok(amount as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_and_written() {
        for (text, bytes, shown) in [
            ("64 MiB", 64 << 20, "64 MiB"),
            ("64mib", 64 << 20, "64 MiB"),
            ("1.5 GiB", 3 << 29, "1.5 GiB"),
            ("4096", 4096, "4 KiB"),
            ("1 MB", 1_000_000, "976.6 KiB"),
            ("100 b", 100, "100 B"),
        ] {
            let parsed: Bytes = text.parse().unwrap();
            assert_eq!(parsed.0, bytes, "{text}");
            assert_eq!(parsed.to_string(), shown, "{text}");
        }
        for text in ["", "MiB", "64 parsecs", "0", "-1", "99999999999 TiB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_and_written() {
        for (text, milliseconds, shown) in [
            ("5 s", 5_000, "5 s"),
            ("500ms", 500, "500 ms"),
            ("1.5 s", 1_500, "1500 ms"),
            ("2 min", 120_000, "2 min"),
            ("1 h", 3_600_000, "1 h"),
            ("90 s", 90_000, "90 s"),
        ] {
            let parsed: Span = text.parse().unwrap();
            assert_eq!(parsed.0, Duration::from_millis(milliseconds), "{text}");
            assert_eq!(parsed.to_string(), shown, "{text}");
        }
        for text in ["", "5", "0 s", "s", "5 fortnights"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
