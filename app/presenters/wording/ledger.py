"""The privacy ledger in words for people who know no cryptography."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never

from app.presenters.wording.figures import moment, units
from app.presenters.wording.language import say
from app.presenters.wording.problems import Problem
from app.presenters.wording.states import LightName, ledger_words
from core.messages.ledger_events import (
    ApproverReplaced,
    CapChanged,
    CohortWithdrawn,
    IdentifiersForgotten,
    LedgerBackedUp,
    LedgerEvent,
    LedgerExported,
    LedgerLinesMissing,
    LedgerListed,
    LedgerRestored,
    LedgersCountersigned,
    RequesterReplaced,
    RequesterSetUp,
)
from core.model.ledger import CohortStanding, LedgerLine, LedgerStanding

_TOPICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cohort-registered": "Cohort added",
        "patients-added": "Patients added",
        "cap-changed": "Cap changed",
        "cohort-withdrawn": "Withdrawn",
        "cohort-held": "Held back",
        "identifiers-forgotten": "Identifiers deleted",
        "overlap-noted": "Shared patients",
        "study-continued": "Continued",
        "ledger-restored": "Ledger restored",
        "lines-missing": "Entries missing",
        "signing-key-changed": "New signing key",
        "second-person-named": "Second person",
        "second-person-replaced": "Second person",
        "requester-named": "Requester",
        "requester-replaced": "Requester",
        "counts-published": "Class counts",
    }
)
_CHANGED: Final = ("cap-changed", "cohort-registered")


def entry_words(line: LedgerLine) -> str:
    """Return what kind of entry it is, in a word or two."""
    if line.topic:
        plain = line.topic.replace("-", " ").capitalize()
        return say(_TOPICS.get(line.topic, plain))
    return ledger_words(line.kind)


def sentence_words(line: LedgerLine) -> str:
    """Return the whole entry in one sentence; the worker words it, older ones have a note."""
    return line.sentence or line.note or entry_words(line)


def cost_words(line: LedgerLine) -> str:
    """Return what an entry took, or what it settled."""
    if line.kind == "decision":
        settles = line.cohort_id and line.units and (not line.topic or line.topic in _CHANGED)
        if settles:
            return say("Took nothing. The cap is {units} from here on.", units=units(line.units))
        return say("Took nothing")
    amount = units(abs(line.units))
    said = {
        "spent": "Used {units} of the cap",
        "reserved": "Set {units} aside, nothing used yet",
        "returned": "Gave {units} back, nothing was used",
    }
    return say(said.get(line.kind, "Took nothing"), units=amount)


def signed_short(line: LedgerLine) -> str:
    """Return the state of an entry's signatures for a narrow column."""
    others = len(line.countersigned_by)
    if not line.signed_by:
        return say("Not signed yet")
    if not others:
        return say("Signed")
    if others == 1:
        return say("Signed, 1 other")
    return say("Signed, {n} others", n=others)


def signature_words(line: LedgerLine) -> str:
    """Return who signed an entry and what that is good for."""
    if not line.signed_by:
        return say(
            "Not signed yet. It is signed when the key of this installation is next open; until "
            "then the fingerprints alone protect it."
        )
    mark = " ".join(line.signed_by[at : at + 4] for at in range(0, len(line.signed_by), 4))
    return say(
        "By this installation, with the key {mark}. Nobody can sign like this without that key.",
        mark=mark,
    )


def countersigned_words(line: LedgerLine) -> str:
    """Return which partners hold an entry, and what it means if none does."""
    names = line.countersigned_by
    if names:
        return say(
            "By {names}. They keep this entry too, so it cannot disappear here unnoticed.",
            names=", ".join(names),
        )
    if line.kind in ("spent", "returned"):
        return say(
            "By no other hospital. In a study between hospitals, the others sign when it ends."
        )
    return say("Not needed: this entry concerns this hospital only.")


def standing_words(standing: str) -> tuple[LightName, str]:
    """Return whether a cohort may take part in studies."""
    if not standing:
        return "ok", say("May take part in studies")
    if standing.startswith("held") and standing.endswith("in part"):
        return "warn", say("Held back: it shares patients with another cohort that is.")
    if standing.startswith("held"):
        return "warn", say(
            "Held back: it takes part in no study until two people decide on its cap, because "
            "its patients may have been used in studies that this ledger does not know."
        )
    if "identifiers deleted" in standing:
        return "idle", say("Withdrawn for ever, and the marks of its patients are deleted.")
    if standing.endswith("in part"):
        return "idle", say("Takes part in no study: it shares patients with a withdrawn cohort.")
    return "idle", say("Withdrawn: it takes part in no study any more.")


def composed_words(cohort: CohortStanding) -> str:
    """Return the tighter total of what was spent, beside the units that count; empty for none."""
    if not cohort.cap.spent:
        return ""
    return say(
        "For experts: counted together, the releases amount to ε {epsilon}, which is never more "
        "than the {n} units. This is information only. What counts against the cap are the "
        "units, because they simply add.",
        epsilon=f"{cohort.composed_epsilon:.3g}",
        n=f"{cohort.cap.spent:g}",
    )


def kept_words(standing: LedgerStanding) -> str:
    """Return who else would notice if the newest entries were lost."""
    outside = (
        say("This computer remembers the newest entry outside the file as well.")
        if standing.remembered
        else say("The newest entry is not remembered outside the file yet.")
    )
    if not standing.partners:
        return outside + " " + say("No other hospital holds an entry of it yet.")
    held = say(
        "Entry {n} is also held by {names}.",
        n=standing.partner_entry,
        names=", ".join(standing.partners),
    )
    return outside + " " + held


def done_words(event: LedgerEvent, cohort: str = "") -> tuple[str, tuple[str, ...]]:
    """Return what a decision did: a title, and sentences on what follows from it.

    Args:
        event: What the worker said.
        cohort: Name of the cohort it is about.
    """
    match event:
        case CapChanged() | CohortWithdrawn() | IdentifiersForgotten():
            return _cohort_words(event, cohort)
        case RequesterSetUp() | ApproverReplaced() | RequesterReplaced():
            return _people_words(event)
        case LedgerBackedUp() | LedgerRestored() | LedgerExported() | LedgerLinesMissing():
            return _file_words(event)
        case LedgerListed() | LedgersCountersigned():
            return "", ()
        case _:
            assert_never(event)


def _cohort_words(
    event: CapChanged | CohortWithdrawn | IdentifiersForgotten, name: str
) -> tuple[str, tuple[str, ...]]:
    match event:
        case CapChanged():
            return say("The cap of “{name}” is now {n}", name=name, n=units(event.cap.cap)), (
                say("The decision, both names and the reason are an entry of the ledger."),
            )
        case CohortWithdrawn():
            return say("“{name}” is withdrawn", name=name), (
                say("It takes part in no study any more. What it has used stays used."),
            )
        case IdentifiersForgotten():
            return say("The marks of “{name}” are deleted", name=name), (
                say("Backups made before still hold them: delete those too where you must."),
                say("Cohorts that are added from now on wait until two people decide."),
            )
        case _:
            assert_never(event)


def _people_words(
    event: RequesterSetUp | ApproverReplaced | RequesterReplaced,
) -> tuple[str, tuple[str, ...]]:
    if isinstance(event, RequesterSetUp):
        return say("{name} may ask for decisions", name=event.name), (
            say("Together with the second person, and alone for nothing that loosens a promise."),
            *_code_words(event.recovery_code),
        )
    counts = say("It counts from {when}.", when=moment(event.waits_until))
    title = say("The new passphrase of {name} is arranged", name=event.name)
    if isinstance(event, ApproverReplaced):
        return title, (counts,)
    back = say(
        "Until then no cap can be changed, and whoever asked before can take it back with the "
        "passphrase from before: Change who asks."
    )
    return title, (counts, back, *_code_words(event.recovery_code))


def _code_words(code: str) -> tuple[str, ...]:
    """The recovery code, shown this once."""
    return (
        say("Recovery code, for a lost passphrase: {code}", code=code),
        say(
            "Write it down now: it is shown this once and kept nowhere. Give it in a closed "
            "envelope to a third person, such as the privacy officer, not to the second person."
        ),
    )


def _file_words(
    event: LedgerBackedUp | LedgerRestored | LedgerExported | LedgerLinesMissing,
) -> tuple[str, tuple[str, ...]]:
    match event:
        case LedgerBackedUp():
            return say(
                "{n} entries are backed up in {file}", n=event.entries, file=event.file_name
            ), (
                say(
                    "The copy was read again and checked. Its newest entry: {mark}",
                    mark=_spaced(event.fingerprint[:16]),
                ),
                say(
                    "It holds the marks by which your patients are recognised, and secret keys of "
                    "this hospital. Keep it as safe as the patients’ files."
                ),
            )
        case LedgerRestored():
            return _restored(event)
        case LedgerExported():
            return _exported(event)
        case LedgerLinesMissing():
            return _missing(event)
        case _:
            assert_never(event)


def missing_problem(event: LedgerLinesMissing) -> Problem:
    """Return the words for a partner that holds an entry which is missing here."""
    title, (what, remedy) = _missing(event)
    details = f"BU312\n{what}\n{remedy}"
    return Problem(code="BU312", title=title, text=what, remedy=remedy, details=details)


def _missing(event: LedgerLinesMissing) -> tuple[str, tuple[str, str]]:
    what = say(
        "{name} holds entry {n}, which is missing here. All cohorts are held back until two "
        "people decide.",
        name=event.partner,
        n=event.entry,
    )
    remedy = say("Bring the newest backup back, and tell your privacy officer.")
    return say("This ledger is an older copy"), (what, remedy)


def _restored(event: LedgerRestored) -> tuple[str, tuple[str, ...]]:
    lines = [
        say("It lacks no entry: everything is as it was.")
        if not event.missing
        else say(
            "It lacks {n} entries or more. All cohorts are held back until two people decide "
            "on their caps.",
            n=event.missing,
        )
    ]
    if event.set_aside:
        lines.append(say("The file that was here is kept as {file}.", file=event.set_aside))
    return say("The ledger with {n} entries is back", n=event.entries), tuple(lines)


def _exported(event: LedgerExported) -> tuple[str, tuple[str, ...]]:
    lines = [
        say(
            "Holds all entries, the caps and the fingerprints: no patients, no marks, no secret "
            "keys."
        )
    ]
    signed = [name for name in event.files if name.endswith(".json")]
    if signed:
        lines.append(
            say(
                "Whoever has the signed file can check it on any computer with: "
                "syncohort-cli ledger verify {file} --key, and the fingerprint of your key. It "
                "stands in Settings; tell it by telephone, not with the file.",
                file=signed[0],
            )
        )
    return say("Exported: {files}", files=", ".join(event.files)), tuple(lines)


def _spaced(mark: str) -> str:
    return " ".join(mark[at : at + 4] for at in range(0, len(mark), 4))
