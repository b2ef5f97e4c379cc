"""What came, value by value, of each type."""

from datetime import date, datetime, time, timedelta

from arrowbox import (
    Float16,
    Float32,
    Int8,
    Int16,
    Int32,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    UtcDatetime,
    decimal_type,
    scalar,
)

from nested import Item, Pair


@scalar
def same_boolean(value: bool | None) -> bool | None:
    return value


@scalar
def same_int8(value: Int8 | None) -> Int8 | None:
    return value


@scalar
def same_int16(value: Int16 | None) -> Int16 | None:
    return value


@scalar
def same_int32(value: Int32 | None) -> Int32 | None:
    return value


@scalar
def same_int64(value: int | None) -> int | None:
    return value


@scalar
def same_uint8(value: UInt8 | None) -> UInt8 | None:
    return value


@scalar
def same_uint16(value: UInt16 | None) -> UInt16 | None:
    return value


@scalar
def same_uint32(value: UInt32 | None) -> UInt32 | None:
    return value


@scalar
def same_uint64(value: UInt64 | None) -> UInt64 | None:
    return value


@scalar
def same_float16(value: Float16 | None) -> Float16 | None:
    return value


@scalar
def same_float32(value: Float32 | None) -> Float32 | None:
    return value


@scalar
def same_float64(value: float | None) -> float | None:
    return value


@scalar
def same_text(value: str | None) -> str | None:
    return value


@scalar
def same_binary(value: bytes | None) -> bytes | None:
    return value


@scalar
def same_date(value: date | None) -> date | None:
    return value


@scalar
def same_time(value: time | None) -> time | None:
    return value


@scalar
def same_timestamp(value: datetime | None) -> datetime | None:
    return value


@scalar
def same_utc(value: UtcDatetime | None) -> UtcDatetime | None:
    return value


@scalar
def same_duration(value: timedelta | None) -> timedelta | None:
    return value


@scalar
def same_decimal(value: decimal_type(20, 4) | None) -> decimal_type(20, 4) | None:
    return value


@scalar
def same_list(value: list[int | None] | None) -> list[int | None] | None:
    return value


@scalar
def same_struct(value: Pair | None) -> Pair | None:
    return value


@scalar
def same_map(value: dict[str, int | None] | None) -> dict[str, int | None] | None:
    return value


@scalar
def same_nested(value: list[Item | None] | None) -> list[Item | None] | None:
    return value
