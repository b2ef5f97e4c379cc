"""What runs while a component is built: its modules are imported, and stay as they are then.

A component has no files, so that what is not imported now can not be imported when it runs.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from typing import Sequence

#: What functions of the standard library import when they are first used, and what many authors use.
PRELOADED = (
    "_strptime abc array ast base64 binascii bisect calendar cmath codecs collections collections.abc colorsys "
    "contextlib copy csv dataclasses datetime decimal difflib enum fractions functools gzip hashlib heapq hmac html "
    "html.entities html.parser inspect io ipaddress itertools json json.decoder json.encoder keyword linecache locale "
    "logging math numbers operator pickle pprint random re reprlib secrets shlex statistics string stringprep struct "
    "textwrap time token tokenize traceback types typing unicodedata urllib urllib.parse uuid warnings weakref "
    "xml.etree.ElementTree zlib zoneinfo encodings.ascii encodings.latin_1 encodings.utf_8 encodings.utf_8_sig "
    "encodings.utf_16 encodings.utf_16_le encodings.utf_16_be encodings.utf_32 encodings.cp437 encodings.cp1250 "
    "encodings.cp1251 encodings.cp1252 encodings.iso8859_15 encodings.idna encodings.punycode encodings.hex_codec "
    "encodings.unicode_escape encodings.raw_unicode_escape"
).split()

#: What stands before the error in what the build prints.
MARK = "arrowbox-build-error:"


def load(modules: Sequence[str]) -> None:
    """Imports the author's modules and describes their functions. An error is printed for the build to read."""
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    from ._component import Library, install

    try:
        for module in modules:
            importlib.import_module(module)
        if not Library().describe().functions:
            raise Nothing(modules)
    except BaseException as error:
        print(MARK + json.dumps(told(error)), file=sys.stderr, flush=True)
        raise
    install()


class Nothing(Exception):
    """There are no functions."""

    def __init__(self, modules: Sequence[str]):
        super().__init__(
            f"there is no function in {', '.join(modules)}: put @scalar, @aggregate, @window, @table, @map_batches, "
            "@grouped_map, @cogrouped_map, @reader or @writer above one, and import its module"
        )


def told(error: BaseException) -> dict:
    """An error of the author's code, for people: what and where."""
    from ._errors import Refused, place_of, shown_path

    if isinstance(error, Refused):
        return {"message": error.message, "file": shown_path(error.file), "line": error.line}
    if isinstance(error, SyntaxError):
        return {
            "message": f"{type(error).__name__}: {error.msg}",
            "file": shown_path(error.filename or "?"),
            "line": error.lineno,
        }
    if isinstance(error, Nothing):
        return {"message": str(error)}
    place = place_of(error) or (None, None)
    message = "".join(traceback.format_exception_only(type(error), error)).strip()
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"message": message, "file": place[0], "line": place[1], "missing": missing}
