"""Lists, structs and maps, to text, and made of numbers."""

from typing import NamedTuple

from arrowbox import scalar


class Pair(NamedTuple):
    number: int | None
    text: str | None


class Item(NamedTuple):
    number: int | None
    tags: list[str | None] | None


def shown(value):
    return "-" if value is None else str(value)


@scalar
def list_text(values: list[int | None]) -> str:
    return ",".join(map(shown, values))


@scalar
def number_list(n: int) -> list[int | None] | None:
    return [None if item == 2 else item for item in range(n % 5)] if n >= 0 else None


@scalar
def struct_text(value: Pair) -> str:
    return f"{shown(value.number)}:{shown(value.text)}"


@scalar
def number_struct(n: int) -> Pair | None:
    return Pair(n if n % 3 else None, f"n{n}" if n % 5 else None) if n >= 0 else None


@scalar
def map_text(value: dict[str, int | None]) -> str:
    return ",".join(f"{key}={shown(number)}" for key, number in value.items())


@scalar
def number_map(n: int) -> dict[str, int | None] | None:
    return {"abc"[item]: None if item == 1 else item for item in range(n % 4)} if n >= 0 else None


@scalar
def nested_text(items: list[Item | None]) -> str:
    def text(item):
        if item is None:
            return "-"
        tags = "-" if item.tags is None else "/".join(map(shown, item.tags))
        return f"{shown(item.number)}[{tags}]"

    return ",".join(map(text, items))


@scalar
def number_nested(n: int) -> list[Item | None] | None:
    return [Item(item, [f"t{tag}" for tag in range(item)]) for item in range(n % 3)] if n >= 0 else None
