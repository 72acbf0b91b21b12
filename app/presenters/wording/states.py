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
        "index-column": "Row numbers",
        "missing-labels": "Diagnoses are there",
        "identifiers": "Patient codes",
        "label": "Diagnosis column",
        "orientation": "Rows are patients, columns are genes",
    }
)
_LEDGER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "proposed": "Proposed",
        "reserved": "Reserved",
        "spent": "Spent",
        "returned": "Returned, nothing opened",
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
        "good": "A good level for this study: even the lower end is 80 % or more.",
        "fair": "Usable, with care for rare diagnoses. Fewer genes or more patients help.",
        "weak": "Weak: fewer genes or a higher level would help.",
        "hopeless": "Not worth spending: the noise would drown the signal. Take fewer genes, "
        "more patients or another level.",
        "fewer-genes": "Nothing is promised: the lower end is below 80 %. Fewer genes, more "
        "patients or a higher level would help.",
        "against": "Not worth spending: the noise would drown the signal. Take fewer genes, "
        "more patients or another level.",
    }
)
_HOSPITALS: Final[Mapping[HospitalState, tuple[LightName, str]]] = MappingProxyType(
    {
        HospitalState.STARTING: ("busy", "Starting"),
        HospitalState.READING: ("busy", "Reading its file"),
        HospitalState.READY: ("ok", "Ready"),
        HospitalState.CONNECTED: ("ok", "Connected"),
        HospitalState.IN_STEP: ("ok", "In step"),
        HospitalState.FINISHED: ("ok", "Finished"),
        HospitalState.LOST: ("fail", "No answer"),
        HospitalState.REFUSED: ("fail", "Refused"),
    }
)
_STUDIES: Final[Mapping[StudyState, tuple[LightName, str]]] = MappingProxyType(
    {
        StudyState.PREPARED: ("warn", "Agreed, not started"),
        StudyState.RUNNING: ("busy", "Counting securely"),
        StudyState.FINISHED: ("ok", "Finished"),
        StudyState.FAILED: ("fail", "Stopped by a problem"),
        StudyState.CANCELLED: ("idle", "Cancelled"),
    }
)
#: What the worker's own command names mean to a steward, in the activity.
_ASKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "InspectFile": "A file could not be read",
        "OpenCohort": "A file was refused",
        "OpenExample": "The example could not be opened",
        "AskLevels": "Privacy levels could not be priced",
        "AskForecast": "What a planned study may give could not be predicted",
        "PrepareDemonstration": "A study could not be prepared",
        "StartStudy": "A study could not be started",
        "StartRun": "A run could not be started",
        "ProposePlan": "A plan was refused",
        "CancelRun": "A run could not be cancelled",
        "AskReport": "A comparison could not be made",
        "AskGene": "A gene could not be compared",
        "PrepareRelease": "A release could not be put together",
        "ApproveRelease": "A release was not approved",
        "DropRelease": "A release could not be cancelled",
        "AskIdentity": "The identity of this hospital could not be opened",
        "InspectOpenFile": "An open cohort’s file could not be looked at",
        "BuildReference": "A public reference could not be built",
        "StopBuilding": "Building a public reference could not be stopped",
        "AskReference": "A public reference cannot be used",
        "CreateStudy": "A study could not be created",
        "MakeInvitation": "An invitation could not be made",
        "OpenInvitation": "An invitation could not be opened",
        "JoinStudy": "A study could not be joined",
        "OpenLobby": "A study could not be connected",
        "AcceptParticipant": "A hospital could not be accepted",
        "RemoveParticipant": "A hospital could not be taken out",
        "MarkCompared": "A comparison of words could not be noted",
        "CloseRoster": "The list of hospitals could not be closed",
        "SignPlan": "A plan could not be signed",
        "RefusePlan": "A plan could not be refused",
        "SetUpApprover": "The second person was not set up",
        "ApprovePlan": "A plan was not approved",
        "RunStudy": "A study could not be started",
        "LeaveStudy": "A study could not be left",
        "PublishCounts": "Class counts were not published",
        "Introduce": "The program could not be started",
        "StopReading": "Reading a file could not be stopped",
        "AskPanel": "The genes of a cohort could not be shown",
        "ListCohorts": "The cohorts could not be shown",
        "ListStudies": "The studies could not be shown",
        "ListLobbies": "The studies could not be shown",
        "ListActivity": "The activity could not be shown",
        "ListLedger": "The privacy ledger could not be shown",
        "SetUpRequester": "Who asks for decisions was not named",
        "ReplaceApprover": "A lost passphrase of the second person was not replaced",
        "ReplaceRequester": "A lost passphrase of the one who asks was not replaced",
        "ChangeCap": "A cap was not changed",
        "WithdrawCohort": "A cohort was not withdrawn",
        "ForgetIdentifiers": "The identifiers of a cohort were not deleted",
        "BackUpLedger": "The privacy ledger was not backed up",
        "RestoreLedger": "A backup of the privacy ledger was not brought back",
        "ExportLedger": "The privacy ledger was not exported",
        "LeaveDemonstration": "A study could not be put away",
        "PrepareRun": "A run could not be prepared",
        "BackUpIdentity": "The identity of this hospital was not backed up",
        "RestoreIdentity": "The identity of this hospital was not brought back",
        "RenewIdentity": "The identity of this hospital was not renewed",
        "SetProxy": "The proxy was not changed",
        "AskConnection": "The connection could not be shown",
        "HostRelay": "A relay could not be started on this computer",
        "StopRelay": "The relay on this computer could not be stopped",
        "CheckConnection": "The connection could not be checked",
        "Shutdown": "The program could not be ended",
    }
)
#: What the worker's own words for a study mean, in the activity, after its title.
_HAPPENED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "drafted": "was created",
        "inviting": "hospitals are invited",
        "lobby": "hospitals gather",
        "roster-closed": "nobody else joins",
        "plan-proposed": "a plan is to be signed",
        "signed": "all hospitals signed the plan",
        "approved": "all second persons approved the plan",
        "running": "the secure counting began",
        "interrupted": "the secure counting was interrupted",
        "secret-used-twice": "an invitation was used a second time",
        "words-differ": "six words did not agree",
        "void-signature": "a signature of this hospital no longer counts",
        "void-approval": "an approval of this hospital no longer counts",
        "identity-gone": "its identity is not on this computer",
        "refused": "a hospital refused the plan",
    }
)
_REPORT_STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "genes": "Comparing gene by gene",
        "correlations": "Comparing pairs of genes",
        "jointly": "Comparing whole patients",
        "discriminator": "Telling synthetic from real patients",
        "utility": "Training models on synthetic and on real patients",
        "biology": "Looking for disease genes",
        "pathways": "Comparing sets of genes",
        "closeness": "Looking for copies",
        "attacks": "Guessing who took part",
        "pictures": "Drawing the pictures",
        "done": "Done",
    }
)


def activity_sentence(text: str) -> str:
    """Return a line of the activity; the worker's own names are said in the steward's words.

    >>> activity_sentence("OpenCohort was refused")
    'A file was refused'
    >>> activity_sentence("Leukaemias: roster-closed")
    'Leukaemias: nobody else joins'
    """
    command, found, _rest = text.partition(" was refused")
    if found and command in _ASKED:
        return say(_ASKED[command])
    title, found, state = text.rpartition(": ")
    return f"{title}: {say(_HAPPENED[state])}" if found and state in _HAPPENED else text


def report_step_words(step: str) -> str:
    """Return what the local comparison is doing."""
    return say(_REPORT_STEPS.get(step, step))


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
    light, words = _HOSPITALS[state]
    return light, say(words)


def study_words(state: StudyState) -> tuple[LightName, str]:
    """Return the light of a study and its words."""
    light, words = _STUDIES[state]
    return light, say(words)
