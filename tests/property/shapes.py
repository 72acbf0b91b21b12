"""JSON that has a message's shape and any values at all: what a peer could really send."""

from __future__ import annotations

import base64
import dataclasses
import json
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

#: Whatever JSON can say and Python reads.
LEAVES = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 2**31, 2**63, -(2**64), 10**400, 0.5, -0.0, 1e308),
        *(float("nan"), float("inf"), "", "a", "0" * 32, "0" * 64, "f" * 64, "\ud800", "\udcff"),
        *("\x1b[2J", "a\nb", "\x00", "\u202e", "x" * 5000, "=", "YQ==", "10.0.0.1", [], {}, [[]]),
        *({"a": 1}, [None], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ]
)
_TEXTS = st.sampled_from(["a", "North", "tables", "0" * 32, "f" * 64, "127.0.0.1", ""]) | st.text(
    max_size=12
)
_BYTES = st.binary(max_size=24).map(lambda b: base64.b64encode(b).decode("ascii"))
_NUMBERS = {
    bool: st.booleans(),
    int: st.integers(-2, 2**40),
    float: st.floats(0, 10),
    str: _TEXTS,
    bytes: _BYTES,
}


def _often(right: st.SearchStrategy, wrong: st.SearchStrategy) -> st.SearchStrategy:
    """Mostly right: a message with one wrong value in it gets far into a decoder."""
    return st.integers(0, 19).flatmap(lambda n: wrong if n == 0 else right)


@lru_cache(maxsize=1000)
def value_of(hint: Any) -> st.SearchStrategy:
    """JSON for a type hint, now and then something else."""
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        right = st.one_of([value_of(option) for option in get_args(hint)])
    elif hint is type(None):
        right = st.none()
    elif origin is tuple:
        parts = get_args(hint)
        if len(parts) == 2 and parts[1] is Ellipsis:
            right = st.lists(value_of(parts[0]), max_size=3)
        else:
            right = st.tuples(*(value_of(p) for p in parts)).map(list)
    elif dataclasses.is_dataclass(hint):
        right = fields_of(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        right = st.sampled_from([member.value for member in hint])
    else:
        right = _NUMBERS[hint]
    return _often(right, LEAVES)


@lru_cache(maxsize=1000)
def fields_of(kind: type) -> st.SearchStrategy:
    """JSON objects with the fields of a dataclass."""
    hints = get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind)]
    return st.fixed_dictionaries({name: value_of(hints[name]) for name in names})


def bodies(kind: type) -> st.SearchStrategy:
    """Frame bodies that look like a message of ``kind``."""
    return fields_of(kind).map(
        lambda tree: json.dumps({"v": 1, "type": kind.__name__, "fields": tree}).encode()
    )


def mutated(content: bytes) -> st.SearchStrategy:
    """Copies with bytes changed, cut out or doubled."""

    def change(edits: list[tuple[int, int, int]]) -> bytes:
        found = bytearray(content)
        for place, byte, how in edits:
            at = place % max(1, len(found))
            if how == 0:
                found[at : at + 1] = bytes([byte])
            elif how == 1:
                del found[at : at + 1 + byte % 40]
            else:
                found[at:at] = found[at : at + byte % 40]
        return bytes(found)

    edit = st.tuples(st.integers(0, 2**31), st.integers(0, 255), st.integers(0, 2))
    return st.lists(edit, min_size=1, max_size=6).map(change)


@st.composite
def one_place_changed(draw: st.DrawFn, tree: Any) -> Any:
    """The same JSON with one place, at any depth, replaced, left out, doubled or renamed."""
    if isinstance(tree, dict) and tree and draw(st.integers(0, 5)):
        name = draw(st.sampled_from(sorted(tree)))
        changed = draw(one_place_changed(tree[name]))
        how = draw(st.integers(0, 9))
        kept = {k: v for k, v in tree.items() if k != name}
        return kept if how == 0 else {**kept, "other" if how == 1 else name: changed}
    if isinstance(tree, list) and tree and draw(st.integers(0, 5)):
        at = draw(st.integers(0, len(tree) - 1))
        changed = draw(one_place_changed(tree[at]))
        return [
            *tree[:at],
            *draw(st.sampled_from([[], [changed], [changed] * 2])),
            *tree[at + 1 :],
        ]
    return draw(LEAVES)
