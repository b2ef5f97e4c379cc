//! Calls that say which rows count (`DISTINCT`) or in which order (`ORDER BY`): the host keeps the rows.
//!
//! The state of a group is the list of its rows: arguments first, then the keys of the order. Merging
//! joins lists. Once a group is complete its rows are sorted, doubles are left out, and the guest is given
//! what remains.

use std::{collections::HashSet, mem, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, ListArray, RecordBatch, StructArray, UInt32Array,
        new_empty_array,
    },
    buffer::OffsetBuffer,
    compute::{
        SortColumn, SortOptions, concat_batches, filter_record_batch, lexsort_to_indices,
        take_record_batch,
    },
    datatypes::{DataType, Field, Fields, Schema, SchemaRef, UInt32Type},
    row::{RowConverter, SortField},
};
use datafusion::{
    error::Result,
    logical_expr::{EmitTo, GroupsAccumulator},
};

use super::states::{Ask, Call, Charged, States, group_column};

/// Rows that the guest is given in one call.
const CHUNK: usize = 8192;

/// The rows of groups, until the groups are complete.
pub(super) struct Collected {
    call: Arc<Call>,
    distinct: bool,
    order: Vec<SortOptions>,
    /// The group of a row, then what [`row_fields`] says.
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Bytes of the batches.
    bytes: usize,
    groups: usize,
}

/// The columns of a row in the state.
fn row_fields(types: &[DataType], keys: impl Iterator<Item = DataType>) -> Fields {
    let argument =
        |(i, t): (usize, &DataType)| Field::new(format!("argument_{i}"), t.clone(), true);
    let key = |(i, t): (usize, DataType)| Field::new(format!("key_{i}"), t, true);
    let arguments = types.iter().enumerate().map(argument);
    arguments.chain(keys.enumerate().map(key)).collect()
}

/// The one field of the state.
pub(super) fn state_field(types: &[DataType], keys: impl Iterator<Item = DataType>) -> Field {
    let row = DataType::Struct(row_fields(types, keys));
    Field::new_list("rows", Field::new_list_field(row, true), true)
}

impl Collected {
    pub(super) fn new(call: Arc<Call>, distinct: bool, keys: &[(DataType, SortOptions)]) -> Self {
        let key_types = keys.iter().map(|(data_type, _)| data_type.clone());
        let fields = row_fields(&call.site.choice.types, key_types);
        let group = Arc::new(Field::new("group", DataType::UInt32, false));
        let fields: Vec<_> = [group].into_iter().chain(fields.iter().cloned()).collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            order: keys.iter().map(|(_, options)| *options).collect(),
            call,
            distinct,
            batches: Vec::new(),
            bytes: 0,
            groups: 0,
        }
    }

    /// There is so many groups, whether rows have come for them or not.
    pub(super) fn expect(&mut self, groups: usize) {
        self.groups = self.groups.max(groups);
    }

    /// The result of the one group that there is, which goes on.
    pub(super) fn peek(&mut self) -> Result<ArrayRef> {
        self.expect(1);
        let (batches, bytes, groups) = (self.batches.clone(), self.bytes, self.groups);
        let result = self.evaluate(EmitTo::All);
        (self.batches, self.bytes, self.groups) = (batches, bytes, groups);
        result
    }

    fn push(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        if batch.num_rows() > 0 {
            self.bytes += batch.get_array_memory_size();
            self.batches.push(batch);
        }
        Ok(())
    }

    /// Takes out the rows of the groups that leave, sorted by group and order, and without doubles.
    fn leave(&mut self, emit: EmitTo) -> Result<(RecordBatch, usize)> {
        let all = concat_batches(&self.schema, &mem::take(&mut self.batches))?;
        self.bytes = 0;
        let leaving = match emit {
            EmitTo::All => self.groups,
            EmitTo::First(groups) => groups.min(self.groups),
        };
        let rows = if leaving == self.groups {
            all
        } else {
            let groups = all.column(0).as_primitive::<UInt32Type>();
            let (leave, stay): (Vec<bool>, Vec<bool>) = groups
                .values()
                .iter()
                .map(|group| ((*group as usize) < leaving, *group as usize >= leaving))
                .unzip();
            let stay = filter_record_batch(&all, &BooleanArray::from(stay))?;
            let moved = stay.column(0).as_primitive::<UInt32Type>();
            let moved = moved.unary::<_, UInt32Type>(|group| group - leaving as u32);
            let mut columns = stay.columns().to_vec();
            columns[0] = Arc::new(moved);
            self.push(columns)?;
            filter_record_batch(&all, &BooleanArray::from(leave))?
        };
        self.groups -= leaving;
        let rows = self.sort(rows)?;
        Ok((self.without_doubles(rows)?, leaving))
    }

    /// By group, then by the keys; rows of equal keys stay as they came.
    fn sort(&self, rows: RecordBatch) -> Result<RecordBatch> {
        let first_key = rows.num_columns() - self.order.len();
        let keys = rows.columns()[first_key..].iter().zip(&self.order);
        let keys = keys.map(|(values, options)| SortColumn {
            values: Arc::clone(values),
            options: Some(*options),
        });
        let plain = |values: ArrayRef| SortColumn {
            values,
            options: None,
        };
        let arrival = UInt32Array::from_iter_values(0..rows.num_rows() as u32);
        let columns: Vec<_> = [plain(Arc::clone(rows.column(0)))]
            .into_iter()
            .chain(keys)
            .chain([plain(Arc::new(arrival))])
            .collect();
        let indices = lexsort_to_indices(&columns, None)?;
        Ok(take_record_batch(&rows, &indices)?)
    }

    fn without_doubles(&self, rows: RecordBatch) -> Result<RecordBatch> {
        if !self.distinct {
            return Ok(rows);
        }
        let compared = &rows.columns()[..=self.call.site.choice.types.len()];
        let fields = compared
            .iter()
            .map(|c| SortField::new(c.data_type().clone()));
        let keys = RowConverter::new(fields.collect())?.convert_columns(compared)?;
        let mut seen = HashSet::with_capacity(rows.num_rows());
        let first: BooleanArray = keys.iter().map(|row| Some(seen.insert(row))).collect();
        Ok(filter_record_batch(&rows, &first)?)
    }

    fn arguments_of(&self, rows: &RecordBatch) -> Vec<ArrayRef> {
        rows.columns()[1..=self.call.site.choice.types.len()].to_vec()
    }
}

impl GroupsAccumulator for Collected {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        passing: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.expect(total);
        let selection = self.call.selection(values, passing)?;
        // Constants too are kept a value for each row: rows of several batches are mixed.
        let mut columns = self.call.site.cast(values)?;
        columns.extend(values[columns.len()..].iter().cloned());
        let groups = groups.iter().map(|group| *group as u32);
        columns.insert(0, Arc::new(groups.collect::<UInt32Array>()));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        let batch = match selection {
            Some(selection) => filter_record_batch(&batch, &selection)?,
            None => batch,
        };
        self.push(batch.columns().to_vec())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.expect(total);
        let lists = values[0].as_list::<i32>();
        let mut of_rows = Vec::with_capacity(lists.values().len());
        let mut parts = Vec::with_capacity(lists.len());
        for (list, group) in (0..lists.len()).zip(groups) {
            if lists.is_valid(list) {
                let rows = lists.value(list);
                of_rows.extend(std::iter::repeat_n(*group as u32, rows.len()));
                parts.push(rows);
            }
        }
        if of_rows.is_empty() {
            return Ok(());
        }
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
        let rows = arrow::compute::concat(&parts)?;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(UInt32Array::from(of_rows))];
        columns.extend(rows.as_struct().columns().iter().cloned());
        self.push(columns)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (rows, groups) = self.leave(emit)?;
        if groups == 0 {
            return Ok(new_empty_array(self.call.shape.result.data_type()));
        }
        // The rows are still charged to whoever holds them: what is made of them must find room beside.
        let mut states = States::new(Arc::clone(&self.call), Charged::Holder);
        states.expect(groups);
        for start in (0..rows.num_rows()).step_by(CHUNK) {
            let chunk = rows.slice(start, CHUNK.min(rows.num_rows() - start));
            let of_rows = match groups {
                1 => group_column(&[], 1),
                _ => Arc::clone(chunk.column(0)),
            };
            let arguments = self.arguments_of(&chunk);
            states.update(of_rows, arguments, chunk.num_rows(), groups)?;
        }
        let mut columns = states.emit(Ask::Result, EmitTo::All)?;
        Ok(columns.swap_remove(0))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (rows, groups) = self.leave(emit)?;
        let of_rows = rows.column(0).as_primitive::<UInt32Type>().values();
        let mut lengths = vec![0; groups];
        for group in of_rows {
            lengths[*group as usize] += 1;
        }
        Ok(vec![lists(&rows, lengths)?])
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        passing: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values[0].len();
        let mut each = Self {
            call: Arc::clone(&self.call),
            order: self.order.clone(),
            schema: Arc::clone(&self.schema),
            batches: Vec::new(),
            ..*self
        };
        each.groups = 0;
        let groups: Vec<_> = (0..rows).collect();
        each.update_batch(values, &groups, passing, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.bytes
    }
}

/// Rows in lists of so many each.
fn lists(rows: &RecordBatch, lengths: Vec<usize>) -> Result<ArrayRef> {
    let fields = Fields::from_iter(rows.schema().fields()[1..].iter().cloned());
    let row = Arc::new(Field::new_list_field(
        DataType::Struct(fields.clone()),
        true,
    ));
    let columns = rows.columns()[1..].to_vec();
    let values = StructArray::try_new_with_length(fields, columns, None, rows.num_rows())?;
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(
        row,
        offsets,
        Arc::new(values),
        None,
    )?))
}
