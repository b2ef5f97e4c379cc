//! Dates, times and durations: ISO 8601.

use std::io::{self, Write};

const SECONDS_OF_DAY: i64 = 86_400;

/// How many ticks a second has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ticks {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Ticks {
    fn of_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Millis => 1_000,
            Self::Micros => 1_000_000,
            Self::Nanos => 1_000_000_000,
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Seconds => 0,
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }
}

/// A day, counted from 1970-01-01. Years that have not four digits have a sign, and at least four.
pub(super) fn date(days: i64, out: &mut Vec<u8>) -> io::Result<()> {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => write!(out, "{year:04}-{month:02}-{day:02}"),
        _ => write!(out, "{year:+05}-{month:02}-{day:02}"),
    }
}

/// A time of the day. A fraction has all digits of its unit, or, if it is zero, none.
pub(super) fn time(ticks: i64, unit: Ticks, out: &mut Vec<u8>) -> io::Result<()> {
    let seconds = ticks.div_euclid(unit.of_second());
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
    fraction(ticks.rem_euclid(unit.of_second()), unit, out)
}

/// A point in time, counted from 1970-01-01T00:00:00.
pub(super) fn timestamp(ticks: i64, unit: Ticks, out: &mut Vec<u8>) -> io::Result<()> {
    let day = SECONDS_OF_DAY * unit.of_second();
    date(ticks.div_euclid(day), out)?;
    out.push(b'T');
    time(ticks.rem_euclid(day), unit, out)
}

/// A number of seconds, such as `PT1.5S`.
pub(super) fn duration(ticks: i64, unit: Ticks, out: &mut Vec<u8>) -> io::Result<()> {
    if ticks < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(b"PT");
    seconds(ticks.unsigned_abs(), unit, out)
}

/// Months, days and seconds that do not add up, such as `P1M-2DT3S`.
pub(super) fn interval(
    months: i32,
    days: i32,
    ticks: i64,
    unit: Ticks,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    out.push(b'P');
    if months != 0 {
        write!(out, "{months}M")?;
    }
    if days != 0 {
        write!(out, "{days}D")?;
    }
    if ticks != 0 || (months, days) == (0, 0) {
        out.push(b'T');
        if ticks < 0 {
            out.push(b'-');
        }
        seconds(ticks.unsigned_abs(), unit, out)?;
    }
    Ok(())
}

fn seconds(ticks: u64, unit: Ticks, out: &mut Vec<u8>) -> io::Result<()> {
    let of_second = unit.of_second() as u64;
    write!(out, "{}", ticks / of_second)?;
    fraction((ticks % of_second) as i64, unit, out)?;
    out.push(b'S');
    Ok(())
}

fn fraction(ticks: i64, unit: Ticks, out: &mut Vec<u8>) -> io::Result<()> {
    match ticks {
        0 => Ok(()),
        _ => write!(out, ".{ticks:0width$}", width = unit.digits()),
    }
}

/// Year, month and day of the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that the day that comes and goes is their last; 719 468 days lie between
    // 0000-03-01 and 1970-01-01, and 146 097 in the 400 years after which all repeats.
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    // The last century of a cycle is a day longer, and the last year of four, too.
    let century = (day / 36_524).min(3);
    let day = day - 36_524 * century;
    let (four, day) = (day / 1_461, day % 1_461);
    let year = (day / 365).min(3);
    let day = day - 365 * year;
    let year = 400 * cycle + 100 * century + 4 * four + year;
    // Months of 31, 30, 31, 30, 31 days repeat from March on.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    match month < 10 {
        true => (year, month + 3, day),
        false => (year + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (19_782, "2024-02-29"),
            (-25_508, "1900-03-01"),
            (-719_468, "0000-03-01"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!(text(|out| date(days, out)), expected);
        }
        // Whatever fits the type has a date.
        for days in [i32::MIN.into(), i32::MAX.into(), i64::MIN / SECONDS_OF_DAY] {
            text(|out| date(days, out));
        }
    }

    #[test]
    fn days_follow_each_other() {
        let mut before = civil(-800_001);
        for days in -800_000..800_000 {
            let (year, month, day) = civil(days);
            let follows = match (day, month) {
                (1, 1) => before == (year - 1, 12, 31),
                (1, _) => before.0 == year && before.1 == month - 1 && before.2 >= 28,
                _ => before == (year, month, day - 1),
            };
            assert!(follows, "{before:?} {year}-{month}-{day}");
            before = (year, month, day);
        }
    }

    #[test]
    fn timestamps() {
        use Ticks::{Micros, Millis, Nanos, Seconds};
        for (ticks, unit, expected) in [
            (0, Seconds, "1970-01-01T00:00:00"),
            (1_709_208_000_500, Millis, "2024-02-29T12:00:00.500"),
            (-1, Micros, "1969-12-31T23:59:59.999999"),
            (1_000_000_001, Nanos, "1970-01-01T00:00:01.000000001"),
            (i64::MIN, Nanos, "1677-09-21T00:12:43.145224192"),
            (i64::MAX, Seconds, "+292277026596-12-04T15:30:07"),
        ] {
            assert_eq!(text(|out| timestamp(ticks, unit, out)), expected);
        }
        assert_eq!(text(|out| time(86_399_999, Millis, out)), "23:59:59.999");
    }

    #[test]
    fn durations_and_intervals() {
        use Ticks::{Millis, Nanos, Seconds};
        assert_eq!(text(|out| duration(90, Seconds, out)), "PT90S");
        assert_eq!(text(|out| duration(-1_500, Millis, out)), "-PT1.500S");
        assert_eq!(
            text(|out| duration(i64::MIN, Nanos, out)),
            "-PT9223372036.854775808S"
        );
        for (months, days, ticks, expected) in [
            (0, 0, 0, "PT0S"),
            (14, 0, 0, "P14M"),
            (1, -2, 0, "P1M-2D"),
            (0, 3, -1_000, "P3DT-1S"),
            (0, 0, 1, "PT0.001S"),
        ] {
            let found = text(|out| interval(months, days, ticks, Millis, out));
            assert_eq!(found, expected);
        }
    }
}
