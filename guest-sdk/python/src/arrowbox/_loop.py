"""The loop over rows, written for each shape of arguments and compiled once.

A comprehension around a call is the fastest loop that CPython has. What else it would have to do in each row is
done once for all rows, before and behind it: values are decoded and encoded as whole columns, and which row an
exception came from is what is left in the iterator of the first column.
"""

from __future__ import annotations

from functools import lru_cache
from operator import length_hint
from typing import Any, Callable, List, Optional, Sequence

from ._errors import error_of


@lru_cache(maxsize=None)
def loop(arguments: str, skips: bool) -> Callable:
    """A function `(f, rows, valid, *columns) -> results`.

    `arguments` has a letter for each argument: `c`, a list with a value for each row; `k`, a value for all rows; `m`,
    what makes a value for each row.
    With `skips`, `f` is called for the rows that `valid` says, and the others give None.
    """
    parameters = [f"a{index}" for index in range(len(arguments))]
    columns = [name for name, kind in zip(parameters, arguments) if kind == "c"]
    forms = {"c": "x{}", "k": "{}", "m": "{}()"}
    passed = [forms[kind].format(name) for name, kind in zip(parameters, arguments)]
    iterated = columns + (["valid"] if skips else [])
    targets = [f"x{name}" for name in columns] + (["v"] if skips else [])
    source = iterated[0] if iterated else "range(rows)"
    if len(iterated) > 1:
        over = f"for {', '.join(targets)} in zip(it, {', '.join(iterated[1:])})"
    else:
        over = f"for {targets[0] if targets else '_'} in it"
    call = f"f({', '.join(passed)})"
    value = f"{call} if v else None" if skips else call
    code = (
        f"def run({', '.join(['f', 'rows', 'valid', *parameters])}):\n"
        f"    it = iter({source})\n"
        f"    try:\n"
        f"        return [{value} {over}]\n"
        f"    except BaseException as exception:\n"
        f"        raise error_of(exception, rows - length_hint(it) - 1) from exception\n"
    )
    namespace = {"error_of": error_of, "length_hint": length_hint}
    exec(compile(code, "<arrowbox loop>", "exec"), namespace)
    return namespace["run"]


def run(
    function: Callable,
    rows: int,
    kinds: str,
    columns: Sequence[Any],
    valid: Optional[List[bool]],
) -> List[Any]:
    """What `function` gives for each row; None for those that `valid` leaves out.

    Raises `Error`, with the row.
    """
    return loop(kinds, valid is not None)(function, rows, valid, *columns)
