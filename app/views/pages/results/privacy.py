"""Privacy of a release: the promise, what was opened at which cost, the attack tests."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.crossing import collusion_sentence
from app.presenters.wording import (
    measure_words,
    odds_sentence,
    reading,
    say,
    units,
)
from app.views.pages.past import stages_table
from app.views.widgets import (
    Banner,
    CapBar,
    Light,
    Pairs,
    RangeBar,
    Swatch,
    beside,
    card,
    col,
    framed,
    legend,
    para,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from core.messages.events import ReportReady
from core.model.budget import charged_units, odds_in_100
from core.model.measures import Measure

_TESTS = ("membership-distance", "near-copies")


def privacy(ready: ReportReady) -> list[Item]:
    """Everything that the release cost, and what it promises."""
    return [_promise(ready), beside(_opened(ready), _cap(ready), (2, 1)), _attacks(ready)]


def _promise(ready: ReportReady) -> Banner:
    budget = ready.plan.budget
    odds = odds_in_100(budget.epsilon, budget.delta)
    return Banner(
        "accent",
        say("The promise: {odds}", odds=odds_sentence(odds).lower()),
        (
            "",
            say(
                "It comes from the noise added before anything was opened, and holds against "
                "attacks nobody has invented yet. The tests below can find mistakes in the "
                "software. They cannot prove that there are none."
            ),
        ),
    )


def _opened(ready: ReportReady) -> QFrame:
    plan = ready.plan
    exact = Pairs(
        (say("Privacy loss"), f"ε {plan.budget.epsilon:g}, δ {plan.budget.delta:g}"),
        (say("Accounted"), f"ε {plan.epsilon_accounted:.4f}"),
        (say("Neighbours"), say("two cohorts that differ by one patient, added or removed")),
        (say("Who could break it"), collusion_sentence(plan)),
    )
    return card(say("What was opened, to all hospitals"), stages_table(ready.release), exact)


def _cap(ready: ReportReady) -> QFrame:
    cap, this = ready.cap, charged_units(ready.plan.budget)
    before = max(0.0, cap.spent + cap.reserved - this)
    now = min(this, cap.spent + cap.reserved)
    keys = col(
        legend((Swatch("real"), say("Earlier studies {n}", n=f"{before:g}"))),
        legend((Swatch("high", hatch=True), say("This study {n}", n=f"{now:g}"))),
        legend((Swatch("sunken", hollow=True), say("Left {n}", n=f"{cap.left:g}"))),
        gap="xs",
    )
    total = odds_in_100(cap.total_epsilon, ready.plan.budget.delta)
    words = para(
        say(
            "Everything ever released from this cohort, this study included: at most "
            "**{odds} in 100** instead of 50. Spending cannot be undone.",
            odds=total,
        )
    )
    note = text(say("Cap {units}", units=units(cap.cap)), "caption")
    return card(
        say("Lifetime cap of these patients"),
        CapBar(before, now, cap.cap),
        keys,
        note,
        words,
        None,
    )


def _attacks(ready: ReportReady) -> QFrame:
    odds = odds_in_100(ready.plan.budget.epsilon, ready.plan.budget.delta)
    items: list[Item] = []
    for key in _TESTS:
        measure = ready.report.measure(key)
        if measure is not None:
            items += [rule()] if items else []
            items.append(_attack(measure, odds))
    if not items:
        items.append(para(say("No test was made.")))
    note = say(
        "Your patients who took part are compared with those held out. These tests see your real "
        "patients, so their results stay on this computer."
    )
    return card(say("Attack tests"), *items, note=note)


def _attack(measure: Measure, odds: int) -> QWidget:
    words = measure_words(measure.key)
    state, said = reading(measure)
    promised = measure.key == "membership-distance"
    reference = odds / 100 if promised else measure.reference
    value = text(words.written(measure.value), "strong")
    head = row((text(words.title, "label", "text", wrap=True), 1), Light(state, said, "caption"))
    lines: list[Item] = [head]
    if measure.value is not None:
        says = f"{words.title}: {words.written(measure.value)}, {said}"
        bar = RangeBar(
            measure.value, measure.value, reference, scale=(measure.low, measure.high), says=says
        )
        lines.append(row(value, (bar, 1), gap="m"))
    means = say("50 is a coin toss · promised at most {odds}", odds=odds)
    foot = means if promised else f"{words.means} · {words.written_reference(measure.reference)}"
    lines.append(text(foot, "caption", wrap=True))
    return framed(col(*lines, gap="xxs"))
