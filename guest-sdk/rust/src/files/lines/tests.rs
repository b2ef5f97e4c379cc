use super::*;
use crate::testing::with_files;

/// What [`Lines`] gives from a range, with buffers of `capacity` bytes.
fn read(offset: u64, length: u64, capacity: usize) -> Vec<(u64, Vec<u8>)> {
    let mut lines = Lines::new("file", offset, length);
    lines.capacity = capacity;
    let mut read = Vec::new();
    while let Some(line) = lines.next_line().unwrap().map(<[u8]>::to_vec) {
        read.push((lines.offset(), line));
    }
    assert!(lines.next_line().unwrap().is_none());
    read
}

/// The lines of a file, and where they begin, told from its bytes.
fn told(text: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut begin = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let without = line.strip_suffix(b"\n").unwrap_or(line);
        lines.push((begin, without.to_vec()));
        begin += line.len() as u64;
    }
    lines
}

const TEXTS: [&[u8]; 11] = [
    b"",
    b"\n",
    b"\n\n\n",
    b"one",
    b"one\n",
    b"one\ntwo\nthree",
    b"one\ntwo\nthree\n",
    b"\none\n\n\ntwo\n\n",
    b"one\r\ntwo\r\n",
    b"a line that is longer than every small buffer\nb\nanother line longer than them\n",
    b"x\nthe last line is longer than every small buffer and has no end",
];

#[test]
fn any_cut_of_a_file_gives_each_line_to_one_range() {
    for text in TEXTS {
        let size = text.len() as u64;
        with_files(&[("file", text)], || {
            for capacity in [1, 2, 3, 8, 64] {
                for first in 0..=size {
                    for second in first..=size {
                        let mut lines = read(0, first, capacity);
                        lines.extend(read(first, second - first, capacity));
                        lines.extend(read(second, size - second, capacity));
                        assert_eq!(
                            lines,
                            told(text),
                            "{:?} cut at {first} and {second}, {capacity} at once",
                            String::from_utf8_lossy(text)
                        );
                    }
                }
            }
        });
    }
}

#[test]
fn a_range_has_the_lines_that_begin_behind_its_first_byte_up_to_its_end() {
    for text in TEXTS {
        with_files(&[("file", text)], || {
            for offset in 0..=text.len() as u64 {
                for end in offset + 1..=text.len() as u64 + 2 {
                    let mut expected = told(text);
                    expected.retain(|&(begin, _)| {
                        (offset < begin || (offset, begin) == (0, 0)) && begin <= end
                    });
                    assert_eq!(read(offset, end - offset, 4), expected);
                }
            }
        });
    }
}

#[test]
fn a_whole_file_is_a_range_without_end() {
    for text in TEXTS {
        with_files(&[("file", text)], || {
            assert_eq!(read(0, u64::MAX, BUFFER), told(text));
            assert_eq!(read(1 << 40, u64::MAX, BUFFER), []);
        });
    }
}

#[test]
fn lines_cross_buffers() {
    let line = |i: usize| format!("{i}: {}", "x".repeat(i * 7919 % 3000));
    let lines: Vec<String> = (0..3000).map(line).collect();
    let text = lines.join("\n");
    assert!(text.len() > 4 * BUFFER);
    with_files(&[("file", text.as_bytes())], || {
        for parts in [1, 2, 3, 7] {
            let length = (text.len() as u64).div_ceil(parts);
            let read: Vec<_> = (0..parts)
                .flat_map(|part| read(part * length, length, BUFFER))
                .map(|(_, line)| String::from_utf8(line).unwrap())
                .collect();
            assert!(read == lines, "{parts} parts");
        }
    });
}

#[test]
fn the_length_of_a_line_is_bounded_wherever_the_line_lies() {
    let text = b"four\nand a line of twenty\nx\n";
    with_files(&[("file", text)], || {
        for capacity in [2, 8, 1000] {
            let mut lines = Lines::whole("file").longest(20);
            lines.capacity = capacity;
            assert!(lines.next_line().unwrap().is_some());
            assert!(lines.next_line().unwrap().is_some());
            let mut lines = Lines::whole("file").longest(19);
            lines.capacity = capacity;
            assert!(lines.next_line().unwrap().is_some());
            let error = lines.next_line().unwrap_err().to_string();
            assert!(
                error.starts_with("file: the line at byte 5 is longer than 19 bytes"),
                "{error}"
            );
        }
        // What a range leaves to the one before can be as long as it likes.
        let mut lines = Lines::new("file", 6, 100).longest(4);
        assert_eq!(lines.next_line().unwrap(), Some(&b"x"[..]));
    });
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let error = Lines::whole("nowhere").next_line().unwrap_err();
    assert!(error.to_string().starts_with("nowhere is none of"));
}
