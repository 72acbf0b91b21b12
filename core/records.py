"""``dataclass`` for the messages and the model, whose several hundred classes every process makes
when it starts.

The standard library compiles six functions for each frozen class; for the classes that a
hospital's worker knows this is nearly half of its start. Here one is compiled, ``__init__``; the
others need no text of their own. Type checkers see the standard one, and ``fields``, ``replace``,
``asdict``, ``copy`` and ``pickle`` work as with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

C = TypeVar("C")

#: Finds the fields and makes the slots; compiles nothing.
_with_fields: Any = dataclasses.dataclass(
    slots=True, kw_only=True, init=False, repr=False, eq=False
)


def frozen_record(
    *,
    frozen: bool,
    slots: bool,
    kw_only: bool,
    eq: bool = True,
    repr: bool = True,  # noqa: A002
) -> Callable[[type[C]], type[C]]:
    """Make a class of values like ``dataclass(frozen=True, slots=True, kw_only=True)``.

    Without ``eq`` a value is equal to itself only; without ``repr`` it is shown by its address.

    >>> from core.records import dataclass
    >>> @dataclass(frozen=True, slots=True, kw_only=True)
    ... class Place:
    ...     street: str
    ...     number: int = 1
    >>> Place(street="Main Street")
    Place(street='Main Street', number=1)

    Raises:
        TypeError: For another kind of dataclass, and for fields that ``__init__`` does not take.
    """
    if not (frozen and slots and kw_only):
        raise TypeError("a record is frozen, has slots, and takes its fields by name")

    def made(kind: type[C]) -> type[C]:
        kind = _with_fields(kind)
        methods = dict(_ALWAYS) | (_SHOWING if repr else {}) | (_comparing(kind) if eq else {})
        for name, method in methods.items():
            if vars(kind).get(name) is None:  # a class may have its own
                setattr(kind, name, method)
        setattr(kind, "__init__", _init_of(kind))  # noqa: B010 - mypy: __init__ is not assigned to
        return kind

    return made


def _init_of(kind: Any) -> Any:  # noqa: ANN401 - any class
    """Compile the one function that is called often enough to be worth it."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    taken, body = [], []
    for number, field in enumerate(fields(kind)):
        if not field.init:
            raise TypeError(f"__init__ of {kind.__qualname__} would not take {field.name}")
        default = ""
        if field.default is not MISSING:
            known[f"_default{number}"] = field.default
            default = f"=_default{number}"
        elif field.default_factory is not MISSING:
            known[f"_factory{number}"] = field.default_factory
            default = "=_missing"
            body.append(f"if {field.name} is _missing: {field.name} = _factory{number}()")
        taken.append(f"{field.name}{default}")
        body.append(f"_set(self, {field.name!r}, {field.name})")
    if hasattr(kind, "__post_init__"):
        body.append("self.__post_init__()")
    head = ", ".join(["self", "*", *taken] if taken else ["self"])
    exec(f"def __init__({head}):\n " + "\n ".join(body or ["pass"]), known)  # noqa: S102 - as dataclasses
    init = known["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    init.__module__ = kind.__module__
    return init


def _refuse_setting(_self: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(_self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


@recursive_repr()
def _shown(self: Any) -> str:  # noqa: ANN401 - any record
    """Name every field but those that are kept out of sight."""
    words = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(words)})"


def _comparing(kind: Any) -> dict[str, Callable[..., object]]:  # noqa: ANN401 - any class
    names = [f.name for f in fields(kind) if f.compare]
    # The first name twice, so that even one name gives a tuple.
    values: Callable[[object], object] = attrgetter(*names, names[0]) if names else type

    def equal(self: object, other: object) -> object:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: object) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": hashed}


def _state(self: Any) -> list[object]:  # noqa: ANN401 - any record
    return [getattr(self, f.name) for f in fields(self)]


def _restore(self: Any, state: list[object]) -> None:  # noqa: ANN401 - any record
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_ALWAYS = {
    "__setattr__": _refuse_setting,
    "__delattr__": _refuse_deleting,
    "__getstate__": _state,
    "__setstate__": _restore,
}
_SHOWING = {"__repr__": _shown}

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - for others to import
else:
    dataclass = frozen_record
