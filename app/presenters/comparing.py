"""Six words over the telephone: which of them are heard and written instead of read along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Hearing(StrEnum):
    """How far the words that were heard agree."""

    MISSING = "missing"
    OTHER = "other"
    SAME = "same"


def asked_places(key: str, n_words: int) -> tuple[int, ...]:
    """Return the places, from 0, of the words that are heard and written instead of shown.

    Somebody who reads all six words on the screen says yes too easily. The places are always the
    same for one certificate, so that a second look does not show what the first has hidden.

    Args:
        key: SHA-256 of the certificate, hex digits.
        n_words: Words there are.

    >>> asked_places("0f", 6), asked_places("10", 6), asked_places("0f", 2)
    ((3, 0), (4, 1), (1, 0))
    """
    number = int(key, 16)
    first = number % n_words
    step = 1 + number // n_words % (n_words - 1)
    return (first, (first + step) % n_words)


def hearing(heard: Mapping[int, str], words: Sequence[str]) -> tuple[Hearing, int]:
    """Compare what was written with the words of this computer.

    Args:
        heard: Place of a word, from 0 -> what was written so far.
        words: All words of the other hospital, as this computer knows them.

    Returns:
        What is to be said, and the place that it concerns.

    >>> hearing({2: " Orbit", 3: ""}, ("walnut", "signal", "orbit", "marble"))
    (<Hearing.MISSING: 'missing'>, 3)
    >>> hearing({2: "orange", 3: "mar"}, ("walnut", "signal", "orbit", "marble"))
    (<Hearing.OTHER: 'other'>, 2)
    """
    missing = []
    for place, written in sorted(heard.items()):
        word, said = words[place].casefold(), written.strip().casefold()
        if not word.startswith(said):
            return Hearing.OTHER, place
        if said != word:
            missing.append(place)
    return (Hearing.MISSING, missing[0]) if missing else (Hearing.SAME, 0)
