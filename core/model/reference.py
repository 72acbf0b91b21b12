"""A public reference as a plan carries it: what an open cohort says about the plan's genes.

It is public in full: no patient of a session may be in it, because it has no protection. Every
party holds the same bytes, because the plan's digest covers them.

References:
    generators.md "The recipe moments"; privacy.md section 1 (what is public).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

from core.model.stage import is_hex, is_text, require

#: Base64 of four-byte numbers for 30,000 genes would not fit; 5,000 genes with 60 factors do.
MAX_CONTENT: Final = 16 * 1024 * 1024
MAX_FACTORS: Final = 60
MAX_REFERENCE_CLASSES: Final = 50
#: Bytes of all that a reference carries, so that a plan with it is still one message.
MOST_BYTES: Final = 3_000_000
_TEXT: Final = 400
#: Six bytes in base64.
_MARK_CHARACTERS: Final = 8
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceNote:
    """What people read of a public reference: in invitations, before its content is there.

    Attributes:
        sha256: Of the whole reference as the plan will carry it, 64 hex digits.
        source_sha256: Of the open cohort's own file: no hospital may bring that one.
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
        n_records: Records of the open cohort (public).
        n_covered: Genes of the panel that it has.
        classes: Diagnoses that it names; empty without labels.
    """

    sha256: str
    source_sha256: str
    title: str
    provenance: str
    licence: str
    n_records: int
    n_covered: int
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what could not be shown.

        Raises:
            PlanError: PL201 with the field.
        """
        for field in ("sha256", "source_sha256"):
            require(is_hex(getattr(self, field), 64), f"reference.{field}", "not 64 hex digits")
        _require_said(self)
        ok = len(self.classes) <= MAX_REFERENCE_CLASSES and all(is_text(c) for c in self.classes)
        require(ok, "reference.classes", "not names")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceView:
    """A reference file as people see it before a study uses it.

    Attributes:
        file_name: Without its folder.
        sha256: Of the file.
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
        n_records: Its records (public).
        n_genes: Its genes.
        classes: Diagnoses that it names; empty without labels.
    """

    file_name: str
    sha256: str
    title: str
    provenance: str
    licence: str
    n_records: int
    n_genes: int
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReference:
    """An open cohort's summary, cut to a plan's panel and brought onto its scale.

    Attributes:
        file_sha256: Of the reference file from which it was cut, 64 hex digits.
        source_sha256: Of the open cohort's own file: no hospital may bring that one.
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
        n_records: Records of the open cohort (public).
        n_covered: Genes of the panel that it has.
        n_factors: Factors in it.
        content: Base64 of little-endian float32: per gene of the panel, in the plan's order, mean
            and standard deviation (0 where the open cohort lacks the gene), then its loading on
            each factor.
        classes: Classes that the open cohort names; empty if it has no labels.
        class_content: Base64 of little-endian float32: per gene of the panel, how far each class's
            mean lies from the cohort's, in the unit of the standard deviation; empty without
            classes.
        record_marks: Base64 of the open cohort's record marks (``core.cohort.prints``), six bytes
            each, sorted: no hospital may bring these patients. Empty in references of old files.
        level_content: Base64 of little-endian float32: per factor how far a record's level and its
            spread over the panel move with one unit of it, then the standard deviation of both
            between records, then what they usually are; log2 units. Empty in plans of before:
            there levels follow nothing.
    """

    file_sha256: str
    source_sha256: str
    title: str
    provenance: str
    licence: str
    n_records: int
    n_covered: int
    n_factors: int
    content: str
    classes: tuple[str, ...] = ()
    class_content: str = ""
    record_marks: str = ""
    level_content: str = ""

    def __post_init__(self) -> None:
        """Refuse what no party could check.

        Raises:
            PlanError: PL201 with the field.
        """
        for field in ("file_sha256", "source_sha256"):
            require(is_hex(getattr(self, field), 64), f"reference.{field}", "not 64 hex digits")
        _require_said(self)
        ok = type(self.n_factors) is int and 1 <= self.n_factors <= MAX_FACTORS
        require(ok, "reference.n_factors", f"must be 1 to {MAX_FACTORS}")
        require(bool(self.content) and _is_base64(self.content), "reference.content", "not base64")
        named = [c for c in self.classes if is_text(c)]
        ok = len(named) == len(set(named)) == len(self.classes) <= MAX_REFERENCE_CLASSES
        require(ok, "reference.classes", "not distinct names")
        ok = _is_base64(self.class_content) and bool(self.class_content) == bool(self.classes)
        require(ok, "reference.class_content", "not base64")
        marks = self.record_marks
        ok = _is_base64(marks) and len(marks) % _MARK_CHARACTERS == 0
        require(ok, "reference.record_marks", "not base64 of marks")
        require(_is_base64(self.level_content), "reference.level_content", "not base64")

    def tree(self) -> dict[str, object]:
        """Return its fields as a plan has them: those that older versions lack only if used."""
        tree = asdict(self)
        if not self.classes:
            del tree["classes"], tree["class_content"]
        if not self.record_marks:
            del tree["record_marks"]
        if not self.level_content:
            del tree["level_content"]
        return tree

    @property
    def note(self) -> ReferenceNote:
        """What people read of it."""
        content = json.dumps(self.tree(), sort_keys=True, separators=(",", ":")).encode("ascii")
        return ReferenceNote(
            sha256=hashlib.sha256(content).hexdigest(),
            source_sha256=self.source_sha256,
            title=self.title,
            provenance=self.provenance,
            licence=self.licence,
            n_records=self.n_records,
            n_covered=self.n_covered,
            classes=self.classes,
        )


def _require_said(said: PublicReference | ReferenceNote) -> None:
    """Refuse texts and numbers that could not be shown."""
    for field in ("title", "provenance", "licence"):
        require(is_text(getattr(said, field), _TEXT), f"reference.{field}", "empty or too long")
    for field, least, most in (("n_records", 3, 10_000_000), ("n_covered", 2, 1_000_000)):
        value = getattr(said, field)
        ok = type(value) is int and least <= value <= most
        require(ok, f"reference.{field}", f"must be {least} to {most}")


def _is_base64(text: object) -> bool:
    return isinstance(text, str) and len(text) <= MAX_CONTENT and not set(text) - _BASE64
