use std::ops::Range;

use arrow_schema::DataType;

use super::function::Outcome;
use crate::Error;
use crate::arguments::RawColumn;
use crate::row::Plan;

/// The group of each row. Every one of them is there: it was checked for a whole batch, so that the loop over
/// its rows has nothing to say.
pub enum GroupColumn<'a> {
    /// All rows are of this group.
    One(usize),
    /// As many as there are rows.
    Each(&'a [u32]),
}

impl<'a> GroupColumn<'a> {
    /// The column `groups` of rows that are of so many groups.
    ///
    /// # Errors
    ///
    /// It is no column of groups, or one of them is none of so many.
    pub(crate) fn new(column: &'a RawColumn, groups: usize) -> Result<Self, Error> {
        let data = column.data();
        if data.data_type() != &DataType::UInt32 || data.null_count() > 0 {
            return Err(Error::new(format_args!(
                "the groups of rows are {} with {} nulls where UInt32 without any is agreed",
                data.data_type(),
                data.null_count()
            )));
        }
        let indices: &[u32] = &data.buffer(0)[..data.len()];
        let last = indices.iter().fold(0, |last, index| last.max(*index)) as usize;
        if last >= groups && !indices.is_empty() {
            return Err(Error::new(format_args!(
                "a row is of group {last}, and there are {groups} groups"
            )));
        }
        match indices {
            [one] => Ok(Self::One(*one as usize)),
            each if each.len() == column.len() => Ok(Self::Each(each)),
            each => Err(Error::new(format_args!(
                "there are {} groups for {} rows",
                each.len(),
                column.len()
            ))),
        }
    }

    /// Runs `function` for every row of the block that is not left out, counted from its beginning, with the
    /// state of its group.
    ///
    /// # Errors
    ///
    /// The first error of the function, with its row in the batch.
    #[inline]
    pub fn each<S, O: Outcome>(
        &self,
        states: &mut [S],
        plan: &Plan,
        block: Range<usize>,
        mut function: impl FnMut(&mut S, usize) -> O,
    ) -> Result<(), Error> {
        match self {
            Self::One(group) => {
                let state = &mut states[*group];
                plan.each(block, |row| function(state, row).outcome())
            }
            Self::Each(groups) => {
                let groups = &groups[block.clone()];
                plan.each(block, |row| {
                    function(&mut states[groups[row] as usize], row).outcome()
                })
            }
        }
    }
}
