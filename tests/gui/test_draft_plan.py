"""What a study is planned with: its forecast, its split, site centring, its reference again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.presenters.agreement import input_facts
from app.presenters.desk import Desk
from app.presenters.draft_state import RECIPES
from app.presenters.wording.sites import sites_advice
from app.settings import Settings
from core.messages import commands as ask
from core.messages import reference_messages as ref
from core.messages import study_commands as wish
from core.model.reference import ReferenceNote
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.joint_desk import acquainted, create, refused, written
from tests.gui.states_draft import asked, foretold, useful
from tests.gui.states_reference import SHOWN, VIEW

PATH = "/data/mile-reference.json"
NOTE = ReferenceNote(
    sha256="a" * 64,
    source_sha256="b" * 64,
    title=VIEW.title,
    provenance=VIEW.provenance,
    licence=VIEW.licence,
    n_records=VIEW.n_records,
    n_covered=231,
    classes=VIEW.classes,
)
WITH = replace(joint.TERMS, reference=NOTE, recipe_parameters=(("site_blocks", 1),))


@pytest.fixture
def desk(desk: Desk, link: script.ScriptLink) -> Desk:
    return acquainted(desk, link)


@pytest.fixture
def draft(desk, link):
    return written(desk, link)


def test_what_is_written_is_foretold_and_an_older_answer_does_not_count(draft, link) -> None:
    first = asked(link, draft.forecast)
    assert (first.recipe, first.cohort_id, first.genes) == ("moments", "c-1", ())
    assert (first.n_classes, first.planned_smallest_class) == (len(script.CLASSES), 50)
    draft.choose_recipe("marginals")
    second = asked(link, draft.forecast)
    assert second.recipe == "marginals"
    link.play(foretold(first, n_genes=1))
    assert draft.forecast.state.shown is None
    link.play(foretold(second, n_genes=2))
    assert (draft.forecast.state.shown.n_genes, draft.forecast.state.asking) == (2, False)
    draft.write(classes="AML")
    assert draft.forecast.state.asked is None, "one diagnosis is no study"
    assert draft.forecast.state.shown is None


def test_a_split_that_no_plan_can_have_is_said_and_can_be_left(draft, link) -> None:
    draft.write(shares=(("centre", 0.99),))
    question = asked(link, draft.forecast)
    assert question.shares == (("centre", 0.99),)
    link.play(refused("AskForecast", "PL201", field="shares", reason="they leave nothing"))
    assert draft.forecast.state.problem.code == "PL201"
    draft.write(shares=())
    link.play(foretold(asked(link, draft.forecast)))
    assert draft.forecast.state.problem is None


def test_shares_are_forgotten_where_the_stages_become_others(draft, link) -> None:
    mine = (("centre", 0.3),)
    for change in (
        lambda: draft.choose_recipe(RECIPES[1]),
        lambda: draft.choose_recipe(RECIPES[0]),
        lambda: draft.centre_sites(centred=True, patients=50),
        lambda: draft.reference.use(PATH) or link.play(replace(SHOWN, n_panel=958)),
        draft.reference.remove,
    ):
        draft.write(shares=mine)
        change()
        assert draft.state.shares == ()
    draft.write(shares=mine)
    draft.centre_sites(centred=True, patients=200)
    assert draft.state.shares == mine, "only the advice is another"


def test_the_shares_of_the_draft_outlive_a_look_at_the_privacy_step(desk, draft, link) -> None:
    draft.write(shares=(("scale", 0.1),))
    desk.study.show(desk.study.flow.shown.__class__.PRIVACY)
    link.play(script.levels())
    desk.study.privacy._timer.stop()
    desk.study.forward()
    assert draft.state.shares == (("scale", 0.1),)


def test_centring_is_asked_for_in_a_joint_study_and_on_one_computer(desk, draft, link) -> None:
    draft.centre_sites(centred=True, patients=180)
    assert asked(link, draft.forecast).centre_sites
    draft.create()
    assert link.last(wish.CreateStudy).centre_sites
    draft.write(sending=False)
    draft.choose_recipe("marginals")
    assert not asked(link, draft.forecast).centre_sites, "that recipe cannot"
    draft.create()
    assert not link.last(wish.CreateStudy).centre_sites
    draft.write(sending=False)
    draft.choose_recipe("moments")
    desk.study.rehearse_here()
    desk.study.join.add_files(("/data/river.csv", "/data/lake.csv"))
    desk.study.join.centre(centred=True, patients=50)
    desk.study.connect_hospitals()
    assert link.last(ask.PrepareDemonstration).centre_sites
    link.play(refused("PrepareDemonstration", "PL206"))
    assert desk.study.join.state.centre_sites, "the choice stays"


@pytest.mark.parametrize(
    ("epsilon", "patients", "light", "words"),
    [
        (0.9946, 400, "warn", "at a level of 1 unit"),
        (4.0, 149, "warn", "149 patients"),
        (4.0, 150, "ok", "It can help here"),
    ],
)
def test_the_advice_says_what_is_in_the_way(epsilon, patients, light, words) -> None:
    shown, said_ = sites_advice(epsilon, patients)
    assert shown == light
    assert words in said_


def test_the_plan_that_is_signed_says_whether_laboratories_are_evened_out() -> None:
    plan = script.plan()
    for parameters, words in (
        ((("site_blocks", 4),), "taken out"),
        ((("site_blocks", 0),), "left as they are"),
        ((("bins", 4),), "left as they are"),
    ):
        facts = input_facts(replace(plan, recipe_parameters=parameters))
        told = {f.key: f.words for f in facts}
        assert words in told["Between laboratories"]


def test_a_compute_partner_that_coordinates_plans_the_rarest_diagnosis_too(desk, link) -> None:
    desk.study.begin()
    desk.study.coordinate_without_patients()
    draft = desk.study.draft
    draft.write(gene_file="panel.txt", file_genes=("MPO", "TP53"), classes="AML\nALL")
    assert asked(link, draft.forecast).planned_smallest_class == 50
    draft.write(smallest=33)
    question = asked(link, draft.forecast)
    assert (question.planned_smallest_class, question.genes) == (33, ("MPO", "TP53"))


def test_the_proposed_number_of_genes_is_one_press_away(reach) -> None:
    made = reach("draft_expected_reference")
    draft, card = made.desk.study.draft, made.window.page._expectation
    assert draft.state.planned_genes == 240
    assert card._fewer.text().endswith("Use 310 genes")
    card._fewer.click()
    assert draft.state.planned_genes == made.desk.study.privacy.state.n_genes == 310
    made.link.play(replace(SHOWN, n_panel=310))
    made.link.play(foretold(asked(made.link, draft.forecast), 310, usefulness=useful(0.8, 310)))
    assert card._fewer.isHidden(), "they are the proposed ones"


# ---- planned again


def test_a_study_that_is_begun_again_brings_its_reference_and_checks_it(desk, link) -> None:
    view = joint.lobby(terms=WITH)
    create(desk, link, view)
    desk.study.begin_changed(view, script.cohort(), PATH)
    draft, reference = desk.study.draft, desk.study.privacy.reference
    assert (draft.state.centre_sites, draft.state.judging) == (True, WITH.judging)
    assert reference.state.path == PATH
    assert reference.state.used == "", "it is not believed before it was checked again"
    desk.study.forward()
    assert link.last(ref.AskReference).cohort_id == "c-1"
    link.play(SHOWN)
    assert reference.state.used == PATH
    assert reference.state.another is False
    link.play(refused("AskReference", "CH125", file="own.csv"))
    assert reference.state.used == ""
    link.play(replace(SHOWN, view=replace(VIEW, title="Another cohort")))
    assert reference.state.another


def test_a_reference_whose_file_is_not_known_here_is_named(desk, link) -> None:
    view = joint.lobby(terms=WITH)
    create(desk, link, view)
    desk.study.begin_changed(view, script.cohort())
    state = desk.study.privacy.reference.state
    assert (state.path, state.earlier) == ("", NOTE)
    desk.study.begin()
    assert desk.study.privacy.reference.state.earlier is None


def test_the_file_of_a_study_is_remembered_by_the_window(desk, draft, link, tmp_path) -> None:
    settings = Settings(tmp_path)
    draft.referenced.connect(settings.keep_reference)
    draft.reference.use(PATH)
    link.play(replace(SHOWN, n_panel=958))
    draft.create()
    assert link.last(wish.CreateStudy).reference == PATH
    link.play(joint.changed(joint.lobby(terms=WITH)))
    assert Settings(tmp_path).reference_of(joint.STUDY) == PATH
    assert Settings(tmp_path).reference_of("b" * 32) == ""
