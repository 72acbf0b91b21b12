"""Errors in the words of the window: a title per code, and what the error tree says itself.

The tree's text says what happened, its remedy what it means and what to do. The title here is
what the banner shouts; where the tree speaks to the command line, the window says it otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from core.errors import SynCohortError

_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CH101": "The file cannot be opened",
        "CH102": "This format is not read here",
        "CH103": "The file is damaged",
        "CH104": "A named column is missing",
        "CH105": "A value is missing or not a number",
        "CH106": "A patient appears twice",
        "CH107": "A patient has the same value everywhere",
        "CH108": "A gene of the study is missing",
        "CH109": "An unknown diagnosis",
        "CH110": "No patient was found in the file",
        "CH111": "A count is negative",
        "CH112": "A gene stands twice",
        "CH113": "No gene column was found",
        "CH114": "A spreadsheet turned gene names into dates",
        "CH115": "The file has more patients than the study allows",
        "CH116": "Reading was stopped",
        "CH117": "The file has changed",
        "CH118": "A patient code is empty",
        "CH119": "The file has row numbers instead of patient codes",
        "CH120": "Not enough memory for this file",
        "CH121": "The diagnosis column is not chosen",
        "CH122": "Neither counts nor log values",
        "CH123": "This column does not look like a diagnosis",
        "CH124": "A column of row numbers was taken for a gene",
        "CH125": "These patients are in the public reference",
        "CH126": "This is no file of gene sets",
        "CH127": "The judges took part themselves",
        "PL201": "The study cannot be planned like this",
        "PL202": "Two hospitals hold different plans",
        "PL203": "Two hospitals alone cannot compute together",
        "PL204": "A study needs 3 to 10 computers",
        "PL205": "Two files have the same name",
        "PL206": "The files share no gene",
        "PL207": "The study is too small",
        "PL208": "This kind of study is not known here",
        "PL209": "The plan was made by another version",
        "PL210": "There are results already",
        "PL231": "The hospital’s own report stays here",
        "BU301": "Not enough is left under the lifetime cap",
        "BU302": "This privacy level is not valid",
        "BU303": "No noise can be found for this study",
        "BU304": "The privacy ledger was changed",
        "BU305": "The privacy ledger is in use",
        "BU306": "The privacy ledger cannot be written",
        "BU307": "The privacy ledger and its second book disagree",
        "BU308": "This step is not possible any more",
        "BU309": "The privacy ledger cannot be read",
        "BU310": "The protection cannot be proved for this plan",
        "BU311": "The clock of this computer is wrong",
        "BU312": "This is an older copy of the ledger",
        "BU313": "These patients take part in no new study",
        "BU314": "A written reason is missing",
        "BU315": "A signature in the ledger does not fit",
        "BU316": "The backup cannot be brought back",
        "BU317": "The exported ledger does not pass the check",
        "ST701": "This is not an invitation",
        "ST702": "The invitation has expired",
        "ST703": "The invitation was already used",
        "ST704": "The invitation is not accepted",
        "ST705": "This step is not possible now",
        "ST706": "A reason is missing",
        "ST707": "A signature does not fit",
        "ST708": "A hospital has not agreed yet",
        "ST709": "The passphrase is wrong",
        "ST710": "Two different people are needed",
        "ST711": "There is no second person here yet",
        "ST712": "A statement is missing",
        "ST713": "This study is not known here",
        "ST714": "The six words were not compared yet",
        "ST715": "The plan is not the study that was joined",
        "ST716": "The passphrase is too short",
        "ST717": "Your part in the study was ended",
        "ST718": "The identity of this study is not here",
        "ST719": "Your cohort does not fit the study",
        "ST731": "Both people have the same passphrase",
        "ST732": "The new passphrase does not count yet",
        "ST733": "Nobody is set up to ask for decisions",
        "ST741": "The recovery code is wrong",
        "ST742": "There is no recovery code",
        "SE401": "A hospital stopped answering",
        "SE402": "A hospital could not be reached",
        "SE403": "The run was cancelled",
        "SE404": "A stage took too long",
        "SE405": "A hospital ended the session",
        "SE406": "A hospital’s program ended",
        "SE407": "The relay is out of reach",
        "SE408": "The relay refused this computer",
        "SE409": "Not all hospitals agreed to the release",
        "PR501": "A hospital deviated from the rules",
        "PR502": "A hospital sent something that is not allowed",
        "PR503": "A hospital’s identity does not match",
        "PR504": "Two hospitals run different versions",
        "PR505": "The opened totals differ between hospitals",
        "PR506": "The synthetic patients do not follow from the totals",
        "PR507": "A total would not fit",
        "PR508": "The relay showed another certificate",
        "PR509": "The study cannot be continued",
        "WO601": "The background program speaks another language",
        "WO602": "The background program ended unexpectedly",
        "WO603": "A file could not be written",
        "WO604": "This step is not possible now",
        "WO605": "The command line is not valid",
        "WO608": "This study cannot be continued here",
        "WO606": "This file was not written by SynCohort",
        "WO611": "The identity of this installation cannot be read",
        "WO612": "A passphrase is needed",
        "WO613": "This is another passphrase",
        "WO614": "Another identity is on this computer",
        "WO615": "The identity of this hospital is locked",
        "WO616": "The identity of this hospital has ended",
        "WO621": "The release does not pass the check",
        "IN901": "Something inside SynCohort is wrong",
        "IN902": "Something unexpected went wrong",
    }
)

_INSTEAD: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "WO605": (
            "SynCohort was started with words that it does not know ({reason}).",
            "Start it without them. Nothing is spent.",
        ),
        "PL203": (
            (
                "With two shares, each share is the plain value: two hospitals alone could read "
                "each other’s totals."
            ),
            (
                "Let a compute partner take part: a computer without patients, run by someone who "
                "pools with neither hospital. Nothing is spent."
            ),
        ),
        "CH111": (
            "Row {row}, column {column} of {file} is negative although the values are counts.",
            (
                "Choose “log values” under “Numbers are”, or correct the file. Nothing was shared "
                "and none of the privacy cap was used."
            ),
        ),
        "WO602": (
            (
                "The background program that reads cohorts and keeps the ledger is gone (status "
                "{status})."
            ),
            (
                "Start it again. The ledger on disk knows what is spent; a study that was running "
                "has ended."
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as the window shows it.

    Attributes:
        code: Of `core.errors`.
        title: What happened, short.
        text: What happened.
        remedy: What it means and what to do.
        details: Code and sentences, to be copied for support.
    """

    code: str
    title: str
    text: str
    remedy: str
    details: str


def known_codes() -> frozenset[str]:
    """Codes with a title of their own."""
    return frozenset(_TITLES)


def title_of(code: str) -> str:
    """Return the title of a code, where its fields are not known."""
    return say(_TITLES.get(code, "Something went wrong"))


def problem_of(code: str, fields: tuple[tuple[str, str], ...]) -> Problem:
    """Return the words for a code that crossed the process boundary.

    A code or field that this version does not know becomes IN902: fail closed, but say something.
    """
    try:
        error = SynCohortError.from_code(code, fields)
    except ValueError:
        error = SynCohortError.from_code("IN902", (("kind", code[:20]),))
    if error.code in _INSTEAD:
        values = dict(error.fields)
        what, remedy = (say(part, **values) for part in _INSTEAD[error.code])
    else:
        what, remedy = say(error.text), say(error.remedy)
    return Problem(
        code=error.code,
        title=title_of(error.code),
        text=what,
        remedy=remedy,
        details=f"{error.code}\n{error.text}\n{error.remedy}",
    )
