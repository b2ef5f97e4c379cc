//! From records to batches.

use arrowbox_sdk::array::RecordBatch;
use arrowbox_sdk::datatypes::ArrowError;

use crate::column::Column;
use crate::condition::Condition;
use crate::record::Record;
use crate::rows::Rows;

/// The rows of a batch.
const ROWS: usize = 8192;

/// The sequences of a batch have about so many characters at most, however few rows that makes.
const CHARACTERS: usize = 2 << 20;

/// Makes batches of records.
pub struct Scan {
    conditions: Vec<Condition>,
    /// How many more rows are wanted.
    left: u64,
    rows: Rows,
    /// Of the sequences since the last batch.
    characters: usize,
}

impl Scan {
    /// Of these columns, in this order; `limit` rows at most, of those that pass all conditions.
    pub fn new(columns: &[Column], conditions: Vec<Condition>, limit: Option<u64>) -> Self {
        Self {
            conditions,
            left: limit.unwrap_or(u64::MAX),
            rows: Rows::new(columns),
            characters: 0,
        }
    }

    /// Takes a record.
    #[inline]
    pub fn push(&mut self, record: &Record<'_>) {
        let mean = record.mean_quality;
        if self
            .conditions
            .iter()
            .all(|condition| condition.holds(mean))
        {
            self.rows.push(record);
            self.characters += record.sequence.len();
            self.left = self.left.saturating_sub(1);
        }
    }

    /// Whether no more rows are wanted.
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Whether [`take`](Self::take) is to be called before the next record.
    pub fn is_full(&self) -> bool {
        self.left == 0 || self.rows.len() >= ROWS || self.characters >= CHARACTERS
    }

    /// The rows since the last batch, if there are any.
    ///
    /// # Errors
    ///
    /// None that a caller could cause.
    pub fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        self.characters = 0;
        match self.rows.len() {
            0 => Ok(None),
            _ => self.rows.finish().map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrowbox_sdk::Comparison;
    use arrowbox_sdk::array::cast::AsArray;
    use arrowbox_sdk::array::types::{Float64Type, Int64Type};

    use super::*;
    use crate::record::Phred;

    const RECORDS: [[&[u8]; 4]; 3] = [
        [b"@r1 a", b"ACGT", b"+", b"!+5?"],
        [b"@r\xff", b"", b"+", b""],
        [b"@r3", b"GG", b"+", b"II"],
    ];

    fn scan(mut scan: Scan) -> RecordBatch {
        for lines in RECORDS {
            if !scan.is_done() {
                scan.push(&Record::parse(lines, Phred::Plus33).unwrap());
            }
        }
        scan.take().unwrap().unwrap()
    }

    #[test]
    fn records_become_rows() {
        let rows = scan(Scan::new(&Column::ALL, Vec::new(), None));
        let text =
            |column: usize| -> Vec<_> { rows.column(column).as_string::<i32>().iter().collect() };
        assert_eq!(text(0), [Some("r1"), Some("r\u{fffd}"), Some("r3")]);
        assert_eq!(text(1), [Some("a"), None, None]);
        assert_eq!(text(2), [Some("ACGT"), Some(""), Some("GG")]);
        assert_eq!(text(3), [Some("!+5?"), Some(""), Some("II")]);
        assert_eq!(
            rows.column(4).as_primitive::<Int64Type>().values(),
            &[4, 0, 2]
        );
        let means: Vec<_> = rows
            .column(5)
            .as_primitive::<Float64Type>()
            .iter()
            .collect();
        assert_eq!(means, [Some(15.0), None, Some(40.0)]);
    }

    #[test]
    fn projections_conditions_and_limits_are_kept() {
        let good = vec![Condition::new(Comparison::GreaterOrEqual, Some(20.0))];
        let rows = scan(Scan::new(&[Column::Length], good, None));
        assert_eq!(rows.column(0).as_primitive::<Int64Type>().values(), &[2]);
        let rows = scan(Scan::new(&[], Vec::new(), Some(2)));
        assert_eq!((rows.num_columns(), rows.num_rows()), (0, 2));
        let rows = scan(Scan::new(
            &[Column::Quality, Column::Id],
            Vec::new(),
            Some(1),
        ));
        assert_eq!(rows.column(1).as_string::<i32>().value(0), "r1");
    }

    #[test]
    fn batches_end_with_many_rows_or_long_sequences() {
        let mut scan = Scan::new(&[Column::Length], Vec::new(), None);
        let record = Record::parse(RECORDS[2], Phred::Plus33).unwrap();
        let mut pushed = 0;
        while !scan.is_full() {
            scan.push(&record);
            pushed += 1;
        }
        assert_eq!(pushed, ROWS);
        assert_eq!(scan.take().unwrap().unwrap().num_rows(), ROWS);
        let long = "A".repeat(CHARACTERS / 2);
        let lines = ["@r", &long, "+", &long].map(str::as_bytes);
        for full in [false, true] {
            scan.push(&Record::parse(lines, Phred::Plus33).unwrap());
            assert_eq!(scan.is_full(), full);
        }
    }
}
