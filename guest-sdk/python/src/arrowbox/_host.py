"""What a function can ask its host for: in a component the imports of the world, in a test what the test says."""

from __future__ import annotations

from typing import Any, Optional

from ._errors import Error


class Host:
    """The host of a component sets these when the component is built; `arrowbox.testing` sets them for a test."""

    #: With `size(name)` and `read(name, offset, length)`.
    data: Optional[Any] = None
    #: With `entries()` and `read(path, offset, length)`.
    files: Optional[Any] = None
    #: With `create(path)`, which gives what has `write(bytes)` and `finish()`.
    sink: Optional[Any] = None
    #: With `now()`, in nanoseconds.
    clock: Optional[Any] = None
    #: With `bytes(length)`.
    random: Optional[Any] = None
    #: With the operations of `wit/columns.wit`.
    columns: Optional[Any] = None


HOST = Host()


def data() -> Any:
    if HOST.data is None:
        raise Error("there is no host to ask for data: in a test, make Options(data={...})")
    return HOST.data


def files() -> Any:
    if HOST.files is None:
        raise Error("there are no files outside of a query: in a test, use arrowbox.testing.with_files")
    return HOST.files


def sink() -> Any:
    if HOST.sink is None:
        raise Error("there is nothing to write to outside of a query: in a test, use arrowbox.testing.with_sink")
    return HOST.sink


def columns() -> Any:
    if HOST.columns is None:
        from ._local import Local

        HOST.columns = Local()
    return HOST.columns
