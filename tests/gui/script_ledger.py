"""Example ledgers, for `tests.gui.script`: years of use, held and withdrawn cohorts, a break."""

from __future__ import annotations

from core.messages.ledger_events import LedgerListed
from core.model.budget import CapState
from core.model.ledger import CohortStanding, LedgerLine, LedgerStanding
from tests.gui.script import HOSPITALS, NOW

DAY = 86_400.0
LEUKAEMIA, BREAST = "Leukaemia 2019–2025", "Breast tumours 2017–2024"
KEY = "c41e07ab92d45f3e"
OTHERS = HOSPITALS[1:3]
_SET_ASIDE = "{u} of the cap set aside for a study that was about to run."
_USED = (
    "The study used {u} of the cap. This was written before the first total was opened, and it "
    "stays used."
)
_BACK = (
    "The study ended before anything was opened, so the {u} that were set aside are free again."
)
_ADDED = "A cohort was added. Its patients may use {u} in all studies together."
_RAISED = (
    "Dana Alvarez and Mira Okafor set the cohort’s cap to {u}. Reason: The ethics board agreed to "
    "a second use in the rare-disease programme (vote of 3 March)."
)

#: days ago, cohort, study, kind, topic, units, total after it, sentence
_HISTORY = (
    (610, "", "", "decision", "second-person-named", 0.0, 0.0,
     "Mira Okafor was named as the second person, who approves plans and caps."),
    (610, "c-1", "", "decision", "cohort-registered", 2.0, 0.0, _ADDED),
    (540, "c-1", "Leukaemia pilot", "reserved", "", 1.0, 0.0, _SET_ASIDE),
    (540, "c-1", "Leukaemia pilot", "spent", "", 1.0, 1.0, _USED),
    (400, "c-2", "", "decision", "cohort-registered", 4.0, 0.0, _ADDED),
    (330, "c-1", "Method test", "reserved", "", 0.5, 1.0, _SET_ASIDE),
    (330, "c-1", "Method test", "spent", "", 0.5, 1.5, _USED),
    (270, "c-2", "Breast tumour subtypes", "reserved", "", 2.0, 0.0, _SET_ASIDE),
    (270, "c-2", "Breast tumour subtypes", "spent", "", 2.0, 2.0, _USED),
    (262, "c-1", "", "decision", "cap-changed", 4.0, 1.5, _RAISED),
    (120, "c-1", "Lymphoma markers", "reserved", "", 0.5, 1.5, _SET_ASIDE),
    (120, "c-1", "Lymphoma markers", "returned", "", 0.5, 1.5, _BACK),
    (3, "c-1", "Acute leukaemia subtypes", "reserved", "", 1.0, 1.5, _SET_ASIDE),
)  # fmt: skip
_NAMES = {"": "", "c-1": LEUKAEMIA, "c-2": BREAST}


def _line(number: int, fact: tuple) -> LedgerLine:
    ago, cohort_id, study, kind, topic, amount, total, sentence = fact
    u = "1 unit" if amount == 1 else f"{amount:g} units"
    raised = topic == "cap-changed"
    return LedgerLine(
        number=number,
        time=NOW - ago * DAY + 60 * number,
        cohort_id=cohort_id,
        cohort_name=_NAMES[cohort_id],
        study=study,
        kind=kind,
        units=amount,
        total=total,
        fingerprint=f"{number * 0x9F02D3C81BE650FA % 2**64:016x}",
        note="",
        topic=topic,
        sentence=sentence.format(u=u),
        people=("Dana Alvarez", "Mira Okafor") if raised else (),
        reason="The ethics board agreed to a second use in the rare-disease programme "
        "(vote of 3 March)."
        if raised
        else "",
        epsilon=amount * 0.98 if kind == "spent" else 0.0,
        signed_by="" if number == len(_HISTORY) else KEY,
        countersigned_by=OTHERS if kind == "spent" and amount >= 1 else (),
    )


def lines() -> tuple[LedgerLine, ...]:
    return tuple(_line(n, fact) for n, fact in enumerate(_HISTORY, start=1))


def cohorts(*, closed: bool = False) -> tuple[CohortStanding, ...]:
    return (
        CohortStanding(
            cohort_id="c-1",
            name=LEUKAEMIA,
            cap=CapState(cap=4.0, spent=1.5, reserved=1.0),
            standing="held" if closed else "",
            composed_epsilon=1.31,
        ),
        CohortStanding(
            cohort_id="c-2",
            name=BREAST,
            cap=CapState(cap=4.0, spent=2.0),
            standing="withdrawn, its identifiers deleted" if closed else "",
            composed_epsilon=1.96,
        ),
    )


def ledger(
    *, cohort_id: str = "", broken: int = 0, closed: bool = False, omitted: int = 0
) -> LedgerListed:
    if broken:
        return LedgerListed(
            entries=(), broken_entry=broken, code="BU304", fields=(("entry", str(broken)),)
        )
    entries = tuple(e for e in lines() if cohort_id in ("", e.cohort_id))
    return LedgerListed(
        entries=entries,
        broken_entry=0,
        omitted=omitted,
        cohorts=cohorts(closed=closed),
        years=(2025, 2026),
        standing=LedgerStanding(
            entries=len(_HISTORY),
            signed=len(_HISTORY) - 1,
            key=KEY * 4,
            fingerprint=f"{len(_HISTORY) * 0x9F02D3C81BE650FA % 2**64:016x}" * 4,
            remembered=True,
            partners=OTHERS,
            partner_entry=9,
        ),
    )


def empty() -> LedgerListed:
    standing = LedgerStanding(
        entries=0, signed=0, key="", fingerprint="", remembered=False, partners=(), partner_entry=0
    )
    return LedgerListed(entries=(), broken_entry=0, standing=standing)


def many(n_lines: int) -> LedgerListed:
    """Return a ledger as long as that of a busy hospital after decades."""
    found = [
        LedgerLine(
            number=n,
            time=NOW - 40_000 * (n_lines - n),
            cohort_id=f"c-{1 + n % 2}",
            cohort_name=_NAMES[f"c-{1 + n % 2}"],
            study=f"Study {n // 2}",
            kind="reserved" if n % 2 else "spent",
            units=0.01,
            total=0.01 * (n // 4),
            fingerprint=f"{n * 0x9F02D3C81BE650FA % 2**64:016x}",
            note="",
            sentence=_USED.format(u="0.01 units"),
            epsilon=0.0098,
            signed_by=KEY,
            countersigned_by=OTHERS,
        )
        for n in range(1, n_lines + 1)
    ]
    listed = ledger()
    return LedgerListed(
        entries=tuple(found),
        broken_entry=0,
        cohorts=listed.cohorts,
        years=listed.years,
        standing=listed.standing,
    )
