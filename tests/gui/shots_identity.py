"""The identity of a hospital in every state, for pictures and checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.messages import events as said
from core.messages.study_events import IdentityBackedUp, IdentityReplaced
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.shots_joint import begun, states_of
from tests.gui.shots_lobby import lobby_new
from tests.gui.stand import Stand, ready

REASON = (("reason", "this computer has no key store that a program may use"),)


def settings_locked(s: Stand) -> None:
    ready(s)
    s.link.play(said.Refused(command="AskIdentity", code="WO615", fields=REASON))
    s.window.section_chosen.emit("settings")


def settings_locked_wrong(s: Stand) -> None:
    settings_locked(s)
    s.link.play(said.Refused(command="AskIdentity", code="WO613", fields=()))


def settings_first(s: Stand) -> None:
    ready(s)
    s.link.play(said.Refused(command="AskIdentity", code="WO612", fields=REASON))
    s.window.section_chosen.emit("settings")


def studies_identity_first(s: Stand) -> None:
    settings_first(s)
    s.router.show_studies()


def studies_identity_ends(s: Stand) -> None:
    begun(s)
    s.link.play(replace(joint.IDENTITY, due=True, valid_until=script.NOW + 30 * 86_400))


def settings_in_file(s: Stand) -> None:
    begun(s)
    s.link.play(replace(joint.IN_FILE, former_studies=("Sepsis host response",), renewed=True))
    s.window.section_chosen.emit("settings")


def settings_ended(s: Stand) -> None:
    begun(s)
    s.link.play(replace(joint.IDENTITY, due=True, expired=True, valid_until=script.NOW - 86_400))
    s.window.section_chosen.emit("settings")


def settings_lost(s: Stand) -> None:
    begun(s)
    s.link.play(replace(joint.IDENTITY, lost_studies=("Acute leukaemia subtypes",)))
    s.window.section_chosen.emit("settings")


def settings_identity_damaged(s: Stand) -> None:
    ready(s)
    fields = (("file", "identity.json"), ("reason", "it is damaged"))
    s.link.play(said.Refused(command="AskIdentity", code="WO606", fields=fields))
    s.window.section_chosen.emit("settings")


def dialog_backup(s: Stand) -> None:
    settings_in_file(s)
    s.window.page.back_up()


def dialog_backed_up(s: Stand) -> None:
    dialog_backup(s)
    s.desk.identity.back_up("/media/stick/Nordklinik", "x" * 12)
    s.link.play(IdentityBackedUp(file_name="Nordklinik.syncohort-identity"))


def dialog_restore(s: Stand) -> None:
    settings_in_file(s)
    s.window.page.restore()


def dialog_restore_other(s: Stand) -> None:
    dialog_restore(s)
    s.desk.identity.restore("/media/stick/x.syncohort-identity", "x" * 12, replacing=False)
    fields = (("present", joint.WORDS[0]), ("restored", joint.WORDS[1]))
    s.link.play(said.Refused(command="RestoreIdentity", code="WO614", fields=fields))


def dialog_restored(s: Stand) -> None:
    dialog_restore_other(s)
    s.link.play(
        IdentityReplaced(
            how="restored",
            former_words=joint.WORDS[0],
            words=joint.WORDS[1],
            going_on=("Acute leukaemia subtypes",),
            to_join_again=("Sepsis host response",),
        )
    )


def dialog_restore_wrong(s: Stand) -> None:
    dialog_restore(s)
    s.desk.identity.restore("/media/stick/x.syncohort-identity", "x" * 12, replacing=False)
    s.link.play(said.Refused(command="RestoreIdentity", code="WO613", fields=()))


def dialog_renew(s: Stand) -> None:
    settings_in_file(s)
    s.window.page.renew()


def dialog_renewed(s: Stand) -> None:
    dialog_renew(s)
    s.desk.identity.renew("x" * 12)
    s.link.play(
        IdentityReplaced(
            how="renewed",
            former_words=joint.WORDS[0],
            words=joint.WORDS[2],
            going_on=("Acute leukaemia subtypes",),
            to_join_again=(),
        )
    )


def lobby_renewed_partner(s: Stand) -> None:
    lobby_new(s)
    people = (
        joint.who(0),
        joint.who(1, compared=False, known="same"),
        joint.who(2, compared=False, known="renewed"),
    )
    missing = (("compare", script.HOSPITALS[1]), ("compare", script.HOSPITALS[2]))
    s.link.play(joint.changed(joint.lobby(*people, waiting_for=missing)))


STATES: dict[str, Callable[[Stand], None]] = states_of(globals(), __name__)
