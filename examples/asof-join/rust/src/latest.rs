//! Which row was the latest one at a time.

/// Finds the latest rows. It keeps the room that it needs from one call to the next.
#[derive(Debug, Default)]
pub struct Latest {
    left: Vec<(Option<i64>, usize)>,
    right: Vec<(i64, usize)>,
}

impl Latest {
    /// Calls `found` with the time and the number of each row of `left`, in the order of the times, and those of
    /// the row of `right` whose time is the latest that is not behind it; of several with that time, the last.
    ///
    /// Rows of `left` without a time come first and find nothing. A row of `right` without one is never found.
    pub fn find(
        &mut self,
        left: impl Iterator<Item = Option<i64>>,
        right: impl Iterator<Item = Option<i64>>,
        mut found: impl FnMut((Option<i64>, usize), Option<(i64, usize)>),
    ) {
        self.left.clear();
        self.left.extend(left.zip(0..));
        self.left.sort_unstable();
        self.right.clear();
        self.right
            .extend(right.zip(0..).filter_map(|(time, row)| Some((time?, row))));
        self.right.sort_unstable();
        let mut rest = self.right.iter().copied().peekable();
        let mut latest = None;
        for &row in &self.left {
            // None is less than any time.
            while let Some(next) = rest.next_if(|&(time, _)| Some(time) <= row.0) {
                latest = Some(next);
            }
            found(row, latest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(left: &[Option<i64>], right: &[Option<i64>]) -> Vec<(usize, Option<usize>)> {
        let mut pairs = Vec::new();
        let (left, right) = (left.iter().copied(), right.iter().copied());
        Latest::default().find(left, right, |(_, row), latest| {
            pairs.push((row, latest.map(|(_, row)| row)));
        });
        pairs
    }

    fn times<const N: usize>(times: [i64; N]) -> [Option<i64>; N] {
        times.map(Some)
    }

    #[test]
    fn the_latest_row_that_is_not_later_is_found() {
        let found = find(&times([0, 10, 15, 30, 99]), &times([10, 20, 30]));
        let expected = [
            (0, None),
            (1, Some(0)),
            (2, Some(0)),
            (3, Some(2)),
            (4, Some(2)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_come_in_the_order_of_their_times() {
        let found = find(&times([15, 5, 25, 5]), &times([20, 1, 10]));
        assert_eq!(
            found,
            [(1, Some(1)), (3, Some(1)), (0, Some(2)), (2, Some(0))]
        );
    }

    #[test]
    fn of_equal_times_the_last_is_found() {
        assert_eq!(find(&times([7]), &times([7, 3, 7, 8])), [(0, Some(2))]);
    }

    #[test]
    fn a_side_can_be_empty() {
        assert_eq!(find(&[], &times([1, 2])), []);
        assert_eq!(find(&times([1, 2]), &[]), [(0, None), (1, None)]);
    }

    #[test]
    fn rows_without_a_time_find_nothing_and_are_not_found() {
        let times = [Some(5), None, Some(i64::MIN)];
        assert_eq!(
            find(&times, &times),
            [(1, None), (2, Some(2)), (0, Some(0))]
        );
    }

    #[test]
    fn what_is_found_is_what_a_search_of_all_pairs_finds() {
        let times = |factor: i64, count: i64| -> Vec<Option<i64>> {
            (0..count).map(|row| Some(row * factor % 101)).collect()
        };
        let (left, right) = (times(37, 90), times(53, 60));
        let found = find(&left, &right);
        assert_eq!(found.len(), left.len());
        for (row, latest) in found {
            let not_later = (0..right.len()).filter(|&other| right[other] <= left[row]);
            let expected = not_later.max_by_key(|&other| (right[other], other));
            assert_eq!(latest, expected, "{row}");
        }
    }
}
