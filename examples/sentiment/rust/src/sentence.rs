//! From words to the score of what they say together. After C. J. Hutto and E. Gilbert, VADER: A
//! Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text (ICWSM 2014), much simplified.

use crate::lexicon::Lexicon;

/// How many words a negation reaches.
const REACH: usize = 3;

/// What a negation makes of a score: "not terrible" is less than "good".
const NEGATION: f64 = -0.74;

const NEGATIONS: [&str; 12] = [
    "barely", "cannot", "hardly", "neither", "never", "no", "nobody", "none", "nor", "not",
    "nothing", "without",
];

const STRONGER: [&str; 13] = [
    "absolutely",
    "completely",
    "deeply",
    "especially",
    "extremely",
    "highly",
    "incredibly",
    "really",
    "remarkably",
    "so",
    "totally",
    "truly",
    "very",
];

const WEAKER: [&str; 8] = [
    "almost", "fairly", "mildly", "partly", "rather", "slightly", "somewhat", "kinda",
];

/// The sum of the scores of all words, each changed by the words before it.
pub(crate) fn score(text: &str, lexicon: &Lexicon) -> f64 {
    let mut sum = 0.0;
    let mut degree = 1.0;
    // How many words the last negation still reaches.
    let mut reach = 0_usize;
    for sentence in text.split(['.', '!', '?', ';', ':']) {
        for word in words(sentence) {
            let score = lexicon.score(&word);
            if score != 0.0 {
                let negation = if reach > 0 { NEGATION } else { 1.0 };
                sum += score * degree * negation;
            }
            degree = degree_of(&word);
            reach = match is_negation(&word) {
                true => REACH,
                false => reach.saturating_sub(1),
            };
        }
        (degree, reach) = (1.0, 0);
    }
    sum
}

fn words(sentence: &str) -> impl Iterator<Item = String> + '_ {
    sentence
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| {
            word.trim_matches(['\'', '’'])
                .to_lowercase()
                .replace('’', "'")
        })
        .filter(|word| !word.is_empty())
}

fn is_negation(word: &str) -> bool {
    word.ends_with("n't") || NEGATIONS.contains(&word)
}

fn degree_of(word: &str) -> f64 {
    if STRONGER.contains(&word) {
        1.5
    } else if WEAKER.contains(&word) {
        0.5
    } else {
        1.0
    }
}
