"""States, levels, checks and kinds: key -> words (and the light they go with)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, assert_never

from app.presenters.wording.language import say
from core.model.cohort import CheckState, GeneNaming, Scale
from core.model.study import HospitalState, StudyState

LightName = Literal["ok", "busy", "warn", "fail", "idle"]

_LEVELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "strictest": ("Strictest", "Rare diagnoses blur."),
        "balanced": ("Balanced", "Suits most studies."),
        "most-detail": ("Most detail", "Weakest protection."),
        "exact": ("Exact value", "Set by you."),
    }
)
_CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "duplicates": "Patients appear once",
        "values": "All values are numbers",
        "constant-genes": "Genes vary",
        "rare-classes": "Patients per diagnosis",
        "scale": "Counts or log values",
        "gene-names": "Gene names",
        "index-column": "Patient codes",
        "missing-labels": "Diagnoses are there",
        "orientation": "Rows are patients, columns are genes",
    }
)
_LEDGER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "proposed": "Proposed",
        "reserved": "Reserved",
        "spent": "Spent",
        "returned": "Returned, nothing sent",
        "decision": "Decision",
    }
)
_ACTIVITY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "study": ("Study", "studies"),
        "cohort": ("Cohort", "file"),
        "privacy": ("Privacy", "ledger"),
        "release": ("Release", "export"),
        "problem": ("Problem", "light-fail"),
    }
)
_ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "good": "A good level for this study.",
        "fair": "Usable, with care for rare diagnoses. Fewer genes or more patients help.",
        "weak": "Weak: fewer genes or a higher level would help.",
        "hopeless": "Not worth spending: the noise would drown the signal. Take fewer genes, "
        "more patients or another level.",
        "fewer-genes": "Weak: fewer genes or a higher level would help.",
        "against": "Not worth spending: the noise would drown the signal. Take fewer genes, "
        "more patients or another level.",
    }
)


def level_words(key: str) -> tuple[str, str]:
    """Return a privacy level's name and its one consequence."""
    name, says = _LEVELS.get(key, (key.capitalize(), ""))
    return say(name), say(says) if says else ""


def check_words(key: str) -> str:
    """Return what a check of a file looks at."""
    return say(_CHECKS.get(key, key.replace("-", " ").capitalize()))


def check_light(state: CheckState) -> LightName:
    """Return the light of a check's outcome."""
    match state:
        case CheckState.OK:
            return "ok"
        case CheckState.NOTE:
            return "warn"
        case CheckState.PROBLEM:
            return "fail"
    assert_never(state)


def ledger_words(kind: str) -> str:
    """Return the kind of a ledger entry."""
    return say(_LEDGER.get(kind, kind.capitalize()))


def activity_words(kind: str) -> tuple[str, str]:
    """Return the name of a kind of activity and its drawing."""
    name, drawing = _ACTIVITY.get(kind, (kind.capitalize(), "activity"))
    return say(name), drawing


def advice_words(advice: str) -> str:
    """Return the sentence that goes with an expected usefulness."""
    return say(_ADVICE.get(advice, advice))


def scale_words(scale: Scale) -> str:
    """Return what the numbers of a file are."""
    return say("integer counts") if scale is Scale.COUNTS else say("log values")


def naming_words(naming: GeneNaming) -> str:
    """Return which kind of gene name a file carries."""
    match naming:
        case GeneNaming.SYMBOL:
            return say("gene symbols")
        case GeneNaming.ENSEMBL:
            return say("Ensembl names")
        case GeneNaming.ENTREZ:
            return say("Entrez numbers")
        case GeneNaming.OTHER:
            return say("own names")
    assert_never(naming)


def hospital_words(state: HospitalState) -> tuple[LightName, str]:
    """Return the light of a hospital and its words."""
    match state:
        case HospitalState.STARTING:
            return "busy", say("Starting")
        case HospitalState.READING:
            return "busy", say("Reading its file")
        case HospitalState.READY:
            return "ok", say("Ready")
        case HospitalState.CONNECTED:
            return "ok", say("Connected")
        case HospitalState.IN_STEP:
            return "ok", say("In step")
        case HospitalState.FINISHED:
            return "ok", say("Finished")
        case HospitalState.LOST:
            return "fail", say("No answer")
        case HospitalState.REFUSED:
            return "fail", say("Refused")
    assert_never(state)


def study_words(state: StudyState) -> tuple[LightName, str]:
    """Return the light of a study and its words."""
    match state:
        case StudyState.PREPARED:
            return "warn", say("Agreed, not started")
        case StudyState.RUNNING:
            return "busy", say("Counting securely")
        case StudyState.FINISHED:
            return "ok", say("Finished")
        case StudyState.FAILED:
            return "fail", say("Stopped by a problem")
        case StudyState.CANCELLED:
            return "idle", say("Cancelled")
    assert_never(state)
