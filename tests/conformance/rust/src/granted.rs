//! Options, data and grants.

use arrowbox_sdk::{Error, Options, clock, random, scalar};

/// A factor.
pub struct Times {
    by: i64,
}

/// `x` times `param.by`.
#[scalar]
impl Times {
    fn new(options: &Options) -> Result<Self, Error> {
        options.only(&["by"])?;
        let by = options.param("by").unwrap_or("1");
        let by = by
            .parse()
            .map_err(|_| Error::new(format!("param.by is no number: {by}")))?;
        Ok(Self { by })
    }

    fn call(&self, x: i64) -> i64 {
        x * self.by
    }
}

/// Words.
pub struct Censored {
    words: Vec<String>,
}

/// The text with `***` in place of the words in `data.words`.
#[scalar]
impl Censored {
    fn new(options: &Options) -> Result<Self, Error> {
        options.only(&["words"])?;
        let words = options
            .data("words")
            .ok_or_else(|| Error::new("data.words is missing"))?;
        let words = words.read_to_string()?.lines().map(str::to_owned).collect();
        Ok(Self { words })
    }

    fn call(&self, text: &str) -> String {
        self.words
            .iter()
            .fold(text.to_owned(), |text, word| text.replace(word, "***"))
    }
}

/// The year, roughly.
#[scalar(volatile, grants("clock"))]
pub fn this_year() -> i64 {
    let seconds = clock::now().ticks() / 1_000_000_000;
    1970 + seconds / 31_556_952
}

/// How many bytes that nobody can foretell were drawn.
#[scalar(volatile, grants("random"))]
pub fn drawn(bytes: i64) -> i64 {
    let mut drawn = vec![0; bytes as usize];
    random::fill(&mut drawn);
    drawn.len() as i64
}
