"""What type hints mean in Arrow."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import decimal
import sys
import types
import typing
from typing import Annotated, Any, Dict, List, Tuple, Union

from ._errors import Refused
from ._types import Field, Type, list_of, map_of


class Physical:
    """What stands in `Annotated` beside a Python type, to say which Arrow type it is."""

    __slots__ = ("format",)

    def __init__(self, format: str):
        self.format = format

    def __repr__(self) -> str:
        return str(Type(self.format))


def decimal_type(precision: int, scale: int) -> Any:
    """A decimal of so many digits, of which so many stand behind the point: for annotations."""
    if not 1 <= precision <= 38 or not -38 <= scale <= precision:
        raise ValueError(f"decimals have 1 to 38 digits, and not ({precision}, {scale})")
    return Annotated[decimal.Decimal, Physical(f"d:{precision},{scale}")]


Int8 = Annotated[int, Physical("c")]
Int16 = Annotated[int, Physical("s")]
Int32 = Annotated[int, Physical("i")]
Int64 = Annotated[int, Physical("l")]
UInt8 = Annotated[int, Physical("C")]
UInt16 = Annotated[int, Physical("S")]
UInt32 = Annotated[int, Physical("I")]
UInt64 = Annotated[int, Physical("L")]
Float16 = Annotated[float, Physical("e")]
Float32 = Annotated[float, Physical("f")]
Float64 = Annotated[float, Physical("g")]
UtcDatetime = Annotated[datetime.datetime, Physical("tsu:UTC")]

_PLAIN = {
    bool: "b",
    int: "l",
    float: "g",
    str: "u",
    bytes: "z",
    datetime.date: "tdD",
    datetime.datetime: "tsu:",
    datetime.time: "ttu",
    datetime.timedelta: "tDu",
    decimal.Decimal: "d:38,10",
    type(None): "n",
}

_FORMATS = {
    int: {"c", "s", "i", "l", "C", "S", "I", "L"},
    float: {"e", "f", "g"},
    datetime.datetime: {"tsu:UTC", "tsu:"},
}

SUPPORTED = (
    "bool, int, float, str, bytes, date, datetime, time, timedelta, Decimal, the sized numbers of `arrowbox` "
    "(Int32, Float32, …), list[T], dict[K, V], dataclasses, NamedTuples, TypedDicts, and `T | None` of them"
)


class Hint:
    """A type hint that is understood: its Arrow type, whether it can be None, and how values look in Python."""

    __slots__ = ("type", "optional", "python", "items", "names")

    def __init__(self, type: Type, optional: bool, python: Any, items: Tuple["Hint", ...] = (), names=()):
        self.type = type
        self.optional = optional
        #: The class of values: `int`, `list`, a dataclass, …
        self.python = python
        #: Of what is within: a list's item, a map's key and value, the fields of a struct.
        self.items = items
        self.names = tuple(names)

    def field(self, name: str) -> Field:
        return Field(name, self.type, True)

    def __str__(self) -> str:
        name = getattr(self.python, "__name__", str(self.python))
        if self.python is list:
            name = f"list[{self.items[0]}]"
        elif self.python is dict:
            name = f"dict[{self.items[0]}, {self.items[1]}]"
        elif self.python is type(None):
            return "None"
        return f"{name} | None" if self.optional else name


def split_optional(annotation: Any) -> Tuple[Any, bool]:
    """`T | None` as `T` and whether there was None."""
    origin = typing.get_origin(annotation)
    if origin is Union or origin is types.UnionType:
        left = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        if len(left) == 1 and len(left) < len(typing.get_args(annotation)):
            return left[0], True
    return annotation, False


def understand(annotation: Any, place: "Place") -> Hint:
    """The Arrow type of values that are annotated so.

    Raises `Refused`, with `place`, where Arrow has none.
    """
    inner, optional = split_optional(annotation)
    hint = _understand(inner, place, annotation)
    hint.optional = optional or hint.python is type(None)
    return hint


def _understand(annotation: Any, place: "Place", whole: Any) -> Hint:
    if annotation is None:
        annotation = type(None)
    if isinstance(annotation, typing.TypeVar) or annotation is Any:
        raise place.refuse(whole)
    if typing.get_origin(annotation) is Annotated:
        return _annotated(annotation, place, whole)
    if isinstance(annotation, typing.NewType):
        return _understand(annotation.__supertype__, place, whole)
    if isinstance(annotation, type) and annotation in _PLAIN:
        return Hint(Type(_PLAIN[annotation]), False, annotation)
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (list, List, dict, Dict):
        raise place.refuse(whole, "say what is in it, as in list[int] or dict[str, float]")
    if origin in (list, collections.abc.Sequence) and len(args) == 1:
        item = understand(args[0], place)
        return Hint(list_of(item.type), False, list, (item,))
    if origin in (dict, collections.abc.Mapping) and len(args) == 2:
        key, value = understand(args[0], place), understand(args[1], place)
        if key.optional:
            raise place.refuse(whole, "the keys of a map are never null")
        if getattr(key.python, "__hash__", None) is None:
            raise place.refuse(whole, f"the keys of a dict have a hash, and a {key} has none")
        return Hint(map_of(key.type, value.type), False, dict, (key, value))
    if isinstance(annotation, type) and is_struct(annotation):
        names, items = struct_items(annotation, place)
        fields = [item.field(name) for name, item in zip(names, items)]
        return Hint(Type("+s", fields), False, annotation, tuple(items), names)
    raise place.refuse(whole)


def _annotated(annotation: Any, place: "Place", whole: Any) -> Hint:
    base, *extra = typing.get_args(annotation)
    physical = next((each for each in extra if isinstance(each, Physical)), None)
    hint = _understand(base, place, whole)
    if physical is not None:
        allowed = _FORMATS.get(base, set())
        if physical.format not in allowed and not (base is decimal.Decimal and physical.format.startswith("d:")):
            raise place.refuse(whole, f"a {base.__name__} is no {physical!r}")
        hint.type = Type(physical.format)
    return hint


def is_struct(annotation: Any) -> bool:
    """Whether it is a dataclass, a NamedTuple or a TypedDict."""
    return isinstance(annotation, type) and (
        dataclasses.is_dataclass(annotation) or is_named_tuple(annotation) or typing.is_typeddict(annotation)
    )


def is_named_tuple(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


def struct_items(struct: type, place: "Place") -> Tuple[List[str], List[Hint]]:
    """The fields of a dataclass, a NamedTuple or a TypedDict."""
    if dataclasses.is_dataclass(struct):
        names = [field.name for field in dataclasses.fields(struct)]
    elif is_named_tuple(struct):
        names = list(struct._fields)
    else:
        names = list(struct.__annotations__)
    hints = hints_of(struct, place)
    items = []
    if struct in _WITHIN:
        raise place.refuse(struct, "it is within itself, and types of Arrow have an end")
    _WITHIN.append(struct)
    try:
        for name in names:
            within = place.within(f"{struct.__name__}.{name}")
            if name not in hints:
                raise within.refuse(None)
            items.append(understand(hints[name], within))
    finally:
        _WITHIN.pop()
    return names, items


#: The structs whose fields are looked at, from the outermost on.
_WITHIN: List[type] = []


def hints_of(thing: Any, place: "Place") -> Dict[str, Any]:
    """The type hints of a function or class, evaluated where it was written."""
    try:
        return typing.get_type_hints(thing, include_extras=True)
    except Refused:
        raise
    except Exception as error:
        raise place.error(f"its type hints can not be evaluated: {error}") from None


class Place:
    """Where something was written, for errors: a file, a line, a function, a parameter."""

    __slots__ = ("file", "line", "function", "part")

    def __init__(self, file: str, line: int, function: str, part: str = ""):
        self.file = file
        self.line = line
        self.function = function
        self.part = part

    @classmethod
    def of(cls, thing: Any) -> "Place":
        """Of a function or a class."""
        name = getattr(thing, "__name__", repr(thing))
        code = getattr(thing, "__code__", None)
        if code is None and isinstance(thing, type):
            line = getattr(thing, "__firstlineno__", None)
            file = getattr(sys.modules.get(thing.__module__), "__file__", None)
            if line is None:
                codes = [getattr(each, "__code__", None) for each in vars(thing).values()]
                lines = [code.co_firstlineno for code in codes if code is not None and code.co_filename == file]
                line = min(lines, default=1)
            return cls(file or "?", line, name)
        if code is None:
            return cls("?", 0, name)
        return cls(code.co_filename, code.co_firstlineno, name)

    def within(self, part: str) -> "Place":
        return Place(self.file, self.line, self.function, part)

    def error(self, message: str) -> Refused:
        """That this is not as it has to be."""
        part = f": {self.part}" if self.part else ""
        return Refused(f"`{self.function}`{part}: {message}", self.file, self.line)

    def refuse(self, annotation: Any, why: str = "") -> Refused:
        """That an annotation is not supported."""
        if annotation is None:
            return self.error(f"there is no type hint. Supported are {SUPPORTED}")
        if why:
            return self.error(f"{show(annotation)} is not supported: {why}")
        return self.error(f"{show(annotation)} is not supported. Supported are {SUPPORTED}")


def show(annotation: Any) -> str:
    """As somebody wrote it, nearly."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("collections.abc.", "").replace("datetime.", "")
