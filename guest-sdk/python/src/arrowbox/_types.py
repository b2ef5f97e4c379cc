"""Arrow's types, as the contract writes them: format strings of the C Data Interface, fields in pre-order."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, NamedTuple, Optional, Sequence, Tuple

NULLABLE, DICTIONARY_ORDERED, MAP_KEYS_SORTED = 1, 2, 4


class WireField(NamedTuple):
    """A field as it crosses: `children` of those behind it belong to it, and then its dictionary."""

    name: str
    format: str
    flags: int
    children: int
    dictionary: bool
    metadata: Sequence[Tuple[str, str]]


class Type:
    """A type: its format, the fields within it, and the values of a dictionary."""

    __slots__ = ("format", "children", "dictionary", "flags")

    def __init__(
        self,
        format: str,
        children: Sequence["Field"] = (),
        dictionary: Optional["Field"] = None,
        flags: int = 0,
    ):
        self.format = format
        self.children = tuple(children)
        self.dictionary = dictionary
        self.flags = flags

    def __eq__(self, other: object) -> bool:
        """Of the same layout and meaning: the names of fields within do not count, their nullability does."""
        if not isinstance(other, Type):
            return NotImplemented
        if self.format != other.format or (self.dictionary is None) != (other.dictionary is None):
            return False
        if self.dictionary is not None and self.dictionary.type != other.dictionary.type:
            return False
        return len(self.children) == len(other.children) and all(
            mine.nullable == theirs.nullable and mine.type == theirs.type
            for mine, theirs in zip(self.children, other.children)
        )

    def fits(self, wanted: "Type") -> bool:
        """Whether values of it are values of another: it is the same, or has no nulls within where that has."""
        if self == wanted:
            return True
        alike = self.format == wanted.format and len(self.children) == len(wanted.children)
        if not alike or (self.dictionary is None) != (wanted.dictionary is None):
            return False
        if self.dictionary is not None and not self.dictionary.type.fits(wanted.dictionary.type):
            return False
        return all(
            (theirs.nullable or not mine.nullable) and mine.type.fits(theirs.type)
            for mine, theirs in zip(self.children, wanted.children)
        )

    def __hash__(self) -> int:
        return hash((self.format, len(self.children)))

    def __str__(self) -> str:
        """As the engine writes it."""
        if self.dictionary is not None:
            return f"Dictionary({_name(self.format, ())}, {self.dictionary.type})"
        return _name(self.format, self.children)

    def __repr__(self) -> str:
        return f"<{self}>"


class Field:
    """A column, or a part of one: its name, its type, and whether it can be null."""

    __slots__ = ("name", "type", "nullable", "metadata")

    def __init__(
        self,
        name: str,
        type: Type,
        nullable: bool = True,
        metadata: Sequence[Tuple[str, str]] = (),
    ):
        self.name = name
        self.type = type
        self.nullable = nullable
        self.metadata = tuple(metadata)

    def named(self, name: str) -> "Field":
        """The same of another name."""
        return Field(name, self.type, self.nullable, self.metadata)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        return (self.name, self.type, self.nullable) == (other.name, other.type, other.nullable)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.type}{'' if self.nullable else ' not null'}>"


def read_fields(schema: Iterable) -> list:
    """The top-level fields of a schema in pre-order."""
    following = iter(schema)
    fields = []
    for field in following:
        fields.append(_read(field, following))
    return fields


def _read(field, following: Iterator) -> Field:
    try:
        children = [_read(next(following), following) for _ in range(field.children)]
        dictionary = _read(next(following), following) if field.dictionary else None
    except StopIteration:
        raise ValueError("the schema ends within a field") from None
    flags = field.flags
    flags = flags if isinstance(flags, int) else flags.value
    data_type = Type(field.format, children, dictionary, flags & ~NULLABLE)
    return Field(field.name, data_type, bool(flags & NULLABLE), field.metadata)


def write_fields(fields: Iterable[Field]) -> list:
    """The fields in pre-order."""
    written: list = []
    for field in fields:
        _write(field, written)
    return written


def _write(field: Field, written: list) -> None:
    data_type = field.type
    flags = data_type.flags | (NULLABLE if field.nullable else 0)
    dictionary = data_type.dictionary is not None
    written.append(
        WireField(field.name, data_type.format, flags, len(data_type.children), dictionary, list(field.metadata))
    )
    for child in data_type.children:
        _write(child, written)
    if data_type.dictionary is not None:
        _write(data_type.dictionary, written)


_NAMES = {
    "*": "any type",
    "*u": "text",
    "*z": "binary",
    "n": "Null",
    "b": "Boolean",
    "c": "Int8",
    "C": "UInt8",
    "s": "Int16",
    "S": "UInt16",
    "i": "Int32",
    "I": "UInt32",
    "l": "Int64",
    "L": "UInt64",
    "e": "Float16",
    "f": "Float32",
    "g": "Float64",
    "z": "Binary",
    "Z": "LargeBinary",
    "vz": "BinaryView",
    "u": "Utf8",
    "U": "LargeUtf8",
    "vu": "Utf8View",
    "tdD": "Date32",
    "tdm": "Date64",
    "tts": "Time32(s)",
    "ttm": "Time32(ms)",
    "ttu": "Time64(µs)",
    "ttn": "Time64(ns)",
    "tDs": "Duration(s)",
    "tDm": "Duration(ms)",
    "tDu": "Duration(µs)",
    "tDn": "Duration(ns)",
    "tiM": "Interval(YearMonth)",
    "tiD": "Interval(DayTime)",
    "tin": "Interval(MonthDayNano)",
}

_UNITS = {"s": "s", "m": "ms", "u": "µs", "n": "ns"}


def _name(format: str, children: Sequence[Field]) -> str:
    if format in _NAMES:
        return _NAMES[format]
    if format.startswith("ts"):
        zone = f', "{format[4:]}"' if len(format) > 4 else ""
        return f"Timestamp({_UNITS.get(format[2], format[2])}{zone})"
    if format.startswith("d:"):
        precision, scale, bits = decimal_of(format)
        return f"Decimal{bits}({precision}, {scale})"
    if format.startswith("w:"):
        return f"FixedSizeBinary({format[2:]})"
    inner = ", ".join(str(child.type) for child in children)
    if format == "+s":
        return "Struct(" + ", ".join(f'"{child.name}": {child.type}' for child in children) + ")"
    if format == "+m" and children:
        return f"Map({', '.join(str(child.type) for child in children[0].type.children)})"
    names = {"+l": "List", "+L": "LargeList", "+vl": "ListView", "+vL": "LargeListView", "+r": "RunEndEncoded"}
    if format in names:
        return f"{names[format]}({inner})"
    if format.startswith("+w:"):
        return f"FixedSizeList({format[3:]} x {inner})"
    if format.startswith("+u"):
        return f"Union({inner})"
    return format


def decimal_of(format: str) -> Tuple[int, int, int]:
    """Precision, scale and bits of a decimal's format."""
    numbers = [int(part) for part in format[2:].split(",")]
    return numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 128


# The widths of values of one width, in bytes.
_WIDTHS = {"c": 1, "C": 1, "s": 2, "S": 2, "e": 2, "i": 4, "I": 4, "f": 4, "l": 8, "L": 8, "g": 8}
_WIDTHS.update({"tdD": 4, "tdm": 8, "tts": 4, "ttm": 4, "ttu": 8, "ttn": 8, "tiM": 4, "tiD": 8, "tin": 16})
_WIDTHS.update({"vu": 16, "vz": 16})

# How `memoryview.cast`, `array` and `struct` call them.
CODES = {"c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "l": "q", "L": "Q", "f": "f", "g": "d"}
CODES.update({"tdD": "i", "tdm": "q", "tts": "i", "ttm": "i", "ttu": "q", "ttn": "q", "tiM": "i", "e": "e"})


def width_of(format: str) -> Optional[int]:
    """Bytes of a value, for types whose values all lie in one buffer and are equally wide."""
    width = _WIDTHS.get(format)
    if width is not None:
        return width
    if format.startswith(("ts", "tD")):
        return 8
    if format.startswith("d:"):
        return decimal_of(format)[2] // 8
    if re.match(r"w:\d+$", format):
        return int(format[2:])
    return None


def code_of(format: str) -> Optional[str]:
    """The letter that `memoryview.cast` knows values of this format by, if it does."""
    code = CODES.get(format)
    if code is None and format.startswith(("ts", "tD")):
        return "q"
    return code


def has_validity(format: str) -> bool:
    """Whether arrays of this type begin with a validity bitmap."""
    return not (format in ("n", "+r") or format.startswith("+u"))


def text() -> Type:
    return Type("u")


def list_of(item: Type) -> Type:
    """A list of values that can be null."""
    return Type("+l", [Field("item", item)])


def map_of(keys: Type, values: Type) -> Type:
    """A map; keys can not be null."""
    entries = Type("+s", [Field("keys", keys, False), Field("values", values)])
    return Type("+m", [Field("entries", entries, False)])
