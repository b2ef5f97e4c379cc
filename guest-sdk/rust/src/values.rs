//! Row values that Rust has no type of its own for.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::types::{
    ArrowPrimitiveType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};

/// A day: days since 1970-01-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

/// A day as milliseconds since 1970-01-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateMillis(pub i64);

/// Months between two days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntervalYearMonth(pub i32);

/// A decimal number of `PRECISION` digits, `SCALE` of them after the point, without the point: `12.30` is
/// `Decimal128::<4, 2>(1230)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal128<const PRECISION: u8, const SCALE: i8>(pub i128);

/// How finely time is counted: [`Second`], [`Millisecond`], [`Microsecond`] or [`Nanosecond`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unit of time",
    note = "the units are `Second`, `Millisecond`, `Microsecond` and `Nanosecond`"
)]
pub trait Unit: Copy + 'static {
    /// How many make a second.
    const PER_SECOND: i64;
    #[doc(hidden)]
    type Timestamp: ArrowPrimitiveType<Native = i64>;
    #[doc(hidden)]
    type Duration: ArrowPrimitiveType<Native = i64>;
    #[doc(hidden)]
    type Time: ArrowPrimitiveType<Native: Into<i64> + TryFrom<i64> + Default>;
}

macro_rules! units {
    ($($(#[$doc:meta])* $unit:ident $per_second:literal $timestamp:ty, $duration:ty, $time:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $unit;

        impl Unit for $unit {
            const PER_SECOND: i64 = $per_second;
            type Timestamp = $timestamp;
            type Duration = $duration;
            type Time = $time;
        }
    )*};
}

units! {
    /// The [`Unit`] of whole seconds.
    Second 1 TimestampSecondType, DurationSecondType, Time32SecondType;
    /// The [`Unit`] of thousandths of a second.
    Millisecond 1_000 TimestampMillisecondType, DurationMillisecondType, Time32MillisecondType;
    /// The [`Unit`] of millionths of a second.
    Microsecond 1_000_000 TimestampMicrosecondType, DurationMicrosecondType, Time64MicrosecondType;
    /// The [`Unit`] of billionths of a second.
    Nanosecond 1_000_000_000 TimestampNanosecondType, DurationNanosecondType, Time64NanosecondType;
}

/// The time zone in the type of a [`Timestamp`].
///
/// ```
/// use arrowbox_sdk::{Microsecond, Timestamp, Zone};
///
/// #[derive(Clone, Copy)]
/// struct Zurich;
///
/// impl Zone for Zurich {
///     const NAME: Option<&'static str> = Some("Europe/Zurich");
/// }
///
/// type Local = Timestamp<Microsecond, Zurich>;
/// assert_eq!(Local::new(0).ticks(), 0);
/// ```
pub trait Zone: Copy + 'static {
    /// As Arrow writes it: a name or an offset; none for wall clocks that nobody knows the place of.
    const NAME: Option<&'static str>;
}

/// No time zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoZone;

impl Zone for NoZone {
    const NAME: Option<&'static str> = None;
}

/// The time zone `UTC`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc;

impl Zone for Utc {
    const NAME: Option<&'static str> = Some("UTC");
}

/// A point in time: ticks of `U` since 1970-01-01T00:00:00, in UTC if there is a zone.
pub struct Timestamp<U = Microsecond, Z = NoZone>(i64, PhantomData<(U, Z)>);

impl<U, Z> Timestamp<U, Z> {
    /// So many ticks of `U` after 1970-01-01T00:00:00.
    pub const fn new(ticks: i64) -> Self {
        Self(ticks, PhantomData)
    }
}

/// A length of time, in ticks of `U`.
pub struct Duration<U = Microsecond>(i64, PhantomData<U>);

impl<U> Duration<U> {
    /// So many ticks of `U`.
    pub const fn new(ticks: i64) -> Self {
        Self(ticks, PhantomData)
    }
}

/// A time of day: ticks of `U` since midnight.
pub struct Time<U = Microsecond>(i64, PhantomData<U>);

impl<U> Time<U> {
    /// So many ticks of `U` after midnight.
    pub const fn new(ticks: i64) -> Self {
        Self(ticks, PhantomData)
    }
}

/// Derived traits would ask the same of the parameters.
macro_rules! counted {
    ($name:ident<$($parameter:ident),*>) => {
        impl<$($parameter),*> $name<$($parameter),*> {
            /// The ticks that it was made with.
            pub const fn ticks(self) -> i64 {
                self.0
            }
        }

        impl<$($parameter),*> Clone for $name<$($parameter),*> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($parameter),*> Copy for $name<$($parameter),*> {}

        impl<$($parameter),*> PartialEq for $name<$($parameter),*> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<$($parameter),*> Eq for $name<$($parameter),*> {}

        impl<$($parameter),*> PartialOrd for $name<$($parameter),*> {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl<$($parameter),*> Ord for $name<$($parameter),*> {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.0.cmp(&other.0)
            }
        }

        impl<$($parameter),*> std::hash::Hash for $name<$($parameter),*> {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl<$($parameter),*> fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}

counted!(Timestamp<U, Z>);
counted!(Duration<U>);
counted!(Time<U>);
