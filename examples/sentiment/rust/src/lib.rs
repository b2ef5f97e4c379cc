//! How friendly a text is: a function with a table in it, which parameters and data can change.

mod lexicon;
mod sentence;

use arrowbox_sdk::{Error, Options, scalar};

use lexicon::Lexicon;

/// How friendly an English text is: from -1, hostile, to 1, delighted.
///
/// The words of a text have scores; "very" and the like make that of the next word larger or smaller, and a
/// negation before it turns it around. Zero where no word has a score.
///
/// - `param.threshold`: what is nearer to zero than this is zero; a number from 0 to 1.
/// - `data.lexicon`: words in place of those that come with the function, as lines `word,score` with scores
///   from -5 to 5.
pub struct Sentiment {
    lexicon: Lexicon,
    threshold: f64,
}

#[scalar]
impl Sentiment {
    /// # Errors
    ///
    /// The threshold is not a number from 0 to 1, or the lexicon can not be read.
    pub fn new(options: &Options) -> Result<Self, Error> {
        options.only(&["threshold", "lexicon"])?;
        Ok(Self {
            threshold: threshold(options.param("threshold").unwrap_or("0"))?,
            lexicon: match options.data("lexicon") {
                Some(blob) => Lexicon::parse(&blob.read_to_string()?)?,
                None => Lexicon::parse(include_str!("lexicon.csv"))?,
            },
        })
    }

    /// The score of one text.
    pub fn call(&self, text: &str) -> f64 {
        let sum = sentence::score(text, &self.lexicon);
        // Long texts come near to one, and short ones do not jump there.
        let score = sum / (sum * sum + 15.0).sqrt();
        match score.abs() < self.threshold {
            true => 0.0,
            false => score,
        }
    }
}

fn threshold(text: &str) -> Result<f64, Error> {
    match text.parse() {
        Ok(threshold) if (0.0..=1.0).contains(&threshold) => Ok(threshold),
        _ => Err(Error::new(format!(
            "param.threshold is a number from 0 to 1, and not {text:?}"
        ))),
    }
}

arrowbox_sdk::export!(Sentiment);

#[cfg(test)]
mod tests;
