"""A public reference as a plan carries it: what an open cohort says about the plan's genes.

It is public in full: no patient of a session may be in it, because it has no protection. Every
party holds the same bytes, because the plan's digest covers them.

References:
    generators.md "The recipe moments"; privacy.md section 1 (what is public).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.model.stage import is_hex, is_text, require

#: Base64 of four-byte numbers for 30,000 genes would not fit; 5,000 genes with 60 factors do.
MAX_CONTENT: Final = 16 * 1024 * 1024
MAX_FACTORS: Final = 60
MAX_REFERENCE_CLASSES: Final = 50
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


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

    def __post_init__(self) -> None:
        """Refuse what no party could check.

        Raises:
            PlanError: PL201 with the field.
        """
        for field in ("file_sha256", "source_sha256"):
            require(is_hex(getattr(self, field), 64), f"reference.{field}", "not 64 hex digits")
        for field in ("title", "provenance", "licence"):
            require(is_text(getattr(self, field), 400), f"reference.{field}", "empty or too long")
        for field, least, most in (
            ("n_records", 3, 10_000_000),
            ("n_covered", 2, 1_000_000),
            ("n_factors", 1, MAX_FACTORS),
        ):
            value = getattr(self, field)
            ok = type(value) is int and least <= value <= most
            require(ok, f"reference.{field}", f"must be {least} to {most}")
        text: object = self.content
        ok = isinstance(text, str) and 0 < len(text) <= MAX_CONTENT and not set(text) - _BASE64
        require(ok, "reference.content", "not base64")
        named = [c for c in self.classes if is_text(c)]
        ok = len(named) == len(set(named)) == len(self.classes) <= MAX_REFERENCE_CLASSES
        require(ok, "reference.classes", "not distinct names")
        content: object = self.class_content
        ok = (
            isinstance(content, str) and len(content) <= MAX_CONTENT and not set(content) - _BASE64
        )
        ok = ok and bool(content) == bool(self.classes)
        require(ok, "reference.class_content", "not base64")
