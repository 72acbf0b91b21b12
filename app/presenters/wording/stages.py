"""The stages of a run, in words a steward can repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from core.model.candidate import parted_name


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWords:
    """What is said about one stage.

    Attributes:
        title: Line of the timeline.
        now: What is happening while it runs, two sentences.
        opened: What its opened totals are.
    """

    title: str
    now: str
    opened: str


_STAGES: Final[Mapping[str, StageWords]] = MappingProxyType(
    {
        "class-counts": StageWords(
            title="Patients per diagnosis counted",
            now="The computers add up how many patients have each diagnosis. They add shares, not "
            "patients, so no hospital sees another hospital’s counts; noise is added before any "
            "total is opened.",
            opened="Noisy patients per diagnosis",
        ),
        "levels": StageWords(
            title="Usual level of a record measured",
            now="The computers add up how strongly each patient’s genes are expressed in all, "
            "and how far they spread: five bounded numbers of each patient. Noise hides each "
            "patient before any total is opened.",
            opened="Noisy level and spread of records",
        ),
        "class-levels": StageWords(
            title="Level of a record in each diagnosis measured",
            now="The computers add up, for each diagnosis, how far its patients’ levels lie from "
            "the usual one: two bounded numbers of each patient. Noise hides each patient before "
            "any total is opened.",
            opened="Noisy level and spread in each diagnosis",
        ),
        "centre": StageWords(
            title="Middle of each gene measured",
            now="The computers add up where each gene lies, over all patients of all hospitals. "
            "Each patient moves a total by a bounded amount only, and noise hides that amount "
            "before any total is opened.",
            opened="Noisy middle of each gene",
        ),
        "scale": StageWords(
            title="Spread of each gene measured",
            now="The computers add up how far each gene spreads around its noisy middle. As "
            "before, shares are added, not patients, and noise is added before any total is "
            "opened.",
            opened="Noisy spread of each gene",
        ),
        "sites": StageWords(
            title="What each hospital’s pipeline adds measured",
            now="The computers add up, for each hospital by itself, how far its patients’ genes "
            "lie from the noisy middle of all. Each patient moves the totals of one hospital by a "
            "bounded amount only, and noise hides that amount before any total is opened.",
            opened="Noisy totals per gene and hospital",
        ),
        "class-sums": StageWords(
            title="Genes added up per diagnosis",
            now="The computers add up, per diagnosis, how far each gene lies from its noisy "
            "middle. Each patient moves the totals of one diagnosis by a bounded amount only, and "
            "noise hides that amount before any total is opened.",
            opened="Noisy totals per gene and diagnosis",
        ),
        "class-scores": StageWords(
            title="Gene patterns added up per diagnosis",
            now="The computers add up, per diagnosis, how strongly each patient shows a few "
            "patterns known from public data. Shares are added, not patients, and noise is added "
            "before any total is opened.",
            opened="Noisy totals per pattern and diagnosis",
        ),
        "cross": StageWords(
            title="Genes that move together measured",
            now="The computers add up how each gene moves with the patterns known from public "
            "data. Each patient moves the totals by a bounded amount only, and noise hides that "
            "amount before any total is opened.",
            opened="Noisy totals per gene and pattern",
        ),
        "tables": StageWords(
            title="Genes counted per diagnosis",
            now="The computers add up how many patients have a low, medium, high or very high "
            "value of each gene, per diagnosis. They add shares, not patients, so no hospital "
            "sees another hospital’s counts.",
            opened="Noisy totals per gene and diagnosis",
        ),
        "joint-confusion": StageWords(
            title="Synthetic patients judged together",
            now="Each hospital asks two programs trained on the synthetic patients about its own "
            "patients who were kept aside. The computers add up how often they were right, in "
            "shares; noise is added before any total is opened.",
            opened="Noisy right and wrong guesses per diagnosis",
        ),
        "joint-tables": StageWords(
            title="Synthetic patients judged together",
            now="Each hospital holds its own patients who were kept aside against the synthetic "
            "ones: what programs trained on those say about them, and which of a few groups each "
            "falls into. The computers add up the groups, in shares; noise is added before any "
            "total is opened.",
            opened="Noisy numbers of patients per group",
        ),
    }
)

_STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "share": "{done} of {total} totals sent as secret shares",
        "noise": "{done} of {total} totals covered with noise nobody knows",
        "open": "{done} of {total} noisy totals opened",
    }
)
_OWN_NOISE: Final = "{done} of {total} totals covered with this computer’s own noise"


def stage_words(name: str) -> StageWords:
    """Return what is said about a stage, of a setting if it is one's; a recipe of a later version
    gets plain words.
    """
    letter, own = parted_name(name)
    if letter:
        return _of_setting(letter, stage_words(own))
    found = _STAGES.get(name)
    if found is None:
        plain = name.replace("-", " ").capitalize()
        found = StageWords(
            title=plain,
            now="The computers add up secret shares of this stage. Noise is added before any "
            "total is opened.",
            opened=plain,
        )
    return StageWords(title=say(found.title), now=say(found.now), opened=say(found.opened))


def _of_setting(letter: str, words: StageWords) -> StageWords:
    """Return a stage's words where several settings are made, one after the other."""
    name = say("Setting {letter}", letter=letter.upper())
    return StageWords(
        title=say("{setting}: {stage}", setting=name, stage=_small(words.title)),
        now=say("{setting} is made. {now}", setting=name, now=words.now),
        opened=say("{setting}: {stage}", setting=name, stage=_small(words.opened)),
    )


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def step_words(step: str, done: str, total: str, *, own_noise: bool = False) -> str:
    """Return how far a step of a stage is, with its counts; with ``own_noise`` every party adds
    noise of its own.
    """
    words = _STEPS.get(step, "{done} of {total}")
    if step == "noise" and own_noise:
        words = _OWN_NOISE
    return say(words, done=done, total=total)
