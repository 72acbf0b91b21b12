"""Which setting was released, and how all that were tried did: released numbers."""

from __future__ import annotations

from dataclasses import dataclass

from app.presenters.wording import say
from app.presenters.wording.candidates import setting_name, setting_words
from core.messages.report_events import ReportReady
from core.model.candidate import letter_of
from core.model.plan import Plan
from core.model.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """One setting that was tried.

    Attributes:
        name: Such as “Setting A”.
        what: How it is made, of how many genes.
        score: Its joint score with its interval, of 100.
        low: Lower end of the interval, of 100.
        high: Upper end.
        released: Whether it is the one that was chosen.
    """

    name: str
    what: str
    score: str
    low: float
    high: float
    released: bool


def setting_lines(plan: Plan, selection: Selection) -> tuple[SettingLine, ...]:
    """Return one line for each setting, in the plan's order."""
    return tuple(
        SettingLine(
            name=setting_name(letter_of(number)),
            what=setting_words(setting),
            score=say(
                "{value} ({low} to {high})",
                value=round(100 * score.value),
                low=round(100 * score.low),
                high=round(100 * score.high),
            ),
            low=100 * score.low,
            high=100 * score.high,
            released=number == selection.number,
        )
        for number, (setting, score) in enumerate(
            zip(plan.candidates, selection.candidates, strict=True)
        )
    )


def verdict_words(selection: Selection) -> str:
    """Return which was released, why, and whether another may be as good."""
    chosen = selection.chosen
    others = [c for n, c in enumerate(selection.candidates) if n != selection.number]
    told = say(
        "**{name} was released:** it has the best joint score: mean macro-F1, out of 100, on the "
        "patients whom all hospitals keep aside.",
        name=setting_name(selection.letter),
    )
    if any(c.high >= chosen.low for c in others):
        return say("{told} The intervals overlap, so another may be as good.", told=told)
    return say("{told} No other interval reaches it.", told=told)


def curse_words(selection: Selection) -> str:
    """Return what being the best of several noisy scores does to a score."""
    n, level = len(selection.candidates), selection.chosen.scores.level
    return say(
        "The best of {n} noisy scores is on average too high: luck helps to be the best. Do not "
        "read it as the score of a setting that was fixed beforehand. The intervals allow for it: "
        "in {level} of 100 repetitions all {n} of them hold at once.",
        n=n,
        level=round(100 * level),
    )


def chosen_words(selection: Selection) -> str:
    """Return in a few words which was chosen."""
    return say("{name} was chosen", name=setting_name(selection.letter))


def genes_of(ready: ReportReady) -> tuple[str, ...]:
    """Return the genes of a release: a chosen setting may have fewer than the plan."""
    return ready.plan.genes[: ready.release.n_genes]


def recipe_of(ready: ReportReady) -> str:
    """Return the name of the recipe that made a release."""
    selection = ready.release.selection
    if selection is None:
        return ready.plan.recipe
    return ready.plan.candidates[selection.number].recipe
