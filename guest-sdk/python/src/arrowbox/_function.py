"""What a library has: its functions, and what an author says of each."""

from __future__ import annotations

import inspect
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ._annotations import Hint, Place, hints_of, split_optional, understand
from ._errors import Error, Refused, shown_path
from ._types import Field, Type

KINDS = {
    "scalar": "scalar function",
    "aggregate": "aggregate function",
    "window": "window function",
    "table": "table function",
    "map-batches": "map over batches",
    "grouped-map": "map over groups",
    "cogrouped-map": "map over groups of two tables",
    "reader": "reader",
    "writer": "writer",
}

VOLATILITIES = ("immutable", "stable", "volatile")
GRANTS = re.compile(r"(clock|random|env|net|dir)\b")


class Parameter(NamedTuple):
    """An argument of a function: its name, what it accepts, and whether None is a value to the function."""

    name: str
    type: Type
    optional: bool
    hint: Optional[Hint]

    def accepts(self, given: Type) -> bool:
        wanted = self.type.format
        if wanted == "*":
            return True
        if wanted in ("*u", "*z"):
            values = given.dictionary.type if given.dictionary is not None else given
            return values.format in (("u", "U", "vu") if wanted == "*u" else ("z", "Z", "vz"))
        return self.type == given


class Entry:
    """A line of a library's table of contents."""

    def __init__(
        self,
        kind: str,
        name: str,
        thing: Any,
        place: Place,
        *,
        volatility: str = "immutable",
        grants: Sequence[str] = (),
        strict: bool = False,
        columns: bool = False,
        whole: bool = False,
        parameters: Sequence[Parameter] = (),
        variadic: bool = False,
        result: Optional[Sequence[Field]] = None,
        open: Callable[..., Any],
    ):
        self.kind = kind
        self.name = name
        self.thing = thing
        self.place = place
        self.volatility = volatility
        self.grants = tuple(grants)
        self.strict = strict
        #: Whether it is given columns that stay with the host.
        self.columns = columns
        #: Whether it is given columns, and not the values of rows.
        self.whole = whole
        self.parameters = tuple(parameters)
        self.variadic = variadic
        #: The fields of the result; None where the function says when it is opened.
        self.result = list(result) if result is not None else None
        self.open = open

    @property
    def documentation(self) -> str:
        """The docstring; not the one that a dataclass makes of its fields."""
        text = self.thing.__doc__
        if isinstance(self.thing, type) and text and text.startswith(f"{self.thing.__name__}("):
            return ""
        return inspect.cleandoc(text) if text else ""

    def accepts(self, arguments: Sequence[Field]) -> bool:
        fixed = len(self.parameters) - int(self.variadic)
        if len(arguments) < fixed or (not self.variadic and len(arguments) != fixed):
            return False
        return all(self.parameter(index).accepts(field.type) for index, field in enumerate(arguments))

    def parameter(self, index: int) -> Parameter:
        return self.parameters[min(index, len(self.parameters) - 1)]


#: Every function that was decorated, in that order.
LIBRARY: List[Entry] = []


def add(entry: Entry) -> None:
    """Makes a function part of the library. The same function again, as after a reload, takes its own place.

    Raises `Refused` where another one of its module can be called in the same way; `describe` does for other modules.
    """
    for index, other in enumerate(LIBRARY):
        if not _alike(other, entry):
            continue
        if (other.place.file, other.place.line) == (entry.place.file, entry.place.line):
            LIBRARY[index] = entry
            return
        if other.thing.__module__ == entry.thing.__module__:
            raise entry.place.error(f"`{entry.name}` is there twice with the same arguments")
    LIBRARY.append(entry)


def _alike(one: Entry, other: Entry) -> bool:
    """Whether both can be called in the same way."""
    return _signature(one) == _signature(other)


def _signature(entry: Entry) -> Tuple:
    return entry.kind, entry.name, [parameter.type for parameter in entry.parameters], entry.variadic


def find(kind: str, name: str, arguments: Sequence[Field], library: Optional[List[Entry]] = None) -> Entry:
    """The function of this kind and name that can be called with these arguments."""
    entries = LIBRARY if library is None else library
    named = [entry for entry in entries if entry.kind == kind and entry.name == name]
    if not named:
        raise Error(f"no such {KINDS[kind]}: {name}")
    for entry in named:
        if entry.accepts(arguments):
            return entry
    raise Error(f"{name} has no signature for ({', '.join(str(field.type) for field in arguments)})")


class Description(NamedTuple):
    """A function: all entries of one name and kind."""

    name: str
    kind: str
    signatures: List[Tuple[List[Field], bool, List[Field]]]
    volatility: str
    strict: bool
    grants: List[str]
    columns: bool
    documentation: str


def describe(library: Optional[List[Entry]] = None) -> List[Description]:
    """The functions of the library. Entries of one name and kind are one function with several signatures: it is
    as volatile as the most volatile of them, and it sees nulls if one of them does."""
    functions: Dict[Tuple[str, str], List[Entry]] = {}
    for entry in LIBRARY if library is None else library:
        functions.setdefault((entry.kind, entry.name), []).append(entry)
    described = []
    for (kind, name), entries in functions.items():
        if len({entry.columns for entry in entries}) > 1:
            raise entries[-1].place.error(f"one `{name}` takes `Column`s and another does not: name them apart")
        signatures = []
        for index, entry in enumerate(entries):
            for other in entries[:index]:
                if _alike(other, entry):
                    raise entry.place.error(
                        f"`{name}` is there twice with the same arguments: the other one is in "
                        f"{shown_path(other.place.file)}:{other.place.line}"
                    )
            arguments = [Field(parameter.name, parameter.type) for parameter in entry.parameters]
            signatures.append((arguments, entry.variadic, entry.result or []))
        described.append(
            Description(
                name,
                kind,
                signatures,
                max((entry.volatility for entry in entries), key=VOLATILITIES.index),
                all(entry.strict for entry in entries),
                list(dict.fromkeys(grant for entry in entries for grant in entry.grants)),
                entries[0].columns,
                next((entry.documentation for entry in entries if entry.documentation), ""),
            )
        )
    return described


class Said:
    """What stands in the parentheses of a decorator, checked."""

    def __init__(self, thing: Any, decorator: str, name: Optional[str], volatility: str, grants: Sequence[str]):
        self.place = Place.of(thing)
        if not (inspect.isfunction(thing) or inspect.isclass(thing)):
            raise Refused(f"@{decorator} stands above a function or a class", self.place.file, self.place.line)
        if inspect.iscoroutinefunction(thing) or inspect.isasyncgenfunction(thing):
            raise self.place.error("it is async, and a query waits for no event loop: make it a plain function")
        if volatility not in VOLATILITIES:
            raise self.place.error(f"volatility is one of {', '.join(VOLATILITIES)}, and not {volatility!r}")
        if isinstance(grants, str):
            grants = (grants,)
        for grant in grants:
            if not GRANTS.match(grant):
                raise self.place.error(f"there is no grant {grant!r}: there are clock, random, env, net and dir")
        own = thing.__name__
        self.name = name or (snake(own) if inspect.isclass(thing) else own)
        self.volatility = volatility
        self.grants = tuple(grants)

    def common(self) -> Dict[str, Any]:
        return {"volatility": self.volatility, "grants": self.grants}


def snake(name: str) -> str:
    """`GeometricMean` as `geometric_mean`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def decorator(make: Callable[..., Entry]) -> Callable:
    """A decorator that can stand with and without parentheses, and returns what it stands above."""

    def decorate(thing: Any = None, **said: Any) -> Any:
        if thing is None:
            return lambda thing: decorate(thing, **said)
        entry = make(thing, **said)
        add(entry)
        return entry.thing

    decorate.__name__ = make.__name__
    decorate.__doc__ = make.__doc__
    return decorate


def declared(function: Callable, place: Place, skip: int = 0) -> Tuple[List[inspect.Parameter], Dict[str, Any], bool]:
    """The parameters of a function behind the first `skip`, its type hints, and whether the last repeats."""
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    hints = hints_of(function, place)
    variadic = False
    for parameter in parameters:
        within = place.within(f"parameter `{parameter.name}`")
        if parameter.kind is parameter.VAR_KEYWORD or parameter.kind is parameter.KEYWORD_ONLY:
            raise within.error("arguments in SQL have no names: make it a positional parameter")
        if parameter.kind is parameter.VAR_POSITIONAL:
            variadic = True
        if parameter.default is not parameter.empty:
            raise within.error(
                "it has a default value, and a call in SQL has all arguments: write one function for each way to call it, with the same `name`"
            )
        if parameter.name not in hints:
            raise within.refuse(None)
    return parameters, hints, variadic


def row_parameters(function: Callable, place: Place, skip: int = 0) -> Tuple[List[Parameter], bool]:
    """The parameters of a function of rows."""
    parameters, hints, variadic = declared(function, place, skip)
    read = []
    for parameter in parameters:
        within = place.within(f"parameter `{parameter.name}`")
        hint = understand(hints[parameter.name], within)
        read.append(Parameter(parameter.name, hint.type, hint.optional, hint))
    return read, variadic


def row_result(function: Callable, place: Place) -> Hint:
    """What a function of rows returns."""
    hints = hints_of(function, place)
    within = place.within("the result")
    if "return" not in hints:
        raise within.refuse(None)
    return understand(hints["return"], within)


def takes_options(init: Callable, names: Sequence[str]) -> Dict[str, str]:
    """Which of these things a constructor asks for, each under the name of its parameter."""
    if init is object.__init__:
        return {}
    found = {}
    for parameter in list(inspect.signature(init).parameters.values())[1:]:
        hint = parameter.annotation
        hint_name = hint if isinstance(hint, str) else getattr(hint, "__name__", "")
        for name in names:
            if parameter.name == name or hint_name.split(".")[-1] in _HINTS.get(name, ()):
                if parameter.kind is parameter.POSITIONAL_ONLY:
                    raise Place.of(init).error(
                        f"the parameter `{parameter.name}` is given by its name: leave out the `/`"
                    )
                found[parameter.name] = name
                break
        else:
            if parameter.default is parameter.empty and parameter.kind not in (
                parameter.VAR_POSITIONAL,
                parameter.VAR_KEYWORD,
            ):
                raise Place.of(init).error(
                    f"the parameter `{parameter.name}` is none of what it can be given: {', '.join(names)}"
                )
    return found


_HINTS = {"options": ("Options",), "call": ("TableCall", "GroupedCall", "CogroupedCall"), "input": ("Input",)}


def construct(thing: type, place: Place, **available: Any) -> Any:
    """Makes the object of a function at one place in a query, with what its constructor asks for."""
    wanted = takes_options(thing.__init__, list(available))
    options = available.get("options")
    if options is not None and "options" not in wanted.values():
        options.only()
    return thing(**{parameter: available[name] for parameter, name in wanted.items()})


def is_column(annotation: Any) -> Optional[str]:
    """Whether a hint is `Column` or `Array`, and which."""
    import typing

    from ._batch import Array
    from ._column import Column

    inner, _ = split_optional(annotation)
    origin = typing.get_origin(inner) or inner
    if origin is Column:
        return "column"
    if origin is Array:
        return "array"
    return None


def column_parameter(annotation: Any, name: str, place: Place) -> Parameter:
    """A parameter that is a whole column: `Column[int]`, or `Column` of any type."""
    import typing

    args = typing.get_args(split_optional(annotation)[0])
    if not args or args[0] is Any:
        return Parameter(name, Type("*"), True, None)
    hint = understand(args[0], place)
    format = hint.type.format
    if is_column(annotation) == "column" and format in ("u", "z"):
        # The engine computes with any of them.
        return Parameter(name, Type("*" + format), True, hint)
    return Parameter(name, hint.type, True, hint)


def form_of(parameters: Sequence[inspect.Parameter], hints: Dict[str, Any], place: Place) -> Optional[str]:
    """`"column"` or `"array"` where all parameters are; None where they are values."""
    forms = {is_column(hints[parameter.name]) for parameter in parameters}
    if len(forms) > 1:
        raise place.error("its parameters are all values, all `Column`s, or all `Array`s, and not some of each")
    return forms.pop() if forms else None


def column_parameters(
    parameters: Sequence[inspect.Parameter], hints: Dict[str, Any], place: Place
) -> List[Parameter]:
    """The parameters of a function of whole columns."""
    return [
        column_parameter(hints[parameter.name], parameter.name, place.within(f"parameter `{parameter.name}`"))
        for parameter in parameters
    ]


def same_as_first(arguments: Sequence[Field]) -> Field:
    """The type of the result is that of the first argument: for `returns`."""
    if not arguments:
        raise Error("there is no argument to take the type of")
    return arguments[0]
