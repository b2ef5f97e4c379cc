//! Copies an array out of a guest's memory, so that the guest can be entered again.

#![expect(
    unsafe_code,
    reason = "rebuilds a valid array over copies of its buffers"
)]

use arrow::{
    array::{Array, ArrayData, ArrayRef, make_array},
    buffer::{BooleanBuffer, Buffer, NullBuffer},
};

/// The same array over memory of the host, and the bytes that this copied.
pub fn copy_out(array: &ArrayRef) -> (ArrayRef, usize) {
    let mut bytes = 0;
    let data = copy(&array.to_data(), &mut bytes);
    (make_array(data), bytes)
}

fn copy(data: &ArrayData, bytes: &mut usize) -> ArrayData {
    let mut own = |buffer: &Buffer| {
        *bytes += buffer.len();
        Buffer::from_slice_ref(buffer.as_slice())
    };
    let buffers = data.buffers().iter().map(&mut own).collect();
    let nulls = data.nulls().map(|nulls| {
        let bits = nulls.inner();
        let copied = BooleanBuffer::new(own(bits.inner()), bits.offset(), bits.len());
        NullBuffer::new(copied)
    });
    let children = data.child_data().iter().map(|child| copy(child, bytes));
    let children = children.collect();
    let builder = data
        .clone()
        .into_builder()
        .buffers(buffers)
        .nulls(nulls)
        .child_data(children);
    // SAFETY: every buffer has the bytes of the one that it replaces, at a multiple of 64, so that what
    // was valid over those is valid over these.
    unsafe { builder.build_unchecked() }
}
