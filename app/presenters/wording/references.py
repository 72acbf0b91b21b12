"""Public references in words."""

from __future__ import annotations

from app.presenters.wording.figures import count
from app.presenters.wording.language import say
from core.model.quality import QualityReport
from core.model.reference import PublicReference, ReferenceNote, ReferenceView

_SHOWN = 16
_GROUP = 4


def no_protection() -> str:
    """What a reference means for the patients in it; stands wherever one is shown."""
    return say("Patients who are also in it get no protection from this study.")


def reference_words(reference: PublicReference | ReferenceNote) -> str:
    """Return name, origin and licence of a study's reference, and what it is good for."""
    said = say(
        "{title}, {n} open records ({licence}; {origin}); it has {covered} of the genes.",
        title=reference.title,
        n=count(reference.n_records),
        licence=reference.licence,
        origin=reference.provenance,
        covered=count(reference.n_covered),
    )
    return f"{said} {no_protection()}"


def named_words(classes: tuple[str, ...]) -> str:
    """Say which diagnoses a reference names."""
    if not classes:
        return say("none: it says how genes move together, not how diagnoses differ")
    return ", ".join(classes)


def fingerprint_words(sha256: str) -> str:
    """Return the first digits of a fingerprint, in groups."""
    return " ".join(sha256[at : at + _GROUP] for at in range(0, _SHOWN, _GROUP))


def alone_words(report: QualityReport) -> tuple[str, str] | None:
    """Say what the public reference alone would reach beside the release: a title and a sentence
    for the first classifier that both have; None without one.
    """
    for alone in report.public_alone:
        ours = next(
            (
                s
                for s in report.utility
                if (s.classifier, s.score) == (alone.classifier, alone.score)
            ),
            None,
        )
        if ours is None or ours.synthetic is None or alone.synthetic is None:
            continue
        reached = _hundred(alone.synthetic), _hundred(ours.synthetic)
        said = say(
            "The public reference alone would reach {public} of 100 in recognising diagnoses "
            "(F1), this release reaches {release}, real patients {real}.",
            public=reached[0],
            release=reached[1],
            real=_hundred(ours.real),
        )
        if reached[1] <= reached[0]:
            title = say("The release adds nothing here to the public data")
        else:
            title = say("{n} of 100 come from the study’s patients", n=reached[1] - reached[0])
        return title, said
    return None


def _hundred(score: float | None) -> int:
    return round(100 * score) if score is not None else 0


def view_facts(view: ReferenceView) -> tuple[tuple[str, str], ...]:
    """Return what a reference file says about itself, as pairs."""
    return (
        (say("Open cohort"), say("{title}, {n} records, {genes} genes", title=view.title,
                                 n=count(view.n_records), genes=count(view.n_genes))),
        (say("From"), view.provenance),
        (say("Licence"), view.licence),
        (say("Names diagnoses"), named_words(view.classes)),
        (say("Fingerprint"), fingerprint_words(view.sha256)),
    )  # fmt: skip
