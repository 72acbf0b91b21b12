"""A plan that chooses among candidate settings: who is looked at, what decides, what is kept."""

import asyncio
import dataclasses
import hashlib
import json

import numpy as np
import pytest

from core.evaluation import classifiers
from core.messages.events import ReleaseWritten, SpendRecorded
from core.model.candidate import CandidateWish
from core.model.judging import CONFUSION, FURTHER, Ballot, Judging, VotePolicy, evaluation_key
from core.model.plan import Attestation, Patients
from core.model.study import StudyState
from core.privacy.ledger import EntryKind
from core.release.package.verifying import verify_release
from core.synthesis.settings import settings_of
from core.worker.calibrating import checked_claim, with_candidates
from core.worker.home import Home
from core.worker.runs.local_totals import LocalTotals
from core.worker.runs.participation import Participation
from core.worker.runs.release_shelf import ReleaseShelf
from tests.privacy_rows.conftest import (
    files_of,
    gone,
    keys_of_both_sides,
    planned,
    public_totals,
    rows_of,
)
from tests.privacy_rows.test_continuing import leaves
from tests.privacy_rows.test_continuing import run as run_between

YES = Ballot(agrees=True)
OWN = ["class-counts", "centre", "scale", "tables"]
NAMES = [f"{letter}:{name}" for letter in "ab" for name in OWN] + ["joint-confusion"]
WISHES = (
    CandidateWish(recipe="marginals"),
    CandidateWish(recipe="marginals", n_genes=3, parameters=(("centre_clip", 5.0),)),
)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(classifiers, "_TREES", 5)


@pytest.fixture(scope="session")
def choosing(agreement):
    """Two settings and a minimum for the joint score."""
    judging = Judging(evaluation=CONFUSION, vote=VotePolicy.MINIMUM)
    asked = dataclasses.replace(agreement, judging=judging)
    return planned(with_candidates(asked, WISHES))


def opening(*right):
    """What was opened: of 10 held-out patients of each class ``right[i]`` are recognised from the
    table of candidate i.
    """

    def totals(stage, vector):
        if stage.patients is Patients.TRAINING:
            return public_totals(stage, vector)
        tables = [[n, 10 - n, 10 - n, n] * 2 for n in right]
        return np.array(tables, dtype=np.int64).ravel() * stage.linf

    return totals


def run(one, plan, ballot=YES, *, file, key=None):
    cohort_id = one.open(file)
    if key is not None:
        opened = one.cohorts.opened(cohort_id)
        one.cohorts._opened[cohort_id] = dataclasses.replace(opened, holdout_key=key)
    return asyncio.run(one.run(plan, cohort_id, ballot))


def release_of(one):
    (written,) = [e for e in one.events if isinstance(e, ReleaseWritten)]
    return written.release


# ---------------------------------------------------------------- order, and what is written


def test_every_setting_is_made_and_judged_and_only_the_best_is_written(
    hospital, cohort_file, choosing
):
    one = hospital(totals=opening(6, 8))
    assert run(one, choosing, file=cohort_file()).state is StudyState.FINISHED
    assert one.engine.opened == NAMES == [s.name for s in choosing.stages]
    steps = [s for s in one.engine.steps if s in {"compare", "table", "vote", "finish"}]
    assert steps == ["compare", "table", "table", "compare", "compare", "vote", "finish"]
    release = release_of(one)
    assert (release.selection.letter, release.n_genes) == ("b", 3)
    assert release.joint == release.selection.chosen.scores
    assert release.joint.macro_f1 == pytest.approx(0.8)
    kept, dropped = one.engine.sent[1], one.engine.sent[0]
    folder = one.home.study(choosing.digest)
    public = {p.name: p.read_bytes() for p in (folder / "release").iterdir()}
    assert public["synthetic.csv"] == kept
    assert dropped not in files_of(one.home.root).values()
    assert not any(dropped[40:200] in content for content in files_of(one.home.root).values())
    assert not verify_release(public, frozenset(), lambda *_: True).problems
    again = ReleaseShelf(Home(one.home.root, rehearsal=False)).release(choosing.digest)
    assert again == release


def test_the_manifest_says_among_what_was_chosen_and_what_that_does_to_the_score(
    hospital, cohort_file, choosing
):
    one = hospital(totals=opening(6, 8))
    run(one, choosing, file=cohort_file())
    folder = one.home.study(choosing.digest) / "release"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    said = manifest["candidates"]
    assert said["chosen"] == "b"
    assert [s["n_genes"] for s in said["settings"]] == [4, 3]
    assert said["settings"][1]["recipe"]["parameters"]["centre_clip"] == 5.0
    scores = said["scores"]["candidates"]
    assert [round(s["value"], 2) for s in scores] == [0.6, 0.8]
    assert all(s["low"] < s["value"] < s["high"] for s in scores)
    assert "on average too high" in said["note"]
    assert manifest["recipe"]["parameters"]["centre_clip"] == 5.0
    assert manifest["sample"]["n_genes"] == 3
    card = (folder / "data-card.md").read_text()
    assert "largest of 2" in card
    assert "3 genes" in card


def test_a_manifest_that_names_another_setting_is_found_out(hospital, cohort_file, choosing):
    one = hospital(totals=opening(6, 8))
    run(one, choosing, file=cohort_file())
    folder = one.home.study(choosing.digest) / "release"
    public = {p.name: p.read_bytes() for p in folder.iterdir()}
    for change in (
        lambda m: m["candidates"].update(chosen="a"),
        lambda m: m["candidates"]["scores"]["candidates"].reverse(),
        lambda m: m.pop("candidates"),
        lambda m: m["sample"].update(n_genes=4),
    ):
        manifest = json.loads(public["manifest.json"])
        change(manifest)
        wrong = {**public, "manifest.json": json.dumps(manifest).encode()}
        assert verify_release(wrong, frozenset(), lambda *_: True).problems


def test_one_charge_covers_all_candidates(hospital, cohort_file, choosing):
    one = hospital(totals=opening(6, 8))
    run(one, choosing, file=cohort_file())
    assert sum(isinstance(e, SpendRecorded) for e in one.events) == 1
    spent = [e for e in one.books.main().entries() if e.kind is EntryKind.SPENT]
    assert [e.units for e in spent] == [2.0]
    assert checked_claim(choosing).epsilon <= 2.0


def test_a_table_follows_from_its_own_setting_alone(hospital, cohort_file, choosing):
    """Another opening of the other setting, or of the evaluation, leaves its bytes as they are."""

    def otherwise(stage, vector):
        found = opening(8, 6)(stage, vector)
        return found + stage.linf if stage.name == "a:tables" else found

    tables = []
    for name, totals in (("one", opening(6, 8)), ("two", otherwise)):
        one = hospital(name, totals=totals)
        run(one, choosing, file=cohort_file())
        tables.append(one.engine.sent)
    assert tables[0][1] == tables[1][1]
    assert tables[0][0] != tables[1][0]
    assert tables[0][0] != tables[0][1]


def test_further_tables_are_asked_of_every_candidate(hospital, cohort_file, agreement):
    """Each is about the candidate's own genes: a held-out patient is in 4 cells of each of two."""
    judging = Judging(evaluation=evaluation_key(*FURTHER))
    asked = dataclasses.replace(agreement, judging=judging)
    plan = planned(with_candidates(asked, WISHES))
    (stage,) = plan.evaluation_stages
    assert stage.touched == 8
    put_in = {}

    def totals(stage, vector):
        put_in[stage.name] = vector
        return vector if stage.patients is Patients.HOLDOUT else public_totals(stage, vector)

    one = hospital(totals=totals)
    assert run(one, plan, None, file=cohort_file()).state is StudyState.FINISHED
    both = [c.scores for c in release_of(one).selection.candidates]
    assert all(s.agreement is not None and s.distances is not None for s in both)
    cells = (put_in[stage.name] // stage.linf).reshape(2, -1)
    n_held = cells[0].sum() // 4
    assert cells.sum(axis=1).tolist() == [4 * n_held] * 2
    assert round(both[0].n_patients) == n_held > 0


# ---------------------------------------------------------------- what decides


@pytest.mark.parametrize(("right", "letter"), [((8, 6), "a"), ((6, 8), "b"), ((7, 7), "a")])
def test_the_largest_opened_score_decides_and_the_first_of_equals(
    hospital, cohort_file, choosing, right, letter
):
    one = hospital(totals=opening(*right))
    run(one, choosing, file=cohort_file())
    assert release_of(one).selection.letter == letter


@pytest.mark.parametrize(("minimum", "refuses"), [(0.75, False), (0.85, True)])
def test_a_minimum_is_compared_with_the_chosen_score(
    hospital, cohort_file, choosing, minimum, refuses
):
    one = hospital(totals=opening(6, 8))
    ended = run(one, choosing, Ballot(agrees=True, minimum=minimum), file=cohort_file())
    assert one.engine.refused == [refuses]
    assert ended.code == ("SE409" if refuses else "")
    assert (one.home.study(choosing.digest) / "release").exists() != refuses


def chosen_by(hospital, cohort_file, plan):
    """Which setting is released where the opened totals are the same and the patients others."""
    found = []
    for seed in range(5):
        one = hospital(f"seed{seed}", totals=opening(7, 7))
        run(one, plan, file=cohort_file(name=f"{seed}.csv", seed=seed), key=bytes(32))
        tables = [hashlib.sha256(t).hexdigest() for t in one.engine.sent]
        found.append("ab"[tables.index(release_of(one).synthetic_sha256)])
    return found


def test_the_choice_follows_from_opened_totals_whoever_the_own_patients_are(
    hospital, cohort_file, choosing
):
    assert chosen_by(hospital, cohort_file, choosing) == ["a"] * 5


def test_the_planted_mistake_of_choosing_by_the_exact_local_score_is_caught(
    hospital, cohort_file, choosing, monkeypatch
):
    honest = Participation._choose

    async def by_own_patients(self, made, judged):
        stage = self._plan.evaluation_stages[0]
        exact = await self._totals.of(stage, (), self._tables)
        hits = exact.reshape(len(made), 2, 2, 2).trace(axis1=2, axis2=3).sum(axis=1)
        _, joint, selection = await honest(self, made, judged)
        return made[int(hits.argmax())], joint, selection

    monkeypatch.setattr(Participation, "_choose", by_own_patients)
    with pytest.raises(AssertionError):
        test_the_choice_follows_from_opened_totals_whoever_the_own_patients_are(
            hospital, cohort_file, choosing
        )


# ---------------------------------------------------------------- each stage meets its own side


def vectors(hospital, file, plan, key, name):
    """Every vector that this hospital puts in, by stage."""
    found, opened = {}, opening(6, 8)

    def totals(stage, vector):
        found[stage.name] = vector
        return opened(stage, vector)

    run(hospital(name, totals=totals), plan, file=file, key=key)
    return found


def test_a_patient_moves_only_the_stages_of_their_own_group(hospital, cohort_file, choosing):
    """One more patient, training or held out: the other group's vectors are the same integers."""
    for held_out, chosen in keys_of_both_sides(choosing).items():
        few = vectors(hospital, cohort_file(40, "few.csv"), choosing, chosen, f"few{held_out}")
        more = vectors(hospital, cohort_file(41, "more.csv"), choosing, chosen, f"more{held_out}")
        moved = {name for name in few if (few[name] != more[name]).any()}
        own = {"joint-confusion"} if held_out else set(NAMES) - {"joint-confusion"}
        assert moved <= own
        assert {name[0] for name in moved} == ({"j"} if held_out else {"a", "b"})
        for stage in choosing.stages:
            change = (more[stage.name] - few[stage.name]).astype(object)
            assert (change != 0).sum() <= stage.touched
            assert (change**2).sum() <= stage.l2_sq


def test_the_planted_mistake_of_a_candidate_on_held_out_patients_is_caught(
    hospital, cohort_file, choosing, monkeypatch
):
    """As if the second setting were fitted where it is judged: the test above sees it."""
    honest = LocalTotals._over

    def swapped(self, n_genes):
        if n_genes == 3:
            self._training = self._held_out
        return honest(self, n_genes)

    monkeypatch.setattr(LocalTotals, "_over", swapped)
    with pytest.raises(AssertionError):
        test_a_patient_moves_only_the_stages_of_their_own_group(hospital, cohort_file, choosing)


def test_a_candidate_sees_records_as_if_its_genes_were_the_whole_panel(
    hospital, cohort_file, choosing
):
    """Narrowed from the plan's panel, or normalised from the file over the candidate's genes."""
    one = hospital(totals=opening(6, 8))
    run(one, choosing, file=cohort_file())
    cohort_id = one.desk.accepted.cohort_id
    second = settings_of(choosing)[1]
    whole = one.cohorts.split(cohort_id, choosing).training
    direct = one.cohorts.split(cohort_id, second.plan).training
    totals = LocalTotals(choosing, settings_of(choosing), whole, None, 0)
    narrow = totals._over(3)
    assert np.allclose(narrow.values, direct.values, atol=1e-12)
    assert np.allclose(narrow.levels, direct.levels, atol=1e-12)
    assert narrow.values[:, :3].shape == narrow.values.shape


def test_a_patient_whose_first_genes_are_all_equal_is_refused_before_anything_is_spent(
    hospital, tmp_path, choosing
):
    from core.errors import CohortError
    from tests.privacy_rows.conftest import write_cohort

    rows = rows_of(40)
    rows[7][2:5] = [3.0, 3.0, 3.0]
    one = hospital(totals=opening(6, 8))
    with pytest.raises(CohortError, match="CH107"):
        run(one, choosing, file=write_cohort(tmp_path / "flat.csv", rows))


# ---------------------------------------------------------------- ends


@pytest.fixture(scope="session")
def between(choosing):
    """The same plan between installations, whose runs leave a record."""
    said = tuple(sorted((Attestation.DISJOINT_PATIENTS, Attestation.NO_COLLUSION)))
    parties = tuple(dataclasses.replace(p, attestations=said) for p in choosing.parties)
    judging = Judging(evaluation=CONFUSION)
    return dataclasses.replace(choosing, rehearsal=False, parties=parties, judging=judging)


@pytest.mark.parametrize(
    "step", ["share b:centre", "open b:tables", "share joint-confusion", "open joint-confusion",
             "finish"],
)  # fmt: skip
def test_choosing_goes_on_with_the_same_tables_and_one_charge(
    hospital, cohort_file, between, step
):
    one = hospital(totals=opening(6, 8))
    cohort_id = one.open(cohort_file())
    assert run_between(one, between, cohort_id, {step: leaves}).code == "SE406"
    first = list(one.engine.sent)
    assert run_between(one, between, cohort_id).state is StudyState.FINISHED
    assert one.engine.sent[-2:] == (first or one.engine.sent)
    assert release_of(one).selection.letter == "b"
    assert one.books.main().cap_state(cohort_id).spent == 2.0
    kept = json.loads((one.home.study(between.digest) / "run-record.json").read_bytes()[65:])
    tables = [hashlib.sha256(t).hexdigest() for t in one.engine.sent[-2:]]
    assert kept["fields"]["table_sha256"] == ",".join(tables)


def test_other_tables_are_not_judged_by_a_run_that_goes_on(hospital, cohort_file, between):
    one = hospital(totals=opening(6, 8))
    cohort_id = one.open(cohort_file())
    broke = run_between(one, between, cohort_id, {"open joint-confusion": leaves})
    assert broke.code == "SE406"
    honest = one.engine.send_table

    async def other(content):
        await honest(content)
        return hashlib.sha256(content[::-1]).hexdigest()

    one.engine.send_table = other
    ended = run_between(one, between, cohort_id)
    assert (ended.code, ended.continues) == ("PR509", False)


def test_another_party_that_would_release_another_table_ends_the_run(
    hospital, cohort_file, choosing
):
    """What is compared after the choice is the chosen table; without agreement nothing is kept."""
    one = hospital(totals=opening(6, 8))
    compared, honest = [], one.engine.compare

    async def compare(digest):
        compared.append(digest)
        await honest(digest)
        if len(compared) == 3:
            raise gone()

    one.engine.compare = compare
    ended = run(one, choosing, file=cohort_file())
    assert ended.code == "SE406"
    assert compared[2] == hashlib.sha256(one.engine.sent[1]).hexdigest()
    assert not (one.home.study(choosing.digest) / "release").exists()
