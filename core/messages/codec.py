"""Strict codec of the messages between processes: frozen dataclasses <-> length-prefixed JSON
frames.

A frame is a 4-byte big-endian length and that many bytes of JSON: ``{"v": 1, "type": NAME,
"fields": {...}}``. Decoding follows the dataclass's type hints exactly: unknown types, unknown or
missing fields, numbers of another kind, NaN, infinities, half characters and frames beyond the
bound are errors (WO601). Only the types listed in
``decode_value`` exist; in particular nothing is ever unpickled or evaluated.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import math
import re
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from core.errors import WorkerError

VERSION: Final = 1
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
_LENGTH_BYTES: Final = 4
_SCALARS: Final = (bool, int, str, float)
_HALVES: Final = re.compile("[\ud800-\udfff]")


def _wrong(reason: str) -> WorkerError:
    return WorkerError("WO601", reason=reason)


def encode(message: object, limit: int = MAX_FRAME_BYTES) -> bytes:
    """Return one frame holding ``message``, a dataclass instance of a language.

    Raises:
        WorkerError: WO601 if a value has no place in a message or the frame is longer than
            ``limit`` bytes.
    """
    tree = {"v": VERSION, "type": type(message).__name__, "fields": _encode_fields(message)}
    try:
        body = json.dumps(tree, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        raise _wrong("a number is not finite") from None
    if len(body) > limit:
        raise _wrong(f"a message has {len(body)} bytes, more than {limit}")
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def _encode_fields(value: object) -> dict[str, object]:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise _wrong(f"{type(value).__name__} is not a message")
    return {f.name: _encode_value(getattr(value, f.name)) for f in dataclasses.fields(value)}


def _encode_value(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if value is None or type(value) in _SCALARS:
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        if all(type(v) in _SCALARS for v in value):
            return list(value)
        return [_encode_value(v) for v in value]
    if not dataclasses.is_dataclass(value):
        raise _wrong(f"a {type(value).__name__} cannot be sent")
    return _encode_fields(value)


def decode(body: bytes, kinds: Mapping[str, type]) -> Any:  # noqa: ANN401 - the caller matches on the type
    """Return the message in ``body`` (a frame without its length).

    Args:
        body: JSON as written by ``encode``.
        kinds: Name -> dataclass of the language that may arrive here.

    Raises:
        WorkerError: WO601 for anything that is not exactly such a message.
    """
    try:
        tree = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _wrong("not JSON") from None
    if not isinstance(tree, dict) or set(tree) != {"v", "type", "fields"}:
        raise _wrong("not a message")
    if type(tree["v"]) is not int or tree["v"] != VERSION:
        raise _wrong(f"language version {tree['v']!r:.20}")
    name = tree["type"]
    if not isinstance(name, str) or name not in kinds:
        raise _wrong(f"unknown message {name!r:.60}")
    return _decode_dataclass(kinds[name], tree["fields"], name)


def _no_constant(_text: str) -> float:
    raise ValueError


@lru_cache(maxsize=512)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode_dataclass(kind: type, tree: object, where: str) -> object:
    hints = _hints(kind)
    names = {f.name for f in dataclasses.fields(kind)}
    if not isinstance(tree, dict) or set(tree) != names:
        raise _wrong(f"{where} has other fields")
    values = {name: _decode_value(hints[name], tree[name], f"{where}.{name}") for name in names}
    return kind(**values)


def _decode_value(hint: Any, value: object, where: str) -> object:  # noqa: ANN401
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _decode_union(get_args(hint), value, where)
    if origin is tuple:
        return _decode_tuple(get_args(hint), value, where)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _decode_dataclass(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _decode_enum(hint, value, where)
    return _decode_scalar(hint, value, where)


def _decode_union(options: tuple[Any, ...], value: object, where: str) -> object:
    if value is None:
        if type(None) in options:
            return None
        raise _wrong(f"{where} is empty")
    for option in options:
        if option is type(None):
            continue
        try:
            return _decode_value(option, value, where)
        except WorkerError:
            continue
    raise _wrong(f"{where} is of no allowed kind")


def _decode_tuple(args: tuple[Any, ...], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _wrong(f"{where} is not a list")
    if len(args) == 2 and args[1] is Ellipsis:
        if args[0] is int and all(type(v) is int for v in value):
            return tuple(value)
        if args[0] is str and all(type(v) is str for v in value) and _is_whole("".join(value)):
            return tuple(value)
        return tuple(_decode_value(args[0], v, where) for v in value)
    if len(args) != len(value):
        raise _wrong(f"{where} has {len(value)} parts")
    return tuple(_decode_value(a, v, where) for a, v in zip(args, value, strict=True))


def _decode_enum(hint: type[Enum], value: object, where: str) -> Enum:
    try:
        return hint(value)
    except ValueError:
        raise _wrong(f"{where} is not a {hint.__name__}") from None


def _decode_scalar(hint: object, value: object, where: str) -> object:
    if hint is float and type(value) in (int, float):
        with contextlib.suppress(OverflowError):  # JSON knows integers beyond the doubles
            number = float(value)  # type: ignore[arg-type]
            if math.isfinite(number):
                return number
    elif hint is bytes and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:  # binascii.Error, or a character that is not ASCII
            raise _wrong(f"{where} is not base64") from None
    elif hint is str and isinstance(value, str):
        if _is_whole(value):
            return value
    elif hint in (bool, int) and type(value) is hint:
        return value
    raise _wrong(f"{where} is of another kind")


def _is_whole(text: str) -> bool:
    """Tell whether a text can be written: JSON can carry half a character (a lone surrogate)."""
    return text.isascii() or not _HALVES.search(text)


class FrameReader:
    """Cuts a byte stream into frame bodies. Invariant: never buffers more than one frame beyond
    the limit.
    """

    def __init__(self, limit: int = MAX_FRAME_BYTES) -> None:
        """Start with an empty buffer; ``limit`` is the longest body in bytes."""
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Yield the bodies completed by ``received``.

        Raises:
            WorkerError: WO601 if a frame announces more than the limit.
        """
        self._buffer += received
        while len(self._buffer) >= _LENGTH_BYTES:
            length = int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if length > self._limit:
                raise _wrong(f"a frame announces {length} bytes")
            if len(self._buffer) < _LENGTH_BYTES + length:
                return
            body = bytes(self._buffer[_LENGTH_BYTES : _LENGTH_BYTES + length])
            del self._buffer[: _LENGTH_BYTES + length]
            yield body

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._buffer)


def language(*kinds: type) -> dict[str, type]:
    """Return the name -> dataclass mapping of a language for ``decode``."""
    return {kind.__name__: kind for kind in kinds}
