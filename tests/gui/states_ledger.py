"""States of the privacy ledger and the activity, and of the decisions about them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from app.views.dialogs.cap import CapDialog
from app.views.dialogs.high_level import HighLevelDialog
from app.views.widgets import Button
from core.messages import events as said
from core.messages import ledger_events as told
from core.model.budget import CapState
from core.model.study import StudyState
from tests.gui import script, script_ledger
from tests.gui.stand import Stand, ready

PASSPHRASES = ("correct horse battery", "seven quiet harbours")


def _identity(s: Stand) -> None:
    s.link.play(
        said.IdentityShown(
            hospital=script.HOSPITALS[0],
            words="amber basil cedar delta ember frost",
            certificate_sha256="ab" * 32,
            in_keyring=True,
            approver="Mira Okafor",
            steward="Dana Alvarez",
        )
    )


def open_ledger(s: Stand, listed: told.LedgerListed) -> None:
    ready(s, StudyState.FINISHED)
    _identity(s)
    s.window.section_chosen.emit("ledger")
    s.link.play(listed)


def ledger(s: Stand) -> None:
    open_ledger(s, script_ledger.ledger())


def ledger_one_cohort(s: Stand) -> None:
    open_ledger(s, script_ledger.ledger())
    s.desk.ledger.show_cohort("c-1")
    s.link.play(script_ledger.ledger(cohort_id="c-1", omitted=5_120))


def ledger_table_of_chart(s: Stand) -> None:
    ledger(s)
    _press(s, "Show the running total as a table")


def ledger_entry(s: Stand) -> None:
    """A decision of two people, read to its end."""
    ledger(s)
    page = s.window.page
    page._entries.table.choose_row(3)
    bar = page.body.verticalScrollBar()
    bar.setValue(bar.maximum())


def ledger_loading(s: Stand) -> None:
    ready(s)
    s.window.section_chosen.emit("ledger")


def ledger_empty(s: Stand) -> None:
    open_ledger(s, script_ledger.empty())


def ledger_nothing_found(s: Stand) -> None:
    ledger(s)
    s.desk.ledger.show_year(2025)
    whole = script_ledger.ledger()
    s.link.play(
        told.LedgerListed(
            entries=(),
            broken_entry=0,
            cohorts=whole.cohorts,
            years=whole.years,
            standing=whole.standing,
        )
    )


def ledger_broken(s: Stand) -> None:
    open_ledger(s, script_ledger.ledger(broken=4))


def ledger_older_copy(s: Stand) -> None:
    open_ledger(
        s,
        told.LedgerListed(
            entries=(),
            broken_entry=8,
            code="BU312",
            fields=(("who", "This computer’s keyring"), ("entry", "13"), ("entries", "7")),
        ),
    )


def ledger_broken_safety(s: Stand) -> None:
    ledger_broken(s)
    s.window.page._tabs.setCurrentIndex(2)


def ledger_refused(s: Stand) -> None:
    ready(s)
    s.window.section_chosen.emit("ledger")
    s.link.play(said.Refused(command="ListLedger", code="BU305", fields=()))


def studies_ledger_broken(s: Stand) -> None:
    ledger_broken(s)
    s.window.section_chosen.emit("studies")


def activity_ledger_broken(s: Stand) -> None:
    ledger_broken(s)
    s.window.section_chosen.emit("activity")


def ledger_cohorts(s: Stand) -> None:
    ledger(s)
    s.window.page._tabs.setCurrentIndex(1)


def ledger_cohorts_closed(s: Stand) -> None:
    open_ledger(s, script_ledger.ledger(closed=True))
    s.window.page._tabs.setCurrentIndex(1)


def ledger_safety(s: Stand) -> None:
    ledger(s)
    s.window.page._tabs.setCurrentIndex(2)


def ledger_cap_changed(s: Stand) -> None:
    ledger_cohorts(s)
    s.link.play(told.CapChanged(cohort_id="c-1", cap=CapState(cap=5.0, spent=1.5)))
    s.link.play(script_ledger.ledger())


def ledger_exported(s: Stand) -> None:
    ledger(s)
    files = ("privacy-ledger.pdf", "privacy-ledger.csv", "privacy-ledger.json")
    s.link.play(told.LedgerExported(files=files), script_ledger.ledger())


def ledger_backed_up(s: Stand) -> None:
    ledger_safety(s)
    s.link.play(
        told.LedgerBackedUp(
            file_name="privacy-ledger-2026-11-21.sqlite", entries=13, fingerprint="9f" * 32
        ),
        script_ledger.ledger(),
    )


def ledger_lines_missing(s: Stand) -> None:
    ledger(s)
    s.link.play(told.LedgerLinesMissing(partner="Aldermere General", entry=21))
    s.link.play(script_ledger.ledger(closed=True))


# ---- dialogs


def _press(s: Stand, name: str) -> None:
    QApplication.processEvents()  # what was built a moment ago is shown with its page
    found = [b for b in s.window.page.findChildren(Button) if b.accessibleName() == name]
    (one,) = [b for b in found if b.isVisibleTo(s.window)]
    one.click()


def dialog_cap(s: Stand) -> None:
    ledger_cohorts(s)
    s.window.page._cohorts._change(script_ledger.cohorts()[0])


def dialog_cap_refused(s: Stand) -> None:
    dialog_cap(s)
    dialog = s.window.findChildren(CapDialog)[0]
    fill_consent(dialog._people)
    dialog._try()
    s.link.play(said.Refused(command="ChangeCap", code="ST709", fields=(("left", "4"),)))


def fill_consent(people: object, reason: str = "The ethics board agreed on 3 March.") -> None:
    """Type two names, two passphrases and a reason."""
    for boxes, words in (
        (people._names, ("Dana Alvarez", "Mira Okafor")),
        (people._passes, PASSPHRASES),
    ):
        for box, word in zip(boxes, words, strict=True):
            box.setText(word)
    people._why.setPlainText(reason)


def dialog_held(s: Stand) -> None:
    ledger_cohorts_closed(s)
    s.window.page._cohorts._change(script_ledger.cohorts(closed=True)[0])


def dialog_withdraw(s: Stand) -> None:
    ledger_cohorts(s)
    s.window.page._cohorts._withdraw(script_ledger.cohorts()[0])


def dialog_forget(s: Stand) -> None:
    ledger_cohorts(s)
    s.window.page._cohorts._forget(script_ledger.cohorts()[0])


def dialog_requester(s: Stand) -> None:
    ledger_safety(s)
    s.window.page._safety._ask_requester()


def dialog_lost_passphrase(s: Stand) -> None:
    ledger_safety(s)
    s.window.page._safety._ask_lost()


def dialog_lost_requester(s: Stand) -> None:
    ledger_safety(s)
    s.window.page._safety._ask_lost_requester()


def ledger_requester_named(s: Stand) -> None:
    ledger_safety(s)
    s.link.play(
        told.RequesterSetUp(name="Dana Alvarez", recovery_code="7K3M-9QWX-02FD-HN6T-5RAB"),
        script_ledger.ledger(),
    )


def dialog_restore(s: Stand) -> None:
    ledger_broken(s)
    s.window.page._restore()


def dialog_ledger_export(s: Stand) -> None:
    ledger(s)
    s.window.page.export()


def dialog_high_level(s: Stand) -> None:
    ready(s, StudyState.FINISHED)
    HighLevelDialog(s.window, 2.4).open()


# ---- activity


def activity(s: Stand) -> None:
    ready(s)
    s.window.section_chosen.emit("activity")


STATES: dict[str, Callable[[Stand], None]] = {
    name: state
    for name, state in list(globals().items())
    if callable(state)
    and getattr(state, "__module__", "") == __name__
    and not name.startswith("_")
    and name not in ("open_ledger", "fill_consent")
}
