"""Write functions for Arrowbox in Python.

    from arrowbox import scalar

    @scalar
    def gcd(a: int, b: int) -> int:
        \"\"\"The greatest common divisor of two numbers.\"\"\"
        while b:
            a, b = b, a % b
        return abs(a)

`python -m arrowbox.build functions.py` makes a component of it, and a query runs that in a sandbox. What is decorated
stays what it is: import it and call it in a test. The README has all kinds of functions.
"""

from ._aggregate import aggregate
from ._annotations import (
    Float16,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    UtcDatetime,
    decimal_type,
)
from ._batch import Array, Batch
from ._column import Column, call, concat, where
from ._errors import Error, Refused
from ._function import same_as_first
from ._grouped import CogroupedCall, Group, GroupedCall, Input, cogrouped_map, grouped_map
from ._map_batches import TableCall, map_batches
from ._options import Blob, Options
from ._reader import Exactness, Filter, Request, Split, reader, split_files
from ._scalar import scalar
from ._table import table
from ._types import Field, Type
from ._window import window
from ._writer import writer

__version__ = "0.1.0"

__all__ = [
    "Array",
    "Batch",
    "Blob",
    "CogroupedCall",
    "Column",
    "Error",
    "Exactness",
    "Field",
    "Filter",
    "Float16",
    "Float32",
    "Float64",
    "Group",
    "GroupedCall",
    "Input",
    "Int16",
    "Int32",
    "Int64",
    "Int8",
    "Options",
    "Refused",
    "Request",
    "Split",
    "TableCall",
    "Type",
    "UInt16",
    "UInt32",
    "UInt64",
    "UInt8",
    "UtcDatetime",
    "aggregate",
    "call",
    "cogrouped_map",
    "concat",
    "decimal_type",
    "grouped_map",
    "map_batches",
    "reader",
    "same_as_first",
    "scalar",
    "split_files",
    "table",
    "where",
    "window",
    "writer",
]
