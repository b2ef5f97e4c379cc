use std::collections::HashMap;

use arrowbox_sdk::Error;

/// Scores of words.
pub(crate) struct Lexicon(HashMap<String, i8>);

impl Lexicon {
    /// Reads lines `word,score`.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let words = lines.map(|(index, line)| {
            let word = line.split_once(',').and_then(|(word, score)| {
                let score: i8 = score.trim().parse().ok()?;
                (-5..=5).contains(&score).then(|| (word.trim().to_lowercase(), score))
            });
            word.ok_or_else(|| {
                let line_number = index + 1;
                Error::new(format!(
                    "line {line_number} of the lexicon is not a word and a score from -5 to 5: {line:?}"
                ))
            })
        });
        words.collect::<Result<_, _>>().map(Self)
    }

    /// Zero for words that it does not have.
    pub(crate) fn score(&self, word: &str) -> f64 {
        self.0.get(word).copied().unwrap_or(0).into()
    }
}
