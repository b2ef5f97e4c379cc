//! One line of a log.

use std::error::Error;
use std::fmt;

use memchr::{memchr, memchr2, memrchr};

use crate::text::Text;
use crate::time;

/// A line in Common or Combined Log Format. What is none is `-` in the line.
///
/// ```text
/// host ident user [time] "request" status bytes
/// host ident user [time] "request" status bytes "referer" "agent"
/// ```
///
/// What stands behind the agent, as some servers are told to write it, is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The name or the address of the client.
    pub host: Text<'a>,
    /// Who the client says that the user is (RFC 1413).
    pub ident: Option<Text<'a>>,
    /// Whom the server knows the user as. There can be spaces in it.
    pub user: Option<Text<'a>>,
    /// In microseconds since 1970-01-01T00:00:00 in UTC.
    pub time: i64,
    /// The first line of what the client said.
    pub request: Option<Text<'a>>,
    /// What the server answered, of three digits.
    pub status: Option<i16>,
    /// The size of the answer.
    pub bytes: Option<i64>,
    /// The page that led here.
    pub referer: Option<Text<'a>>,
    /// What the client says that it is.
    pub agent: Option<Text<'a>>,
}

/// The parts of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestLine<'a> {
    /// Such as `GET`.
    pub method: Option<Text<'a>>,
    /// With the query. All of the request, if it is not one of HTTP.
    pub path: Option<Text<'a>>,
    /// Such as `HTTP/1.1`.
    pub protocol: Option<Text<'a>>,
}

/// Why something is not a line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// In bytes, from the beginning of the line.
    pub position: usize,
    /// What has to be there.
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, expected } = self;
        write!(f, "{expected} has to be at byte {position} of the line")
    }
}

impl Error for Malformed {}

impl<'a> Line<'a> {
    /// Reads a line, with or without its end.
    ///
    /// # Errors
    ///
    /// It is not one. Which columns are wanted makes no difference.
    #[inline]
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = Rest {
            line: line.trim_ascii_end(),
            position: 0,
        };
        let host = rest.word("a host")?;
        let ident = rest.word("an ident")?;
        let user = rest.user()?;
        let time = rest.time()?;
        let request = rest.quoted("a request in quotes")?;
        rest.space()?;
        let status = rest.status()?;
        rest.space()?;
        let bytes = rest.bytes()?;
        let mut line = Self {
            host: Text::plain(host),
            ident: Text::plain(ident).present(),
            user: Text::plain(user).present(),
            time,
            request: request.present(),
            status,
            bytes,
            referer: None,
            agent: None,
        };
        if !rest.is_empty() {
            rest.space()?;
            line.referer = rest.quoted("a referer in quotes")?.present();
            rest.space()?;
            line.agent = rest.quoted("an agent in quotes")?.present();
            if !rest.is_empty() {
                rest.space()?;
            }
        }
        Ok(line)
    }

    /// The parts of the request: `METHOD path PROTOCOL`, or `METHOD path` as in the first HTTP. Anything else
    /// that clients send is a path without the others.
    pub fn request(&self) -> RequestLine<'a> {
        self.request.map(RequestLine::of).unwrap_or_default()
    }
}

impl<'a> RequestLine<'a> {
    fn of(request: Text<'a>) -> Self {
        let whole = Self {
            path: Some(request),
            ..Self::default()
        };
        let Some(first) = memchr(b' ', request.raw) else {
            return whole;
        };
        let (method, path) = (&request.raw[..first], &request.raw[first + 1..]);
        let is_method = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
        if method.is_empty() || !method.iter().all(is_method) {
            return whole;
        }
        let last = memrchr(b' ', path).filter(|last| path[last + 1..].starts_with(b"HTTP/"));
        let (path, protocol) = match last {
            Some(last) => (&path[..last], Some(&path[last + 1..])),
            None => (path, None),
        };
        Self {
            method: Some(Text::plain(method)),
            path: Some(request.part(path)),
            protocol: protocol.map(|protocol| request.part(protocol)),
        }
    }
}

/// What of a line was not read yet.
struct Rest<'a> {
    line: &'a [u8],
    position: usize,
}

impl<'a> Rest<'a> {
    fn bytes_left(&self) -> &'a [u8] {
        &self.line[self.position..]
    }

    fn is_empty(&self) -> bool {
        self.position == self.line.len()
    }

    fn expected(&self, expected: &'static str) -> Malformed {
        Malformed {
            position: self.position,
            expected,
        }
    }

    fn space(&mut self) -> Result<(), Malformed> {
        if self.line.get(self.position) != Some(&b' ') {
            return Err(self.expected("a space"));
        }
        self.position += 1;
        Ok(())
    }

    /// Up to the next space, which is passed, too.
    fn word(&mut self, expected: &'static str) -> Result<&'a [u8], Malformed> {
        let rest = self.bytes_left();
        // Most are missing, and looking for the end of one byte takes longer than looking at it.
        let length = match rest {
            [b'-', b' ', ..] => 1,
            _ => memchr(b' ', rest).ok_or_else(|| self.expected(expected))?,
        };
        if length == 0 {
            return Err(self.expected(expected));
        }
        self.position += length + 1;
        Ok(&rest[..length])
    }

    /// Up to the bracket before the time.
    fn user(&mut self) -> Result<&'a [u8], Malformed> {
        let rest = self.bytes_left();
        let mut length = 0;
        loop {
            let bracket = match &rest[length..] {
                [b'-', b' ', b'[', ..] if length == 0 => 2,
                ahead => {
                    let bracket = memchr(b'[', ahead);
                    length + bracket.ok_or_else(|| self.expected("a user and a time"))?
                }
            };
            if bracket >= 2 && rest[bracket - 1] == b' ' {
                self.position += bracket;
                return Ok(&rest[..bracket - 1]);
            }
            length = bracket + 1;
        }
    }

    /// In brackets, and the space behind them.
    fn time(&mut self) -> Result<i64, Malformed> {
        let expected = self.expected("a time such as [10/Oct/2000:13:55:36 -0700]");
        let found = self.bytes_left().get(1..time::LENGTH + 3);
        let (text, behind) = found
            .and_then(|found| found.split_first_chunk())
            .ok_or(expected)?;
        let time = time::microseconds(text).ok_or(expected)?;
        if behind != b"] " {
            return Err(expected);
        }
        self.position += time::LENGTH + 3;
        Ok(time)
    }

    fn quoted(&mut self, expected: &'static str) -> Result<Text<'a>, Malformed> {
        let Some((b'"', rest)) = self.bytes_left().split_first() else {
            return Err(self.expected(expected));
        };
        let mut length = 0;
        let mut escaped = false;
        loop {
            match memchr2(b'"', b'\\', rest.get(length..).unwrap_or_default()) {
                Some(end) if rest[length + end] == b'"' => {
                    length += end;
                    break;
                }
                Some(backslash) => {
                    escaped = true;
                    length += backslash + 2;
                }
                None => return Err(self.expected(expected)),
            }
        }
        self.position += length + 2;
        Ok(Text {
            raw: &rest[..length],
            escaped,
        })
    }

    fn status(&mut self) -> Result<Option<i16>, Malformed> {
        let (status, length) = match *self.bytes_left() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
                let digit = |character| i16::from(character - b'0');
                (Some(digit(a) * 100 + digit(b) * 10 + digit(c)), 3)
            }
            [b'-', ..] => (None, 1),
            _ => return Err(self.expected("a status of three digits, or `-`,")),
        };
        self.position += length;
        Ok(status)
    }

    fn bytes(&mut self) -> Result<Option<i64>, Malformed> {
        let expected = self.expected("a number of bytes, or `-`,");
        let rest = self.bytes_left();
        if rest.first() == Some(&b'-') {
            self.position += 1;
            return Ok(None);
        }
        let is_end = |byte: &u8| !byte.is_ascii_digit();
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        let digits = &rest[..length];
        let digit = |character: &u8| i64::from(character - b'0');
        let bytes = match length {
            0 => return Err(expected),
            // So many always fit, and to check would take longer than to multiply.
            1..=18 => digits
                .iter()
                .fold(0, |bytes, character| 10 * bytes + digit(character)),
            _ => digits
                .iter()
                .try_fold(0_i64, |bytes, character| {
                    bytes.checked_mul(10)?.checked_add(digit(character))
                })
                .ok_or(expected)?,
        };
        self.position += length;
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests;
