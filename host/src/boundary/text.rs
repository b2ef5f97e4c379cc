//! Is it UTF-8, and does every value begin and end with a character?

use std::fmt::Display;

use arrow::array::{ArrayData, OffsetSizeTrait};

use super::receive::ReceiveError;
use crate::sandbox::Interrupt;

/// Bytes that are looked at before the cancel flag is.
const CHUNK: usize = 1 << 20;

/// Checks offsets and text of an array with `len + 1` offsets (or none for no values).
pub(super) fn validate<O: OffsetSizeTrait + Display>(
    data: &ArrayData,
    interrupt: &Interrupt,
) -> Result<(), ReceiveError> {
    if data.is_empty() {
        return Ok(());
    }
    let offsets = &data.buffers()[0].typed_data::<O>()[..=data.len()];
    let text = data.buffers()[1].as_slice();
    let out_of_order = |at: usize| {
        ReceiveError::Invalid(format!(
            "offset {} of value {at} is not between the one before it and the end of {} bytes",
            offsets[at],
            text.len()
        ))
    };
    let first = usize::try_from(offsets[0].to_i64().unwrap_or(-1)).map_err(|_| out_of_order(0))?;
    // Without branches, so that it vectorises: the place of an error is looked for afterwards.
    let ordered = offsets
        .windows(2)
        .fold(true, |ordered, pair| ordered & (pair[0] <= pair[1]));
    if !ordered {
        let at = offsets.windows(2).position(|pair| pair[0] > pair[1]);
        return Err(out_of_order(at.map_or(0, |at| at + 1)));
    }
    let last = offsets[data.len()].as_usize();
    if last > text.len() {
        let at = offsets.partition_point(|offset| offset.as_usize() <= text.len());
        return Err(out_of_order(at));
    }
    let text = &text[first..last];
    let value_at = |byte: usize| {
        let value = offsets.partition_point(|offset| offset.as_usize() <= first + byte);
        ReceiveError::Invalid(format!(
            "value {} is not valid UTF-8",
            value.saturating_sub(1)
        ))
    };
    let mut ascii = true;
    let mut start = 0;
    while start < text.len() {
        interrupt.check()?;
        let end = text.len().min(start + CHUNK);
        let chunk = &text[start..end];
        if chunk.is_ascii() {
            start = end;
            continue;
        }
        ascii = false;
        match std::str::from_utf8(chunk) {
            Ok(_) => start = end,
            // A character that goes on in the next chunk.
            Err(error) if error.error_len().is_none() && end < text.len() => {
                start += error.valid_up_to();
            }
            Err(error) => return Err(value_at(start + error.valid_up_to())),
        }
    }
    if !ascii {
        let inside = |offset: &O| {
            text.get(offset.as_usize() - first)
                .is_some_and(|byte| byte & 0xC0 == 0x80)
        };
        if let Some(value) = offsets.iter().position(inside) {
            return Err(ReceiveError::Invalid(format!(
                "value {} does not end with a character",
                value.saturating_sub(1)
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use arrow::{
        array::{Array, ArrayData, StringArray},
        buffer::Buffer,
        datatypes::DataType,
    };

    use super::*;

    fn data(offsets: &[i32], text: &[u8]) -> ArrayData {
        let builder = ArrayData::builder(DataType::Utf8)
            .len(offsets.len() - 1)
            .add_buffer(Buffer::from_slice_ref(offsets))
            .add_buffer(Buffer::from_slice_ref(text));
        #[expect(unsafe_code, reason = "tests what is not valid")]
        // SAFETY: only `validate` looks at it.
        unsafe {
            builder.build_unchecked()
        }
    }

    fn outcome(offsets: &[i32], text: &[u8]) -> Result<(), String> {
        validate::<i32>(&data(offsets, text), &Interrupt::default()).map_err(|e| e.to_string())
    }

    #[test]
    fn text_across_chunks_is_valid() {
        // The character straddles the border between two chunks.
        let mut text = "a".repeat(CHUNK - 1);
        text.push_str("äöü");
        let array = StringArray::from(vec!["x", &text, "", "ß"]);
        validate::<i32>(&array.to_data(), &Interrupt::default()).unwrap();
    }

    #[test]
    fn what_is_not_valid_is_named() {
        let cases: [(&[i32], &[u8], &str); 7] = [
            (&[0, 2, 1], b"ab", "offset 1 of value 2"),
            (&[0, 1, 3], b"ab", "offset 3 of value 2"),
            (&[-1, 1, 2], b"ab", "offset -1 of value 0"),
            (&[0, 1, 2], b"a\xff", "value 1 is not valid UTF-8"),
            (&[0, 1, 2], b"a\xc3", "value 1 is not valid UTF-8"),
            (
                &[0, 1, 2],
                "ä".as_bytes(),
                "value 0 does not end with a character",
            ),
            (&[1, 2], "ä".as_bytes(), "not valid UTF-8"),
        ];
        for (offsets, text, fragment) in cases {
            let error = outcome(offsets, text).expect_err(fragment);
            assert!(error.contains(fragment), "{error}");
        }
    }
}
