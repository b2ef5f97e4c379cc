//! Aggregates.

use arrowbox_sdk::{Error, Options, Row, Text, aggregate};

/// A sum that frames can slide over.
#[derive(Clone, Default, Row)]
pub struct AddUp {
    sum: i64,
    count: i64,
}

/// The sum of numbers; null of none.
#[aggregate]
impl AddUp {
    fn update(&mut self, value: i64) {
        self.sum += value;
        self.count += 1;
    }

    fn retract(&mut self, value: i64) {
        self.sum -= value;
        self.count -= 1;
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    fn evaluate(&self) -> Option<i64> {
        (self.count > 0).then_some(self.sum)
    }
}

/// Texts in the order in which they come.
#[derive(Clone, Default, Row)]
pub struct JoinTexts {
    text: String,
    count: i64,
}

/// Texts behind one another, with a separator between them; null of none. It has no `retract`.
#[aggregate]
impl JoinTexts {
    fn update(&mut self, text: &str, separator: &str) {
        if self.count > 0 {
            self.text.push_str(separator);
        }
        self.text.push_str(text);
        self.count += 1;
    }

    fn merge(&mut self, other: Self) {
        // The separator is not known here: groups without an order have to be of one part.
        self.text.push_str(&other.text);
        self.count += other.count;
    }

    fn evaluate(&self, out: &mut Text) -> Option<()> {
        if self.count == 0 {
            return None;
        }
        out.append(&self.text);
        Some(())
    }
}

/// Different texts, sorted: a state of lists.
#[derive(Clone, Default, Row)]
pub struct Tally {
    texts: Vec<String>,
    counts: Vec<i64>,
}

/// How often each text came, as `a:2,b:1`, sorted; empty of none.
#[aggregate]
impl Tally {
    fn update(&mut self, text: &str) {
        self.add(text, 1);
    }

    fn merge(&mut self, other: Self) {
        for (text, count) in other.texts.iter().zip(other.counts) {
            self.add(text, count);
        }
    }

    fn evaluate(&self) -> String {
        let pairs = self.texts.iter().zip(&self.counts);
        let pairs: Vec<_> = pairs
            .map(|(text, count)| format!("{text}:{count}"))
            .collect();
        pairs.join(",")
    }
}

impl Tally {
    fn add(&mut self, text: &str, count: i64) {
        match self
            .texts
            .binary_search_by(|known| known.as_str().cmp(text))
        {
            Ok(place) => self.counts[place] += count,
            Err(place) => {
                self.texts.insert(place, text.to_owned());
                self.counts.insert(place, count);
            }
        }
    }
}

/// A number that depends on the order of the rows.
#[derive(Clone, Default, Row)]
pub struct Fold {
    hash: u64,
    rows: u64,
}

/// A hash of numbers in their order. Fails for a negative one.
#[aggregate]
impl Fold {
    fn update(&mut self, value: i64) -> Result<(), String> {
        if value < 0 {
            return Err(format!("{value} is negative"));
        }
        self.hash = self.hash.wrapping_mul(31).wrapping_add(value as u64);
        self.rows += 1;
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let power = (0..other.rows).fold(1_u64, |power, _| power.wrapping_mul(31));
        self.hash = self.hash.wrapping_mul(power).wrapping_add(other.hash);
        self.rows += other.rows;
    }

    fn evaluate(&self) -> u64 {
        self.hash
    }
}

/// The longest text so far.
#[derive(Clone, Default, Row)]
pub struct Longest {
    text: Option<String>,
}

/// The longest text, and of equals the greatest; null of none. Its state is as long as that text.
#[aggregate]
impl Longest {
    fn update(&mut self, text: &str) {
        self.take(text);
    }

    fn merge(&mut self, other: Self) {
        if let Some(text) = other.text {
            self.take(&text);
        }
    }

    fn evaluate(&self, out: &mut Text) -> Option<()> {
        out.append(self.text.as_deref()?);
        Some(())
    }
}

impl Longest {
    fn take(&mut self, text: &str) {
        let known = self.text.as_deref();
        if known.is_none_or(|known| (text.len(), text) > (known.len(), known)) {
            self.text = Some(text.to_owned());
        }
    }
}

/// What is null.
#[derive(Clone, Default, Row)]
pub struct NullSurplus {
    nulls: i64,
    values: i64,
}

/// How many values are null, less those that are not.
#[aggregate]
impl NullSurplus {
    fn update(&mut self, value: Option<i64>) {
        match value {
            None => self.nulls += 1,
            Some(_) => self.values += 1,
        }
    }

    fn retract(&mut self, value: Option<i64>) {
        match value {
            None => self.nulls -= 1,
            Some(_) => self.values -= 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.nulls += other.nulls;
        self.values += other.values;
    }

    fn evaluate(&self) -> i64 {
        self.nulls - self.values
    }
}

/// A sum of numbers that are multiplied by an option.
#[derive(Clone, Default, Row)]
pub struct Scaled {
    sum: f64,
    #[row(skip)]
    factor: f64,
}

/// The sum of numbers, each multiplied by `param.factor`.
#[aggregate]
impl Scaled {
    fn new(options: &Options) -> Result<Self, Error> {
        options.only(&["factor"])?;
        let factor = options
            .param("factor")
            .ok_or_else(|| Error::new("param.factor is missing"))?;
        Ok(Self {
            sum: 0.0,
            factor: factor.parse()?,
        })
    }

    fn update(&mut self, value: f64) {
        self.sum += value * self.factor;
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
    }

    fn evaluate(&self) -> f64 {
        self.sum
    }
}
