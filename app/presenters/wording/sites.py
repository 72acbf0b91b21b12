"""Site centring in words: what laboratories add to a gene, and when taking it out is worth it."""

from __future__ import annotations

from typing import Final

from app.presenters.wording.figures import count, units
from app.presenters.wording.language import say
from app.presenters.wording.states import LightName
from core.model.budget import Budget, charged_units
from core.study.site_centring import LEAST_EPSILON, LEAST_PATIENTS, SiteAdvice, advised

#: What it takes of 100 units of what is spent, unless somebody shares it out otherwise.
SITES_TAKE: Final = 10


def sites_sentence(*, centred: bool) -> str:
    """Return what a study does about differences between laboratories."""
    if not centred:
        return say("left as they are: nothing is measured about a single hospital")
    return say(
        "how far each hospital’s genes lie from those of all is opened, with noise that hides "
        "each patient, and every hospital takes it out of its own patients. All hospitals see "
        "these noisy averages of each other. A gene is shifted only where its average stands four "
        "times its noise away; what differs because a hospital has other diagnoses is taken out "
        "with it"
    )


def sites_what() -> tuple[str, str]:
    """Return what site centring is for and how it guards itself, a paragraph each."""
    return (
        say(
            "Laboratories that prepare or sequence samples differently read some genes higher or "
            "lower for **all** their patients. One stage more measures that for each hospital, "
            "with noise; each hospital then takes it out of its own patients. All hospitals see "
            "these noisy averages of each other."
        ),
        say(
            "**Its guard:** a gene is shifted at a hospital only where its average stands four "
            "times its noise away, so noise is left alone. But a hospital with other diagnoses "
            "than the rest differs for that reason, too, and that is taken out as well. Leave it "
            "off unless you know that laboratories differ."
        ),
    )


def sites_when() -> str:
    """Return when to think of it, in one sentence."""
    return say(
        "Worth it where laboratories differ, from a level of {least} and about {n} patients of "
        "each hospital; otherwise off.",
        least=units(LEAST_EPSILON),
        n=LEAST_PATIENTS,
    )


def sites_advice(epsilon: float, patients: int) -> tuple[LightName, str]:
    """Return whether it can help a study, with its light.

    Args:
        epsilon: Of the study.
        patients: Of a usual hospital, as typed.
    """
    match advised(epsilon, patients):
        case SiteAdvice.LEVEL_TOO_STRICT:
            return "warn", say(
                "Better left off: at a level of {level} next to nothing stands clear of the "
                "noise, and the {n} of 100 that it takes of what is spent are lost. It can help "
                "from {least}.",
                level=units(charged_units(Budget(epsilon=epsilon))),
                n=SITES_TAKE,
                least=units(LEAST_EPSILON),
            )
        case SiteAdvice.TOO_FEW_PATIENTS:
            return "warn", say(
                "Better left off: with {patients} patients of each hospital next to nothing "
                "stands clear of the noise, and the {n} of 100 that it takes of what is spent are "
                "lost. It can help from about {least}.",
                patients=count(patients),
                n=SITES_TAKE,
                least=LEAST_PATIENTS,
            )
        case SiteAdvice.CAN_HELP:
            return "ok", say(
                "It can help here, if laboratories differ. It takes {n} of 100 of what is spent.",
                n=SITES_TAKE,
            )
