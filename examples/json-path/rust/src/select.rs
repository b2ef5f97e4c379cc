use serde_json::Value;

use crate::path::{Path, Segment, Selector};

impl Path {
    /// Everything in `json` that the path leads to. Members of an object are in the order of their names.
    pub fn select<'a>(&self, json: &'a Value) -> Vec<&'a Value> {
        self.segments.iter().fold(vec![json], |from, segment| {
            let mut found = Vec::new();
            from.into_iter()
                .for_each(|value| segment.take(value, &mut found));
            found
        })
    }
}

impl Segment {
    fn take<'a>(&self, value: &'a Value, found: &mut Vec<&'a Value>) {
        for selector in &self.selectors {
            selector.take(value, found);
        }
        if self.descends {
            children(value).for_each(|child| self.take(child, found));
        }
    }
}

impl Selector {
    fn take<'a>(&self, value: &'a Value, found: &mut Vec<&'a Value>) {
        match (self, value) {
            (Self::Name(name), Value::Object(members)) => found.extend(members.get(name)),
            (Self::Index(index), Value::Array(items)) => {
                let index = place(*index, items.len());
                found.extend(
                    usize::try_from(index)
                        .ok()
                        .and_then(|index| items.get(index)),
                );
            }
            (Self::Slice { start, end, step }, Value::Array(items)) => {
                let indices = slice(*start, *end, *step, items.len());
                found.extend(indices.map(|index| &items[index]));
            }
            (Self::All, _) => found.extend(children(value)),
            _ => {}
        }
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Counted from the beginning.
fn place(index: i64, length: usize) -> i64 {
    match index < 0 {
        true => index.saturating_add(length as i64),
        false => index,
    }
}

/// The indices of a slice of an array: RFC 9535, section 2.3.4.2.2. A step of zero takes nothing.
fn slice(
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
    length: usize,
) -> impl Iterator<Item = usize> {
    let last = length as i64;
    let (first, end) = match step < 0 {
        false => (
            place(start.unwrap_or(0), length).clamp(0, last),
            place(end.unwrap_or(last), length).clamp(0, last),
        ),
        true => (
            start
                .map_or(last - 1, |start| place(start, length))
                .clamp(-1, last - 1),
            end.map_or(-1, |end| place(end, length)).clamp(-1, last - 1),
        ),
    };
    let steps = std::iter::successors(Some(first), move |index| index.checked_add(step));
    steps
        .take_while(move |index| (step > 0 && *index < end) || (step < 0 && *index > end))
        .map(|index| index as usize)
}
