"""Whether the own cohort can serve a study, before anybody is asked: public words of the study
against facts of the own file, on this computer only.

The findings name diagnoses and genes of the *study* or of the own file's headings; none says a
value of a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.model.cohort import CheckState, GeneNaming
from core.model.gene_names import canonical, kind_of_most
from core.model.invitation import StudyTerms
from core.model.study import CohortView
from core.study.invitation import panel_digest

_MOST_NAMED: Final = 8


class Verdict(StrEnum):
    """What a finding means for asking to join."""

    FAIL = "fail"
    WARN = "warn"
    WAIT = "busy"
    FITS = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One comparison of the own cohort with a study.

    Attributes:
        verdict: ``FAIL`` keeps the hospital from joining.
        text: What was found, a sentence with names of fields in braces.
        advice: What to do, the same; empty where nothing is needed.
        fields: Values for the braces.
        names: Everything that ``text`` may have shortened, such as all missing genes.
    """

    verdict: Verdict
    text: str
    advice: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        """Text and advice with their values."""
        values = dict(self.fields)
        return self.text.format_map(values), self.advice.format_map(values)


def compare(
    terms: StudyTerms,
    study_genes: Sequence[str],
    cohort: CohortView,
    own_genes: Sequence[str],
    units: float,
) -> tuple[Finding, ...]:
    """Compare a cohort with a study.

    Args:
        terms: What the invitation says.
        study_genes: The panel; empty where the invitation holds only its fingerprint.
        cohort: The own cohort, checked.
        own_genes: Its gene names; empty while they are not known.
        units: What the study takes of the cap.

    Returns:
        What keeps the hospital out first.
    """
    found = [
        *_people(cohort, units),
        *_scale(cohort),
        *_public(terms, cohort),
        *_labels(terms, cohort),
        *_size(terms, cohort),
        *_genes(terms, study_genes, cohort, own_genes),
    ]
    return tuple(sorted(found, key=lambda f: tuple(Verdict).index(f.verdict)))


def fits(findings: Sequence[Finding]) -> bool:
    """Return whether nothing keeps the hospital out."""
    return all(f.verdict is not Verdict.FAIL for f in findings)


def _people(cohort: CohortView, units: float) -> list[Finding]:
    found = []
    if cohort.practice:
        found.append(
            Finding(
                verdict=Verdict.FAIL,
                text="These are simulated patients.",
                advice="A study with other hospitals needs patients of your own.",
            )
        )
    if units > cohort.cap.left:
        found.append(
            Finding(
                verdict=Verdict.FAIL,
                text="The lifetime cap of these patients has too little left.",
                advice="The study takes more than is left; other patients would do.",
            )
        )
    return found


def _scale(cohort: CohortView) -> list[Finding]:
    """The file's own checks: a scale that is neither counts nor log, and what else is wrong."""
    checks = cohort.summary.checks if cohort.summary is not None else ()
    return [
        Finding(
            verdict=Verdict.FAIL,
            text="{found}",
            advice="{todo}",
            fields=(("found", c.text), ("todo", c.advice)),
        )
        for c in checks
        if c.state is CheckState.PROBLEM
    ]


def _public(terms: StudyTerms, cohort: CohortView) -> list[Finding]:
    """Whether the own file is the one that the public reference was made from."""
    if terms.reference is None or cohort.summary is None:
        return []
    fields = (("title", terms.reference.title),)
    if terms.reference.source_sha256 == cohort.summary.fingerprint:
        return [
            Finding(
                verdict=Verdict.FAIL,
                text="The study’s public reference “{title}” was made from your file.",
                advice="Patients of a public reference have no protection: take part with others.",
                fields=fields,
            )
        ]
    return [
        Finding(
            verdict=Verdict.FITS,
            text="Your file is not the one that the public reference “{title}” was made from.",
            fields=fields,
        )
    ]


def _labels(terms: StudyTerms, cohort: CohortView) -> list[Finding]:
    if cohort.summary is None:
        return []
    own = tuple(label for label, _n in cohort.summary.class_counts)
    unknown = tuple(label for label in own if label not in terms.classes)
    absent = tuple(c for c in terms.classes if c not in own)
    found = []
    if unknown:
        found.append(_unknown_labels(terms, unknown))
    if len(absent) == len(terms.classes):
        found.append(
            Finding(
                verdict=Verdict.FAIL,
                text="No diagnosis of the study is in your file.",
                advice="Choose the column with the diagnosis, or another file.",
            )
        )
    elif absent:
        found.append(
            Finding(
                verdict=Verdict.WARN,
                text="You have no patient with {names}.",
                advice="No action needed: other hospitals may have some.",
                fields=(("names", _some(absent)),),
                names=absent,
            )
        )
    elif not unknown:
        said = "All diagnoses of the study are in your file."
        found.append(Finding(verdict=Verdict.FITS, text=said))
    return found


def _unknown_labels(terms: StudyTerms, unknown: tuple[str, ...]) -> Finding:
    alike = {_plain(c): c for c in terms.classes}
    pairs = [(label, alike[_plain(label)]) for label in unknown if _plain(label) in alike]
    fields = (("names", _some(unknown)), ("classes", _some(terms.classes)))
    if pairs:
        label, meant = pairs[0]
        return Finding(
            verdict=Verdict.FAIL,
            text="The study does not know {names}.",
            advice="It writes “{meant}”; your file writes “{label}”. Rename it in your file, or "
            "leave these patients out.",
            fields=(*fields, ("meant", meant), ("label", label)),
            names=unknown,
        )
    return Finding(
        verdict=Verdict.FAIL,
        text="The study does not know {names}.",
        advice="Write these diagnoses as the study does ({classes}), or leave these patients out "
        "of the file.",
        fields=fields,
        names=unknown,
    )


def _size(terms: StudyTerms, cohort: CohortView) -> list[Finding]:
    if cohort.summary is None or cohort.summary.n_records <= terms.n_max:
        return []
    return [
        Finding(
            verdict=Verdict.FAIL,
            text="Your file has more patients than the study allows.",
            advice="Take at most {n} patients of it, not chosen by their values, or ask the "
            "coordinator for a study with a higher limit.",
            fields=(("n", f"{terms.n_max:,}"),),
        )
    ]


def _genes(
    terms: StudyTerms, study_genes: Sequence[str], cohort: CohortView, own_genes: Sequence[str]
) -> list[Finding]:
    if not own_genes:
        said = "The gene names of your file are being compared."
        return [Finding(verdict=Verdict.WAIT, text=said)]
    if panel_digest(own_genes) == terms.panel_sha256:
        said = "Your genes are exactly those of the study."
        return [Finding(verdict=Verdict.FITS, text=said)]
    fields = (("n", f"{terms.n_genes:,}"), ("own", f"{len(own_genes):,}"))
    if not study_genes:
        return [_only_counted(terms, own_genes, fields)]
    here = set(own_genes)
    missing = tuple(g for g in study_genes if canonical(g) not in here)
    if not missing:
        said = "All {n} genes of the study are in your file."
        return [Finding(verdict=Verdict.FITS, text=said, fields=fields)]
    return [_missing(study_genes, missing, cohort, own_genes)]


def _only_counted(
    terms: StudyTerms, own_genes: Sequence[str], fields: tuple[tuple[str, str], ...]
) -> Finding:
    if len(own_genes) < terms.n_genes:
        return Finding(
            verdict=Verdict.FAIL,
            text="The study has {n} genes, your file {own}.",
            advice="Genes are missing. Ask the coordinator for the gene list, or export your "
            "file with more genes.",
            fields=fields,
        )
    return Finding(
        verdict=Verdict.WARN,
        text="The study has {n} genes, your file {own} in another order or selection.",
        advice="Their list was too long for this invitation: whether each gene of the study is "
        "there is checked when you ask to join, before the coordinator hears of you; a missing "
        "one is named.",
        fields=fields,
    )


def _missing(
    study_genes: Sequence[str],
    missing: tuple[str, ...],
    cohort: CohortView,
    own_genes: Sequence[str],
) -> Finding:
    named = cohort.summary.naming if cohort.summary is not None else kind_of_most(own_genes)
    wanted = kind_of_most(study_genes)
    fields = (
        ("missing", f"{len(missing):,}"),
        ("n", f"{len(study_genes):,}"),
        ("names", _some(missing)),
        ("wanted", _NAMED[wanted]),
        ("named", _NAMED[named]),
    )
    if wanted is not named and 2 * len(missing) > len(study_genes):
        advice = (
            "The study names genes by {wanted}, your file by {named}. Export your file with "
            "{wanted}."
        )
    else:
        advice = (
            "Export your file with these genes, or ask the coordinator for a study without them."
        )
    return Finding(
        verdict=Verdict.FAIL,
        text="{missing} of the {n} genes of the study are not in your file: {names}.",
        advice=advice,
        fields=fields,
        names=missing,
    )


_NAMED: Final = {
    GeneNaming.SYMBOL: "symbols (such as TP53)",
    GeneNaming.ENSEMBL: "Ensembl identifiers (such as ENSG00000141510)",
    GeneNaming.ENTREZ: "Entrez numbers (such as 7157)",
    GeneNaming.OTHER: "names of another kind",
}


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _plain(label: str) -> str:
    return "".join(c for c in label.casefold() if c.isalnum())
