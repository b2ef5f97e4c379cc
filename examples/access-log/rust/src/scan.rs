//! From lines to batches.

use arrowbox_sdk::array::RecordBatch;
use arrowbox_sdk::datatypes::ArrowError;

use crate::column::Column;
use crate::condition::Condition;
use crate::line::{Line, Malformed};
use crate::rows::Rows;

/// The rows of a batch.
const ROWS: usize = 8192;

/// The lines of a batch have about so many bytes at most, however few rows that makes.
const BYTES: usize = 4 << 20;

/// What becomes of a line that is malformed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnMalformed {
    /// The query ends with an error.
    #[default]
    Error,
    /// Nothing.
    Skip,
    /// A row in which everything is null.
    Null,
}

/// Makes batches of lines.
///
/// Only the columns that are wanted are built, but all of a line is looked at: which lines are malformed does
/// not depend on what a query wants of them.
pub struct Scan {
    conditions: Vec<Condition>,
    on_malformed: OnMalformed,
    /// How many more rows are wanted.
    left: u64,
    rows: Rows,
    /// Of the lines since the last batch.
    bytes: usize,
}

impl Scan {
    /// Of these columns, in this order; `limit` rows at most, of those that pass all conditions.
    pub fn new(
        columns: &[Column],
        conditions: Vec<Condition>,
        on_malformed: OnMalformed,
        limit: Option<u64>,
    ) -> Self {
        let left = limit.unwrap_or(u64::MAX);
        let capacity = usize::try_from(left).unwrap_or(ROWS).min(ROWS);
        Self {
            conditions,
            on_malformed,
            left,
            rows: Rows::new(columns, capacity),
            bytes: 0,
        }
    }

    /// Takes a line. An empty one is none.
    ///
    /// # Errors
    ///
    /// It is malformed, and that is an error.
    #[inline]
    pub fn push(&mut self, line: &[u8]) -> Result<(), Malformed> {
        self.bytes += line.len();
        match Line::parse(line) {
            Ok(line) => {
                if self
                    .conditions
                    .iter()
                    .all(|condition| condition.holds(&line))
                {
                    self.rows.push(&line);
                    self.left = self.left.saturating_sub(1);
                }
            }
            Err(malformed) => self.push_malformed(line, malformed)?,
        }
        Ok(())
    }

    #[cold]
    fn push_malformed(&mut self, line: &[u8], malformed: Malformed) -> Result<(), Malformed> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        match self.on_malformed {
            OnMalformed::Error => return Err(malformed),
            OnMalformed::Skip => {}
            OnMalformed::Null => {
                if self.conditions.iter().all(Condition::holds_for_nulls) {
                    self.rows.push_nulls();
                    self.left = self.left.saturating_sub(1);
                }
            }
        }
        Ok(())
    }

    /// Whether no more rows are wanted.
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Whether [`take`](Self::take) is to be called before the next line.
    pub fn is_full(&self) -> bool {
        self.left == 0 || self.rows.len() >= ROWS || self.bytes >= BYTES
    }

    /// The rows since the last batch, if there are any.
    ///
    /// # Errors
    ///
    /// None that a caller could cause.
    pub fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        self.bytes = 0;
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
    use arrowbox_sdk::array::types::{Int16Type, Int64Type, TimestampMicrosecondType};
    use arrowbox_sdk::array::{Array, RecordBatch};

    use super::*;
    use crate::condition::Operand;

    const LOG: &[u8] = include_bytes!("../../access.log");

    fn scan(log: &[u8], mut scan: Scan) -> Result<RecordBatch, Malformed> {
        for line in log.split(|byte| *byte == b'\n') {
            if scan.is_full() {
                break;
            }
            scan.push(line)?;
        }
        Ok(scan.take().unwrap().unwrap())
    }

    fn all(log: &[u8], columns: &[Column], on_malformed: OnMalformed) -> RecordBatch {
        scan(log, Scan::new(columns, Vec::new(), on_malformed, None)).unwrap()
    }

    #[test]
    fn lines_become_rows() {
        let log = b"192.0.2.1 - ann [01/Jan/1970:00:00:01 +0000] \"GET /\\x22 HTTP/1.1\" 200 7 \"-\" \"caf\xc3\xa9\"\n\
            \n2001:db8::1 x - [01/Jan/1970:00:00:00 +0000] \"-\" 408 -\n";
        let rows = all(log, &Column::ALL, OnMalformed::Error);
        let text = |column: usize| -> Vec<_> {
            let values = rows.column(column).as_string::<i32>();
            values
                .iter()
                .map(|value| value.map(str::to_owned))
                .collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(rows.num_rows(), 2);
        assert_eq!(text(0), [some("192.0.2.1"), some("2001:db8::1")]);
        assert_eq!(text(1), [None, some("x")]);
        assert_eq!(text(2), [some("ann"), None]);
        let times = rows.column(3).as_primitive::<TimestampMicrosecondType>();
        assert_eq!(times.values(), &[1_000_000, 0]);
        assert_eq!(text(4), [some("GET"), None]);
        assert_eq!(text(5), [some("/\""), None]);
        assert_eq!(text(6), [some("HTTP/1.1"), None]);
        assert_eq!(
            rows.column(7).as_primitive::<Int16Type>().values(),
            &[200, 408]
        );
        let sizes: Vec<_> = rows.column(8).as_primitive::<Int64Type>().iter().collect();
        assert_eq!(sizes, [Some(7), None]);
        assert_eq!(text(9), [None, None]);
        assert_eq!(text(10), [some("café"), None]);
    }

    #[test]
    fn a_projection_has_the_same_rows() {
        let whole = all(LOG, &Column::ALL, OnMalformed::Skip);
        for (index, column) in Column::ALL.into_iter().enumerate() {
            let alone = all(LOG, &[column], OnMalformed::Skip);
            assert_eq!(alone.columns(), &whole.columns()[index..=index]);
        }
        let swapped = all(LOG, &[Column::Bytes, Column::Host], OnMalformed::Skip);
        assert_eq!(swapped.column(0), whole.column(8));
        assert_eq!(swapped.column(1), whole.column(0));
        let none = all(LOG, &[], OnMalformed::Skip);
        assert_eq!((none.num_columns(), none.num_rows()), (0, whole.num_rows()));
    }

    #[test]
    fn malformed_lines_are_errors_or_nothing_or_nulls() {
        let good = all(LOG, &[Column::Host], OnMalformed::Skip).num_rows();
        let rows = all(LOG, &Column::ALL, OnMalformed::Null);
        let malformed = rows.num_rows() - good;
        assert!(malformed > 0);
        for column in [0, 3, 7] {
            assert_eq!(rows.column(column).null_count(), malformed);
        }
        let strict = Scan::new(&[], Vec::new(), OnMalformed::Error, None);
        assert!(scan(LOG, strict).is_err());
        let missing = vec![Condition::new(
            Column::Host,
            Comparison::IsNull,
            Operand::Null,
        )];
        let nulls = Scan::new(&[], missing, OnMalformed::Null, None);
        assert_eq!(scan(LOG, nulls).unwrap().num_rows(), malformed);
    }

    #[test]
    fn a_limit_counts_what_passes() {
        let errors = || {
            vec![Condition::new(
                Column::Status,
                Comparison::GreaterOrEqual,
                Operand::Number(400),
            )]
        };
        let limited = Scan::new(&[Column::Status], errors(), OnMalformed::Skip, Some(3));
        let rows = scan(LOG, limited).unwrap();
        assert_eq!(rows.num_rows(), 3);
        let statuses = rows.column(0).as_primitive::<Int16Type>();
        assert!(statuses.values().iter().all(|status| *status >= 400));
    }

    #[test]
    fn batches_end_with_many_rows_or_many_bytes() {
        let line = b"h - - [01/Jan/1970:00:00:01 +0000] \"-\" 200 7";
        let mut scan = Scan::new(&[Column::Path], Vec::new(), OnMalformed::Error, None);
        let mut pushed = 0;
        while !scan.is_full() {
            scan.push(line).unwrap();
            pushed += 1;
        }
        assert_eq!(pushed, ROWS);
        assert_eq!(scan.take().unwrap().unwrap().num_rows(), ROWS);
        assert!(scan.take().unwrap().is_none());
        let agent = "a".repeat(BYTES / 4);
        let line = format!("h - - [01/Jan/1970:00:00:01 +0000] \"-\" 200 7 \"-\" \"{agent}\"");
        for _ in 0..4 {
            assert!(!scan.is_full());
            scan.push(line.as_bytes()).unwrap();
        }
        assert!(scan.is_full());
    }
}
