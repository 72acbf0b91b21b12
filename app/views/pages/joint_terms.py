"""What a study between hospitals is about, as cards that several pages show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame

from app.presenters.agreement import meeting_words, records_words
from app.presenters.crossing import level_sentence
from app.presenters.invited import Fit
from app.presenters.judging import evaluation_sentence, vote_sentence
from app.presenters.wording import (
    attestation_words,
    attested_words,
    count,
    participant_name,
    say,
    seated,
)
from app.presenters.wording.candidates import chosen_sentence
from app.presenters.wording.references import reference_words
from app.presenters.wording.sites import sites_sentence
from app.views.widgets import Check, Light, Pairs, card, col, framed, row, rule, text
from app.views.widgets.layout import Item
from core.model.budget import PRESETS, charged_units
from core.model.invitation import MeetingPoint, StudyTerms
from core.model.judging import VotePolicy
from core.model.lobby import LobbyView
from core.model.plan import Attestation
from core.study.site_centring import centres_sites

_NAMES = {epsilon: level.value for level, epsilon in PRESETS}


def level_of_terms(terms: StudyTerms) -> str:
    """Say the level of a study in one line."""
    budget = terms.budget
    key = _NAMES.get(budget.epsilon, "exact")
    return level_sentence(key, budget.epsilon, budget.delta, charged_units(budget))


def study_card(terms: StudyTerms, meeting: MeetingPoint) -> QFrame:
    """Purpose and facts, in the words of the coordinator and of this program."""
    vote = terms.judging.vote if terms.judging is not None else VotePolicy.NONE
    centred = centres_sites(terms.recipe_parameters, terms.candidates)
    return card(
        say("The study"),
        text(terms.purpose, "body", wrap=True),
        Pairs(
            (say("Privacy level"), level_of_terms(terms)),
            (
                say("Genes and diagnoses"),
                say(
                    "{genes} genes, {n} diagnoses: {names}",
                    genes=count(terms.n_genes),
                    n=len(terms.classes),
                    names=", ".join(terms.classes),
                ),
            ),
            (say("Diagnosis column"), terms.label_name),
            (say("Made at the end"), records_words(terms.n_records)),
            (say("Patients"), say("at most {n} of each hospital", n=count(terms.n_max))),
            (
                say("Kept out"),
                say(
                    "{n} of 100 of your patients never enter: they judge the result later",
                    n=round(100 * terms.holdout_share),
                ),
            ),
            *_settings(terms),
            (say("Between laboratories"), sites_sentence(centred=centred)),
            (say("Public data used"), _public(terms)),
            (say("How it is judged"), evaluation_sentence(terms.judging)),
            (say("When it is released"), vote_sentence(vote)),
            (say("Licence"), terms.licence or say("not chosen")),
            (say("Meeting point"), meeting_words(meeting)),
        ),
    )


def _settings(terms: StudyTerms) -> tuple[tuple[str, str], ...]:
    if not terms.candidates:
        return ()
    return ((say("Settings that are tried"), chosen_sentence(terms.candidates)),)


def _public(terms: StudyTerms) -> str:
    return reference_words(terms.reference) if terms.reference else say("none")


def statements(
    needed: tuple[Attestation, ...],
    given: tuple[Attestation, ...],
    attest: Callable[[Attestation, bool], None],
) -> list[Item]:
    """Return ticks for what a hospital states, each with its reason."""
    items: list[Item] = []
    for number, statement in enumerate(needed):
        words, why = attestation_words(statement)
        tick = Check(words, checked=statement in given)
        tick.toggled.connect(lambda stated, s=statement: attest(s, stated))
        said = row(28, (text(why, "caption", wrap=True), 1), gap="none")
        items += [rule()] if number else []
        items.append(framed(col(tick, said, gap="xxs")))
    return items


def stated_card(view: LobbyView) -> QFrame:
    """What each hospital has stated; it stands in the plan that all sign."""
    lines: list[Item] = []
    for number, who in enumerate(seated(view)):
        light, words = attested_words(who.attestations, has_cohort=who.has_cohort)
        lines += [rule()] if number else []
        mark = Light(light, words, "caption", wrap=True)
        lines.append(col(text(participant_name(who), "strong", wrap=True), mark, gap="xs"))
    return card(
        say("What each hospital states"), *lines, note=say("This stands in the plan as well.")
    )


def fit_card(fits: tuple[Fit, ...]) -> QFrame:
    """The own cohort compared with the study, with advice."""
    lines: list[Item] = []
    for fit in fits:
        mark = Light(fit.light, fit.text, "label", wrap=True)
        if fit.advice:
            advice = row(20, (text(fit.advice, "caption", wrap=True), 1), gap="none")
            lines.append(framed(col(mark, advice, gap="xxs")))
        else:
            lines.append(mark)
    note = say("Compared on this computer; the coordinator was not contacted.")
    return card(say("Your cohort and the study"), col(*lines, gap="s"), note=note)
