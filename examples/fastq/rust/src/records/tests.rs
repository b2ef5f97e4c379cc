use proptest::prelude::*;

use super::*;

/// With qualities and names that look like other lines.
const READS: &[u8] =
    b"@r1 first\nACGT\n+\n@+II\n@r2\nTT\n+r2\n@!\n@r3\n\n+\n\n@@\nA\n+@\n+\n@r5\nCCAT\n+\n@r6!\n";

fn read_at(file: &[u8]) -> impl FnMut(u64, &mut [u8]) -> Result<usize, Error> {
    move |offset, into| {
        let rest = file.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// The names and qualities of the records that begin in a range.
fn read(file: &[u8], range: Range<u64>, capacity: usize) -> Result<Vec<String>, String> {
    let mut records = Records::new("a.fastq", range, Phred::Plus33, read_at(file));
    records.capacity = capacity;
    let mut found = Vec::new();
    while let Some(record) = records.next_record().map_err(|error| error.to_string())? {
        found.push(format!("{} {}", record.id.escape_ascii(), record.quality));
    }
    assert!(records.next_record().unwrap().is_none());
    Ok(found)
}

fn whole(file: &[u8]) -> Result<Vec<String>, String> {
    read(file, 0..u64::MAX, BUFFER)
}

/// One range behind the other.
fn cut(file: &[u8], cuts: &[u64], capacity: usize) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for range in cuts.windows(2) {
        all.extend(read(file, range[0]..range[1], capacity)?);
    }
    Ok(all)
}

#[test]
fn records_are_read() {
    let expected = ["r1 @+II", "r2 @!", "r3 ", "@ +", "r5 @r6!"];
    assert_eq!(whole(READS).unwrap(), expected);
    assert_eq!(whole(b"").unwrap(), [""; 0]);
    assert_eq!(whole(b"\n\r\n").unwrap(), [""; 0]);
}

#[test]
fn the_last_newline_can_be_missing_or_not_the_last() {
    let expected = whole(READS).unwrap();
    assert_eq!(whole(READS.trim_ascii_end()).unwrap(), expected);
    let blank = [READS, b"\n\r\n\n\n\n\n"].concat();
    let length = blank.len() as u64;
    for at in 0..length {
        assert_eq!(cut(&blank, &[0, at, length], 7).unwrap(), expected, "{at}");
    }
    assert_eq!(whole(b"@r\n\n+\n").unwrap(), ["r "]);
    let error = whole(b"@r\n\n+").unwrap_err();
    assert!(error.contains("3 of its 4 lines"), "{error}");
}

#[test]
fn ranges_partition_the_records() {
    let length = READS.len() as u64;
    let expected = whole(READS).unwrap();
    for first in 0..=length {
        for second in first..=length {
            for capacity in [1, 8, 100] {
                let found = cut(READS, &[0, first, second, u64::MAX], capacity);
                assert_eq!(found.as_ref(), Ok(&expected), "{first}, {second}");
            }
        }
    }
    let every: Vec<_> = (0..=length).collect();
    assert_eq!(cut(READS, &every, 16).unwrap(), expected);
}

#[test]
fn errors_say_where() {
    for (file, expected) in [
        (
            "ACGT\n",
            "a.fastq: the record at byte 0: its first line does not begin with `@`",
        ),
        (
            "\x1f\u{8b}",
            "a.fastq: the record at byte 0: its first line does not begin with `@`",
        ),
        (
            "@r\nA\n+\nI\n@s d\nAC\n+\nI\n",
            "a.fastq: the record s at byte 9: its sequence has 2 characters and its quality 1",
        ),
        (
            "@r\nA\n+\nI\n@s\nA\n",
            "a.fastq: the record s at byte 9: the file ends after 2 of its 4 lines",
        ),
        (
            "@r\nA\n+\nI\n@s",
            "a.fastq: the record s at byte 9: the file ends after 1 of its 4 lines",
        ),
        (
            "@r\nA\n+\nI\n\n@s\nA\n+\nI\n",
            "a.fastq: the record at byte 9: its first line does not begin with `@`",
        ),
        (
            "@r\nA\nC\n+\nII\n",
            "a.fastq: the record r at byte 0: its third line does not begin with `+`: a sequence has to be one line",
        ),
    ] {
        assert_eq!(whole(file.as_bytes()).unwrap_err(), expected, "{file:?}");
    }
    let blank = format!("{}@r\nA\n+\nI\n", "\n".repeat(30));
    for capacity in [1, 8, BUFFER] {
        let error = read(blank.as_bytes(), 0..99, capacity).unwrap_err();
        assert!(error.contains("byte 0: its first line"), "{error}");
    }
    let error = whole(b"\x1f\x8b\x08\x00").unwrap_err();
    assert_eq!(
        error,
        "a.fastq: the record at byte 0: the file is compressed: decompress it"
    );
    let error = read(&b"text\n".repeat(100), 7..500, BUFFER).unwrap_err();
    assert!(
        error.contains("at byte 10 no record begins within four lines"),
        "{error}"
    );
}

#[test]
fn records_can_be_longer_than_the_buffer() {
    let bases = "ACGT".repeat(1000);
    let file = format!("@a\n{bases}\n+\n{bases}\n@b\n{bases}\n+\n{bases}");
    let expected = whole(file.as_bytes()).unwrap();
    assert_eq!(expected.len(), 2);
    let length = file.len() as u64;
    for at in [1, 5000, 8007, 8008, 8009, 12_000] {
        assert_eq!(
            cut(file.as_bytes(), &[0, at, length], 64).unwrap(),
            expected
        );
    }
}

#[test]
fn what_can_not_be_read_is_an_error() {
    let mut records = Records::new("a", 0..9, Phred::Plus33, |_, _: &mut [u8]| {
        Err(Error::new("gone"))
    });
    assert_eq!(records.next_record().unwrap_err().to_string(), "gone");
}

fn any_record() -> impl Strategy<Value = String> {
    let name = "[@+a-z0-9 ]{0,6}";
    (name, "[ACGTN]{0,12}", any::<bool>()).prop_flat_map(|(name, sequence, repeats)| {
        let quality = proptest::collection::vec(b'!'..=b'~', sequence.len());
        // Characters that look like the beginning of another line come more often.
        let likely = proptest::collection::vec(prop_oneof![Just(b'@'), Just(b'+')], sequence.len());
        prop_oneof![quality, likely].prop_map(move |quality| {
            let quality = String::from_utf8(quality).unwrap();
            let repeated = if repeats { name.as_str() } else { "" };
            format!("@{name}\n{sequence}\n+{repeated}\n{quality}\n")
        })
    })
}

fn any_file() -> impl Strategy<Value = String> {
    proptest::collection::vec(any_record(), 0..12).prop_map(|records| records.concat())
}

fn any_cuts() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(0..300_u64, 0..6).prop_map(|mut cuts| {
        cuts.extend([0, u64::MAX]);
        cuts.sort_unstable();
        cuts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_ranges_partition_any_records(file in any_file(), cuts in any_cuts(), capacity in 1..64_usize) {
        let expected = whole(file.as_bytes()).unwrap();
        prop_assert_eq!(cut(file.as_bytes(), &cuts, capacity).unwrap(), expected);
    }

    /// However a damaged file is cut, all of it is read, or there is an error.
    #[test]
    fn damage_does_not_hide_between_ranges(
        file in any_file(),
        cuts in any_cuts(),
        at in any::<prop::sample::Index>(),
        keep in any::<prop::sample::Index>(),
        damage in prop_oneof!["[@+ACI!\n]{1,3}", "\n\n", "@x\nA\n", "A\n+\nI\n"],
    ) {
        let at = at.index(file.len() + 1);
        let keep = at + keep.index(file.len() - at + 1);
        let damaged = [&file[..at], &damage, &file[keep..]].concat();
        let found = cut(damaged.as_bytes(), &cuts, 64);
        match whole(damaged.as_bytes()) {
            Ok(expected) => prop_assert_eq!(found, Ok(expected)),
            Err(_) => prop_assert!(found.is_err()),
        }
    }

    #[test]
    fn nothing_is_too_strange(file in any::<Vec<u8>>(), cuts in any_cuts()) {
        let _ = cut(&file, &cuts, 16);
    }
}
