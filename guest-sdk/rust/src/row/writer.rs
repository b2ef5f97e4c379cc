#![expect(
    unsafe_code,
    reason = "the offsets and the text of a writer are valid by construction"
)]

use std::fmt::{self, Display};

use arrow_array::types::{BinaryType, ByteArrayType, Utf8Type};
use arrow_array::{Array, GenericByteArray};
use arrow_buffer::{Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::copy;
use crate::Error;
use crate::scalar::Hint;

/// Where a function writes the text of a row, without an allocation of its own.
///
/// ```
/// use arrowbox_sdk::{Text, scalar};
///
/// /// Turns text around.
/// #[scalar]
/// fn reverse(text: &str, out: &mut Text) {
///     out.extend(text.chars().rev());
/// }
///
/// let mut out = Text::new();
/// reverse("abc", &mut out);
/// assert_eq!(out.as_str(), "cba");
/// ```
#[derive(Debug, Default)]
pub struct Text(Rows);

/// Where a function writes the bytes of a row, without an allocation of its own.
#[derive(Debug, Default)]
pub struct Bytes(Rows);

/// The values of rows one after the other.
#[derive(Debug)]
struct Rows {
    bytes: Vec<u8>,
    /// Where rows begin, that of the row being written included.
    offsets: Vec<i32>,
    /// The last of `offsets`.
    start: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self::with_capacity(0, 0)
    }
}

impl Rows {
    fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self {
            bytes: Vec::with_capacity(bytes),
            offsets,
            start: 0,
        }
    }

    #[inline]
    fn end_row(&mut self) {
        self.start = self.bytes.len();
        let offset = i32::try_from(self.start).expect("a batch of results takes less than 2 GiB");
        self.offsets.push(offset);
    }

    /// # Safety
    ///
    /// Every row is a `T::Native`.
    unsafe fn close<T: ByteArrayType<Offset = i32>>(
        self,
        nulls: Option<NullBuffer>,
        hint: &Hint,
    ) -> ArrayData {
        hint.0.set(self.bytes.len());
        // SAFETY: `offsets` begins with zero, and `end_row` appends the length of `bytes`, which only
        // shrinks as far as to `start`, the last offset.
        let offsets = unsafe { OffsetBuffer::new_unchecked(ScalarBuffer::from(self.offsets)) };
        assert!(
            nulls
                .as_ref()
                .is_none_or(|nulls| nulls.len() + 1 == offsets.len())
        );
        let bytes = Buffer::from_vec(self.bytes);
        // SAFETY: the offsets end where `bytes` ends or before and what is between two of them is a row,
        // which is valid as the caller says; there are as many nulls as rows.
        let array = unsafe { GenericByteArray::<T>::new_unchecked(offsets, bytes, nulls) };
        array.into_data()
    }
}

impl Text {
    /// One that is not part of a query, for tests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `text`, and gives what was appended so that it can be changed in place:
    /// `out.append(name).make_ascii_uppercase()`.
    #[inline]
    pub fn append(&mut self, text: &str) -> &mut str {
        let start = self.0.bytes.len();
        copy::append(&mut self.0.bytes, text.as_bytes());
        // SAFETY: these are the bytes of `text`.
        unsafe { std::str::from_utf8_unchecked_mut(&mut self.0.bytes[start..]) }
    }

    /// Appends one character.
    #[inline]
    pub fn push(&mut self, character: char) {
        self.append(character.encode_utf8(&mut [0; 4]));
    }

    /// What was written to this row so far.
    pub fn as_str(&self) -> &str {
        // SAFETY: only `append` adds bytes, and only whole strings, from `start` on.
        unsafe { std::str::from_utf8_unchecked(&self.0.bytes[self.0.start..]) }
    }

    /// Forgets what was written to this row so far.
    pub fn clear(&mut self) {
        self.0.bytes.truncate(self.0.start);
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.append(text);
        Ok(())
    }
}

impl Extend<char> for Text {
    fn extend<I: IntoIterator<Item = char>>(&mut self, characters: I) {
        characters
            .into_iter()
            .for_each(|character| self.push(character));
    }
}

impl<'a> Extend<&'a str> for Text {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, texts: I) {
        for text in texts {
            self.append(text);
        }
    }
}

impl Bytes {
    /// One that is not part of a query, for tests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `bytes`, and gives what was appended so that it can be changed in place.
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) -> &mut [u8] {
        let start = self.0.bytes.len();
        copy::append(&mut self.0.bytes, bytes);
        &mut self.0.bytes[start..]
    }

    /// Appends one byte.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.0.bytes.push(byte);
    }

    /// What was written to this row so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.0.bytes[self.0.start..]
    }

    /// Forgets what was written to this row so far.
    pub fn clear(&mut self) {
        self.0.bytes.truncate(self.0.start);
    }
}

impl Extend<u8> for Bytes {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        self.0.bytes.extend(bytes);
    }
}

impl std::io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The column of lists of `items`, which is of the type `data_type`: list `i` has the items from `offsets[i]`
/// to `offsets[i + 1]`.
///
/// # Panics
///
/// If the offsets end behind the items, or there is another number of nulls.
pub fn lists(
    data_type: DataType,
    offsets: OffsetBuffer<i32>,
    items: ArrayData,
    nulls: Option<NullBuffer>,
) -> ArrayData {
    let length = offsets.len() - 1;
    assert!(matches!(&data_type, DataType::List(item) if item.data_type() == items.data_type()));
    assert!(offsets[length] as usize <= items.len());
    assert!(nulls.as_ref().is_none_or(|nulls| nulls.len() == length));
    let builder = ArrayData::builder(data_type)
        .len(length)
        .nulls(nulls)
        .add_buffer(offsets.into_inner().into_inner())
        .add_child_data(items);
    // SAFETY: an offset buffer begins at zero or above and never goes down, and it ends within the items,
    // which are of the type in that of the list; there are as many nulls as lists.
    unsafe { builder.build_unchecked() }
}

/// What [`Text`] and [`Bytes`] have in common for the loop over the rows.
pub trait Write: Sized {
    /// Of the column.
    const DATA_TYPE: DataType;

    /// For so many rows.
    fn open(rows: usize, hint: &Hint) -> Self;

    /// What was written since the last row is the next one.
    fn end_row(&mut self);

    /// Forgets what was written since the last row.
    fn forget_row(&mut self);

    /// Of all rows.
    fn bytes(&self) -> usize;

    /// The column.
    fn close(self, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData;
}

impl Write for Text {
    const DATA_TYPE: DataType = DataType::Utf8;

    fn open(rows: usize, hint: &Hint) -> Self {
        Self(Rows::with_capacity(rows, hint.0.get()))
    }

    #[inline]
    fn end_row(&mut self) {
        self.0.end_row();
    }

    fn forget_row(&mut self) {
        self.clear();
    }

    fn bytes(&self) -> usize {
        self.0.bytes.len()
    }

    fn close(self, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData {
        // SAFETY: rows end between two calls of `append`, which adds whole strings.
        unsafe { self.0.close::<Utf8Type>(nulls, hint) }
    }
}

impl Write for Bytes {
    const DATA_TYPE: DataType = DataType::Binary;

    fn open(rows: usize, hint: &Hint) -> Self {
        Self(Rows::with_capacity(rows, hint.0.get()))
    }

    #[inline]
    fn end_row(&mut self) {
        self.0.end_row();
    }

    fn forget_row(&mut self) {
        self.clear();
    }

    fn bytes(&self) -> usize {
        self.0.bytes.len()
    }

    fn close(self, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData {
        // SAFETY: any bytes are a row.
        unsafe { self.0.close::<BinaryType>(nulls, hint) }
    }
}

/// What a function that writes its result can return: nothing, a [`Result`], and an [`Option`] in which
/// `None` makes the row null.
#[diagnostic::on_unimplemented(
    message = "a function with an `out` parameter can not return `{Self}`",
    label = "not a result of a function with an `out` parameter",
    note = "it returns nothing, `Option<()>` with `None` for null, or a `Result` of one of them"
)]
pub trait Written: Sized {
    /// Whether the row can be null.
    const NULLABLE: bool;

    /// Whether there is a row.
    ///
    /// # Errors
    ///
    /// What the function returned in place of it.
    fn outcome(self) -> Result<bool, Error>;
}

impl Written for () {
    const NULLABLE: bool = false;

    fn outcome(self) -> Result<bool, Error> {
        Ok(true)
    }
}

impl Written for Option<()> {
    const NULLABLE: bool = true;

    fn outcome(self) -> Result<bool, Error> {
        Ok(self.is_some())
    }
}

impl<T: Written, E: Display> Written for Result<T, E> {
    const NULLABLE: bool = T::NULLABLE;

    fn outcome(self) -> Result<bool, Error> {
        self.map_err(Error::new)?.outcome()
    }
}

/// Rows of a function that writes them, and which of them are there.
pub struct Sheet<W> {
    writer: W,
    valid: NullBufferBuilder,
}

impl<W: Write> Sheet<W> {
    pub(super) fn new(rows: usize, hint: &Hint) -> Self {
        Self {
            writer: W::open(rows, hint),
            valid: NullBufferBuilder::new(rows),
        }
    }

    /// Runs `function` for the next row.
    #[inline]
    pub(super) fn row<R: Written>(
        &mut self,
        function: impl FnOnce(&mut W) -> R,
    ) -> Result<(), Error> {
        if function(&mut self.writer).outcome()? {
            self.writer.end_row();
            if R::NULLABLE {
                self.valid.append_non_null();
            }
        } else {
            self.writer.forget_row();
            self.null::<R>();
        }
        Ok(())
    }

    pub(super) fn null<R: Written>(&mut self) {
        self.writer.end_row();
        if R::NULLABLE {
            self.valid.append_null();
        }
    }

    pub(super) fn finish<R: Written>(
        mut self,
        nulls: Option<NullBuffer>,
        hint: &Hint,
    ) -> ArrayData {
        let nulls = if R::NULLABLE {
            self.valid.finish()
        } else {
            nulls
        };
        self.writer.close(nulls, hint)
    }
}
