"""The lobby's noisy class counts: offered, priced before, approved, and what the sum says."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.presenters.wording.counts import price_words, way_words
from app.views.dialogs.publish_counts import PublishCountsDialog
from app.views.pages.lobby_counts import CountsCard
from app.views.widgets import Button
from core.messages import events as said
from core.messages.study_commands import PublishCounts
from core.model.quality import Advice
from tests.gui import joint_script as joint

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def words_of(where: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(w.text() for w in where.findChildren(QLabel) if w.isVisible())


def press(where: QWidget, name: str) -> None:
    QApplication.processEvents()
    found = [b for b in where.findChildren(Button) if b.accessibleName() == name]
    (one,) = [b for b in found if b.isVisible()]
    assert one.isEnabled(), one.accessibleDescription()
    one.click()
    QApplication.processEvents()


def test_the_coordinator_reads_the_sum_with_its_ranges_and_the_ways(reach) -> None:
    made = reach("lobby_counted")
    found = words_of(made.window.page.findChildren(CountsCard)[-1])
    assert "about 46: 12 to 80" in found
    assert "10 to 90 of 100" in found
    for way in ("Fewer genes: up to 34", "about 126 patients", "2.7 times", "ε 2.9"):
        assert way in found
    assert "Centre Hospitalier Sainte-Marguerite" in found, "who published nothing is named"
    assert "No exact number of patients is among it." in words_of(made.window)


def test_a_participant_is_offered_and_told_but_sees_no_sum(reach) -> None:
    made = reach("lobby_participant_counted")
    found = words_of(made.window.page.findChildren(CountsCard)[-1])
    assert "Voluntary." in found
    assert "Published here; 0.05 units were used" in found
    assert "about 46" not in found


def test_publishing_says_the_price_first_and_waits_for_the_second_person(reach) -> None:
    made = reach("dialog_publish_counts")
    (one,) = [d for d in made.window.findChildren(PublishCountsDialog) if d.isVisible()]
    assert "2.45 units left after it" in words_of(one)
    assert not one._go.isEnabled()
    one._cards.choose("5")
    one._choose("5")
    one._pass.setText("seven quiet harbours")
    press(one, "Publish and use 0.2 units")
    sent = made.link.last(PublishCounts)
    assert (sent.scale, sent.approver) == (5, "Maria Albers")
    assert "harbours" not in repr(sent)
    assert not one._go.isEnabled(), "once is once"
    made.link.play(said.Refused(command="PublishCounts", code="ST709", fields=(("left", "4"),)))
    assert "4 tries are left" in words_of(one)
    assert one._pass.text() == ""
    one._pass.setText("seven quiet harbours")
    press(one, "Publish and use 0.2 units")
    before = made.link.names().count("ListCohorts")
    made.link.play(joint.changed(joint.lobby(counts=joint.counted())))
    QApplication.processEvents()
    assert made.link.names().count("ListCohorts") > before, "the cap is another one now"
    assert not [d for d in made.window.findChildren(PublishCountsDialog) if d.isVisible()]


def test_nothing_is_advised_where_all_is_well_and_nothing_impossible() -> None:
    found = joint.counted()
    good = type(found.usefulness)(
        ratio=0.95, low=0.9, high=1.0, signal=9.0, genes_for_good=5000, advice=Advice.GOOD
    )
    from dataclasses import replace

    assert len(way_words(replace(found, usefulness=good), 100, 1.0)) == 1
    weak = replace(found.usefulness, genes_for_good=0, epsilon_for_good=44.0)
    lines = way_words(replace(found, usefulness=weak), 100, 1.0)
    assert not [w for w in lines if "Fewer genes: " in w or "ε" in w]


def test_a_stricter_scale_costs_less_and_says_less() -> None:
    assert price_words(20, 2) == (
        "Uses 0.05 units",
        "Each count within 74 patients",
        "At most 52 in 100 instead of 50",
    )
