"""States with a public reference: used, refused, being built."""

from __future__ import annotations

from collections.abc import Callable

from app.views.dialogs.split import SplitDialog
from core.messages import events as said
from core.messages.reference_messages import (
    OpenFileInspected,
    ReferenceProgressed,
    ReferenceShown,
)
from core.model.reference import ReferenceView
from tests.gui import script, shots_joint
from tests.gui.stand import Stand

VIEW = ReferenceView(
    file_name="mile-reference.json",
    sha256="4f3a91c7" * 8,
    title="MILE leukaemia study, stage one",
    provenance="GEO GSE13159, normalised values of 12 March 2011",
    licence="GEO: free to use, to be cited as Haferlach et al. 2010",
    n_records=2_096,
    n_genes=17_788,
    classes=("AML", "B-ALL", "CLL"),
)
SHOWN = ReferenceShown(
    view=VIEW, cohort_id="c-1", n_panel=240, n_covered=231, shared=("AML", "B-ALL", "CLL")
)


def privacy_reference(s: Stand) -> None:
    """Used: the expected usefulness with and without it."""
    shots_joint.at_privacy(s)
    s.desk.study.privacy.reference.use("/data/mile-reference.json")
    s.link.play(SHOWN, script.levels(reference=True))


def draft_reference_refused(s: Stand) -> None:
    """A file that was made from the own patients."""
    shots_joint.draft(s)
    s.desk.study.draft.reference.use("/data/own-reference.json")
    fields = (("file", "leukaemia_2019_2025.csv"),)
    s.link.play(said.Refused(command="AskReference", code="CH125", fields=fields))


def dialog_reference(s: Stand) -> None:
    """A reference is being built."""
    shots_joint.at_privacy(s)
    building = s.desk.study.privacy.reference
    s.window.page._reference.build()
    building.inspect("/data/mile.csv.gz")
    s.link.play(OpenFileInspected(file_name="mile.csv.gz", labels=("leukaemia_class", "type")))
    building.describe(title=VIEW.title, provenance=VIEW.provenance, licence=VIEW.licence)
    building.build("/data/mile-reference.json")
    s.link.play(ReferenceProgressed(records_read=640, records_total=2_096))


def dialog_split(s: Stand) -> None:
    """The steward shares out what is spent, too much of it."""
    shots_joint.at_privacy(s)
    s.window.page._ask_split()
    s.window.findChildren(SplitDialog)[0]._boxes["centre"].setValue(85)


STATES: dict[str, Callable[[Stand], None]] = {
    "privacy_reference": privacy_reference,
    "draft_reference_refused": draft_reference_refused,
    "dialog_reference": dialog_reference,
    "dialog_split": dialog_split,
}
