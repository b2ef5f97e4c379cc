//! Texts as they stand in a line, and as they were before the server wrote them.

use std::borrow::Cow;

use memchr::memchr;

/// Bytes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// As they stand there.
    pub(crate) raw: &'a [u8],
    /// Whether there is a backslash in them.
    pub(crate) escaped: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn plain(raw: &'a [u8]) -> Self {
        Self {
            raw,
            escaped: false,
        }
    }

    /// A part of the same text.
    pub(crate) fn part(self, raw: &'a [u8]) -> Self {
        Self { raw, ..self }
    }

    /// A single `-` stands for what is missing.
    pub(crate) fn present(self) -> Option<Self> {
        (self.raw != b"-").then_some(self)
    }

    /// The text that the server had: `\"`, `\\`, `\n`, `\t` and the like, and `\xhh` are undone, and what is
    /// not UTF-8 then is replaced by U+FFFD. A backslash before anything else stays.
    pub fn decode(self) -> Cow<'a, str> {
        if !self.escaped {
            return String::from_utf8_lossy(self.raw);
        }
        Cow::Owned(match String::from_utf8(self.unescaped()) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    fn unescaped(self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(at) = memchr(b'\\', rest) {
            text.extend_from_slice(&rest[..at]);
            let (byte, length) = match rest[at + 1..] {
                [b'"', ..] => (b'"', 2),
                [b'\\', ..] => (b'\\', 2),
                [b'b', ..] => (0x08, 2),
                [b't', ..] => (b'\t', 2),
                [b'n', ..] => (b'\n', 2),
                [b'v', ..] => (0x0b, 2),
                [b'r', ..] => (b'\r', 2),
                [b'x', high, low, ..] => match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => (high << 4 | low, 4),
                    _ => (b'\\', 1),
                },
                _ => (b'\\', 1),
            };
            text.push(byte);
            rest = &rest[at + length..];
        }
        text.extend_from_slice(rest);
        text
    }
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(raw: &[u8]) -> String {
        let escaped = raw.contains(&b'\\');
        Text { raw, escaped }.decode().into_owned()
    }

    #[test]
    fn escapes_are_undone() {
        for (raw, expected) in [
            (&b""[..], ""),
            (b"plain", "plain"),
            (br#"say \"hi\""#, r#"say "hi""#),
            (br"C:\\temp\\x", r"C:\temp\x"),
            (br"a\tb\nc\rd\be\vf", "a\tb\nc\rd\u{8}e\u{b}f"),
            (br"caf\xc3\xA9", "café"),
            ("café".as_bytes(), "café"),
            (br"\x16\x03", "\u{16}\u{3}"),
            (br"\xff!", "\u{fffd}!"),
            (b"\xff!", "\u{fffd}!"),
            (br"\q \x4 \xg0 \", r"\q \x4 \xg0 \"),
            (br"\\x41", r"\x41"),
        ] {
            assert_eq!(decoded(raw), expected, "{}", raw.escape_ascii());
        }
    }

    proptest! {
        /// What Apache does to a text (`ap_escape_logitem`) is undone.
        #[test]
        fn what_a_server_escapes_comes_back(text in any::<String>()) {
            let mut raw = Vec::new();
            for byte in text.bytes() {
                match byte {
                    b'"' | b'\\' => raw.extend([b'\\', byte]),
                    b'\n' => raw.extend(br"\n"),
                    b'\t' => raw.extend(br"\t"),
                    0x20..0x7f => raw.push(byte),
                    _ => raw.extend(format!("\\x{byte:02x}").bytes()),
                }
            }
            prop_assert_eq!(decoded(&raw), text);
        }

        #[test]
        fn nothing_is_too_strange(raw in any::<Vec<u8>>()) {
            decoded(&raw);
        }
    }
}
