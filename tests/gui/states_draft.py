"""A study that is written down: what to expect of it, and what laboratories add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QFrame

from app.presenters.candidates import begun, changed, with_another, with_steps
from app.presenters.draft_state import RECIPES
from core.messages import events as said
from core.messages.forecast_messages import AskForecast, ForecastShown
from core.model.judging import AGREEMENT, CONFUSION, DISTANCES, evaluation_key
from core.model.lobby import Phase
from core.model.quality import Advice, Usefulness
from core.model.study import HospitalState, StageShare
from tests.gui import joint_script as joint
from tests.gui import (
    script,
    script_lists,
    shots_joint,
    shots_lobby,
    states_reference,
    states_results,
)
from tests.gui.script import SPLIT
from tests.gui.stand import DIGEST, Stand

SITES = StageShare(stage="sites", share=0.1, own=True)


def useful(ratio: float = 0.71, genes: int = 240) -> Usefulness:
    """An expectation."""
    return Usefulness(
        ratio=ratio,
        low=max(0.0, ratio - 0.1),
        high=min(1.0, ratio + 0.1),
        signal=2.0,
        genes_for_good=genes,
        advice=Advice.GOOD if ratio >= 0.8 else Advice.FEWER_GENES,
    )


def asked(link: script.ScriptLink, forecast) -> AskForecast:
    """Let the waiting question go now, and return it."""
    forecast._timer.stop()
    forecast._ask()
    return next(q for q in reversed(link.sent) if isinstance(q, AskForecast) and not part(q))


def part(question: AskForecast) -> bool:
    """Whether it is about one of several settings."""
    return "." in question.question


def foretold(question: AskForecast, n_genes: int = 958, **changes: object) -> ForecastShown:
    """The answer to a question."""
    answer = ForecastShown(
        question=question.question,
        n_genes=n_genes,
        usefulness=useful(),
        alone=useful(0.58, 90) if question.reference else None,
        split=(*SPLIT, SITES) if question.centre_sites else SPLIT,
        reason="For 958 genes most is gained with 73 % for the class means of the genes.",
        held_out=100,
        epsilon=question.epsilon / question.parts**0.5,
        joint_widths=tuple(
            zip((CONFUSION, evaluation_key(AGREEMENT, DISTANCES)), (0.3, 0.4), strict=True)
        ),
    )
    return replace(answer, **changes)  # type: ignore[arg-type]


def answer(s: Stand, **changes: object) -> None:
    """Answer what the draft asks."""
    s.link.play(foretold(asked(s.link, s.desk.study.draft.forecast), **changes))


def show_card(s: Stand, title: str) -> None:
    """Scroll to a card: where it is, is known once it is on the screen."""
    s.window.show()
    for _ in range(3):
        QApplication.processEvents()  # its place is known when it is laid out
    found = [f for f in s.window.page.findChildren(QFrame) if f.accessibleName() == title]
    top = found[-1].mapTo(s.window.page.body.widget(), QPoint(0, 0)).y()
    s.window.page.body.verticalScrollBar().setValue(top - 10)


def draft_expected_reference(s: Stand) -> None:
    shots_joint.draft(s)
    s.desk.study.draft.write(planned_genes=240)
    s.desk.study.draft.reference.use("/data/mile-reference.json")
    s.link.play(states_reference.SHOWN)
    answer(s, n_genes=240, usefulness=useful(0.86, 310))
    show_card(s, "What to expect of this study")


def draft_expected_refused(s: Stand) -> None:
    """Shares that no plan can have."""
    shots_joint.draft(s)
    s.desk.study.draft.write(shares=(("centre", 0.99),))
    asked(s.link, s.desk.study.draft.forecast)
    reason = "they leave nothing for class-counts, levels"
    fields = (("field", "shares"), ("reason", reason))
    s.link.play(said.Refused(command="AskForecast", code="PL201", fields=fields))
    show_card(s, "What to expect of this study")


def draft_expected_without_patients(s: Stand) -> None:
    shots_joint.draft_without_patients(s)
    s.desk.study.draft.write(classes="AML\nB-ALL", file_genes=script.GENES[:300])
    answer(s, n_genes=300)
    show_card(s, "What to expect of this study")


def answer_all(s: Stand) -> None:
    """Answer what the draft asks about one setting alone, and about each that is tried."""
    whole = asked(s.link, s.desk.study.draft.forecast)
    parts = [q for q in s.link.sent if isinstance(q, AskForecast) and part(q)]
    for number, question in enumerate(parts[-len(s.desk.study.draft.state.candidates) :]):
        ratio, alone = ((0.61, 0.68), (0.74, 0.79), (0.55, 0.6))[number]
        both = {"usefulness": useful(ratio), "undivided": useful(alone)}
        s.link.play(foretold(question, question.n_genes or 958, **both))
    s.link.play(foretold(whole))


def draft_settings(s: Stand) -> None:
    """Two settings are tried."""
    shots_joint.draft(s)
    s.desk.study.draft.try_settings(begun("moments", 958, 240, RECIPES))
    answer_all(s)
    show_card(s, "Try more than one setting")


def draft_three_settings(s: Stand) -> None:
    """Three, of which two are the same; the third counts each gene in six steps."""
    draft_settings(s)
    draft = s.desk.study.draft
    same = changed(draft.state.candidates, 1, n_genes=958)
    draft.try_settings(with_steps(with_another(same, RECIPES), 2, 6))
    show_card(s, "Try more than one setting")


def lobby_plan_settings(s: Stand) -> None:
    """A plan of two settings, of which the patients kept aside choose one."""
    shots_lobby.lobby_new(s)
    view = joint.planned(terms=joint.WITH_SETTINGS)
    s.link.play(joint.changed(view), joint.to_sign_with_settings())
    show_card(s, "What goes in")


def draft_sites_of_settings(s: Stand) -> None:
    """Each setting has too little for it, although the study has enough."""
    shots_joint.draft(s)
    s.desk.study.draft.write(epsilon=4.1)
    s.desk.study.draft.centre_sites(centred=True, patients=200)
    s.desk.study.draft.try_settings(begun("moments", 958, 240, RECIPES))
    answer_all(s)
    show_card(s, "What laboratories add to a gene")


def results_settings(s: Stand) -> None:
    """The better of two settings was released."""
    states_results.results_loading(s)
    s.link.play(script_lists.report_of_settings(DIGEST))
    show_card(s, "Settings that were tried")


def run_settings(s: Stand) -> None:
    """The second of two settings is being made."""
    proposed = joint.to_sign_with_settings()
    stages = proposed.plan.stages
    shots_lobby.lobby_approved(s)
    s.link.play(proposed)
    s.desk.study.lobbies.run(joint.STUDY)
    s.link.play(
        joint.changed(joint.planned(signed=4, approved=4, phase=Phase.RUNNING)),
        said.RunStarted(
            digest=joint.PLAN,
            stages=tuple((one.name, one.values) for one in stages),
            time=script.NOW - 100,
        ),
        *[script.hospital(n, HospitalState.IN_STEP, stages=4) for n in range(4)],
        *[
            script.finished(joint.PLAN, one.name, one.values, 9.0)
            for one in stages
            if one.name.startswith("a:")
        ],
        said.StageStarted(digest=joint.PLAN, stage="b:class-counts", values=5),
        script.progressed(joint.PLAN, "b:class-counts", "noise", 2, 5, 300.0),
    )


STATES: dict[str, Callable[[Stand], None]] = {
    state.__name__: state
    for state in (
        draft_expected_reference,
        draft_expected_refused,
        draft_expected_without_patients,
        draft_settings,
        draft_three_settings,
        lobby_plan_settings,
        run_settings,
        draft_sites_of_settings,
        results_settings,
    )
}
