"""Checks of patient codes and diagnoses."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from core.cohort.findings import Finding, counted, listed, note, ok, problem
from core.cohort.records import Cohort, is_missing
from core.errors import CohortError
from core.model.plan import MAX_CLASSES

RARE_CLASS: Final = 20  # fewer patients than this teach a generator little
_DATE_TEXT: Final = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$")
_NUMBERED_CODE: Final = re.compile(r"^(.*?)0*(\d+)$")


# ---- patients


def identifiers(cohort: Cohort) -> list[Finding]:
    """Whether every patient has a code that is not a row number."""
    codes = cohort.identifiers
    for i, code in enumerate(codes):
        if is_missing(code):
            error = CohortError("CH118", row=cohort.row_text(i), file=cohort.file_name)
            text = f"The patient code in {cohort.place(i)} is empty."
            return problem(
                "identifiers", error, text, "Give every patient a stable code of your own."
            )
    if _are_row_numbers(codes) or codes == cohort.labels:
        error = CohortError("CH119", file=cohort.file_name)
        return problem(
            "identifiers",
            error,
            "Only row numbers stand where patient codes should be.",
            "Choose the column with your own patient codes: row numbers change with the file.",
        )
    stems = {m[1] for m in map(_NUMBERED_CODE.match, codes) if m}
    numbers = [m[2] for m in map(_NUMBERED_CODE.match, codes) if m]
    if len(stems) == 1 and len(numbers) == len(codes) > 2 and _are_row_numbers(numbers):
        return note(
            "identifiers",
            "The patient codes are numbered in the order of the file.",
            "Make sure that a patient keeps the same code when the file is exported again.",
        )
    return ok("identifiers", "Every patient has a code.")


def _are_row_numbers(codes: Sequence[str]) -> bool:
    """Whether the codes count the rows; gaps may be records that were left out."""
    if not all(c.isascii() and c.isdecimal() for c in codes):
        return False
    numbers = [int(c) for c in codes]
    rising = all(a < b for a, b in pairwise(numbers))
    return rising and numbers[0] <= 1 + len(numbers) // 2 and numbers[-1] <= 2 * len(numbers)


def duplicates(cohort: Cohort) -> list[Finding]:
    """Whether a patient stands twice, under one code or under two."""
    found: list[Finding] = []
    first: dict[str, int] = {}
    twice: list[tuple[int, int]] = []
    for i, written in enumerate(cohort.identifiers):
        code = unicodedata.normalize("NFC", written).strip()  # as the ledger's marks read it
        if first.setdefault(code, i) != i:
            twice.append((i, first[code]))
    if twice and not is_missing(cohort.identifiers[twice[0][0]]):
        i, j = twice[0]
        error = CohortError(
            "CH106", row=cohort.row_text(i), file=cohort.file_name, first_row=cohort.row_text(j)
        )
        text = (
            f"{counted(len(twice), 'patient code stands', 'patient codes stand')} more than once "
            f"(first: {cohort.place(i)} repeats {cohort.place(j)})."
        )
        advice = (
            "Keep one record per patient: two samples of one patient "
            "would get half the promised protection."
        )
        found += problem("duplicates", error, text, advice)
    alike = _identical_records(cohort)
    if alike:
        i, j = alike[0]
        who = counted(len(alike), "patient has", "patients have")
        found += note(
            "duplicates",
            f"{who} exactly the values of another one "
            f"(first: {cohort.place(i)} and {cohort.place(j)}).",
            "Check whether this is one patient under two codes; if so, keep one record.",
        )
    return found or ok("duplicates", "No patient appears twice.")


def _identical_records(cohort: Cohort) -> list[tuple[int, int]]:
    """Return (record, earlier record) with equal values but different codes."""
    first: dict[bytes, int] = {}
    alike = []
    for i in range(cohort.n_records):
        values = np.ascontiguousarray(cohort.values[i])
        if np.isnan(values).all():
            continue
        j = first.setdefault(hashlib.blake2b(values.tobytes(), digest_size=16).digest(), i)
        if j != i and cohort.identifiers[i] != cohort.identifiers[j]:
            alike.append((i, j))
    return alike


# ---- diagnoses


def _label_choices(cohort: Cohort, candidates: Sequence[str]) -> str:
    others = [c for c in candidates if c != cohort.label_name]
    return f"“{others[0]}” looks right." if others else ""


def labels(cohort: Cohort, candidates: Sequence[str]) -> list[Finding]:
    """Whether the label column looks like a diagnosis."""
    looks = _label_choices(cohort, candidates)
    if not cohort.labels:
        choices = (
            ", ".join(candidates)
            or "name the column, or a second file with patient codes and diagnoses"
        )
        error = CohortError("CH121", file=cohort.file_name, choices=choices)
        text = "It is not known yet which column holds the diagnosis."
        advice = (
            f"Choose the column with the diagnosis; {looks}"
            if looks
            else "Choose the column with the diagnosis."
        )
        return problem("label", error, text, advice)
    different = set(cohort.labels)
    dates = sum(bool(_DATE_TEXT.match(v)) for v in different)
    what = "dates" if dates > len(different) / 2 else "values"
    too_many = len(different) > max(2, min(MAX_CLASSES, cohort.n_records // 2))
    if too_many or what == "dates":
        reason = f"it holds {len(different):,} different {what}"
        error = CohortError(
            "CH123", column=cohort.label_name, file=cohort.file_name, reason=reason
        )
        text = f"“{cohort.label_name}” holds {len(different):,} different {what}."
        return problem(
            "label",
            error,
            text,
            f"Choose the column with the diagnosis; {looks}"
            if looks
            else "Choose the column with the diagnosis.",
        )
    if len(different) == 1:
        text = f"All patients have the diagnosis “{cohort.labels[0]}”."
        return note(
            "label",
            text,
            "That is fine when the other hospitals have patients with other diagnoses.",
        )
    return ok("label", f"“{cohort.label_name}” holds {len(different)} diagnoses.")


def missing_labels(cohort: Cohort) -> list[Finding]:
    """How many patients have no diagnosis."""
    if not cohort.n_left_out:
        return ok("missing-labels", "Every patient has a diagnosis.") if cohort.labels else []
    who = counted(cohort.n_left_out, "patient has", "patients have")
    text = f"{who} no diagnosis and will be left out."
    return note("missing-labels", text, "Fill in the diagnosis if you know it.")


def rare_classes(cohort: Cohort) -> list[Finding]:
    """Which diagnoses have few patients."""
    counts = Counter(cohort.labels)
    rare = sorted((n, name) for name, n in counts.items() if n < RARE_CLASS)
    if not rare or len(counts) > MAX_CLASSES:
        return (
            ok("rare-classes", "Every diagnosis has enough patients.")
            if counts and not rare
            else []
        )
    shown = listed([f"“{name}” ({n})" for n, name in rare])
    text = f"Few patients: {shown}."
    advice = "A rare diagnosis is learned badly, unless other hospitals have more of it."
    return note("rare-classes", text, advice)
