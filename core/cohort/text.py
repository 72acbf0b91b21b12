"""Text tables: bytes to fields, whatever the compression, the encoding and the line ends."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from core.errors import CohortError

CHUNK_BYTES: Final = 1 << 20
LONGEST_LINE: Final = 1 << 28
DELIMITERS: Final = (",", "\t", ";", "|")
#: First bytes -> why the file is not read.
FOREIGN: Final = (
    (b"PK\x03\x04", "it is an Excel workbook or a zip archive; save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook; save the table as CSV"),
    (b"%PDF", "it is a PDF document"),
    (b"RDX", "it is an R workspace; write the table as CSV"),
    (b"BZh", "it is compressed with bzip2; use gzip or none"),
    (b"\xfd7zXZ", "it is compressed with xz; use gzip or none"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd; use gzip or none"),
)
GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one pass over a text file's bytes tells.

    Attributes:
        fingerprint: SHA-256 of the bytes as they lie on disk, 64 hex digits.
        n_lines: Lines, the last one also without a line end; at least the number of records.
        encoding: Name for ``open``.
    """

    fingerprint: str
    n_lines: int
    encoding: str


@contextmanager
def opened(path: Path, *, gzipped: bool) -> Iterator[BinaryIO]:
    """Open the bytes of a table, decompressed.

    Raises:
        CohortError: CH101 if it cannot be opened, CH103 if the compression is damaged.
    """
    try:
        with gzip.open(path, "rb") if gzipped else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except (gzip.BadGzipFile, EOFError, zlib.error):
        reason = "the compressed part ends early or is not gzip"
        raise CohortError("CH103", file=path.name, reason=reason) from None
    except OSError:
        raise CohortError("CH101", file=path.name) from None


def fingerprint(path: Path, stop: Callable[[], bool]) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        CohortError: CH101 if it cannot be read, CH116 if stopped.
    """
    digest = hashlib.sha256()
    with opened(path, gzipped=False) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            refuse_stopped(path, stop)
            digest.update(chunk)
    return digest.hexdigest()


def refuse_stopped(path: Path, stop: Callable[[], bool]) -> None:
    """Raise CH116 if somebody asked to stop."""
    if stop():
        raise CohortError("CH116", file=path.name)


def survey(path: Path, *, gzipped: bool, stop: Callable[[], bool]) -> Survey:
    """Read all bytes once: fingerprint, number of lines, encoding.

    Raises:
        CohortError: CH101, CH102 for bytes that are no text, CH103 for damage, CH116 if stopped.
    """
    digest = fingerprint(path, stop)
    n_lines = open_line = 0
    encoding, last = "", b"\n"
    utf8 = codecs.getincrementaldecoder("utf-8")()
    with opened(path, gzipped=gzipped) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            refuse_stopped(path, stop)
            encoding = encoding or encoding_of(chunk)
            if encoding == "utf-8-sig":
                try:
                    utf8.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "latin-1"
            refuse_binary(path, chunk, encoding)
            ends = chunk.count(b"\n") or chunk.count(b"\r")
            n_lines += ends
            last = chunk[-1:]
            open_line = 0 if ends else open_line + len(chunk)
            if open_line > LONGEST_LINE:
                raise CohortError("CH103", file=path.name, reason="a line never ends")
    n_lines += last not in b"\r\n\0"
    return Survey(fingerprint=digest, n_lines=n_lines, encoding=encoding or "utf-8-sig")


def encoding_of(start: bytes) -> str:
    """Return UTF-16 if the first bytes say so, else UTF-8 (with or without a byte order mark)."""
    return "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def refuse_binary(path: Path, chunk: bytes, encoding: str) -> None:
    """Raise CH102 for bytes that no text table holds."""
    if encoding != "utf-16" and (b"\0" in chunk or b"\x1b" in chunk or b"\x04" in chunk):
        raise CohortError("CH102", file=path.name, reason="it is not text")


@contextmanager
def rows_of(
    path: Path, *, gzipped: bool, encoding: str, delimiter: str
) -> Iterator[Iterator[list[str]]]:
    """Open a text table as an iterator of field lists.

    Raises:
        CohortError: CH101 or CH103.
    """
    with opened(path, gzipped=gzipped) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        try:
            yield fields(text, delimiter)
        except csv.Error as wrong:
            raise CohortError("CH103", file=path.name, reason=csv_reason(wrong)) from None
        except UnicodeDecodeError:
            raise CohortError(
                "CH103", file=path.name, reason="its characters cannot be decoded"
            ) from None
        finally:
            text.detach()


def csv_reason(wrong: csv.Error) -> str:
    """Say what is wrong with a text table, without its contents."""
    if "field larger" in str(wrong):
        return "a field is longer than any label or number"
    return "a quotation mark is never closed or stands inside a field"


def fields(text: TextIO, delimiter: str) -> Iterator[list[str]]:
    """Split text into fields; a doubled quotation mark inside quotes is one."""
    return csv.reader(text, delimiter=delimiter, strict=True)


def head(path: Path, *, gzipped: bool, size_bytes: int) -> tuple[str, bool]:
    """Return the first whole lines of a text, at least three, and whether that is all.

    Raises:
        CohortError: CH101, CH102 or CH103.
    """
    with opened(path, gzipped=gzipped) as stream:
        start = stream.read(size_bytes)
        while start.count(b"\n") < 3 and len(start) < LONGEST_LINE:
            more = stream.read(4 * size_bytes)
            if not more:
                break
            start += more
        whole = not stream.read(1)
    encoding = encoding_of(start)
    refuse_binary(path, start, encoding)
    if not whole:
        start = start[: start.rfind(b"\n") + 1 + (encoding == "utf-16")]
    try:
        return start.decode(encoding), whole
    except UnicodeDecodeError:
        if encoding == "utf-16":
            raise CohortError(
                "CH103", file=path.name, reason="its characters cannot be decoded"
            ) from None
        return start.decode("latin-1"), whole


def usable_delimiter(path: Path, delimiter: str) -> str:
    """Return a separator that a person chose, if a table can have it.

    Raises:
        CohortError: CH102 otherwise.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise CohortError("CH102", file=path.name, reason="its separator is not one character")
    return delimiter


def named_columns(header: list[str]) -> tuple[str, ...]:
    """Return trimmed headings; an empty one is called as pandas calls it.

    >>> named_columns(["", "TP53", " EGFR "])
    ('Unnamed: 0', 'TP53', 'EGFR')
    """
    return tuple(name.strip() or f"Unnamed: {i}" for i, name in enumerate(header))


def fitted_header(header: list[str], first_row: list[str]) -> list[str]:
    """Return the header with an empty first heading where R left it out above its row names."""
    return ["", *header] if len(first_row) == len(header) + 1 else header
