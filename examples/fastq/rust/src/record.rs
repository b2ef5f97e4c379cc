//! One record: four lines.

use std::error::Error;
use std::fmt;

/// What is added to a quality before it is written as a character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phred {
    /// 33, as Sanger does and everybody since Illumina 1.8: `!` is zero.
    #[default]
    Plus33,
    /// 64, as Illumina did from 1.3 to 1.7: `@` is zero.
    Plus64,
}

impl Phred {
    /// The character of quality zero.
    pub fn zero(self) -> u8 {
        match self {
            Self::Plus33 => 33,
            Self::Plus64 => 64,
        }
    }
}

/// A sequence and how sure each letter of it is.
///
/// ```text
/// @id description
/// sequence
/// +
/// quality
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record<'a> {
    /// The first line up to white space, without `@`.
    pub id: &'a [u8],
    /// What stands behind it.
    pub description: Option<&'a [u8]>,
    /// Characters of ASCII that can be seen.
    pub sequence: &'a str,
    /// A character for each of the sequence.
    pub quality: &'a str,
    /// The arithmetic mean of all qualities; none where the sequence is empty.
    pub mean_quality: Option<f64>,
}

/// Why four lines are not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "`Display` says what they are")]
pub enum Malformed {
    NoHeader,
    NoSeparator,
    OtherName,
    Sequence { position: usize },
    Lengths { sequence: usize, quality: usize },
    Quality { position: usize, zero: u8 },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => f.write_str("its first line does not begin with `@`"),
            Self::NoSeparator => {
                f.write_str("its third line does not begin with `+`: a sequence has to be one line")
            }
            Self::OtherName => f.write_str("its third line repeats the name of another record"),
            Self::Sequence { position } => write!(
                f,
                "character {position} of its sequence is not one of a sequence"
            ),
            Self::Lengths { sequence, quality } => write!(
                f,
                "its sequence has {sequence} characters and its quality {quality}"
            ),
            Self::Quality { position, zero } => write!(
                f,
                "character {position} of its quality is not one from {:?} to '~': see the option phred_offset",
                char::from(*zero)
            ),
        }
    }
}

impl Error for Malformed {}

impl<'a> Record<'a> {
    /// Reads a record from its lines, which have no newlines.
    ///
    /// # Errors
    ///
    /// It is not one. All of it is looked at.
    pub fn parse(lines: [&'a [u8]; 4], phred: Phred) -> Result<Self, Malformed> {
        let [header, sequence, separator, quality] =
            lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let Some((b'@', header)) = header.split_first() else {
            return Err(Malformed::NoHeader);
        };
        let Some((b'+', repeated)) = separator.split_first() else {
            return Err(Malformed::NoSeparator);
        };
        if !repeated.is_empty() && repeated != header {
            return Err(Malformed::OtherName);
        }
        let sequence = seen(sequence, b'!').ok_or_else(|| Malformed::Sequence {
            position: position(sequence, b'!'),
        })?;
        // So that no line of a sequence looks like the first or the third line of a record.
        if sequence.starts_with(['@', '+']) {
            return Err(Malformed::Sequence { position: 1 });
        }
        let zero = phred.zero();
        let quality = seen(quality, zero).ok_or_else(|| Malformed::Quality {
            position: position(quality, zero),
            zero,
        })?;
        if sequence.len() != quality.len() {
            return Err(Malformed::Lengths {
                sequence: sequence.len(),
                quality: quality.len(),
            });
        }
        let (id, description) = match header.iter().position(u8::is_ascii_whitespace) {
            Some(end) => (&header[..end], header[end..].trim_ascii()),
            None => (header, &[][..]),
        };
        Ok(Self {
            id,
            description: (!description.is_empty()).then_some(description),
            sequence,
            quality,
            mean_quality: mean(quality.as_bytes(), phred),
        })
    }
}

/// The text, if all of it is from `first` to `~`.
fn seen(text: &[u8], first: u8) -> Option<&str> {
    // Without a way out of the loop it is one of vectors.
    let wrong = text.iter().fold(false, |wrong, byte| {
        wrong | (*byte < first) | (*byte > b'~')
    });
    match wrong {
        true => None,
        false => std::str::from_utf8(text).ok(),
    }
}

/// Of the first character that is not from `first` to `~`, counted from one.
fn position(text: &[u8], first: u8) -> usize {
    let before = text
        .iter()
        .take_while(|byte| (first..=b'~').contains(*byte));
    before.count() + 1
}

fn mean(quality: &[u8], phred: Phred) -> Option<f64> {
    // 32 bits hold the sum of a chunk, and twice as many of them fit a vector.
    let sum_of = |chunk: &[u8]| u64::from(chunk.iter().map(|byte| u32::from(*byte)).sum::<u32>());
    let sum: u64 = quality.chunks(1 << 16).map(sum_of).sum();
    let length = quality.len() as u64;
    let qualities = sum - length * u64::from(phred.zero());
    (length > 0).then(|| qualities as f64 / length as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record<'a>(lines: [&'a str; 4], phred: Phred) -> Result<Record<'a>, Malformed> {
        Record::parse(lines.map(str::as_bytes), phred)
    }

    #[test]
    fn a_record_has_a_mean_quality() {
        let found = record(["@r1 lane 1", "ACGT", "+", "!+5?"], Phred::Plus33).unwrap();
        let expected = Record {
            id: b"r1",
            description: Some(b"lane 1"),
            sequence: "ACGT",
            quality: "!+5?",
            mean_quality: Some(15.0),
        };
        assert_eq!(found, expected);
        let old = record(["@r1", "ACGT", "+", "@Jh~"], Phred::Plus64).unwrap();
        assert_eq!(old.mean_quality, Some((10 + 40 + 62) as f64 / 4.0));
        let long = "~".repeat(1 << 18);
        let long = record(["@r1", &long, "+", &long], Phred::Plus33).unwrap();
        assert_eq!(long.mean_quality, Some(93.0));
    }

    #[test]
    fn what_is_empty_is_none() {
        let found = record(["@", "", "+", ""], Phred::Plus33).unwrap();
        assert_eq!((found.id, found.description), (&b""[..], None));
        assert_eq!(found.mean_quality, None);
        assert_eq!(
            record(["@r ", "", "+", ""], Phred::Plus33)
                .unwrap()
                .description,
            None
        );
    }

    #[test]
    fn ends_of_lines_and_repeated_names_are_no_part_of_it() {
        let unix = record(["@r\td", "AC", "+", "II"], Phred::Plus33).unwrap();
        let windows = record(["@r\td\r", "AC\r", "+r\td\r", "II\r"], Phred::Plus33).unwrap();
        assert_eq!(unix, windows);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (lines, expected) in [
            (["r", "AC", "+", "II"], "first line does not begin with `@`"),
            (["", "AC", "+", "II"], "first line does not begin with `@`"),
            (
                ["@r", "AC", "II", "+"],
                "third line does not begin with `+`",
            ),
            (["@r", "AC", "+s", "II"], "the name of another record"),
            (["@r", "AC", "+", "III"], "2 characters and its quality 3"),
            (["@r", "A C", "+", "III"], "character 2 of its sequence"),
            (["@r", "ACé", "+", "IIII"], "character 3 of its sequence"),
            (["@r", "@AC", "+", "III"], "character 1 of its sequence"),
            (["@r", "+AC", "+", "III"], "character 1 of its sequence"),
            (
                ["@r", "AC", "+", "I "],
                "character 2 of its quality is not one from '!' to '~'",
            ),
            (["@r", "AC", "+", "\u{7f}I"], "character 1 of its quality"),
        ] {
            let error = record(lines, Phred::Plus33).unwrap_err().to_string();
            assert!(error.contains(expected), "{lines:?}: {error}");
        }
        let error = record(["@r", "AC", "+", "h!"], Phred::Plus64).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("character 2 of its quality is not one from '@'")
        );
    }
}
