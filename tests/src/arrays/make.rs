//! Making an array of a type.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, BinaryViewBuilder, BooleanArray, FixedSizeListArray,
    GenericBinaryArray, GenericListArray, GenericListViewArray, GenericStringArray, MapArray,
    NullArray, OffsetSizeTrait, StringViewBuilder, StructArray, UnionArray, make_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef, UnionFields, UnionMode};

/// How many values are null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// None, and no bitmap.
    None,
    /// One in ten.
    Few,
    /// Nine in ten.
    Most,
    /// All.
    All,
}

/// Makes arrays; the same ones for the same seed.
pub struct Maker {
    seed: u64,
    nulls: Nulls,
}

impl Maker {
    /// What comes next depends on nothing else.
    pub fn new(seed: u64, nulls: Nulls) -> Self {
        Self { seed, nulls }
    }

    /// An array that is a slice of a longer one.
    pub fn sliced(
        &mut self,
        data_type: &DataType,
        before: usize,
        len: usize,
        after: usize,
    ) -> ArrayRef {
        self.array(data_type, before + len + after)
            .slice(before, len)
    }

    /// An array of a type.
    ///
    /// # Panics
    ///
    /// When there are no such arrays, which is a mistake here.
    pub fn array(&mut self, data_type: &DataType, len: usize) -> ArrayRef {
        use DataType::*;
        let array: ArrayRef = match data_type {
            Null => Arc::new(NullArray::new(len)),
            Boolean => {
                let bits = BooleanBuffer::collect_bool(len, |_| self.below(2) == 1);
                Arc::new(BooleanArray::new(bits, self.nulls(len)))
            }
            Utf8 => Arc::new(self.strings::<i32>(len)),
            LargeUtf8 => Arc::new(self.strings::<i64>(len)),
            Binary => Arc::new(self.binaries::<i32>(len)),
            LargeBinary => Arc::new(self.binaries::<i64>(len)),
            Utf8View => {
                let mut builder = StringViewBuilder::new().with_fixed_block_size(64);
                for valid in self.valid(len) {
                    builder.append_option(valid.then(|| self.text()));
                }
                Arc::new(builder.finish())
            }
            BinaryView => {
                let mut builder = BinaryViewBuilder::new().with_fixed_block_size(64);
                for valid in self.valid(len) {
                    builder.append_option(valid.then(|| self.text().into_bytes()));
                }
                Arc::new(builder.finish())
            }
            FixedSizeBinary(width) => self.fixed(data_type, *width as usize, len),
            List(item) => Arc::new(self.list::<i32>(item, len)),
            LargeList(item) => Arc::new(self.list::<i64>(item, len)),
            ListView(item) => Arc::new(self.list_view::<i32>(item, len)),
            LargeListView(item) => Arc::new(self.list_view::<i64>(item, len)),
            FixedSizeList(item, size) => {
                let values = self.array(item.data_type(), len * *size as usize);
                let nulls = self.nulls(len);
                let list = FixedSizeListArray::try_new_with_length(
                    item.clone(),
                    *size,
                    values,
                    nulls,
                    len,
                );
                Arc::new(list.expect("as many values as the lists have"))
            }
            Struct(fields) => {
                let columns = fields
                    .iter()
                    .map(|field| self.array(field.data_type(), len))
                    .collect();
                let nulls = self.nulls(len);
                let array = StructArray::try_new_with_length(fields.clone(), columns, nulls, len);
                Arc::new(array.expect("columns of the fields' types"))
            }
            Map(entries, sorted) => self.map(entries, *sorted, len),
            Union(fields, mode) => self.union(fields, *mode, len),
            Dictionary(keys, values) => self.dictionary(data_type, keys, values, len),
            RunEndEncoded(ends, values) => self.runs(data_type, ends, values, len),
            Decimal128(..) | Decimal256(..) | Decimal32(..) | Decimal64(..) => {
                self.decimals(data_type, len)
            }
            _ => {
                let width = data_type
                    .primitive_width()
                    .expect("all others are primitive");
                self.fixed(data_type, width, len)
            }
        };
        assert_eq!((array.data_type(), array.len()), (data_type, len));
        array
    }

    /// Splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn valid(&mut self, len: usize) -> Vec<bool> {
        let nulls = self.nulls;
        (0..len)
            .map(|_| match nulls {
                Nulls::None => true,
                Nulls::Few => self.below(10) > 0,
                Nulls::Most => self.below(10) == 0,
                Nulls::All => false,
            })
            .collect()
    }

    fn nulls(&mut self, len: usize) -> Option<NullBuffer> {
        (self.nulls != Nulls::None).then(|| NullBuffer::from(self.valid(len)))
    }

    /// Short and long, of characters of one to four bytes.
    fn text(&mut self) -> String {
        let len = [0, 1, 5, 12, 13, 40][self.below(6)];
        (0..len)
            .map(|_| ['a', 'Z', ' ', 'é', '語', '🦀'][self.below(6)])
            .collect()
    }

    /// Offsets of so many pieces, and their sum.
    fn offsets<O: OffsetSizeTrait>(
        &mut self,
        lengths: impl IntoIterator<Item = usize>,
    ) -> (OffsetBuffer<O>, usize) {
        let offsets = OffsetBuffer::<O>::from_lengths(lengths);
        let end = offsets.last().expect("there is always one").as_usize();
        (offsets, end)
    }

    fn strings<O: OffsetSizeTrait>(&mut self, len: usize) -> GenericStringArray<O> {
        // What is under a null is text, too.
        let texts: Vec<String> = (0..len).map(|_| self.text()).collect();
        let (offsets, _) = self.offsets(texts.iter().map(String::len));
        GenericStringArray::new(
            offsets,
            Buffer::from_vec(texts.concat().into_bytes()),
            self.nulls(len),
        )
    }

    fn binaries<O: OffsetSizeTrait>(&mut self, len: usize) -> GenericBinaryArray<O> {
        let lengths: Vec<usize> = (0..len).map(|_| self.below(20)).collect();
        let (offsets, end) = self.offsets(lengths);
        let values: Vec<u8> = (0..end).map(|_| self.next() as u8).collect();
        GenericBinaryArray::new(offsets, Buffer::from_vec(values), self.nulls(len))
    }

    /// Any bits.
    fn fixed(&mut self, data_type: &DataType, width: usize, len: usize) -> ArrayRef {
        let values: Vec<u8> = (0..len * width).map(|_| self.next() as u8).collect();
        self.primitive(data_type, len, Buffer::from_slice_ref(&values))
    }

    /// Numbers that every precision has room for.
    fn decimals(&mut self, data_type: &DataType, len: usize) -> ArrayRef {
        let width = data_type.primitive_width().expect("decimals are primitive");
        let mut values = Vec::with_capacity(len * width);
        for _ in 0..len {
            let value = i128::from(self.next() as i32 / 4);
            let wide = [value.to_le_bytes(), [if value < 0 { 0xFF } else { 0 }; 16]].concat();
            values.extend_from_slice(&wide[..width]);
        }
        self.primitive(data_type, len, Buffer::from_slice_ref(&values))
    }

    fn primitive(&mut self, data_type: &DataType, len: usize, values: Buffer) -> ArrayRef {
        let nulls = self.nulls(len);
        let data = ArrayData::builder(data_type.clone())
            .len(len)
            .nulls(nulls)
            .add_buffer(values);
        make_array(data.build().expect("any bits are a value"))
    }

    fn list<O: OffsetSizeTrait>(&mut self, item: &FieldRef, len: usize) -> GenericListArray<O> {
        let lengths: Vec<usize> = (0..len).map(|_| self.below(4)).collect();
        let (offsets, end) = self.offsets(lengths);
        // Values that no list has.
        let more = self.below(3);
        let values = self.array(item.data_type(), end + more);
        GenericListArray::new(item.clone(), offsets, values, self.nulls(len))
    }

    /// Lists in any order, some of the same values.
    fn list_view<O: OffsetSizeTrait>(
        &mut self,
        item: &FieldRef,
        len: usize,
    ) -> GenericListViewArray<O> {
        let values = self.array(item.data_type(), len + 3);
        let sizes: Vec<usize> = (0..len).map(|_| self.below(4)).collect();
        let offsets: Vec<O> = sizes
            .iter()
            .map(|size| O::usize_as(self.below(len + 3 - size)))
            .collect();
        let sizes: Vec<O> = sizes.into_iter().map(O::usize_as).collect();
        GenericListViewArray::new(
            item.clone(),
            offsets.into(),
            sizes.into(),
            values,
            self.nulls(len),
        )
    }

    fn map(&mut self, entries: &FieldRef, sorted: bool, len: usize) -> ArrayRef {
        let DataType::Struct(fields) = entries.data_type() else {
            panic!("a map has entries")
        };
        let lengths: Vec<usize> = (0..len).map(|_| self.below(4)).collect();
        let (offsets, end) = self.offsets(lengths);
        let nulls = std::mem::replace(&mut self.nulls, Nulls::None);
        let keys = self.array(fields[0].data_type(), end);
        self.nulls = nulls;
        let values = self.array(fields[1].data_type(), end);
        let pairs = StructArray::try_new_with_length(fields.clone(), vec![keys, values], None, end);
        let pairs = pairs.expect("keys and values of the fields' types");
        Arc::new(MapArray::new(
            entries.clone(),
            offsets,
            pairs,
            self.nulls(len),
            sorted,
        ))
    }

    fn union(&mut self, fields: &UnionFields, mode: UnionMode, len: usize) -> ArrayRef {
        let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
        let types: Vec<i8> = (0..len).map(|_| ids[self.below(ids.len())]).collect();
        let mut counts = vec![0_i32; 128];
        let offsets: Option<ScalarBuffer<i32>> = (mode == UnionMode::Dense).then(|| {
            let places = types.iter().map(|id| {
                counts[*id as usize] += 1;
                counts[*id as usize] - 1
            });
            places.collect()
        });
        let children = fields
            .iter()
            .map(|(id, field)| {
                let len = if mode == UnionMode::Dense {
                    counts[id as usize] as usize
                } else {
                    len
                };
                self.array(field.data_type(), len)
            })
            .collect();
        Arc::new(
            UnionArray::try_new(fields.clone(), types.into(), offsets, children).expect("a union"),
        )
    }

    /// Values in any order, some unused, null ones too.
    fn dictionary(
        &mut self,
        data_type: &DataType,
        keys: &DataType,
        values: &DataType,
        len: usize,
    ) -> ArrayRef {
        let count = 1 + self.below(20);
        let values = self.array(values, count);
        let width = keys.primitive_width().expect("keys are integers");
        let mut bytes = Vec::with_capacity(len * width);
        for _ in 0..len {
            bytes.extend_from_slice(&self.below(count).to_le_bytes()[..width]);
        }
        let data = ArrayData::builder(data_type.clone())
            .len(len)
            .nulls(self.nulls(len))
            .add_buffer(Buffer::from_slice_ref(&bytes))
            .add_child_data(values.to_data());
        make_array(data.build().expect("keys that are there"))
    }

    fn runs(
        &mut self,
        data_type: &DataType,
        ends: &FieldRef,
        values: &FieldRef,
        len: usize,
    ) -> ArrayRef {
        let mut at = 0;
        let mut places = Vec::new();
        while at < len {
            at += 1 + self.below(5);
            places.push(at);
        }
        let width = ends
            .data_type()
            .primitive_width()
            .expect("run ends are integers");
        let bytes: Vec<u8> = places
            .iter()
            .flat_map(|end| end.to_le_bytes()[..width].to_vec())
            .collect();
        let ends = ArrayData::builder(ends.data_type().clone())
            .len(places.len())
            .add_buffer(Buffer::from_slice_ref(&bytes))
            .build()
            .expect("run ends");
        let values = self.array(values.data_type(), places.len());
        let data = ArrayData::builder(data_type.clone())
            .len(len)
            .child_data(vec![ends, values.to_data()]);
        make_array(
            data.build()
                .expect("runs that end at or after the last value"),
        )
    }
}
