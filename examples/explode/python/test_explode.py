import pytest
from arrowbox import Error
from arrowbox.testing import table
from explode import explode


@pytest.mark.parametrize(
    "text,delimiter,parts",
    [("a,b,c", ",", ["a", "b", "c"]), ("", ",", [""]), ("a", ", ", ["a"]), (",ü,", ",", ["", "ü", ""])],
)
def test_parts(text, delimiter, parts):
    rows = [{"index": index, "part": part} for index, part in enumerate(parts, 1)]
    assert table(explode, text, delimiter) == rows
    assert [part._asdict() for part in explode(text, delimiter)] == rows


def test_null_has_no_parts():
    assert [row["part"] for row in table(explode, ["a b", None, "c"], " ")] == ["a", "b", "c"]


def test_an_empty_delimiter_is_an_error():
    with pytest.raises(Error, match="the delimiter is empty") as error:
        table(explode, ["a", "b"], ["x", ""])
    assert error.value.row == 1
