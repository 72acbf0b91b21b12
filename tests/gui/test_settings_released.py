"""Which of several settings was released: what the results, the run and the release say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from app.presenters.selection import (
    curse_words,
    genes_of,
    recipe_of,
    setting_lines,
    verdict_words,
)
from app.presenters.side_by_side import release_words
from app.views.dialogs.release import ReleaseDialog
from app.views.pages.run import timeline
from core.messages import commands as ask
from core.messages import events as said
from core.model.selection import Selection
from tests.gui import joint_script as joint
from tests.gui import script_lists
from tests.gui.script import release
from tests.gui.stand import DIGEST

READY = script_lists.report_of_settings(DIGEST)
SELECTION = READY.release.selection


def test_every_setting_is_told_with_its_interval_and_one_is_released() -> None:
    lines = setting_lines(READY.plan, SELECTION)
    assert [(x.name, x.score, x.released) for x in lines] == [
        ("Setting A", "73 (64 to 81)", False),
        ("Setting B", "78 (69 to 86)", True),
    ]
    assert lines[1].what == "each gene by itself in 4 steps, 240 genes"
    assert (round(lines[1].low), round(lines[1].high)) == (69, 86)


def test_overlapping_intervals_leave_the_choice_open() -> None:
    assert verdict_words(SELECTION).endswith("overlap, so another may be as good.")
    worse, best = SELECTION.candidates
    apart = replace(worse, high=worse.value), replace(best, low=best.value - 0.01)
    sure = Selection(candidates=apart)
    assert verdict_words(sure).endswith("No other interval reaches it.")


def test_nobody_reads_the_best_score_as_one_fixed_beforehand() -> None:
    words = curse_words(SELECTION)
    assert "on average too high" in words
    assert "95 of 100" in words


def test_what_is_released_has_the_genes_and_the_recipe_of_its_setting() -> None:
    assert len(genes_of(READY)) == 240
    assert recipe_of(READY) == "marginals"
    assert release_words(READY).startswith("Recipe marginals, ")
    assert "240 genes" in release_words(READY)
    plain = script_lists.report(DIGEST)
    assert recipe_of(plain) == plain.plan.recipe


def labels(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def test_the_results_show_all_settings_and_find_only_released_genes(reach) -> None:
    made = reach("results_settings")
    told = labels(made.window.page)
    assert "Setting B was released" in told
    assert "They are those of Setting B, the best of 2" in told
    results = made.desk.study.results
    made.link.sent.clear()
    results.find_gene(READY.plan.genes[-1])
    assert "not among the genes" in results.state.genes.said
    results.find_gene(genes_of(READY)[-1])
    assert made.link.last(ask.AskGene).gene == genes_of(READY)[-1]
    made.window.page.export()
    dialog = made.window.findChildren(ReleaseDialog)[0]
    assert "Setting B was chosen among 2 settings" in labels(dialog)


@pytest.mark.parametrize("selection", [SELECTION, None])
def test_the_run_says_which_was_chosen_when_the_patients_are_drawn(reach, selection) -> None:
    made = reach("run_settings")
    written = replace(release(joint.PLAN), selection=selection)
    made.link.play(said.ReleaseWritten(digest=joint.PLAN, release=written))
    drawn = timeline(made.desk.study.run.state)[-1]
    assert ("Setting B was chosen" in drawn.detail) == (selection is not None)
    assert drawn.detail.endswith("synthetic patients")
