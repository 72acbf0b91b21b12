"""Privacy: the promise, the attack tests, what was opened at which cost."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.crossing import collusion_sentence
from app.presenters.report_tables import attacks_table, distances_table
from app.presenters.report_values import attack_values, distance_values
from app.presenters.wording import (
    attack_reading,
    measure_words,
    odds_sentence,
    reading,
    reason_words,
    say,
    units,
)
from app.theme import current_theme
from app.views.figures import Sheet, figure_card
from app.views.pages.past import stages_table
from app.views.pages.results.parts import Look, stays, waiting
from app.views.widgets import (
    Banner,
    CapBar,
    Light,
    LightState,
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
from core.figures.attacks import attack_curves, distance_curves
from core.figures.findings import FigureKind, finding
from core.messages.report_events import ReportReady
from core.model.budget import charged_units, odds_in_100
from core.model.measures import Interval, Measure

_CLOSE: Final = ("exact-copies", "near-copies", "nearest-distance")
_NEAREST: Final = "Nearest patient"
_GUESSES: Final = "Right and wrong suspicions"


def privacy(look: Look) -> list[Item]:
    """The promise first; then what attacks achieve, and what the release cost."""
    ready = look.ready
    return [
        _promise(ready),
        beside(_attacks(look), _nearest(look), (3, 2)),
        beside(_guesses(look), _copies(look)),
        beside(_opened(ready), _cap(ready), (2, 1)),
    ]


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


def _attacks(look: Look) -> QFrame:
    title = say("Attack tests")
    if not look.state.has("attacks"):
        return waiting(title)
    budget = look.ready.plan.budget
    odds = odds_in_100(budget.epsilon, budget.delta)
    items: list[Item] = []
    for attack in look.ready.report.attacks:
        items += [rule()] if items else []
        items.append(_attack(attack.as_measure(), odds))
    if not items:
        items.append(para(say("No test was made.")))
    note = say(
        "Somebody guesses who took part. Your patients who did are compared with those held out."
    )
    return card(title, *items, note=note, aside=stays(), gap="s")


def _attack(measure: Measure, odds: int) -> QWidget:
    """An attack with its limit: no attack's AUROC exceeds the odds that were promised."""
    foot = say("50 is a coin toss · promised at most {odds}", odds=odds)
    return _test(measure, foot, attack_reading(measure, odds), limit=odds / 100)


def _copies(look: Look) -> QFrame:
    title = say("Copies of patients")
    if not look.state.has("closeness"):
        return waiting(title)
    items: list[Item] = []
    for key in _CLOSE:
        measure = look.ready.report.measure(key)
        if measure is not None:
            items += [rule()] if items else []
            words = measure_words(key)
            foot = f"{words.means} · {words.written_reference(measure.reference)}"
            items.append(_test(measure, foot, reading(measure), limit=measure.reference))
    return card(title, *items, aside=stays(), gap="s")


def _test(
    measure: Measure, foot: str, read: tuple[LightState, str], *, limit: float | None
) -> QWidget:
    words = measure_words(measure.key)
    state, said = read
    if measure.value is None:
        title = text(words.title, "label", "text", wrap=True)
        return framed(col(title, para(reason_words(measure.reason) or said), gap="xxs"))
    between = words.written_interval(measure.interval)
    value = words.written(measure.value)
    head = row((text(words.title, "label", "text", wrap=True), 1), Light(state, said, "caption"))
    ends = measure.interval or Interval(low=measure.value, high=measure.value)
    says = f"{words.title}: {value}, {said}"
    scale = (measure.low, measure.high)
    bar = RangeBar(ends.low, ends.high, limit, scale=scale, says=says)
    shown = say("{value} ({between})", value=value, between=between) if between else value
    number = text(shown, "strong")
    number.setMinimumWidth(current_theme().size(120))
    return framed(
        col(head, row(number, (bar, 1), gap="m"), text(foot, "caption", wrap=True), gap="xxs")
    )


def _nearest(look: Look) -> QFrame:
    if not look.state.has("closeness"):
        return waiting(say(_NEAREST))
    report = look.ready.report
    sheet = Sheet(
        title=say(_NEAREST),
        make=lambda style: distance_curves(report, style),
        says=finding(FigureKind.DISTANCES, report),
        table=distances_table(report),
        values=distance_values(report.distances),
    )
    return figure_card(look.desk, sheet)


def _guesses(look: Look) -> QFrame:
    if not look.state.has("attacks"):
        return waiting(say(_GUESSES))
    report = look.ready.report
    sheet = Sheet(
        title=say(_GUESSES),
        make=lambda style: attack_curves(report, style),
        says=finding(FigureKind.ATTACKS, report),
        table=attacks_table(report),
        values=attack_values(report),
    )
    return figure_card(look.desk, sheet)
