"""Functions of rows: types, nulls, constants, errors."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Annotated, NamedTuple, Optional, TypedDict

import pytest

from arrowbox import Error, Float32, Int8, Int32, Options, Refused, UInt64, UtcDatetime, decimal_type, scalar
from arrowbox._types import Field
from arrowbox.testing import entry_of
from arrowbox.testing import scalar as run


@dataclasses.dataclass
class Point:
    x: float
    label: Optional[str]


class Pair(NamedTuple):
    key: str
    value: int


class Options_(TypedDict):
    depth: int
    names: list[str]


UTC = dt.timezone.utc

VALUES = [
    (bool, "b", [True, None, False] * 5),
    (int, "l", [0, -1, None, (1 << 63) - 1, -(1 << 63)]),
    (Int8, "c", [-128, None, 127]),
    (Int32, "i", [1, None]),
    (UInt64, "L", [(1 << 64) - 1, None]),
    (float, "g", [0.5, None, float("inf")]),
    (Float32, "f", [0.5, None]),
    (str, "u", ["", "plain", None, "größe 🦀", "x" * 1000]),
    (bytes, "z", [b"", None, b"\xff\x00"]),
    (dt.date, "tdD", [dt.date(1, 1, 1), None, dt.date(2026, 2, 28), dt.date(9999, 12, 31)]),
    (dt.datetime, "tsu:", [dt.datetime(1969, 12, 31, 23, 59, 59, 999999), None, dt.datetime(2026, 1, 2, 3, 4, 5, 6)]),
    (UtcDatetime, "tsu:UTC", [dt.datetime(2026, 1, 2, 3, 4, 5, 6, UTC), None]),
    (dt.time, "ttu", [dt.time(), None, dt.time(23, 59, 59, 999999)]),
    (dt.timedelta, "tDu", [dt.timedelta(days=-3, microseconds=1), None]),
    (Decimal, "d:38,10", [Decimal("-1.5000000000"), None, Decimal("9999999999999999999999999999.9999999999")]),
    (decimal_type(10, 2), "d:10,2", [Decimal("12.34"), None]),
    (list[int], "+l", [[], None, [1, 2, 3], [4]]),
    (list[list[Optional[str]]], "+l", [[[]], None, [["a", None], []], []]),
    (dict[str, int], "+m", [{}, None, {"a": 1, "b": 2}]),
    (Point, "+s", [Point(1.5, "a"), None, Point(-1.0, None)]),
    (Pair, "+s", [Pair("a", 1), None]),
    (Options_, "+s", [{"depth": 1, "names": ["a"]}, None, {"depth": 2, "names": []}]),
    (list[Point], "+l", [[Point(1.0, "a"), Point(2.0, None)], None, []]),
]


def plain(value):
    """Structs as dicts, which is how they come out where no hint says what they are."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, Point):
        return dataclasses.asdict(value)
    return value._asdict() if isinstance(value, Pair) else value


@pytest.mark.parametrize("hint,format,values", VALUES, ids=lambda value: str(value)[:30])
def test_every_type_goes_in_and_out(hint, format, values):
    def same(value):
        return value

    same.__annotations__ = {"value": Optional[hint], "return": Optional[hint]}
    scalar(same, name=f"same_{abs(hash(str(hint)))}")
    entry = entry_of(same)
    assert entry.parameters[0].type.format == format
    assert not entry.strict
    for given in (values, values[:1], [], [None] * 9, values * 7):
        assert run(same, given) == plain(given)
    # What the function sees are values of its own types.
    seen = []

    def look(value):
        seen.append(value)
        return None

    look.__annotations__ = {"value": Optional[hint], "return": Optional[int]}
    scalar(look, name=f"look_{abs(hash(str(hint)))}")
    run(look, values)
    assert seen == values


@dataclasses.dataclass
class Positive:
    number: int

    def __post_init__(self):
        if self.number <= 0:
            raise ValueError("it is not positive")


def number_of(positive: Positive) -> int:
    return positive.number


def first_of(values: list[int]) -> int:
    return values[0]


def items_of(values: dict[str, int]) -> int:
    return len(values)


def lists_of(values: list[list[int]]) -> int:
    return len(values)


def numbers_of(values: list[Positive]) -> int:
    return len(values)


for each in (number_of, first_of, items_of, lists_of, numbers_of):
    scalar(each)


def nested(data_type, values, nulls=()):
    """An array in which rows that are null hide values."""
    from arrowbox._bits import pack
    from arrowbox._encode import encode

    raw = encode(values, data_type)
    valid = [row not in nulls for row in range(len(values))]
    raw.validity, raw.null_count = (pack(valid), len(nulls)) if nulls else (None, 0)
    return raw


def invoked(function, raw):
    from arrowbox._raw import read, write
    from arrowbox.testing import _values

    entry = entry_of(function)
    opened = entry.open(entry, [Field("", raw.type)], Options())
    return _values(opened.result, opened.invoke(write(raw.length, [raw])))


@pytest.mark.parametrize(
    "function,values,expected",
    [
        (number_of, [{"number": 1}, {"number": -1}, {"number": 3}], [1, None, 3]),
        (number_of, [{"number": 1}, {"number": None}, {"number": 3}], [1, None, 3]),
        (number_of, [{"number": 1}, {"number": 2}, {"number": None}], "positive: the field number is null, and"),
        (first_of, [[1], [None, 2], [3]], [1, None, 3]),
        (first_of, [[1], [2], [3, None]], "values: a value of a list is null, and its hint says int"),
        (items_of, [{"a": 1}, {"a": None}, {}], [1, None, 0]),
        (items_of, [{"a": 1}, {}, {"a": 1, "b": None}], "values: a value of a map is null, and its hint says int"),
        (lists_of, [[[1]], [None, [None]], [[], []]], [1, None, 2]),
        (lists_of, [[[1]], [], [[], [1, None]]], "values: a value of a list is null, and its hint says int"),
        (numbers_of, [[{"number": 1}], [{"number": 0}], [{"number": 3}]], [1, None, 1]),
        (numbers_of, [[{"number": 1}], [], [{"number": 3}, None]], "values: a value of a list is null"),
    ],
)
def test_only_nulls_that_are_seen_are_refused(function, values, expected):
    raw = nested(entry_of(function).parameters[0].type, values, nulls=(1,))
    if isinstance(expected, list):
        assert invoked(function, raw) == expected
        return
    with pytest.raises(Error) as error:
        invoked(function, raw)
    assert str(error.value).startswith(expected)
    assert error.value.row == 2


@pytest.mark.parametrize(
    "hint,value,message",
    [
        (list[int], [1, None], "the function returned None is not what is agreed, which is int (Int64)"),
        (dict[str, int], {"a": None}, "the function returned None is not what is agreed, which is int (Int64)"),
        (Pair, Pair("a", None), "the function returned value: None is not what is agreed, which is int (Int64)"),
        (list[Pair], [Pair("a", None)], "the function returned value: None is not what is agreed, which is int"),
    ],
)
def test_none_within_a_result_is_hinted(hint, value, message):
    def holds(row: int):
        return value if row else None

    holds.__annotations__["return"] = Optional[hint]
    scalar(holds, name=f"holds_{abs(hash(str(hint)))}")
    with pytest.raises(Error) as error:
        run(holds, [0, 1])
    assert str(error.value).startswith(message)
    assert error.value.row == 1


@scalar
def half(number: int) -> float:
    """Half of it."""
    return number / 2


@scalar
def fallback(value: Optional[int], other: int) -> int:
    return other if value is None else value


@scalar
def inverse(number: int) -> float:
    return 1 / number


@scalar
def total(*numbers: int) -> int:
    return sum(numbers)


@scalar
def constant() -> int:
    return 42


def test_a_function_stays_a_function():
    assert half(5) == 2.5
    assert half.__doc__ == "Half of it."
    assert entry_of(half).documentation == "Half of it."


def test_rows_with_nulls_are_left_out():
    assert entry_of(half).strict
    assert run(half, [1, None, 3]) == [0.5, None, 1.5]
    assert run(half, None) == [None]
    assert run(inverse, [1, None, 2]) == [1.0, None, 0.5]


def test_a_parameter_that_can_be_none_sees_nulls():
    assert not entry_of(fallback).strict
    assert run(fallback, [1, None, 3, None], [7, 8, None, None]) == [1, 8, None, None]


def test_constants_stand_for_every_row():
    assert run(fallback, [None, 1, None], 9) == [9, 1, 9]
    assert run(fallback, None, [1, 2, None]) == [1, 2, None]
    assert run(fallback, [1, 2], None) == [None, None]


def test_constants_that_are_changed_are_new_in_every_row():
    @scalar
    def grown(values: list[int], names: dict[str, list[int]], positive: Positive, number: int) -> int:
        values.append(number)
        names["a"].append(number)
        positive.number += number
        return sum(values) + sum(names["a"]) + positive.number

    columns = [[[1]], [{"a": [2]}], [{"number": 3}], [1, 2, 3]]
    raws = [nested(parameter.type, values) for parameter, values in zip(entry_of(grown).parameters, columns)]
    from arrowbox._raw import write
    from arrowbox.testing import _values

    opened = entry_of(grown).open(entry_of(grown), [Field("", raw.type) for raw in raws], Options())
    assert _values(opened.result, opened.invoke(write(3, raws))) == [9, 12, 15]


def test_any_number_of_arguments():
    assert run(total) == [0]
    assert run(total, [1, 2], [10, None], 100) == [111, None]


def test_columns_of_a_test_are_of_one_length():
    from array import array

    assert run(total, array("q", [1, 2, 3]), 1) == [2, 3, 4]
    assert run(total, memoryview(array("q", [1, 2])), [1, 2]) == [2, 4]

    @scalar
    def key_of(pair: Pair) -> str:
        return pair.key

    assert run(key_of, Pair("a", 1)) == ["a"]
    assert run(key_of, (Pair("a", 1), Pair("b", 2))) == ["a", "b"]
    with pytest.raises(Error, match=r"the columns have 2 rows \(numbers\) and 3 rows \(numbers\)"):
        run(total, [1, 2], [1, 2, 3])


def test_no_arguments():
    entry = entry_of(constant)
    from arrowbox._raw import Wire

    opened = entry.open(entry, [], Options())
    wire = opened.invoke(Wire(5, [], [], []))
    assert wire.nodes == [(5, 0)]
    assert memoryview(wire.buffers[1]).cast("q").tolist() == [42] * 5


def test_an_exception_has_type_message_place_and_row():
    with pytest.raises(Error) as error:
        run(inverse, [1, None, 0, 2])
    assert error.value.row == 2
    line = inverse.__code__.co_firstlineno + 2
    assert str(error.value).startswith("ZeroDivisionError: division by zero (")
    assert str(error.value).endswith(f"test_rows.py:{line})")


@scalar
def refuses(number: int) -> int:
    if number < 0:
        raise Error("the number is negative")
    return number


def test_an_error_of_the_sdk_is_only_its_message():
    with pytest.raises(Error) as error:
        run(refuses, [1, -1])
    assert (str(error.value), error.value.row) == ("the number is negative", 1)


def test_messages_are_utf_8():
    @scalar
    def says(kind: int) -> str:
        if kind == 2:
            return "\udcff"
        raise [ValueError, Error][kind]("ä \ud800")

    messages = ["ValueError: ä \\ud800 (", "ä \\ud800", "the function returned str '\\udcff', "]
    for kind, message in enumerate(messages):
        with pytest.raises(Error) as error:
            run(says, [kind])
        assert str(error.value).startswith(message)
        str(error.value).encode()


class Own(Error):
    def __init__(self, code):
        self.code = code


def test_errors_of_the_author_are_errors():
    @scalar
    def raises(kind: int) -> int:
        raise [Own("mine"), Own(code=1), Error("placed", "here"), Error("placed", -1)][kind]

    for kind, message in enumerate(("mine", "Own", "placed", "placed")):
        with pytest.raises(Error) as error:
            run(raises, [kind])
        assert (str(error.value), error.value.row) == (message, 0)


class Lookup(Exception):
    pass


@scalar
def deep(text: str) -> str:
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise Lookup("no JSON") from error


def test_exceptions_of_the_author_have_their_own_name():
    with pytest.raises(Error, match=r"^Lookup: no JSON \(.*test_rows.py:\d+\)$"):
        run(deep, ["{"])


@pytest.mark.parametrize(
    "hint,value,message",
    [
        (int, 1.5, "the function returned float 1.5 is not what is agreed, which is int (Int64)"),
        (int, "a", "the function returned str 'a' is not what is agreed, which is int (Int64)"),
        (int, 1 << 63, "the function returned int 9223372036854775808, which does not fit Int64"),
        (Int8, 128, "the function returned int 128, which does not fit Int8"),
        (bool, 1, "the function returned int 1 is not what is agreed, which is bool (Boolean)"),
        (str, 1, "the function returned int 1 is not what is agreed, which is str (Utf8)"),
        (bytes, "a", "the function returned str 'a' is not what is agreed, which is bytes (Binary)"),
        (list[int], 1, "the function returned int 1 is not what is agreed, which is list[int] (List(Int64))"),
        (list[int], ["a"], "the function returned str 'a' is not what is agreed, which is int (Int64)"),
        (Decimal, 0.5, "the function returned float 0.5 is not what is agreed, which is Decimal (Decimal128(38, 10))"),
        (
            decimal_type(3, 0),
            Decimal(1000),
            "the function returned Decimal Decimal('1000'), which does not fit Decimal128(3, 0)",
        ),
        (Point, 1, "the function returned int 1 is not what is agreed, which is Point with the fields x, label"),
        (int, None, "the function returned None, and its hint says int"),
    ],
)
def test_a_result_of_another_type_is_an_error(hint, value, message):
    def gives(row):
        return value if row else good

    good = {int: 1, bool: True, str: "", bytes: b"", Decimal: Decimal(1), Point: Point(1.0, None)}.get(hint)
    if good is None:
        good = [] if hint == list[int] else 1
    gives.__annotations__ = {"row": int, "return": hint}
    scalar(gives, name="gives")
    with pytest.raises(Error) as error:
        run(gives, [0, 0, 1])
    assert (str(error.value), error.value.row) == (message, 2)


class Turned(NamedTuple):
    value: int
    key: str


def gives(hint, value):
    """What a function gives that returns this."""

    def given(row: int):
        return value

    given.__annotations__["return"] = hint
    scalar(given, name=f"given_{abs(hash(str(hint)))}")
    return run(given, [1])


@pytest.mark.parametrize(
    "hint,value",
    [
        (dt.time, dt.datetime(2026, 1, 2, 3, 4)),
        (dt.time, dt.time(1, 2, tzinfo=dt.timezone.utc)),
        (Decimal, "1.5"),
        (Decimal, True),
        (Decimal, (0, (1, 5), -1)),
        (bytes, memoryview(b"abcdefgh").cast("i")),
    ],
)
def test_what_only_looks_like_it_is_refused(hint, value):
    with pytest.raises(Error, match="is not what is agreed, which is"):
        gives(hint, value)


@pytest.mark.parametrize(
    "hint,value,message",
    [
        (int, 10**5000, "int of 16610 bits, which does not fit Int64"),
        (Decimal, 10**5000, "int of 16610 bits, which does not fit Decimal128(38, 10)"),
        (Decimal, Decimal("9E+999999"), "Decimal Decimal('9E+999999'), which does not fit Decimal128(38, 10)"),
        (Decimal, Decimal("1E+28"), "Decimal Decimal('1E+28'), which does not fit Decimal128(38, 10)"),
        (Decimal, Decimal("NaN"), "Decimal Decimal('NaN'), which does not fit Decimal128(38, 10): cannot convert"),
        (Decimal, Decimal("-Infinity"), "Decimal Decimal('-Infinity'), which does not fit Decimal128(38, 10)"),
    ],
    ids=range(6),
)
def test_numbers_that_are_too_large_are_shown(hint, value, message):
    with pytest.raises(Error) as error:
        gives(hint, value)
    assert str(error.value).startswith(f"the function returned {message}")
    assert error.value.row == 0


def test_decimals_are_rounded_once():
    assert gives(decimal_type(5, 0), Decimal("0." + "4" + "9" * 100)) == [0]
    assert gives(decimal_type(5, 0), Decimal("-0.5")) == [-1]
    assert gives(decimal_type(5, -2), Decimal("150")) == [200]
    assert gives(Decimal, Decimal("9999999999999999999999999999.99999999994")) == [Decimal("9" * 28 + "." + "9" * 10)]
    assert gives(Decimal, Decimal("1E-999999")) == [0]


def test_named_tuples_are_read_by_their_names():
    assert gives(Pair, Turned(1, "a")) == [{"key": "a", "value": 1}]
    assert gives(list[Pair], [Turned(1, "a"), Pair("b", 2)]) == [[{"key": "a", "value": 1}, {"key": "b", "value": 2}]]
    assert gives(Pair, ("a", 1)) == [{"key": "a", "value": 1}]
    assert gives(Decimal, 2) == [Decimal(2)]
    assert gives(bytes, memoryview(b"ab")) == [b"ab"]


@dataclasses.dataclass
class Tree:
    children: list["Tree"]


def test_options_reach_the_constructor():
    @scalar
    class Censor:
        """The text without some words."""

        def __init__(self, options: Options):
            options.only("words")
            self.words = options.data("words").read_text().split()

        def __call__(self, text: str) -> str:
            for word in self.words:
                text = text.replace(word, "…")
            return text

    options = Options(data={"words": b"ab cd"})
    assert entry_of(Censor).name == "censor"
    assert run(Censor, ["ab x cd", None], options=options) == ["… x …", None]
    assert Censor(options)("cd") == "…"
    with pytest.raises(Error, match="param.word is not known: the function takes words"):
        run(Censor, [""], options=Options({"word": "x"}))
    with pytest.raises(Error, match="param.x is not known: the function takes no options"):
        run(half, [1], options=Options({"x": "1"}))


def refused(function):
    with pytest.raises(Refused) as error:
        scalar(function)
    assert error.value.file.endswith("test_rows.py")
    assert error.value.line >= function.__code__.co_firstlineno
    assert f"test_rows.py:{error.value.line}: " in str(error.value)
    return error.value.message


def test_what_is_not_supported_is_refused_with_what_is():
    def sets(values: set[int]) -> int: ...
    def bare(values: list) -> int: ...
    def unhinted(value, other: int) -> int: ...
    def no_result(value: int): ...
    def union(value: int | str) -> int: ...
    def defaults(value: int = 1) -> int: ...
    def named(*, value: int) -> int: ...
    def unknown(value: "Nowhere") -> int: ...  # noqa: F821
    async def later(value: int) -> int: ...
    def many(value: int) -> int:
        yield 1

    def endless(value: Tree) -> int: ...
    def hashless(value: dict[list[int], int]) -> int: ...
    def changing(value: dict[Point, int]) -> int: ...
    def wrong(value: Annotated[str, Int8.__metadata__[0]]) -> int: ...

    assert refused(sets).startswith(
        "`sets`: parameter `values`: set[int] is not supported. Supported are bool, int, float, str, bytes, date"
    )
    assert "say what is in it, as in list[int]" in refused(bare)
    assert "parameter `value`: there is no type hint" in refused(unhinted)
    assert "the result: there is no type hint" in refused(no_result)
    assert "int | str is not supported" in refused(union)
    assert "has a default value" in refused(defaults)
    assert "make it a positional parameter" in refused(named)
    assert "name 'Nowhere' is not defined" in refused(unknown)
    assert "it is async" in refused(later)
    assert "@table" in refused(many)
    assert "Tree is not supported: it is within itself" in refused(endless)
    assert "the keys of a dict have a hash, and a list[int] has none" in refused(hashless)
    assert "and a Point has none" in refused(changing)
    assert "a str is no Int8" in refused(wrong)


def test_what_is_said_in_parentheses_is_checked():
    with pytest.raises(Refused, match="volatility is one of"):
        scalar(volatility="often")(lambda: 1)
    with pytest.raises(Refused, match="there is no grant 'disk'"):
        scalar(grants=["disk"])(lambda: 1)
    with pytest.raises(Refused, match="@scalar stands above"):
        scalar(5)

    @scalar(name="tick", volatility="volatile", grants="clock")
    def tick_of(step: int) -> int:
        return step

    entry = entry_of(tick_of)
    assert (entry.name, entry.volatility, entry.grants) == ("tick", "volatile", ("clock",))


def test_functions_of_one_name_are_one_function():
    from arrowbox._function import describe, find
    from arrowbox._types import Field, Type

    @scalar(name="size_of")
    def size_of_text(value: str) -> int:
        return len(value)

    @scalar(name="size_of", volatility="stable")
    def size_of_bytes(value: Optional[bytes]) -> int:
        return len(value or b"")

    described = next(each for each in describe() if each.name == "size_of")
    assert len(described.signatures) == 2
    assert (described.volatility, described.strict) == ("stable", False)
    assert find("scalar", "size_of", [Field("", Type("z"))]).thing is size_of_bytes
    with pytest.raises(Error, match=r"size_of has no signature for \(Int64\)"):
        find("scalar", "size_of", [Field("", Type("l"))])
    with pytest.raises(Error, match="no such window function: size_of"):
        find("window", "size_of", [])


def test_functions_of_other_modules_that_are_called_alike_are_refused():
    from arrowbox._function import LIBRARY, describe

    modules = []
    for name in ("one", "other"):
        namespace = {"__name__": name}
        code = "from arrowbox import scalar\n@scalar\ndef of_two_modules(x: int) -> int:\n    return x\n"
        exec(compile(code, f"/{name}.py", "exec"), namespace)
        modules.append(entry_of(namespace["of_two_modules"]))
    with pytest.raises(Refused, match=r"`of_two_modules` is there twice .*: the other one is in /one.py:2"):
        describe(modules)
    for entry in modules:
        LIBRARY.remove(entry)
