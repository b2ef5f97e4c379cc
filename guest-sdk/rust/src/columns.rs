use arrow_data::ArrayData;

/// What a function hands out: columns of `rows` rows each.
#[derive(Debug)]
pub struct Columns {
    /// That every column has, also where there is none.
    pub rows: usize,
    /// In the order of the fields.
    pub columns: Vec<ArrayData>,
}
