"""Schemas and batches in the terms of `wit/`, as `componentize-py` has them. Only in components."""

from __future__ import annotations

from typing import Any, List, Optional

from arrowbox_world.imports import arrow  # type: ignore[import-not-found]

from ._errors import crossing
from ._raw import Wire
from ._types import Field, write_fields

_FLAGS = [arrow.FieldFlags(bits) for bits in range(8)]


def to_wire(batch: Any) -> Wire:
    nodes = [(node.length, node.null_count) for node in batch.nodes]
    return Wire(batch.rows, nodes, [buffer.value for buffer in batch.buffers], batch.variadic)


def of_wire(wire: Wire) -> Any:
    node, bytes_ = arrow.Node, arrow.Buffer_Bytes
    nodes = [node(length, nulls) for length, nulls in wire.nodes]
    buffers = [bytes_(buffer if type(buffer) is bytes else bytes(buffer)) for buffer in wire.buffers]
    return arrow.Batch(wire.rows, nodes, buffers, list(wire.variadic))


def of_option(wire: Optional[Wire]) -> Any:
    return None if wire is None else of_wire(wire)


def of_fields(fields: List[Field]) -> list:
    make, flags = arrow.Field, _FLAGS
    return [
        make(crossing(each.name), each.format, flags[each.flags], each.children, each.dictionary, list(each.metadata))
        for each in write_fields(fields)
    ]
