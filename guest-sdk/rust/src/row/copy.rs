//! Short copies. In Wasm a copy of unknown length is a call out of the guest, which takes longer than
//! copying the few bytes that a text has.
#![expect(
    unsafe_code,
    reason = "copies between addresses that were checked once"
)]

use std::ptr;

/// What is copied here, in bytes; a longer copy is worth the call.
const SHORT: usize = 64;

/// Appends `bytes` to `to`.
#[inline]
pub(super) fn append(to: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len();
    if cfg!(not(target_family = "wasm")) || length > SHORT {
        to.extend_from_slice(bytes);
        return;
    }
    to.reserve(length);
    let end = to.len();
    // SAFETY: `bytes` has `length` bytes, `to` has room for as many behind its end, and they do not
    // overlap, since `to` is borrowed mutably. The bytes up to the new length have been written.
    unsafe {
        copy_short(bytes.as_ptr(), to.as_mut_ptr().add(end), length);
        to.set_len(end + length);
    }
}

/// Copies `length` bytes, in pieces that overlap where the length is no power of two.
///
/// # Safety
///
/// `length` is at most [`SHORT`]; so many bytes can be read at `from` and written at `to`, and the two do
/// not overlap.
#[inline]
unsafe fn copy_short(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: every piece begins at zero or above and ends at `length` or below: the conditions say so.
    unsafe {
        if length >= 16 {
            piece::<16>(from, to, 0);
            if length > 32 {
                piece::<16>(from, to, 16);
                if length > 48 {
                    piece::<16>(from, to, 32);
                }
            }
            piece::<16>(from, to, length - 16);
        } else if length >= 8 {
            piece::<8>(from, to, 0);
            piece::<8>(from, to, length - 8);
        } else if length >= 4 {
            piece::<4>(from, to, 0);
            piece::<4>(from, to, length - 4);
        } else if length > 0 {
            piece::<1>(from, to, 0);
            piece::<1>(from, to, length / 2);
            piece::<1>(from, to, length - 1);
        }
    }
}

/// # Safety
///
/// `at + N` bytes can be read at `from` and written at `to`, and the two do not overlap.
#[inline(always)]
unsafe fn piece<const N: usize>(from: *const u8, to: *mut u8, at: usize) {
    // SAFETY: as the caller says.
    unsafe { ptr::copy_nonoverlapping(from.add(at), to.add(at), N) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_whole() {
        let from: Vec<u8> = (1..=SHORT as u8).collect();
        for length in 0..=SHORT {
            let mut to = vec![0; SHORT + 1];
            // SAFETY: both are long enough, and different vectors.
            unsafe { copy_short(from.as_ptr(), to.as_mut_ptr(), length) };
            assert_eq!(to[..length], from[..length], "{length}");
            assert!(to[length..].iter().all(|byte| *byte == 0), "{length}");
        }
        let mut to = vec![9];
        append(&mut to, &from[..5]);
        append(&mut to, &[]);
        assert_eq!(to, [9, 1, 2, 3, 4, 5]);
    }
}
