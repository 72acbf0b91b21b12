"""A record is in every respect what the standard library makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field
from typing import Any, ClassVar

import pytest

from core import records

HOW = {"frozen": True, "slots": True, "kw_only": True}


def plain(kind: Any) -> Any:
    """Two fields, no default."""

    @kind(**HOW)
    class Place:
        """Where."""

        unit: ClassVar[str] = "m"
        street: str
        number: float

    return Place


def rich(kind: Any) -> Any:
    """Defaults of both kinds, a secret, a field that does not count, and a check."""

    @kind(**HOW)
    class Entry:
        """What."""

        name: str
        secret: str = field(repr=False)
        parts: list[int] = field(default_factory=list)
        note: str = field(default="none", compare=False)
        level: float = 1.5

        def __post_init__(self) -> None:
            if self.level < 0:
                raise ValueError("level")

    return Entry


def derived(kind: Any) -> Any:
    """A class on another one, with a text of its own."""
    base = plain(kind)

    @kind(**HOW)
    class House(base):  # type: ignore[misc]
        """Which."""

        floors: int = 1

        def __repr__(self) -> str:
            return f"<{self.street}>"

    return House


def by_identity(kind: Any) -> Any:
    @kind(**HOW, eq=False, repr=False)
    class Thing:
        """Itself."""

        size: int

    return Thing


def empty(kind: Any) -> Any:
    @kind(**HOW)
    class Nothing:
        """Nothing."""

    return Nothing


NAN = float("nan")
CASES = {
    "plain": (plain, [{"street": "A", "number": 1.0}, {"street": "A", "number": NAN}]),
    "rich": (rich, [{"name": "a", "secret": "b"}, {"name": "a", "secret": "b", "note": "other"}]),
    "derived": (
        derived,
        [{"street": "A", "number": 1.0}, {"street": "A", "number": 1, "floors": 2}],
    ),
    "empty": (empty, [{}]),
    "by identity": (by_identity, [{"size": 1}, {"size": 1}]),
}
WRONG: tuple[dict[str, Any], ...] = (
    {"nowhere": 1},
    {"name": "a"},
    {"name": "", "secret": "", "level": -1},
)


def said(action: Any) -> tuple[Any, str]:
    """What comes out: a value, or an error and its words."""
    try:
        return action(), ""
    except (TypeError, ValueError, AttributeError) as wrong:
        return type(wrong), str(wrong)


def seen(made: Any, values: list[dict[str, Any]]) -> list[Any]:
    """Everything that can be told of a class and its values, with no class in it."""
    found: list[Any] = [made.__name__, made.__doc__, made.__match_args__, made.__slots__]
    found += [(f.name, f.repr, f.compare, f.kw_only) for f in dataclasses.fields(made)]
    ones = [made(**value) for value in values]
    for one in ones:
        found += [hasattr(one, "__dict__"), dataclasses.asdict(one)]
        found += [repr(one).split(" object at ")[0], copy.deepcopy(one) == one]
        found += [said(lambda one=one: isinstance(hash(one), int))]
        found += [one == other for other in (*ones, copy.copy(one), dataclasses.replace(one), "x")]
        for name in values[0]:
            found += [said(lambda one=one, n=name: setattr(one, n, 1))]
            found += [said(lambda one=one, n=name: delattr(one, n))]
    found += [said(lambda value=value: made(**value))[1] for value in WRONG]
    found += [said(lambda: made("by place"))[1]]
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_record_is_like_a_dataclass_of_the_standard_library(case: str) -> None:
    make, values = CASES[case]
    ours, theirs = seen(make(records.dataclass), values), seen(make(dataclasses.dataclass), values)
    assert repr(ours) == repr(theirs)


def test_values_of_different_records_are_never_equal() -> None:
    first, second = plain(records.dataclass), plain(records.dataclass)
    assert first(street="A", number=1) != second(street="A", number=1)
    assert len({first(street="A", number=1), first(street="A", number=1)}) == 1


def test_a_record_survives_pickling() -> None:
    from core.model.study import HospitalState, HospitalView

    row = HospitalView(number=0, name="A", has_cohort=True, own=True, state=HospitalState.READY)
    assert pickle.loads(pickle.dumps(row)) == row  # noqa: S301 - our own


def test_a_record_takes_no_new_name() -> None:
    place = plain(records.dataclass)(street="A", number=1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="another"):
        place.another = 1


def test_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="frozen"):
        plain(lambda **how: records.dataclass(**{**how, "frozen": False}))
    with pytest.raises(TypeError, match="would not take"):

        @records.dataclass(**HOW)
        class Late:
            """A field that is not given."""

            a: int = field(init=False, default=0)
