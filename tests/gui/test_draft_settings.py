"""Several settings are tried beside each other: what is drafted, foretold, said and signed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QSpinBox

from app.presenters.agreement import input_facts, opened_facts
from app.presenters.candidates import (
    begun,
    changed,
    judged,
    trade_between,
    wishes_of,
    with_another,
    with_steps,
    without,
    wrong_settings,
)
from app.presenters.desk import Desk
from app.presenters.draft_state import RECIPES
from app.presenters.wording import stage_words
from app.presenters.wording.candidates import (
    chosen_sentence,
    noise_factor,
    setting_words,
    trying_advice,
)
from app.views.widgets import Light
from core.messages import reference_messages as ref
from core.messages import study_commands as wish
from core.messages.forecast_messages import AskForecast
from core.model.candidate import Candidate, CandidateWish
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.study.trying import trade_of
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.hands import named
from tests.gui.joint_desk import acquainted, create, refused, written
from tests.gui.states_draft import asked, foretold, part, useful
from tests.gui.states_reference import SHOWN

TWO = begun("moments", 958, 240, RECIPES)


@pytest.fixture
def desk(desk: Desk, link: script.ScriptLink) -> Desk:
    return acquainted(desk, link)


@pytest.fixture
def draft(desk, link):
    return written(desk, link)


def parts(link) -> list[AskForecast]:
    return [q for q in link.sent if isinstance(q, AskForecast) and part(q)]


def test_the_settings_are_a_short_list_of_different_ones() -> None:
    assert [(s.recipe, s.n_genes) for s in TWO] == [("moments", 958), ("moments", 240)]
    assert (
        begun("moments", 958, 0, RECIPES)[1].n_genes
        == begun("moments", 958, 958, RECIPES)[1].n_genes
        == 479
    )
    assert [s.recipe for s in begun("marginals", 2, 0, RECIPES)] == ["marginals", "moments"]
    three = with_another(TWO, RECIPES)
    assert (three[2].recipe, three[2].n_genes) == ("marginals", 958)
    assert with_another(three, RECIPES) == three, "no more than three"
    assert without(three, 1) == (three[0], three[2])
    same = changed(three, 1, n_genes=958)
    assert wrong_settings(same, 958) == "Setting A and Setting B are the same: change one."
    assert "Setting A has more genes than there are: 500" in wrong_settings(three, 500)
    assert wrong_settings(three, 958) == wrong_settings((), 958) == ""


def test_settings_may_differ_in_steps_per_gene_only() -> None:
    own = CandidateWish(recipe="marginals", n_genes=240)
    six = with_steps((own, own), 1, 6)
    assert six[1].parameters == (("bins", 6),)
    assert wrong_settings(six, 958) == ""
    assert setting_words(six[0]) == "each gene by itself in 4 steps, 240 genes"
    assert setting_words(six[1]) == "each gene by itself in 6 steps, 240 genes"
    assert with_steps(six, 1, 4) == (own, own), "the usual number is not written down"
    assert changed(six, 1, recipe="moments")[1].parameters == ()
    assert changed(six, 1, n_genes=100)[1].parameters == (("bins", 6),)
    assert changed(six, 1, recipe="marginals") == six
    kept = (("bins", 6), ("centre_clip", 6.0))
    earlier = Candidate(recipe="marginals", recipe_parameters=kept, n_genes=240)
    assert wishes_of((earlier,)) == six[1:]
    usual = replace(earlier, recipe_parameters=(("bins", 4),))
    assert wishes_of((usual,)) == (own,)


def test_steps_per_gene_are_typed_asked_and_sent(reach) -> None:
    made = reach("draft_settings")
    draft, page = made.desk.study.draft, made.window.page
    assert "steps per gene" not in " ".join(s.accessibleName() for s in boxes(page))
    draft.try_settings(changed(draft.state.candidates, 1, recipe="marginals"))
    box = named(page, QSpinBox, "Setting B: steps per gene")
    assert (box.value(), box.minimum(), box.maximum()) == (4, 2, 8)
    box.setValue(6)
    assert draft.state.candidates[1].parameters == (("bins", 6),)
    asked(made.link, draft.forecast)
    assert [q.parameters for q in parts(made.link)[-2:]] == [(), (("bins", 6),)]
    made.desk.study.draft.create()
    sent = made.link.last(wish.CreateStudy)
    assert sent.candidates[1] == replace(
        CandidateWish(recipe="marginals", n_genes=240), parameters=(("bins", 6),)
    )


def boxes(page) -> list[QSpinBox]:
    return [b for b in page.findChildren(QSpinBox) if b.isVisible()]


def test_settings_bring_the_joint_evaluation_and_keep_the_vote(draft) -> None:
    assert judged(None) == Judging(evaluation=CONFUSION)
    yes = Judging(vote=VotePolicy.YES_NO)
    draft.write(judging=yes)
    draft.try_settings(TWO)
    assert draft.state.judging == replace(yes, evaluation=CONFUSION)
    draft.try_settings(())
    assert draft.state.judging == replace(yes, evaluation=CONFUSION), "nothing is taken back"


def test_each_setting_is_foretold_with_its_part_of_what_is_spent(draft, link) -> None:
    draft.write(shares=(("centre", 0.3),))
    draft.try_settings(changed(TWO, 1, recipe="marginals"))
    draft.centre_sites(centred=True, patients=50)
    draft.write(shares=(("centre", 0.3),))
    whole = asked(link, draft.forecast)
    assert (whole.parts, whole.recipe, whole.shares) == (1, "moments", (("centre", 0.3),))
    first, second = parts(link)
    assert [(q.recipe, q.n_genes, q.parts) for q in (first, second)] == [
        ("moments", None, 2),
        ("marginals", 240, 2),
    ]
    assert [q.centre_sites for q in (first, second)] == [True, False]
    assert first.shares == second.shares == ()
    link.play(foretold(second, 240, usefulness=useful(0.6)), foretold(first))
    state = draft.forecast.state
    assert [f.n_genes for f in state.found] == [958, 240]
    assert state.asking, "the one setting alone is not known yet"
    link.play(foretold(whole))
    assert not draft.forecast.state.asking
    draft.try_settings(changed(draft.state.candidates, 1, n_genes=100))
    link.play(foretold(second, 7))
    assert draft.forecast.state.found[1].n_genes == 240, "an answer to another question"
    asked(link, draft.forecast)
    link.play(refused("AskForecast", "PL207", needed="2", what="genes", found="1"))
    assert draft.forecast.state.found == (None, None)


def test_the_advice_on_centring_rests_on_the_part_of_each_setting(reach) -> None:
    made = reach("draft_sites_of_settings")
    card = next(
        f
        for f in made.window.page.findChildren(QFrame)
        if f.accessibleName() == "What laboratories add to a gene" and f.isVisible()
    )
    words = " ".join(light.words for light in card.findChildren(Light))
    assert "at a level of 2.9 units" in words, "4.1 units are divided between two"


def test_a_study_with_settings_is_created(draft, link) -> None:
    draft.write(shares=(("centre", 0.3),))
    draft.try_settings(changed(TWO, 0, n_genes=240))
    assert "are the same" in draft.state.reason
    draft.create()
    assert "CreateStudy" not in link.names()
    draft.try_settings(changed(TWO, 0, n_genes=500))
    draft.create()
    made = link.last(wish.CreateStudy)
    assert made.candidates == (
        CandidateWish(recipe="moments", n_genes=500),
        CandidateWish(recipe="moments", n_genes=240),
    )
    assert (made.genes, made.n_genes, made.shares) == ((), None, ())
    assert made.judging.evaluation == CONFUSION


def test_the_reference_is_checked_against_the_largest_setting(draft, link) -> None:
    draft.reference.use("/data/mile-reference.json")
    draft.try_settings(changed(TWO, 0, n_genes=500))
    assert link.last(ref.AskReference).n_genes == 500
    link.play(replace(SHOWN, n_panel=500))
    draft.create()
    assert link.last(wish.CreateStudy).n_genes is None, "each setting says how many"


def test_settings_of_a_list_take_the_first_of_it(draft, link) -> None:
    draft.write(gene_file="panel.txt", file_genes=script.GENES[:300])
    draft.try_settings(begun("moments", 300, 80, RECIPES))
    assert draft.state.reason == ""
    draft.create()
    made = link.last(wish.CreateStudy)
    assert (made.genes, [c.n_genes for c in made.candidates]) == (script.GENES[:300], [300, 80])


def test_a_study_with_settings_is_begun_again_with_them(desk, link) -> None:
    view = joint.lobby(terms=joint.WITH_SETTINGS)
    create(desk, link, view)
    desk.study.begin_changed(view, script.cohort())
    state = desk.study.draft.state
    assert [(c.recipe, c.n_genes) for c in state.candidates] == [
        ("moments", 958),
        ("marginals", 240),
    ]
    assert state.recipe in RECIPES


def test_the_window_says_what_trying_costs_and_who_chooses(reach) -> None:
    made = reach("draft_settings")
    card = made.window.page._candidates
    assert [said.text() for _, said, _ in card._bars] == ["51 to 71 of 100", "64 to 84 of 100"]
    assert card._bars[1][2].text() == "Alone it may give 69 to 89."
    assert card._advice.words.startswith("Trying may pay: it is expected to cost 5 of 100")
    made.desk.study.draft.try_settings(())
    assert card._bars == []
    words = chosen_sentence(joint.SETTINGS)
    assert noise_factor(2) in words
    assert "patients kept aside choose" in words
    assert "opened to all hospitals" in words


def test_a_number_is_taken_when_it_is_typed_whole(reach) -> None:
    made = reach("draft_settings")
    box = named(made.window.page, QSpinBox, "Setting B: genes")
    box.selectAll()
    QTest.keyClicks(box, "77")
    assert made.desk.study.draft.state.candidates[1].n_genes == 240
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert made.desk.study.draft.state.candidates[1].n_genes == 77


def test_trying_what_hardly_differs_is_advised_against() -> None:
    light, words = trying_advice(trade_of([0.6, 0.58], [0.7, 0.69]))
    assert (light, "Better take Setting A alone" in words) == ("warn", True)
    assert trying_advice(trade_of([0.6, 0.3], [0.65, 0.4]))[0] == "ok"
    assert trade_between((None, None)) is None


def test_stages_say_whose_setting_they_are() -> None:
    plain, second = stage_words("centre"), stage_words("b:centre")
    assert second.title == "Setting B: middle of each gene measured"
    assert second.opened == "Setting B: noisy middle of each gene"
    assert second.now == f"Setting B is made. {plain.now}"
    assert stage_words("joint-confusion").title == "Synthetic patients judged together"


def test_the_plan_that_is_signed_tells_every_setting() -> None:
    plan = joint.to_sign_with_settings().plan
    told = {f.key: f.words for f in input_facts(plan)}
    assert told["What is counted"].startswith("one of 2 settings")
    assert "first 958 genes" in told["Setting A"]
    assert "recipe “marginals”: bins 4" in told["Setting B"]
    assert "each gene by itself in 4 steps, 240 genes" in told["What is counted"]
    opened = [f.key for f in opened_facts(plan)]
    assert "Setting A: noisy patients per diagnosis" in opened
    assert "Setting B: noisy patients per diagnosis" in opened
