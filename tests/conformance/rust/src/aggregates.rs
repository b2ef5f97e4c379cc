//! Aggregates.

use arrowbox_sdk::{Row, aggregate};

/// A sum and how many numbers are in it.
#[derive(Row, Clone, Default)]
pub struct Total {
    sum: i64,
    count: i64,
}

/// The sum of numbers, null if there are none. Refuses 666.
#[aggregate]
impl Total {
    fn update(&mut self, value: i64) -> Result<(), String> {
        refuse(value)?;
        self.sum += value;
        self.count += 1;
        Ok(())
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

/// What functions of every kind say of this number.
pub fn refuse(value: i64) -> Result<(), String> {
    match value {
        666 => Err("666 is refused".to_owned()),
        _ => Ok(()),
    }
}

/// A text, if there is one.
#[derive(Row, Clone, Default)]
pub struct Longest {
    text: String,
    there: bool,
}

/// The text of the most characters; of several the least.
#[aggregate]
impl Longest {
    fn update(&mut self, text: &str) {
        let before = (
            self.text.chars().count(),
            std::cmp::Reverse(self.text.as_str()),
        );
        let now = (text.chars().count(), std::cmp::Reverse(text));
        if !self.there || now > before {
            self.text = text.to_owned();
            self.there = true;
        }
    }

    fn merge(&mut self, other: Self) {
        if other.there {
            self.update(&other.text);
        }
    }

    fn evaluate(&self) -> Option<String> {
        self.there.then(|| self.text.clone())
    }
}

/// Texts behind each other.
#[derive(Row, Clone, Default)]
pub struct Joined {
    text: String,
}

/// All texts in their order, with `;` behind each.
#[aggregate]
impl Joined {
    fn update(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push(';');
    }

    fn merge(&mut self, other: Self) {
        self.text.push_str(&other.text);
    }

    fn evaluate(&self) -> String {
        self.text.clone()
    }
}

/// A number.
#[derive(Row, Clone, Default)]
pub struct Balance {
    sum: i64,
}

/// The sum of numbers, less one for each null. Of whole columns, where these stay with the host.
#[aggregate]
impl Balance {
    fn update(&mut self, value: Option<i64>) {
        self.sum += value.unwrap_or(-1);
    }

    fn retract(&mut self, value: Option<i64>) {
        self.sum -= value.unwrap_or(-1);
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
    }

    fn evaluate(&self) -> i64 {
        self.sum
    }
}

/// Texts behind each other.
#[derive(Row, Clone, Default)]
pub struct Listed {
    text: String,
}

/// All texts in their order, `-` for null, with `;` behind each. Of whole columns, where these stay with the host.
#[aggregate]
impl Listed {
    fn update(&mut self, text: Option<&str>) {
        self.text.push_str(text.unwrap_or("-"));
        self.text.push(';');
    }

    fn merge(&mut self, other: Self) {
        self.text.push_str(&other.text);
    }

    fn evaluate(&self) -> String {
        self.text.clone()
    }
}
