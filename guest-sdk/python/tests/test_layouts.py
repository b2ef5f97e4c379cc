"""Arrays of every layout that a table can have, as Python values."""

import datetime as dt
import struct
from array import array

import pytest

from arrowbox import Array, Error, UInt8
from arrowbox._bits import both, pack, unpack
from arrowbox._decode import decode
from arrowbox._encode import encode
from arrowbox._raw import Raw, Wire, joined, read, take, write
from arrowbox._types import Field, Type, list_of, read_fields, write_fields

WORDS = ["", "short", None, "exactly 12 b", "longer than twelve bytes", "ünï", None]


def dictionary(keys: str, values: Type) -> Type:
    return Type(keys, dictionary=Field("", values))


def struct_of(**fields: Type) -> Type:
    return Type("+s", [Field(name, each) for name, each in fields.items()])


LAYOUTS = [
    *[(Type(format), WORDS) for format in ("u", "U", "vu")],
    *[(Type(format), [None if word is None else word.encode() for word in WORDS]) for format in ("z", "Z", "vz")],
    *[(Type(format), [1, None, 100, -5 if format.islower() else 5]) for format in "cCsSiIlL"],
    *[(Type(format), [0.5, None, -2.0]) for format in "efg"],
    (Type("b"), [True, None, False] * 20),
    (Type("n"), [None] * 9),
    (dictionary("c", Type("u")), ["a", "b", None, "a", "a"]),
    (dictionary("I", Type("vu")), ["a long text of more than twelve", None, "b"]),
    (Type("w:3"), [b"abc", None, b"\0\0\0"]),
    (Type("tdD"), [dt.date(2026, 1, 2), None]),
    (Type("tdm"), [dt.date(2026, 1, 2), None]),
    *[(Type(f"ts{unit}:"), [dt.datetime(2026, 1, 2, 3, 4, 5), None]) for unit in "smun"],
    (Type("tsn:UTC"), [dt.datetime(1960, 1, 2, 3, 4, 5, 6, dt.timezone.utc), None]),
    *[(Type(f"tt{unit}"), [dt.time(3, 4, 5), None]) for unit in "smun"],
    *[(Type(f"tD{unit}"), [dt.timedelta(-1, 5), None]) for unit in "smun"],
    (Type("tiM"), [14, None]),
    (Type("tiD"), [(1, -500)]),
    (Type("tin"), [(1, 2, 3)]),
    (Type("d:5,2,32"), [None]),
    (list_of(Type("vu")), [["a", None], None, [], ["b" * 20]]),
    (Type("+L", [Field("item", Type("l"))]), [[1, None], None, []]),
    (struct_of(a=Type("l"), b=Type("u")), [{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
    (struct_of(a=struct_of(b=list_of(Type("b")))), [{"a": {"b": [True, None]}}, {"a": None}, None]),
]


@pytest.mark.parametrize("data_type,values", LAYOUTS, ids=lambda value: str(value)[:40])
def test_values_go_in_and_out_of_every_layout(data_type, values):
    for given in (values, values[:1], values * 9, []):
        raw = encode(given, data_type)
        assert decode(raw) == given
        wire = write(raw.length, [raw])
        again = read([Field("", data_type)], wire)[0]
        assert decode(again) == given
        places = [place for place in reversed(range(len(given)))]
        assert decode(take(again, places)) == given[::-1]
        assert decode(take(again, places + places)) == given[::-1] * 2
        whole = Array(again)
        assert whole[1:].to_list() == given[1:]
        assert decode(whole[1:].raw()) == given[1:]


@pytest.mark.parametrize("data_type,values", LAYOUTS, ids=lambda value: str(value)[:40])
def test_schemas_are_written_and_read(data_type, values):
    fields = [Field("a", data_type, False), Field("b", list_of(data_type), metadata=[("k", "v")])]
    assert read_fields(write_fields(fields)) == fields
    assert read_fields(write_fields(fields))[1].metadata == (("k", "v"),)


def test_offsets_can_begin_above_zero():
    data = "xxxäbcd".encode()
    for format, code in (("u", "i"), ("U", "q")):
        raw = Raw(Type(format), 2, buffers=[array(code, [3, 5, 8]).tobytes(), data])
        assert decode(raw) == ["ä", "bcd"]
        raw = Raw(Type(format), 2, buffers=[array(code, [5, 6, 8]).tobytes(), data])
        assert decode(raw) == ["b", "cd"]
    child = encode([1, 2, 3, 4], Type("l"))
    assert decode(Raw(list_of(Type("l")), 2, buffers=[array("i", [1, 1, 3]).tobytes()], children=[child])) == [
        [],
        [2, 3],
    ]


def test_buffers_can_be_longer_than_their_values():
    raw = Raw(Type("l"), 2, 1, b"\xf5\xff", [array("q", [7, 8, 9, 10]).tobytes()])
    assert decode(raw) == [7, None]
    assert decode(Raw(Type("u"), 0, buffers=[b"", b""])) == []


def test_views_have_any_number_of_data_buffers():
    entries = [struct.pack("<i4sii", 13, b"aaaa", 1, 2), struct.pack("<i12s", 2, b"hi")]
    raw = Raw(Type("vu"), 2, buffers=[b"".join(entries), b"", b"__" + b"a" * 13])
    wire = write(2, [raw])
    assert wire.variadic == [2]
    assert decode(read([Field("", Type("vu"))], wire)[0]) == ["a" * 13, "hi"]


def test_layouts_that_are_only_read():
    ints = encode([1, 2, 3, 4, 5, 6], Type("l"))
    fixed = Type("+w:2", [Field("item", Type("l"))])
    raw = Raw(fixed, 3, 1, b"\x05", children=[ints])
    assert decode(raw) == [[1, 2], None, [5, 6]]
    assert decode(take(raw, [2, 0])) == [[5, 6], [1, 2]]
    view = Raw(
        Type("+vl", [Field("item", Type("l"))]),
        2,
        buffers=[array("i", [3, 0]).tobytes(), array("i", [2, 0]).tobytes()],
        children=[ints],
    )
    assert decode(view) == [[4, 5], []]
    assert decode(take(view, [1, 0, 0])) == [[], [4, 5], [4, 5]]
    runs = Raw(
        Type("+r", [Field("run_ends", Type("i")), Field("values", Type("u"))]),
        5,
        children=[encode([2, 5], Type("i")), encode(["a", None], Type("u"))],
    )
    assert decode(runs) == ["a", "a", None, None, None]
    dense = Raw(
        Type("+ud:0,5", [Field("a", Type("l")), Field("b", Type("u"))]),
        3,
        buffers=[b"\0\5\0", array("i", [0, 0, 1]).tobytes()],
        children=[ints, encode(["x"], Type("u"))],
    )
    assert decode(dense) == [1, "x", 2]
    wire = write(3, [dense, view, runs])
    fields = [Field("", each.type) for each in (dense, view, runs)]
    assert [decode(each) for each in read(fields, wire)] == [[1, "x", 2], [[4, 5], []], ["a", "a", None, None, None]]


def test_a_batch_that_is_too_short_is_an_error():
    with pytest.raises(ValueError, match="fewer nodes or buffers"):
        read([Field("", Type("u"))], Wire(1, [(1, 0)], [b"", b""], []))
    with pytest.raises(ValueError, match="the schema ends within a field"):
        read_fields(write_fields([Field("", list_of(Type("l")))])[:1])


def test_times_that_python_has_not_are_errors():
    for format, value in (("tdD", 10_000_000), ("tss:", 1 << 50), ("tDs", 1 << 50)):
        code = "i" if format == "tdD" else "q"
        raw = Raw(Type(format), 1, buffers=[array(code, [value]).tobytes()])
        with pytest.raises(Error):
            decode(raw)
        raw = Raw(Type(format), 2, 1, b"\x02", [array(code, [value, 0]).tobytes()])
        assert decode(raw)[0] is None


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 64, 1000])
def test_bitmaps(length):
    bits = [place % 3 == 0 for place in range(length)]
    bitmap = pack(bits)
    assert len(bitmap) == (length + 7) // 8
    assert unpack(bitmap, length) == bits
    assert unpack(both(bitmap, pack([not bit for bit in bits])), length) == [False] * length


def test_arrays():
    numbers = Array.of([1, None, 3])
    assert (str(numbers.type), numbers.null_count, numbers.valid) == ("Int64", 1, [True, False, True])
    assert numbers.values.tolist() == [1, 0, 3]
    assert numbers[1:].values.tolist() == [0, 3]
    assert numbers[-1] == 3 and numbers[0:1] == [1] and numbers[::2] == [1, 3]
    assert Array.of([0.5]).values.format == "d"
    assert repr(Array.of(["a"])) == "Array[Utf8](['a'])"
    with pytest.raises(Error, match="do not lie in one buffer as numbers"):
        Array.of(["a"]).values
    with pytest.raises(IndexError):
        numbers[3]


def fixed(values):
    return Type("+w:2", [Field("item", values)])


def union(mode: str) -> Raw:
    """1, "x", 2, null, "y"."""
    data_type = Type(f"+u{mode}:0,5", [Field("a", Type("l")), Field("b", Type("u"))])
    kinds = b"\0\5\0\0\5"
    if mode == "d":
        places = array("i", [0, 0, 1, 2, 1]).tobytes()
        return Raw(
            data_type,
            5,
            buffers=[kinds, places],
            children=[encode([1, 2, None], Type("l")), encode(["x", "y"], Type("u"))],
        )
    children = [encode([1, 9, 2, None, 9], Type("l")), encode(["", "x", "", "", "y"], Type("u"))]
    return Raw(data_type, 5, buffers=[kinds], children=children)


RUNS = Type("+r", [Field("run_ends", Type("s")), Field("values", Type("u"))])

MORE_LAYOUTS = [
    (fixed(Type("l")), [[1, None], None, [3, 4]]),
    (Type("+w:0", [Field("item", Type("l"))]), [[], None, []]),
    *[(Type(format, [Field("item", Type("u"))]), [["a", None], None, [], ["b"]]) for format in ("+vl", "+vL")],
    (RUNS, ["a", "a", None, "b", None]),
    (dictionary("L", Type("g")), [0.0, -0.0, None, 0.5]),
    (dictionary("C", list_of(Type("l"))), [[1], None, [2], [1]] * 100),
    (dictionary("c", struct_of(a=Type("l"))), [None, None]),
]


@pytest.mark.parametrize("data_type,values", MORE_LAYOUTS, ids=lambda value: str(value)[:40])
def test_values_go_in_and_out_of_more_layouts(data_type, values):
    test_values_go_in_and_out_of_every_layout(data_type, values)
    assert [str(each) for each in decode(encode(values, data_type))] == [str(each) for each in values]


def test_values_of_unions_and_runs_are_picked_out():
    for raw in (union("s"), union("d")):
        assert decode(raw) == [1, "x", 2, None, "y"]
        assert decode(take(raw, [4, 4, 3, 0])) == ["y", "y", None, 1]
        assert decode(Array(raw)[1:3].raw()) == ["x", 2]
    runs = Raw(RUNS, 5, children=[encode([2, 6], Type("s")), encode(["a", None], Type("u"))])
    assert decode(take(runs, [4, 0, 1, 0, 2])) == [None, "a", "a", "a", None]
    with pytest.raises(ValueError, match="32768 rows are too many for RunEndEncoded"):
        take(runs, [0] * 32767 + [3])


@pytest.mark.parametrize("data_type,values", LAYOUTS + MORE_LAYOUTS, ids=lambda value: str(value)[:40])
def test_arrays_of_every_layout_are_joined(data_type, values):
    parts = [values, values[1:], [], values[:1] * 2, values[::-1]]
    whole = joined([encode(part, data_type) for part in parts])
    assert decode(whole) == [value for part in parts for value in part]
    sliced = [take(encode(part, data_type), range(len(part))) for part in parts]
    assert decode(read([Field("", data_type)], write(whole.length, [joined(sliced)]))[0]) == decode(whole)


def test_what_can_not_be_encoded_is_joined():
    for raw in (union("s"), union("d")):
        assert decode(joined([raw, take(raw, [3, 1]), raw])) == [1, "x", 2, None, "y", None, "x", 1, "x", 2, None, "y"]
    nanoseconds = Raw(Type("tsn:"), 1, buffers=[array("q", [1_234_567]).tobytes()])
    assert joined([nanoseconds] * 2).buffers == [array("q", [1_234_567] * 2).tobytes()]
    text = Raw(Type("u"), 2, buffers=[array("i", [3, 5, 8]).tobytes(), "xxxäbcd".encode()])
    assert decode(joined([text, text])) == ["ä", "bcd"] * 2
    with pytest.raises(ValueError, match="too many for Dictionary"):
        joined([encode([str(at + 100 * part) for at in range(100)], dictionary("c", Type("u"))) for part in range(2)])
    same = [encode([str(at) for at in range(128)] + [None], dictionary("c", Type("vu"))) for _ in range(3)]
    assert joined(same).children[0].length == 128


def test_nulls_within_are_nulls_of_arrays():
    values = encode(["a", None], Type("u"))
    for raw, valid in (
        (Raw(dictionary("i", Type("u")), 3, buffers=[array("i", [0, 1, 0]).tobytes()], children=[values]), [1, 0, 1]),
        (Raw(dictionary("i", Type("u")), 2, 1, b"\2", [array("i", [9, 1]).tobytes()], [values]), [0, 0]),
        (Raw(RUNS, 3, children=[encode([1, 3], Type("s")), values]), [1, 0, 0]),
        (union("s"), [1, 1, 1, 0, 1]),
        (union("d"), [1, 1, 1, 0, 1]),
    ):
        assert Array(raw).valid == [bool(each) for each in valid]
        assert Array(raw).null_count == valid.count(0) == Array(raw).to_list().count(None)
        assert Array(raw)[:1].valid == (None if valid[0] else [False])
    assert Array(Raw(RUNS, 1, children=[encode([1, 3], Type("s")), values])).valid is None


def test_arrays_are_taken_from_within():
    part = Array.of([1, 2, 3, 4])[1:3]
    assert part.take([1, 0, 1]) == [3, 2, 3]
    for places in ([2], [-1], [0, 3]):
        with pytest.raises(IndexError, match=f"there is no value {places[-1]} in an array of 2"):
            part.take(places)


def test_lists_of_arrays_are_their_owners():
    numbers = Array.of([3, 1, 2])
    numbers.to_list().sort()
    assert numbers.to_list() == list(numbers) == [3, 1, 2]


def test_arrays_are_made_of_what_can_be_looped_over():
    assert Array.of(each for each in (1, 2, 3)) == [1, 2, 3]
    assert Array.of(map(str, (1, 2))) == ["1", "2"]
    now = dt.datetime(2026, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert str(Array.of([None, now]).type) == 'Timestamp(µs, "UTC")'
    assert Array.of([now]) == [now]
    matrix = memoryview(bytes(range(4))).cast("B", (2, 2))
    with pytest.raises((Error, NotImplementedError)):
        Array.of(matrix, UInt8)
    with pytest.raises(Error, match="do not lie in one buffer as numbers"):
        Array(encode([0.5], Type("e")), None, 0, 3).values
    assert Array(encode([7], Type("i")), None, 0, 3).values.tolist() == [7, 7, 7]


def test_columns_of_one_name_stay():
    from arrowbox import Batch

    fields = [Field("id", Type("l"), False), Field("id", Type("u")), Field("x", Type("l"))]
    batch = Batch(fields, [Array.of([1]), Array.of(["a"]), Array.of([2])], 1)
    more = batch.with_column("x", [0.5]).with_column("y", [True])
    assert [str(field.type) for field in more.fields] == ["Int64", "Utf8", "Float64", "Boolean"]
    assert [column.to_list() for column in more.columns] == [[1], ["a"], [0.5], [True]]
    assert more.fields[0] == fields[0]
    with pytest.raises(Error, match="the columns of a batch have one length"):
        batch.with_column("z", [1, 2])
