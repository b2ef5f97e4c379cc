//! A column of short texts on its way into an array.

use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, StringArray};
use arrowbox_sdk::buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrowbox_sdk::datatypes::ArrowError;

use crate::text::Text;

/// Texts up to this length, in bytes, are copied in pieces of known length. In Wasm any other copy is a call out
/// of the guest, which takes longer than copying them.
const SHORT: usize = 64;

/// A builder that looks at all of its texts at once whether they are UTF-8, and not at each.
pub(crate) struct Texts {
    /// The first `used` bytes are texts; what is behind them is room.
    bytes: Vec<u8>,
    used: usize,
    /// Where each text begins, and where the last ends.
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl Texts {
    /// Room for texts of so many bytes in all.
    pub(crate) fn new(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self {
            bytes: vec![0; bytes],
            used: 0,
            offsets,
            nulls: NullBufferBuilder::new(rows),
        }
    }

    /// # Panics
    ///
    /// There are more than 2 GiB of text.
    #[inline]
    pub(crate) fn push(&mut self, text: Option<Text<'_>>) {
        match text {
            None => self.nulls.append_null(),
            Some(text) => {
                match text.escaped {
                    false => self.put(text.raw),
                    true => self.put(text.decode().as_bytes()),
                }
                self.nulls.append_non_null();
            }
        }
        let end = i32::try_from(self.used).expect("a batch has less than 2 GiB of text");
        self.offsets.push(end);
    }

    #[inline]
    fn put(&mut self, text: &[u8]) {
        let end = self.used + text.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        copy(text, &mut self.bytes[self.used..end]);
        self.used = end;
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize((2 * self.bytes.len()).max(end), 0);
    }

    /// The column, and room for another of about its size.
    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = self.offsets.len() - 1;
        let mut done = std::mem::replace(self, Self::new(rows, self.used + self.used / 8));
        done.bytes.truncate(done.used);
        let nulls = done.nulls.finish();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(done.offsets));
        let bytes = Buffer::from_vec(done.bytes);
        match StringArray::try_new(offsets.clone(), bytes.clone(), nulls.clone()) {
            Ok(array) => Ok(Arc::new(array)),
            // Some text is not UTF-8. It is rare that anything is done twice.
            Err(_) => {
                let text = |ends: &[i32]| &bytes[ends[0] as usize..ends[1] as usize];
                let texts = offsets
                    .windows(2)
                    .map(|ends| String::from_utf8_lossy(text(ends)));
                let texts = StringArray::from_iter_values(texts);
                let (offsets, bytes, _) = texts.into_parts();
                Ok(Arc::new(StringArray::try_new(offsets, bytes, nulls)?))
            }
        }
    }
}

/// Copies between slices of the same length.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    match from.len() {
        16..=SHORT => {
            piece::<16>(from, to, 0);
            if from.len() > 32 {
                piece::<16>(from, to, 16);
            }
            if from.len() > 48 {
                piece::<16>(from, to, 32);
            }
            piece::<16>(from, to, from.len() - 16);
        }
        8..16 => {
            piece::<8>(from, to, 0);
            piece::<8>(from, to, from.len() - 8);
        }
        4..8 => {
            piece::<4>(from, to, 0);
            piece::<4>(from, to, from.len() - 4);
        }
        1..4 => {
            piece::<1>(from, to, 0);
            piece::<1>(from, to, from.len() / 2);
            piece::<1>(from, to, from.len() - 1);
        }
        _ => to.copy_from_slice(from),
    }
}

#[inline]
fn piece<const N: usize>(from: &[u8], to: &mut [u8], at: usize) {
    to[at..at + N].copy_from_slice(&from[at..at + N]);
}

#[cfg(test)]
mod tests {
    use arrowbox_sdk::array::cast::AsArray;
    use proptest::prelude::*;

    use super::*;

    fn array(texts: &[Option<&[u8]>]) -> Vec<Option<String>> {
        let mut column = Texts::new(1, 1);
        // What was finished leaves nothing behind.
        column.push(Some(Text::plain(b"before")));
        column.finish().unwrap();
        for text in texts {
            column.push(text.map(Text::plain));
        }
        let array = column.finish().unwrap();
        let texts = array.as_string::<i32>().iter();
        texts.map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn texts_of_all_lengths_are_copied() {
        let long: Vec<u8> = (0..200).map(|index| b'!' + index % 90).collect();
        let texts: Vec<_> = (0..long.len())
            .map(|length| &long[200 - length..])
            .collect();
        let found = array(&texts.iter().copied().map(Some).collect::<Vec<_>>());
        for (found, text) in found.into_iter().zip(texts) {
            assert_eq!(found.unwrap().as_bytes(), text);
        }
        assert_eq!(array(&[]), []);
    }

    #[test]
    fn halves_of_characters_are_replaced_even_side_by_side() {
        let found = array(&[Some(b"a\xc3"), None, Some(b"\xa9"), Some("é".as_bytes())]);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [text("a\u{fffd}"), None, text("\u{fffd}"), text("é")]
        );
    }

    proptest! {
        #[test]
        fn texts_are_as_if_decoded_one_by_one(
            texts in proptest::collection::vec(any::<Option<Vec<u8>>>(), 0..20),
        ) {
            let texts: Vec<_> = texts.iter().map(Option::as_deref).collect();
            let decoded = texts.iter().map(|text| text.map(|text| Text::plain(text).decode().into_owned()));
            prop_assert_eq!(array(&texts), decoded.collect::<Vec<_>>());
        }
    }
}
