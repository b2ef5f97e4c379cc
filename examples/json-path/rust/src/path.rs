use std::error::Error;
use std::fmt;
use std::iter::Peekable;
use std::str::{CharIndices, FromStr};

/// A JSONPath (RFC 9535) without filters and functions.
#[derive(Debug, PartialEq)]
pub struct Path {
    pub(crate) segments: Vec<Segment>,
}

/// One step.
#[derive(Debug, PartialEq)]
pub(crate) struct Segment {
    /// The step is taken from here and from everything below.
    pub(crate) descends: bool,
    /// What is taken, in this order.
    pub(crate) selectors: Vec<Selector>,
}

/// What a step leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Selector {
    Name(String),
    /// Negative ones count from the end.
    Index(i64),
    All,
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
}

/// A text that is not a path.
#[derive(Debug, PartialEq)]
pub struct PathError {
    path: String,
    /// In bytes, as the parser counts.
    position: usize,
    expected: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.path[..self.position].chars().count();
        let (path, expected) = (&self.path, self.expected);
        write!(
            f,
            "in the path {path:?} there has to be {expected} at character {}",
            before + 1
        )
    }
}

impl Error for PathError {}

impl Path {
    /// Whether it leads to one place at most.
    pub fn is_singular(&self) -> bool {
        self.segments.iter().all(|segment| {
            !segment.descends
                && matches!(
                    segment.selectors[..],
                    [Selector::Name(_) | Selector::Index(_)]
                )
        })
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        Parser {
            path,
            rest: path.char_indices().peekable(),
        }
        .path()
    }
}

struct Parser<'a> {
    path: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl Parser<'_> {
    fn path(mut self) -> Result<Path, PathError> {
        if !self.take('$') {
            return Err(self.expected("`$`"));
        }
        let mut segments = Vec::new();
        while self.rest.peek().is_some() {
            segments.push(self.segment()?);
        }
        Ok(Path { segments })
    }

    fn segment(&mut self) -> Result<Segment, PathError> {
        if self.take('[') {
            return self.brackets(false);
        }
        if !self.take('.') {
            return Err(self.expected("`.` or `[`"));
        }
        let descends = self.take('.');
        if descends && self.take('[') {
            return self.brackets(true);
        }
        let selector = match self.take('*') {
            true => Selector::All,
            false => Selector::Name(self.name()?),
        };
        Ok(Segment {
            descends,
            selectors: vec![selector],
        })
    }

    fn name(&mut self) -> Result<String, PathError> {
        let mut name = String::new();
        while let Some((_, character)) = self
            .rest
            .next_if(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '-'))
        {
            name.push(character);
        }
        match name.is_empty() {
            true => Err(self.expected("a name or `*`")),
            false => Ok(name),
        }
    }

    fn brackets(&mut self, descends: bool) -> Result<Segment, PathError> {
        let mut selectors = Vec::new();
        loop {
            self.skip_spaces();
            selectors.push(self.selector()?);
            self.skip_spaces();
            if self.take(']') {
                return Ok(Segment {
                    descends,
                    selectors,
                });
            }
            if !self.take(',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn selector(&mut self) -> Result<Selector, PathError> {
        match self.rest.peek() {
            Some((_, '*')) => {
                self.rest.next();
                Ok(Selector::All)
            }
            Some(&(_, quote @ ('\'' | '"'))) => {
                self.rest.next();
                Ok(Selector::Name(self.quoted(quote)?))
            }
            _ => self.index_or_slice(),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some((_, character)) if character == quote => return Ok(name),
                Some((_, '\\')) => match self.rest.next_if(|(_, c)| matches!(c, '\\' | '\'' | '"'))
                {
                    Some((_, character)) => name.push(character),
                    None => return Err(self.expected("`\\` or a quote")),
                },
                Some((_, character)) => name.push(character),
                None => return Err(self.expected("the end of the quoted name")),
            }
        }
    }

    fn index_or_slice(&mut self) -> Result<Selector, PathError> {
        let start = self.integer()?;
        self.skip_spaces();
        if !self.take(':') {
            return match start {
                Some(index) => Ok(Selector::Index(index)),
                None => Err(self.expected("an index, a slice, a quoted name or `*`")),
            };
        }
        self.skip_spaces();
        let end = self.integer()?;
        self.skip_spaces();
        let mut step = None;
        if self.take(':') {
            self.skip_spaces();
            step = self.integer()?;
        }
        Ok(Selector::Slice {
            start,
            end,
            step: step.unwrap_or(1),
        })
    }

    fn integer(&mut self) -> Result<Option<i64>, PathError> {
        let begin = self.position();
        self.take('-');
        while self.rest.next_if(|(_, c)| c.is_ascii_digit()).is_some() {}
        match &self.path[begin..self.position()] {
            "" => Ok(None),
            digits => match digits.parse() {
                Ok(integer) => Ok(Some(integer)),
                Err(_) => Err(self.expected_at(begin, "an integer of 64 bits")),
            },
        }
    }

    fn take(&mut self, character: char) -> bool {
        self.rest.next_if(|(_, next)| *next == character).is_some()
    }

    fn skip_spaces(&mut self) {
        while self.take(' ') {}
    }

    fn position(&mut self) -> usize {
        self.rest
            .peek()
            .map_or(self.path.len(), |(position, _)| *position)
    }

    fn expected(&mut self, expected: &'static str) -> PathError {
        let position = self.position();
        self.expected_at(position, expected)
    }

    fn expected_at(&self, position: usize, expected: &'static str) -> PathError {
        PathError {
            path: self.path.to_owned(),
            position,
            expected,
        }
    }
}
