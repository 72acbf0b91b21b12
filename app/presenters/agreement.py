"""A plan in full and in plain words: every fact that a steward signs, none left out.

Each fact names the fields of `Plan` that it tells; a test compares them with the fields there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, assert_never

from app.presenters.crossing import collusion_sentence, level_sentence
from app.presenters.judging import evaluation_sentence, vote_sentence
from app.presenters.wording import count, odds_sentence, run_words, say, stage_words, units
from app.presenters.wording.candidates import chosen_sentence, setting_name
from app.presenters.wording.references import fingerprint_words, reference_words
from app.presenters.wording.sites import sites_sentence
from core.model.budget import PRESETS, charged_units, odds_in_100
from core.model.candidate import letter_of
from core.model.invitation import MeetingPoint
from core.model.plan import Adjacency, LocalGaussian, NoiseLadder, Plan, StagePlan
from core.study.site_centring import centres_sites

_NAMES: Final = {epsilon: level.value for level, epsilon in PRESETS}
_NORMALISATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "log2-cpm-record-z": "each patient’s values on a log scale, centred and scaled by that "
        "patient’s own values only",
    }
)
_RECIPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "marginals": "patients per diagnosis, then each gene by itself within each diagnosis",
        "moments": "patients per diagnosis, then the middle, the spread and the common patterns "
        "of the genes",
    }
)
_HEX_GROUP: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a plan.

    Attributes:
        key: What it is about.
        words: What is agreed.
        tells: Fields of `Plan` that stand in it.
    """

    key: str
    words: str
    tells: tuple[str, ...] = ()


def meeting_words(meeting: MeetingPoint) -> str:
    """Say where the hospitals meet."""
    place = f"{meeting.host}:{meeting.port}"
    if meeting.relay:
        return say("relay {place}, which sees only encrypted bytes", place=place)
    return say("directly at {place}, the coordinator’s computer", place=place)


def records_words(n_records: int | None) -> str:
    """Say how many synthetic patients there will be."""
    if n_records is None:
        return say("as many synthetic patients as the noisy total says")
    return say("{n} synthetic patients", n=count(n_records))


def promise_facts(plan: Plan, charged: float, cohort: str) -> tuple[Fact, ...]:
    """Return what is promised to each patient, and what it costs here.

    Args:
        plan: To be signed.
        charged: Units it takes of the own cap; 0 for a compute partner.
        cohort: Name of the own cohort; empty for a compute partner.
    """
    budget = plan.budget
    key = _NAMES.get(budget.epsilon, "exact")
    level = level_sentence(key, budget.epsilon, budget.delta, charged_units(budget))
    cost = (
        say(
            "{units} of “{cohort}”. They count as spent before the first total is opened, "
            "whatever happens afterwards, and never come back.",
            units=units(charged),
            cohort=cohort,
        )
        if charged
        else say("nothing: no patient of this hospital takes part")
    )
    return (
        Fact(key=say("Privacy level"), words=level, tells=("budget",)),
        Fact(key=say("Taken from your cap"), words=cost),
        Fact(
            key=say("In exact terms"),
            words=say(
                "ε {most:g} and δ {delta:g} for the whole release; its stages together use ε "
                "{used:.4f}. {pair}",
                most=budget.epsilon,
                delta=budget.delta,
                used=plan.epsilon_accounted,
                pair=_adjacency_words(plan.adjacency),
            ),
            tells=("budget", "epsilon_accounted", "adjacency"),
        ),
    )


def input_facts(plan: Plan) -> tuple[Fact, ...]:
    """Return what goes in: genes, diagnoses, patients, and how they are made comparable."""
    reference = plan.reference
    facts = [
        Fact(key=say("Genes"), words=_genes(plan.genes), tells=("genes",)),
        Fact(
            key=say("Diagnoses"),
            words=say(
                "{names}; in the column “{column}”",
                names=", ".join(plan.classes),
                column=plan.label_name,
            ),
            tells=("classes", "label_name"),
        ),
        Fact(
            key=say("Patients"),
            words=say(
                "at most {n} of each hospital; a patient stands in {times} hospital of the study",
                n=count(plan.n_max),
                times=say("one") if plan.patient_multiplicity == 1 else plan.patient_multiplicity,
            ),
            tells=("n_max", "patient_multiplicity"),
        ),
        Fact(
            key=say("Kept out"),
            words=say(
                "{n} of 100 of your patients never enter: they judge the result later",
                n=f"{100 * plan.holdout_share:g}",
            ),
            tells=("holdout_share",),
        ),
        Fact(
            key=say("Gene values"),
            words=say(_NORMALISATIONS.get(plan.normalisation, plan.normalisation)),
            tells=("normalisation",),
        ),
        *_recipes(plan),
        Fact(
            key=say("Between laboratories"),
            words=sites_sentence(centred=centres_sites(plan.recipe_parameters, plan.candidates)),
            tells=("recipe_parameters",),
        ),
        Fact(
            key=say("Public data used"),
            words=say("none")
            if reference is None
            else f"{reference_words(reference)} {fingerprint_words(reference.note.sha256)}",
            tells=("reference",),
        ),
    ]
    return tuple(facts)


def opened_facts(plan: Plan) -> tuple[Fact, ...]:
    """Return what becomes known to all hospitals, stage by stage, and what is made of it."""
    budget = plan.budget
    facts = [
        Fact(
            key=stage_words(stage.name).opened,
            words=_stage_words(stage),
            tells=("stages",),
        )
        for stage in plan.stages
    ]
    sampler = plan.parties[plan.sampler].name
    return (
        *facts,
        Fact(
            key=say("Made at the end"),
            words=say(
                "{records}, drawn from these totals only by {name} and checked by every hospital",
                records=records_words(plan.n_records),
                name=sampler,
            ),
            tells=("n_records", "sampler"),
        ),
        Fact(
            key=say("How it is judged"),
            words=evaluation_sentence(plan.judging),
            tells=("judging",),
        ),
        Fact(key=say("When it is released"), words=vote_sentence(plan.vote), tells=("judging",)),
        Fact(
            key=say("Who gets it"),
            words=say(
                "every hospital of the study: the noisy totals and the same file of synthetic "
                "patients, which each may hand on. All of it together tells about one patient: "
                "{odds}.",
                odds=odds_sentence(odds_in_100(budget.epsilon, budget.delta)),
            ),
        ),
        Fact(
            key=say("Licence"),
            words=plan.licence or say("not chosen"),
            tells=("licence",),
        ),
        Fact(key=say("Time and bytes"), words=run_words(plan)),
    )


def trust_facts(plan: Plan, meeting: MeetingPoint, digest: str) -> tuple[Fact, ...]:
    """Return on whom the promise rests, and which plan this is exactly."""
    return (
        Fact(
            key=say("Who could break it"),
            words=collusion_sentence(plan),
            tells=("threshold", "parties"),
        ),
        Fact(
            key=say("It rests on"),
            words=say(
                "every hospital running this program as it is. One that changes its program could "
                "spoil the result or weaken the noise; what can be noticed ends the run. A "
                "hospital’s false data spoil the result, not your secret."
            ),
        ),
        Fact(key=say("Meeting point"), words=meeting_words(meeting)),
        Fact(
            key=say("Kind"),
            words=say("a rehearsal on one computer")
            if plan.rehearsal
            else say("a study between separate hospitals"),
            tells=("rehearsal",),
        ),
        Fact(
            key=say("Fingerprint"),
            words=" ".join(
                digest[at : at + _HEX_GROUP] for at in range(0, len(digest), _HEX_GROUP)
            ),
            tells=("study_id", "title", "format_version"),
        ),
    )


def _stage_words(stage: StagePlan) -> str:
    """Say what a stage opens, and whose noise is on it."""
    noise, numbers = stage.noise, {"n": count(stage.values), "most": count(stage.touched)}
    match noise:
        case NoiseLadder():
            return say(
                "{n} totals, each with noise that nobody knows; one patient changes at most "
                "{most} of them",
                **numbers,
            )
        case LocalGaussian():
            return say(
                "{n} totals, to which each of the {m} parties adds noise of its own; what any "
                "{honest} of them add is enough for the promise, whatever the others know and "
                "subtract. One patient changes at most {most} of the totals",
                m=noise.contributors,
                honest=noise.contributors - noise.colluders,
                **numbers,
            )
    assert_never(noise)


def _adjacency_words(adjacency: Adjacency) -> str:
    match adjacency:
        case Adjacency.ADD_OR_REMOVE:
            return say("Promised for one patient more or less in one hospital.")
    assert_never(adjacency)


def _genes(genes: tuple[str, ...]) -> str:
    first = ", ".join(genes[:3])
    if len(genes) <= 4:
        return say("{n}: {names}", n=count(len(genes)), names=", ".join(genes))
    return say("{n}: {first} … {last}", n=count(len(genes)), first=first, last=genes[-1])


def _recipes(plan: Plan) -> tuple[Fact, ...]:
    """Say how the table is made, or of which settings the joint evaluation chooses one."""
    tells = ("recipe", "recipe_parameters", "candidates")
    key = say("What is counted")
    if not plan.candidates:
        words = _recipe(plan.recipe, plan.recipe_parameters)
        return (Fact(key=key, words=words, tells=tells),)
    settings = tuple(
        Fact(
            key=setting_name(letter_of(number)),
            words=say(
                "the first {n} genes; {recipe}",
                n=count(c.n_genes),
                recipe=_recipe(c.recipe, c.recipe_parameters),
            ),
            tells=("candidates",),
        )
        for number, c in enumerate(plan.candidates)
    )
    return (Fact(key=key, words=chosen_sentence(plan.candidates), tells=tells), *settings)


def _recipe(name: str, parameters: tuple[tuple[str, object], ...]) -> str:
    words = say(_RECIPES.get(name, name))
    if not parameters:
        return words
    named = ", ".join(f"{key} {value}" for key, value in parameters)
    return say("{words} (recipe “{recipe}”: {named})", words=words, recipe=name, named=named)
