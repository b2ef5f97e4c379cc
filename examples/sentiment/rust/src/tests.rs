use arrowbox_sdk::Options;

use crate::Sentiment;
use crate::lexicon::Lexicon;
use crate::sentence::score;

fn sentiment() -> Sentiment {
    Sentiment::new(&Options::default()).unwrap()
}

#[test]
fn words_before_a_word_change_its_score() {
    let lexicon = Lexicon::parse(include_str!("lexicon.csv")).unwrap();
    for (text, expected) in [
        ("", 0.0),
        ("the table has four legs", 0.0),
        ("good", 2.0),
        ("GOOD, good.", 4.0),
        ("very good", 3.0),
        ("slightly bad", -1.0),
        ("not good", -1.48),
        ("it isn't very good", -2.22),
        ("it isn’t good", -1.48),
        ("not one of the good ones", 2.0),
        ("no. good!", 2.0),
        ("never again: bad", -2.0),
        ("good and bad", 0.0),
        ("'awful'", -4.0),
    ] {
        let actual = score(text, &lexicon);
        assert!((actual - expected).abs() < 1e-9, "{text:?}: {actual}");
    }
}

#[test]
fn scores_are_between_minus_one_and_one() {
    let sentiment = sentiment();
    assert_eq!(sentiment.call(""), 0.0);
    assert_eq!(sentiment.call("good"), 2.0 / 19_f64.sqrt());
    assert!(sentiment.call(&"superb ".repeat(1000)) <= 1.0);
    assert!(sentiment.call(&"evil ".repeat(1000)) >= -1.0);
}

#[test]
fn what_is_below_the_threshold_is_zero() {
    let options = Options::default().with_param("threshold", "0.5");
    let sentiment = Sentiment::new(&options).unwrap();
    assert_eq!(sentiment.call("good"), 0.0);
    assert!(sentiment.call("superb") > 0.5);
    for wrong in ["2", "-0.1", "NaN", "much"] {
        let options = Options::default().with_param("threshold", wrong);
        assert!(Sentiment::new(&options).is_err(), "{wrong}");
    }
}

#[test]
fn a_lexicon_takes_the_place_of_the_words() {
    let options = Options::default().with_data("lexicon", "Gut,3\n\nschlecht , -3\n");
    let sentiment = Sentiment::new(&options).unwrap();
    assert!(sentiment.call("gut") > 0.5);
    assert!(sentiment.call("Schlecht!") < -0.5);
    assert_eq!(sentiment.call("good"), 0.0);
    for wrong in ["gut", "gut,", "gut,6", "a,1\nb;2"] {
        let options = Options::default().with_data("lexicon", wrong);
        let error = Sentiment::new(&options).err().unwrap().to_string();
        assert!(error.contains("of the lexicon is not"), "{error}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    let options = Options::default().with_param("treshold", "0.5");
    let error = Sentiment::new(&options).err().unwrap().to_string();
    assert_eq!(
        error,
        "param.treshold is not known: the function takes threshold, lexicon"
    );
}

#[test]
fn the_lexicon_is_in_order() {
    let words: Vec<_> = include_str!("lexicon.csv").lines().collect();
    assert!(words.len() > 300);
    assert!(words.is_sorted());
}
