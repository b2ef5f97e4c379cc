//! Linear models with a softmax: multinomial logistic regression.

use arrowbox_sdk::Error;

/// How many rows are scored at once: their scores stay in the nearest cache.
const BLOCK: usize = 256;

/// Weights of columns for each of some classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    columns: Vec<String>,
    classes: Vec<Class>,
}

#[derive(Clone, Debug, PartialEq)]
struct Class {
    name: String,
    intercept: f64,
    /// One for each column.
    weights: Vec<f64>,
}

impl Model {
    /// Reads lines `class,intercept,weight,weight…` below a line that names the columns behind the second.
    ///
    /// # Errors
    ///
    /// A line that is not so, or fewer than two classes.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut lines = (1..)
            .zip(text.lines().map(str::trim))
            .filter(|(_, line)| !line.is_empty());
        let columns: Vec<String> =
            match lines.next().map(|(_, line)| line.split(',').map(str::trim)) {
                Some(names) => names.skip(2).map(str::to_owned).collect(),
                None => Vec::new(),
            };
        if columns.is_empty() {
            return Err(Error::new(
                "the model has to begin with a line `class,intercept,` and names of columns",
            ));
        }
        let class = |(number, line): (usize, &str)| {
            Class::parse(line, columns.len()).ok_or_else(|| {
                let count = columns.len();
                Error::new(format!(
                    "line {number} of the model is not a class, an intercept and {count} weights: {line:?}"
                ))
            })
        };
        let classes: Vec<Class> = lines.map(class).collect::<Result<_, _>>()?;
        match classes.len() {
            0 | 1 => Err(Error::new("the model needs two classes at least")),
            _ => Ok(Self { columns, classes }),
        }
    }

    /// The names of the columns that it weighs.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of the classes.
    pub fn classes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.classes.iter().map(|class| class.name.as_str())
    }

    /// The likeliest class of each row, by number, and its probability, which is not a number where a value is
    /// none or infinite. `columns` are in the order of [`columns`](Self::columns).
    ///
    /// # Panics
    ///
    /// When there are other than the model's number of columns, or one has fewer than `rows` rows.
    pub fn score(&self, columns: &[&[f64]], rows: usize) -> Scores {
        assert_eq!(columns.len(), self.columns.len(), "the model's columns");
        let mut scores = Scores {
            classes: vec![0; rows],
            probabilities: vec![0.0; rows],
        };
        let mut block = vec![[0.0; BLOCK]; self.classes.len()];
        for start in (0..rows).step_by(BLOCK) {
            let rows = start..rows.min(start + BLOCK);
            for (class, sums) in self.classes.iter().zip(&mut block) {
                class.weigh(columns, rows.start, &mut sums[..rows.len()]);
            }
            let results = scores.classes[rows.clone()]
                .iter_mut()
                .zip(&mut scores.probabilities[rows]);
            for (row, (class, probability)) in results.enumerate() {
                (*class, *probability) = likeliest(block.iter().map(|sums| sums[row]));
            }
        }
        scores
    }
}

impl Class {
    fn parse(line: &str, columns: usize) -> Option<Self> {
        let mut cells = line.split(',').map(str::trim);
        let name = cells.next().filter(|name| !name.is_empty())?.to_owned();
        let number = |cell: &str| cell.parse().ok().filter(|number: &f64| number.is_finite());
        let intercept = number(cells.next()?)?;
        let weights: Vec<f64> = cells.map(number).collect::<Option<_>>()?;
        (weights.len() == columns).then_some(Self {
            name,
            intercept,
            weights,
        })
    }

    /// The weighted sums of the rows that begin at `start`, as many as `sums` has room for.
    fn weigh(&self, columns: &[&[f64]], start: usize, sums: &mut [f64]) {
        sums.fill(self.intercept);
        for (weight, column) in self.weights.iter().zip(columns) {
            let column = &column[start..start + sums.len()];
            for (sum, value) in sums.iter_mut().zip(column) {
                *sum += weight * value;
            }
        }
    }
}

/// What a model says of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The numbers of the classes.
    pub classes: Vec<i32>,
    /// The probabilities of these classes, from zero to one.
    pub probabilities: Vec<f64>,
}

/// The number of the largest of some sums, and its share among them all by the softmax.
#[inline]
fn likeliest(sums: impl Iterator<Item = f64> + Clone) -> (i32, f64) {
    let (mut class, mut largest) = (0, f64::NEG_INFINITY);
    for (number, sum) in (0..).zip(sums.clone()) {
        if sum > largest {
            (class, largest) = (number, sum);
        }
    }
    // No power is above one, so that none is infinite, and that of the largest is one.
    let powers: f64 = sums.map(|sum| libm::exp(sum - largest)).sum();
    (class, 1.0 / powers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` is likelier where `x` is above zero.
    const TWO: &str = "class,intercept,x,y\na,0,1,0\nb,0,-1,0\n";

    #[test]
    fn the_share_of_the_largest_sum_is_the_probability() {
        let model = Model::parse(TWO).unwrap();
        let x: Vec<f64> = (0..1000).map(|n| f64::from(n - 500) / 100.0).collect();
        let y = vec![1.0; 1000];
        let scores = model.score(&[&x, &y], 1000);
        for (row, &x) in x.iter().enumerate() {
            let (class, probability) = (scores.classes[row], scores.probabilities[row]);
            assert_eq!(class, i32::from(x < 0.0), "{x}");
            let expected = 1.0 / (1.0 + (-2.0 * x.abs()).exp());
            assert!((probability - expected).abs() < 1e-15, "{x}: {probability}");
        }
    }

    #[test]
    fn large_sums_do_not_overflow() {
        let model = Model::parse(TWO).unwrap();
        let scores = model.score(&[&[1e300, -1e300], &[0.0, 0.0]], 2);
        assert_eq!(scores.classes, [0, 1]);
        assert_eq!(scores.probabilities, [1.0, 1.0]);
    }

    #[test]
    fn what_is_not_a_number_has_no_probability() {
        let model = Model::parse(TWO).unwrap();
        let x = [f64::NAN, f64::INFINITY, 0.0];
        let scores = model.score(&[&x, &[0.0, 0.0, f64::NAN]], 3);
        assert!(
            scores
                .probabilities
                .iter()
                .all(|probability| probability.is_nan()),
            "{scores:?}"
        );
    }

    #[test]
    fn other_lines_are_refused() {
        for (text, expected) in [
            ("", "the model has to begin with"),
            ("class,intercept\na,1\nb,1", "the model has to begin with"),
            (
                "class,intercept,x\na,0,1",
                "the model needs two classes at least",
            ),
            (
                "class,intercept,x\na,0,1\n\nb,0",
                "line 4 of the model is not a class, an intercept and 1 weights",
            ),
            ("class,intercept,x\na,0,1\nb,0,1,2", "line 3 of the model"),
            ("class,intercept,x\na,0,1\nb,0,much", "line 3 of the model"),
            ("class,intercept,x\na,0,1\nb,0,inf", "line 3 of the model"),
            ("class,intercept,x\n,0,1\nb,0,1", "line 2 of the model"),
        ] {
            let error = Model::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
    }
}
