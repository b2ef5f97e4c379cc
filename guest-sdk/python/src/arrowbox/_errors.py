"""Errors, and how an exception of the author's becomes one."""

from __future__ import annotations

import os
import re
import sys
from typing import Optional, Tuple

_SDK = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


class Error(Exception):
    """The function says no: the query ends with this message, and with the row of the batch if there is one.

    Any other exception ends the query too, with its type, its message and where it was raised.
    """

    #: The row of the batch, counted from zero, where one was named.
    row: Optional[int] = None

    def __new__(cls, *arguments: object, **named: object) -> "Error":
        # A class of the author's need not call `__init__`.
        self = super().__new__(cls, *arguments)
        self.message = str(arguments[0]) if arguments else cls.__name__
        return self

    def __init__(self, message: object, row: Optional[int] = None):
        super().__init__(str(message))
        self.message = str(message)
        self.row = row

    def at_row(self, row: Optional[int]) -> "Error":
        """The same, of this row."""
        if self.row is None:
            self.row = row
        return self

    def __str__(self) -> str:
        return self.message


class Refused(TypeError):
    """A function is written in a way that is not supported. It says where, and what is."""

    def __init__(self, message: str, file: str, line: int):
        self.message = message
        self.file = file
        self.line = line
        super().__init__(f"{shown_path(file)}:{line}: {message}")


def error_of(exception: BaseException, row: Optional[int] = None) -> Error:
    """What the query ends with: an `Error` as it is, another exception with its type and place."""
    if isinstance(exception, Error):
        exception.message = written(str(exception.message))
        if not isinstance(exception.row, int) or exception.row < 0:
            exception.row = None
        return exception.at_row(row)
    if isinstance(exception, Refused):
        return Error(written(str(exception)), row)
    name = type(exception).__qualname__
    module = type(exception).__module__
    if module not in ("builtins", "__main__") and not _is_authors(module):
        name = f"{module}.{name}"
    try:
        message = str(exception)
    except Exception:
        message = "a message that can not be shown"
    text = f"{name}: {message}" if message else name
    if isinstance(exception, ModuleNotFoundError) and "arrowbox_world" in sys.modules:
        text += ": a component has what was imported when it was built, so import it at the top of a module"
    place = place_of(exception)
    if place is not None:
        text = f"{text} ({place[0]}:{place[1]})"
    return Error(written(text), row)


def written(text: str) -> str:
    """As UTF-8 can hold it: texts of Python can have halves of surrogates, which end a component that passes them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def crossing(text: str) -> str:
    """A text that the host is given.

    Raises `Error` where UTF-8 can not hold it.
    """
    if written(text) != text:
        raise Error(f"{ascii(text)} is no text in UTF-8: it has half of a surrogate pair")
    return text


def _is_authors(module: str) -> bool:
    """Whether the author's own code has this module: a name that says nothing to others."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return bool(file) and not file.startswith(_STDLIB)


def place_of(exception: BaseException) -> Optional[Tuple[str, int]]:
    """The innermost line of the author's code that the exception went through; of a package where there is none."""
    found = None
    own = False
    traceback = exception.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        # In a component the folder `0` is the author's, and `2` has packages.
        is_package = re.match(r"/?2/", file) is not None or "site-packages" in file
        if _is_code_of_author(file) and not (own and is_package):
            found = (shown_path(file), traceback.tb_lineno)
            own = own or not is_package
        traceback = traceback.tb_next
    return found


def _is_code_of_author(file: str) -> bool:
    if file.startswith("<"):
        return False
    file = os.path.abspath(file) if not file.startswith("/") else file
    if re.match(r"/?\d+/arrowbox/", file) or re.match(r"/?(python|bundled|world)/", file):
        return False
    in_stdlib = file.startswith(_STDLIB) and "site-packages" not in file
    return not file.startswith(_SDK) and not in_stdlib


def shown_path(file: str) -> str:
    """As the author knows it: below the folder of the project."""
    # In a component the folders of the build are mounted as `/0`, `/1`, ….
    mounted = re.match(r"/?\d+/(.*)", file)
    if mounted:
        return mounted.group(1)
    relative = os.path.relpath(file) if os.path.isabs(file) else file
    return file if relative.startswith("..") else relative
