"""Columns outside of a component: what the engine computes, computed in Python."""

import datetime as dt
import math
from decimal import Decimal

import pytest

from arrowbox import (
    Array,
    Column,
    Error,
    Float32,
    Int8,
    Int32,
    UInt8,
    UInt64,
    call,
    concat,
    decimal_type,
    same_as_first,
    scalar,
    where,
)
from arrowbox.testing import entry_of
from arrowbox.testing import scalar as run

NUMBERS = Column.of([1, None, 3])


def shown(column):
    return str(column.type), column.to_list()


def test_arithmetic_has_nulls_and_types_of_sql():
    for column, expected in [
        (NUMBERS + 1, ("Int64", [2, None, 4])),
        (1 - NUMBERS, ("Int64", [0, None, -2])),
        (NUMBERS * NUMBERS, ("Int64", [1, None, 9])),
        (NUMBERS / 2, ("Float64", [0.5, None, 1.5])),
        (6 / NUMBERS, ("Float64", [6.0, None, 2.0])),
        (Column.of([-7, 7]) // 2, ("Int64", [-3, 3])),
        (Column.of([-7, 7]) % 4, ("Int64", [-3, 3])),
        (Column.of([-7.5]) // 2, ("Float64", [-4.0])),
        (NUMBERS + 0.5, ("Float64", [1.5, None, 3.5])),
        (NUMBERS + None, ("Int64", [None, None, None])),
        (-NUMBERS, ("Int64", [-1, None, -3])),
        (abs(-NUMBERS), ("Int64", [1, None, 3])),
        (Column.of([1], Int8) + Column.of([1], Int32), ("Int32", [2])),
        (Column.of([1], Int8) + 1, ("Int8", [2])),
        (Column.of([1], UInt8) + Column.of([-1], Int8), ("Int16", [0])),
        (Column.of([0.1], Float32) + 1, ("Float32", [pytest.approx(1.1)])),
        (NUMBERS**2, ("Float64", [1.0, None, 9.0])),
        (2**NUMBERS, ("Float64", [2.0, None, 8.0])),
        (Column.of(Array.of([1, None]), Float32), ("Float32", [1.0, None])),
        (NUMBERS & 1, ("Int64", [1, None, 1])),
        (NUMBERS | 4, ("Int64", [5, None, 7])),
        (~NUMBERS, ("Int64", [-2, None, -4])),
        (NUMBERS << 2, ("Int64", [4, None, 12])),
    ]:
        assert shown(column) == expected


def decimals(precision, scale, *values):
    return Column.of([None if value is None else Decimal(value) for value in values], decimal_type(precision, scale))


MONEY = decimals(10, 2, "1.25", "-2.5", None)
HALVES = Column.of([1.5, -0.5, None, math.nan, math.inf, -0.0])
BYTES = Column.of([7, None, 255], UInt8)
DAY = Column.of([dt.date(2026, 3, 15), None])


@pytest.mark.parametrize(
    "column,data_type,values",
    [
        (MONEY * MONEY, "Decimal128(21, 4)", ["1.5625", "6.2500", None]),
        (MONEY + 1, "Decimal128(23, 2)", ["2.25", "-1.50", None]),
        (MONEY // Decimal("0.5"), "Decimal128(24, 6)", ["2.000000", "-5.000000", None]),
        (MONEY // 2, "Decimal128(14, 6)", ["0.000000", "-1.000000", None]),
        (Column.of([-7, 7]) // 2.0, "Float64", ["-4.0", "3.0"]),
        (Column.of([-7]) // Column.of([2.0]), "Float64", ["-4.0"]),
        (Column.of([7], UInt64) // Column.of([-2]), "Decimal128(24, 4)", ["-3.0000"]),
        (MONEY / Decimal("1.5"), "Decimal128(24, 6)", ["0.833333", "-1.666666", None]),
        (MONEY % Decimal("1.5"), "Decimal128(18, 10)", ["1.2500000000", "-1.0000000000", None]),
        (MONEY + Column.of([0.5], Float32), "Float32", ["1.75", "-2.0", None]),
        (MONEY == Decimal("1.255"), "Boolean", ["False", "False", None]),
        (MONEY.fill_null(5), "Decimal128(22, 2)", ["1.25", "-2.50", "5.00"]),
        (MONEY.round(1), "Decimal128(10, 1)", ["1.3", "-2.5", None]),
        (MONEY.floor(), "Decimal128(10, 2)", ["1.00", "-3.00", None]),
        (Column.of([7], UInt64) + Column.of([-9]), "Decimal128(21, 0)", ["-2"]),
        (Column.of([1 << 63], UInt64) < Column.of([-9]), "Boolean", ["False"]),
        (BYTES << 1, "UInt8", ["14", None, "254"]),
        (BYTES >> 40, "UInt8", ["7", None, "255"]),
        (Column.of([1]) << 63, "Int64", [str(-(1 << 63))]),
        (Column.of([127], Int8) << 1, "Int8", ["-2"]),
        (Column.of([7]) + Column.of([0.1], Float32), "Float32", ["7.099999904632568"]),
        (Column.of([0.1], Float32) - 0.1, "Float32", ["0.0"]),
        (Column.of([0.1], Float32) == 0.1, "Boolean", ["True"]),
        (Column.of([0.1]).cast(Float32).cast(float), "Float64", ["0.10000000149011612"]),
        (Column.of([0.1, None], Float32).fill_null(5), "Float32", ["0.10000000149011612", "5.0"]),
        (HALVES.ceil(), "Float64", ["2.0", "-0.0", None, "nan", "inf", "-0.0"]),
        (HALVES // 1, "Float64", ["1.0", "-1.0", None, "nan", "inf", "-0.0"]),
        (Column.of([0.0, -0.0]).sort(), "Float64", ["-0.0", "0.0"]),
        (Column.of([2.5, 1.005, -0.5]).round(2), "Float64", ["2.5", "1.0", "-0.5"]),
        (Column.of([15, -5]).round(-1), "Int64", ["20", "-10"]),
        (Column.of([-8.0]) ** 0.5, "Float64", ["nan"]),
        (Column.of([1e20, 1e-7, 1e15, 0.1]).cast(str), "Utf8", ["1e20", "1e-7", "1000000000000000.0", "0.1"]),
        (Column.of([0.1, 1e20], Float32).cast(str), "Utf8", ["0.1", "1e20"]),
        (Column.of(["yes", "off"]).cast(bool), "Boolean", ["True", "False"]),
        (Column.of([dt.timedelta(1, 0, 5), -dt.timedelta(1)]).cast(str), "Utf8", ["PT86400.000005S", "-PT86400S"]),
        (Column.of([dt.timedelta(1)]) + dt.timedelta(1), "Duration(µs)", ["2 days, 0:00:00"]),
        (DAY - dt.date(2026, 3, 1), "Int64", ["14", None]),
        (DAY == "2026-03-15", "Boolean", ["True", None]),
        (DAY.trunc("month"), "Timestamp(ns)", ["2026-03-01 00:00:00", None]),
        (DAY.part("hour"), "Int32", ["0", None]),
        (DAY.part("epoch"), "Float64", ["1773532800.0", None]),
        (Column.of(["abc"]).replace("", "-"), "Utf8", ["abc"]),
        (Column.of(["abcab"]).regexp_replace("(a)(b)", "$2${1}<$0>\\1$$\\n", "g"), "Utf8", [r"ba<ab>a$\ncba<ab>a$\n"]),
        (Column.of([" x "]).regexp_replace("x*", "-", "g"), "Utf8", ["- - -"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_engine_gives(column, data_type, values):
    assert str(column.type) == data_type
    assert [None if value is None else str(value) for value in column.to_list()] == values


def test_reductions_give_what_the_engine_gives():
    assert Column.of([1, 2]).median() == 1.5
    assert (Column.of([-3, -2]).median(), Column.of([254, 255], UInt8).median()) == (-2.5, 254.5)
    assert math.isnan(HALVES.max()) and HALVES.min() == -0.5 and math.isnan(HALVES.std())
    assert Column.of([-1.0, math.nan, 5.0, 1.0]).median() == 3.0
    assert MONEY.std() == pytest.approx(2.65165)
    for reduce in (MONEY.sum, MONEY.mean, DAY.min, lambda: DAY[0]):
        with pytest.raises(Error, match="has to be cast before it is one here"):
            reduce()
    for reduce in (Column.of([True]).sum, Column.of(["a"]).median):
        with pytest.raises(Error, match="is of numbers, and not of"):
            reduce()
    for column in (lambda: Column.of([-1]).sqrt(), lambda: Column.of([0]) ** -1, lambda: DAY + dt.timedelta(1)):
        with pytest.raises(Error):
            column()
    for column in (lambda: Column.of(["1_0"]).cast(int), lambda: Column.of([7], UInt64) << -1):
        with pytest.raises(Error):
            column()


def test_overflow_and_division_by_zero_are_errors():
    with pytest.raises(Error, match="Overflow happened"):
        Column.of([(1 << 63) - 1]) + 1
    with pytest.raises(Error, match="Overflow happened"):
        Column.of([127], Int8) + 1
    with pytest.raises(Error, match="Overflow happened"):
        Column.of([0], UInt64) - 1
    with pytest.raises(Error, match="Divide by zero"):
        NUMBERS // 0
    with pytest.raises(Error, match="Divide by zero"):
        NUMBERS % 0
    assert (Column.of([1.0, -1.0, 0.0]) / 0).to_list()[:2] == [math.inf, -math.inf]


def test_comparisons_and_logic():
    assert (NUMBERS > 1).to_list() == [False, None, True]
    assert (NUMBERS == NUMBERS).to_list() == [True, None, True]
    assert (Column.of(["a", None]) != "a").to_list() == [False, None]
    nan = Column.of([math.nan, 1.0])
    assert (nan == nan).to_list() == [True, True]
    assert (nan > 5.0).to_list() == [True, False]
    true, false, null = (Column.of([each], bool) for each in (True, False, None))
    assert [(null & false).to_list(), (null & true).to_list(), (null | true).to_list(), (null | false).to_list()] == [
        [False],
        [None],
        [True],
        [None],
    ]
    assert (~true).to_list() == [False] and (~null).to_list() == [None]
    assert (true ^ false).to_list() == [True]
    assert (Column.of([dt.date(2026, 1, 1)]) < dt.date(2026, 1, 2)).to_list() == [True]


def test_choices_and_nulls():
    assert shown(where(NUMBERS > 1, NUMBERS, 0)) == ("Int64", [0, 0, 3])
    assert shown(NUMBERS.where(NUMBERS > 1)) == ("Int64", [None, None, 3])
    assert shown(where(NUMBERS > 1, 0.5, NUMBERS)) == ("Float64", [1.0, None, 0.5])
    assert NUMBERS.is_null().to_list() == [False, True, False]
    assert NUMBERS.is_not_null().to_list() == [True, False, True]
    assert NUMBERS.fill_null(-1).to_list() == [1, -1, 3]


def test_rows():
    assert NUMBERS.filter(NUMBERS > 1).to_list() == [3]
    assert NUMBERS.take([2, 2, 0]).to_list() == [3, 3, 1]
    assert NUMBERS.sort(descending=True).to_list() == [3, 1, None]
    assert NUMBERS.argsort(nulls_first=True).to_list() == [1, 0, 2]
    assert concat([NUMBERS, NUMBERS[:1]]).to_list() == [1, None, 3, 1]
    assert NUMBERS[1:].to_list() == [None, 3]
    assert (NUMBERS[0], NUMBERS[1], NUMBERS[-1], len(NUMBERS)) == (1, None, 3, 3)
    with pytest.raises(Error, match="there is no row 9"):
        NUMBERS.take([9])
    with pytest.raises(Error, match="can not be combined"):
        NUMBERS + NUMBERS[:2]
    with pytest.raises(Error, match="can not stand behind"):
        concat([NUMBERS, NUMBERS.cast(float)])


def test_casts():
    assert shown(NUMBERS.cast(str)) == ("Utf8", ["1", None, "3"])
    assert shown(Column.of(["1", None]).cast(int)) == ("Int64", [1, None])
    assert shown(NUMBERS.cast(Int8)) == ("Int8", [1, None, 3])
    assert shown(Column.of(["2026-01-02"]).cast(dt.date)) == ("Date32", [dt.date(2026, 1, 2)])
    with pytest.raises(Error, match="Cast error"):
        Column.of([300]).cast(Int8)
    with pytest.raises(Error, match="Cast error"):
        Column.of(["x"]).cast(int)


def test_reductions_leave_out_nulls():
    assert (NUMBERS.sum(), NUMBERS.min(), NUMBERS.max(), NUMBERS.mean(), NUMBERS.count()) == (4, 1, 3, 2.0, 2)
    assert (NUMBERS.std(), NUMBERS.median()) == (pytest.approx(math.sqrt(2)), 2)
    empty = Column.of([None], int)
    assert (empty.sum(), empty.count(), empty.mean()) == (None, 0, None)
    assert ((NUMBERS > 0).all(), (NUMBERS > 1).any(), (NUMBERS > 1).all()) == (True, True, False)


def test_text():
    words = Column.of(["Straße", None, " b "])
    assert words.upper().to_list() == ["STRASSE", None, " B "]
    assert words.length().to_list() == [6, None, 3]
    assert (words + "!").to_list() == ["Straße!", None, " b !"]
    assert ("<" + words + words).to_list() == ["<StraßeStraße", None, "< b  b "]
    assert words.strip().to_list() == ["Straße", None, "b"]
    assert words.contains("ra").to_list() == [True, None, False]
    assert words.substring(2, 3).to_list() == ["tra", None, "b "]
    assert words.like("S%e").to_list() == [True, None, False]
    assert Column.of(["a,b"]).split_part(",", 2).to_list() == ["b"]
    assert Column.of(["a1b2"]).regexp_replace(r"(\d)", "<$1>", "g").to_list() == ["a<1>b<2>"]
    assert words.replace("a", "").starts_with("Str").to_list() == [True, None, False]


def test_times():
    times = Column.of([dt.datetime(2026, 5, 17, 8, 30, 5), None])
    assert times.trunc("hour").to_list() == [dt.datetime(2026, 5, 17, 8), None]
    assert times.part("month").to_list() == [5, None]
    assert (times + dt.timedelta(days=1)).to_list() == [dt.datetime(2026, 5, 18, 8, 30, 5), None]


def test_what_is_not_there_is_an_error():
    with pytest.raises(Error, match="is a function of the engine, which a test outside of a component has not"):
        call("levenshtein", Column.of(["a"]), "b")
    with pytest.raises(TypeError, match="neither true nor false"):
        if NUMBERS > 1:
            pass
    with pytest.raises(TypeError, match="not looped over"):
        list(NUMBERS)


@scalar
def add_one(x: Column[int]) -> Column[int]:
    """One more."""
    return x + 1


@scalar(returns=same_as_first)
def backwards(values: Column) -> Column:
    return values.take(range(len(values) - 1, -1, -1))


@scalar
def total(values: Array[int]) -> Array[int]:
    sums, sum = [], 0
    for value in values.values:
        sum += value
        sums.append(sum)
    return sums


def test_functions_of_columns():
    entry = entry_of(add_one)
    assert (entry.columns, entry.strict, str(entry.parameters[0].type)) == (True, False, "Int64")
    assert add_one(NUMBERS).to_list() == [2, None, 4]
    assert run(add_one, [1, None, 3]) == [2, None, 4]
    assert run(backwards, ["a", None]) == [None, "a"]
    assert entry_of(backwards).parameters[0].type.format == "*"


def test_functions_of_arrays():
    assert not entry_of(total).columns
    assert run(total, [1, 2, 3]) == [1, 3, 6]
    assert run(total, 5) == [5]


@pytest.mark.parametrize(
    "given,message",
    [
        (lambda x: x[:1].take([0, 0, 0, 0]), "the function returned 4 values for 3 rows"),
        (lambda x: x.cast(str), "the function returned Utf8 and its signature says Int64"),
        (lambda x: "text", "the function returned str 'text' is not what is agreed, which is Int64"),
        (lambda x: {1: 2}, "the function returned dict is given where a column of Int64 is agreed"),
        (lambda x: [5], "the function returned 1 values for 3 rows"),
    ],
)
def test_a_column_of_another_kind_is_an_error(given, message):
    def gives(x: Column[int]) -> Column[int]:
        return given(x)

    scalar(gives, name="gives_column")
    with pytest.raises(Error) as error:
        run(gives, [1, 2, 3])
    assert message in str(error.value)


def test_a_near_type_is_cast_and_a_value_stands_for_all_rows():
    @scalar
    def narrow(x: Column[int]) -> Column[int]:
        return x.cast(Int32)

    @scalar
    def seven(x: Column[int]) -> Column[int]:
        return 7

    assert run(narrow, [1]) == [1]
    assert run(seven, [1, 2]) == [7, 7]
