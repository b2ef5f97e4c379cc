"""Dates, times, lengths of time and decimals, to numbers and back."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from arrowbox import UtcDatetime, decimal_type, scalar

MICROSECOND = timedelta(microseconds=1)
DAY = date(1970, 1, 1)
BEGIN = datetime(1970, 1, 1)
UTC_BEGIN = datetime(1970, 1, 1, tzinfo=timezone.utc)


@scalar
def date_number(value: date) -> int:
    return (value - DAY).days


@scalar
def number_date(days: int) -> date:
    return DAY + timedelta(days=days)


@scalar
def time_number(value: time) -> int:
    since = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return since // MICROSECOND


@scalar
def number_time(ticks: int) -> time:
    return (BEGIN + ticks * MICROSECOND).time()


@scalar
def timestamp_number(value: datetime) -> int:
    return (value - BEGIN) // MICROSECOND


@scalar
def number_timestamp(ticks: int) -> datetime:
    return BEGIN + ticks * MICROSECOND


@scalar
def utc_number(value: UtcDatetime) -> int:
    return (value - UTC_BEGIN) // MICROSECOND


@scalar
def number_utc(ticks: int) -> UtcDatetime:
    return UTC_BEGIN + ticks * MICROSECOND


@scalar
def duration_number(value: timedelta) -> int:
    return value // MICROSECOND


@scalar
def number_duration(ticks: int) -> timedelta:
    return ticks * MICROSECOND


@scalar
def decimal_number(value: decimal_type(20, 4)) -> int:
    return int(value)


@scalar
def number_decimal(digits: int) -> decimal_type(20, 4):
    return Decimal(digits).scaleb(-4)
