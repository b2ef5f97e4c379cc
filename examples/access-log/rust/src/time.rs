//! The time of a line: `10/Oct/2000:13:55:36 -0700`.

/// How long it is, in bytes.
pub(crate) const LENGTH: usize = 26;

const SECONDS_OF_DAY: i64 = 86_400;

/// Microseconds since 1970-01-01T00:00:00 in UTC; none if it is not a time.
///
/// A leap second is the first second of the next minute.
pub(crate) fn microseconds(text: &[u8; LENGTH]) -> Option<i64> {
    let separators = [text[2], text[6], text[11], text[14], text[17], text[20]];
    if separators != *b"//::: " {
        return None;
    }
    let number = |at: usize| two([text[at], text[at + 1]]);
    let day = number(0)?;
    let month = month([text[3], text[4], text[5]])?;
    let year = number(7)? * 100 + number(9)?;
    let hour = below(24, number(12)?)?;
    let minute = below(60, number(15)?)?;
    let second = below(61, number(18)?)?;
    let ahead = below(24, number(22)?)? * 3600 + below(60, number(24)?)? * 60;
    let ahead = match text[21] {
        b'+' => ahead,
        b'-' => -ahead,
        _ => return None,
    };
    if day == 0 || day > days_of(month, year) {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second - ahead;
    Some((i64::from(days(year, month, day)) * SECONDS_OF_DAY + i64::from(seconds)) * 1_000_000)
}

fn two([tens, ones]: [u8; 2]) -> Option<i32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i32::from(tens * 10 + ones))
}

fn below(end: i32, number: i32) -> Option<i32> {
    (number < end).then_some(number)
}

/// From one.
fn month(name: [u8; 3]) -> Option<i32> {
    Some(match &name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

fn days_of(month: i32, year: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, in the Gregorian calendar, for years from 0 to 9999.
fn days(year: i32, month: i32, day: i32) -> i32 {
    // Years begin in March here, so that the day that comes and goes is their last.
    let year = year - i32::from(month <= 2);
    let month = (month + 9) % 12;
    let before = (153 * month + 2) / 5;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719 468 days lie between 0000-03-01 and 1970-01-01.
    365 * year + leap_days + before + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        let text = text.as_bytes().try_into().unwrap();
        microseconds(text).map(|microseconds| microseconds / 1_000_000)
    }

    #[test]
    fn times_are_in_utc() {
        for (text, expected) in [
            ("01/Jan/1970:00:00:00 +0000", 0),
            ("31/Dec/1969:23:59:59 +0000", -1),
            ("10/Oct/2000:13:55:36 -0700", 971_211_336),
            ("29/Feb/2024:12:00:00 +0530", 1_709_188_200),
            ("29/Feb/2000:00:00:00 +0000", 951_782_400),
            ("01/Mar/1900:00:00:00 +0000", -2_203_891_200),
            ("31/Dec/2016:23:59:60 +0000", 1_483_228_800),
            ("31/Dec/9999:23:59:59 +0000", 253_402_300_799),
            ("01/Jan/0000:00:00:00 +0000", -62_167_219_200),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn days_follow_each_other() {
        let mut expected = days(1600, 1, 1);
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=days_of(month, year) {
                    assert_eq!(days(year, month, day), expected);
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "00/Oct/2000:13:55:36 -0700",
            "32/Oct/2000:13:55:36 -0700",
            "31/Sep/2000:13:55:36 -0700",
            "29/Feb/1900:13:55:36 -0700",
            "10/oct/2000:13:55:36 -0700",
            "10/Okt/2000:13:55:36 -0700",
            "1 /Oct/2000:13:55:36 -0700",
            "10/Oct/2000:24:55:36 -0700",
            "10/Oct/2000:13:60:36 -0700",
            "10/Oct/2000:13:55:61 -0700",
            "10/Oct/2000:13:55:36 00700",
            "10/Oct/2000:13:55:36 -2400",
            "10/Oct/2000:13:55:36 -0760",
            "10/Oct/2000 13:55:36 -0700",
            "10/Oct/2000:13:55:36  0700",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
