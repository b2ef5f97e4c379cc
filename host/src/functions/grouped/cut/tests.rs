//! Sorted inputs in random batches are cut, and what a guest would put together is compared with groups
//! that are made at once.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{AsArray, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Int64Type, Schema},
};
use proptest::prelude::*;

use super::*;

/// Rows of each side by key: what belongs to a group.
type Groups = Vec<(Option<i64>, Vec<Vec<i64>>)>;

fn batch(rows: &[(Option<i64>, i64)]) -> RecordBatch {
    let keys: Int64Array = rows.iter().map(|(key, _)| *key).collect();
    let values: Int64Array = rows.iter().map(|(_, value)| Some(*value)).collect();
    let text: StringArray = rows
        .iter()
        .map(|(_, value)| Some(value.to_string()))
        .collect();
    RecordBatch::try_new(
        schema(),
        vec![Arc::new(text), Arc::new(keys), Arc::new(values)],
    )
    .expect("columns of equal length")
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("text", DataType::Utf8, true),
        Field::new("key", DataType::Int64, true),
        Field::new("value", DataType::Int64, true),
    ]))
}

/// Cuts the batches of each side as a plan node does.
fn cut(mut sides: Vec<Vec<RecordBatch>>) -> Groups {
    let schemas = sides.iter().map(|_| schema()).collect();
    let keys = sides.iter().map(|_| vec![1]).collect();
    let mut cutter = Cutter::new(&[DataType::Int64], keys, schemas).expect("a key");
    let mut groups: Groups = Vec::new();
    let mut continued = false;
    loop {
        while let Some(side) = cutter.hungry() {
            match sides[side].is_empty() {
                true => cutter.end(side),
                false => cutter.feed(side, sides[side].remove(0)).expect("a batch"),
            }
        }
        let Some(cut) = cutter.cut() else {
            assert!(!continued, "a group was left open");
            return groups;
        };
        let count = cut.inputs[0].1.len() - 1;
        for group in 0..count {
            let parts: Vec<_> = cut
                .inputs
                .iter()
                .map(|(rows, offsets)| {
                    assert_eq!(offsets.len(), count + 1);
                    assert_eq!(
                        *offsets.last().expect("one more than groups") as usize,
                        rows.num_rows()
                    );
                    let [from, to] = [offsets[group], offsets[group + 1]].map(|o| o as usize);
                    let part = rows.slice(from, to - from);
                    let keys = part.column(1).as_primitive::<Int64Type>();
                    let values = part.column(2).as_primitive::<Int64Type>();
                    (keys.iter().next(), values.values().to_vec())
                })
                .collect();
            let key = parts.iter().find_map(|(key, _)| *key);
            if group == 0 && continued {
                let (open, rows) = groups.last_mut().expect("a group goes on");
                assert!(key.is_none_or(|key| key == *open), "another group goes on");
                for (rows, (_, more)) in rows.iter_mut().zip(parts) {
                    rows.extend(more);
                }
            } else {
                let key = key.expect("a group that begins has rows");
                groups.push((key, parts.into_iter().map(|(_, rows)| rows).collect()));
            }
        }
        continued = cut.continued;
    }
}

fn expected(sides: &[Vec<(Option<i64>, i64)>]) -> Groups {
    let mut groups = BTreeMap::new();
    for (side, rows) in sides.iter().enumerate() {
        for (key, value) in rows {
            let group = groups
                .entry(*key)
                .or_insert_with(|| vec![Vec::new(); sides.len()]);
            group[side].push(*value);
        }
    }
    // Null comes first, as `None` does.
    groups.into_iter().collect()
}

/// Rows sorted by key, and lengths of the batches that they come in.
fn side() -> impl Strategy<Value = (Vec<(Option<i64>, i64)>, Vec<usize>)> {
    let key = prop_oneof![1 => Just(None), 9 => (0..12_i64).prop_map(Some)];
    let rows = prop::collection::vec((key, 0..1000_i64), 0..60);
    let sorted = rows.prop_map(|mut rows| {
        rows.sort_by_key(|(key, _)| *key);
        rows
    });
    (sorted, prop::collection::vec(0..7_usize, 0..40))
}

fn batches(rows: &[(Option<i64>, i64)], lengths: &[usize]) -> Vec<RecordBatch> {
    let mut from = 0;
    let mut batches = Vec::new();
    for length in lengths {
        let to = (from + length).min(rows.len());
        batches.push(batch(&rows[from..to]));
        from = to;
    }
    batches.push(batch(&rows[from..]));
    batches
}

proptest! {
    #[test]
    fn groups_of_one_input_are_whole((rows, lengths) in side()) {
        let found = cut(vec![batches(&rows, &lengths)]);
        prop_assert_eq!(found, expected(&[rows]));
    }

    #[test]
    fn groups_of_two_inputs_are_whole_and_together(
        (left, left_lengths) in side(),
        (right, right_lengths) in side(),
    ) {
        let sides = vec![batches(&left, &left_lengths), batches(&right, &right_lengths)];
        let found = cut(sides);
        prop_assert_eq!(found, expected(&[left, right]));
    }
}
