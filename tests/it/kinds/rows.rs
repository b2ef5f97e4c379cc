//! Rows to call functions with.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// A row of the table `t`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The group; sometimes null.
    pub(super) g: Option<i64>,
    /// A number from 0 to 999; sometimes null.
    pub(super) x: Option<i64>,
    /// A text; sometimes null.
    pub(super) s: Option<String>,
    /// Another number in each row, and not in the order of the rows.
    pub(super) o: i64,
}

/// Numbers that nobody can tell from chance, of a seed.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `bound`. After S. Vigna, splitmix64.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// So many rows of so many groups.
pub(super) fn rows(count: usize, groups: u64) -> Vec<Row> {
    let mut chance = Chance::new(count as u64 * 31 + groups);
    let row = |number: usize| Row {
        g: (chance.below(50) > 0).then(|| chance.below(groups) as i64),
        x: (chance.below(10) > 0).then(|| chance.below(1000) as i64),
        s: (chance.below(10) > 0).then(|| {
            let letters = chance.below(40);
            format!("{}{letters}", "é".repeat(letters as usize % 9))
        }),
        // 7919 is prime, so that all of them differ.
        o: (number as i64 * 7919) % 1_000_003,
    };
    (0..count).map(row).collect()
}

pub(super) fn schema() -> SchemaRef {
    let field = |name, data_type| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        field("g", DataType::Int64),
        field("x", DataType::Int64),
        field("s", DataType::Utf8),
        field("o", DataType::Int64),
    ]))
}

pub(super) fn batch(rows: &[Row]) -> RecordBatch {
    let g: Int64Array = rows.iter().map(|row| row.g).collect();
    let x: Int64Array = rows.iter().map(|row| row.x).collect();
    let s: StringArray = rows.iter().map(|row| row.s.as_deref()).collect();
    let o: Int64Array = rows.iter().map(|row| Some(row.o)).collect();
    let columns = vec![
        Arc::new(g) as _,
        Arc::new(x) as _,
        Arc::new(s) as _,
        Arc::new(o) as _,
    ];
    RecordBatch::try_new(schema(), columns).expect("columns of one length")
}

/// The rows in batches of so many, dealt out to so many partitions.
pub(super) fn partitions(rows: &[Row], partitions: usize, length: usize) -> Vec<Vec<RecordBatch>> {
    let mut dealt = vec![Vec::new(); partitions];
    for (number, rows) in rows.chunks(length).enumerate() {
        dealt[number % partitions].push(batch(rows));
    }
    dealt
}
