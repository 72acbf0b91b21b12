"""What a release may claim, under which conditions, and what it does not cover.

References:
    privacy.md section 12. The words are fixed there; a test compares them with the forbidden ones.
"""

from __future__ import annotations

from core.model.plan import LocalGaussian, Plan

ADJACENCY = "adding or removing one patient's record at one hospital"

JOINT_NOISE = "multi-scale binomial, drawn inside the joint computation, known to no party"
LOCAL_NOISE = (
    "discrete Gaussian, added by every party to its own total before it is shared; colluding "
    "parties know their own part of it, and the guarantee counts the others' only"
)

_CLAIM = (
    "Within the stated model, every value that leaves the secure computation is covered by one "
    "(epsilon, delta)-differential-privacy guarantee for adding or removing one patient's record "
    "at one hospital, with epsilon and delta computed before the run from the exact distribution "
    "of the integer noise. The guarantee holds (computationally) against any recipient of the "
    "results together with up to {threshold} of the {n_parties} computing parties, if all follow "
    "the protocol."
)
_PUBLIC = (
    "Patients who are also in the public reference “{title}” have no protection. Each hospital "
    "compared its own patients with it and took part only if none was recognised."
)
_REHEARSAL = (
    "This is a rehearsal: all parties ran on one computer under one owner. It shows how a study "
    "works; it does not protect one party from another. Its ledgers began with it: what other "
    "studies and rehearsals released of the same patients is not in them and adds to it."
)


def whose_noise(plan: Plan) -> str:
    """Say in a few words who knows the noise on what was opened."""
    local = [s for s in plan.stages if isinstance(s.noise, LocalGaussian)]
    own = "noise of which every party knows at most the part that it added"
    if len(local) == len(plan.stages):
        return own
    return f"noise that nobody knows, or {own}" if local else "noise that nobody knows"


def claim(plan: Plan) -> str:
    """Return the one sentence that a release of this plan may claim."""
    return _CLAIM.format(threshold=plan.threshold, n_parties=len(plan.parties))


def conditions(plan: Plan) -> tuple[str, ...]:
    """Return what must stand beside the claim."""
    names = ", ".join(p.name for p in plan.parties)
    stated = (
        f"Neighbouring cohorts differ by {ADJACENCY}.",
        f"Computing parties: {names}. At most {plan.threshold} of them collude.",
        "All parties follow the protocol; they may be curious, not malicious.",
        "Hospitals attest that no patient is at more than one of them.",
        "Public and not protected: everything in the plan, such as genes, classes and stages.",
        "Earlier studies on the same patients add to this one: each hospital's ledger sums up.",
    )
    public = (_PUBLIC.format(title=plan.reference.title),) if plan.reference else ()
    return (*stated, *public, *((_REHEARSAL,) if plan.rehearsal else ()))


def not_covered() -> tuple[str, ...]:
    """Return what the guarantee does not cover."""
    return (
        "Who took part, when, how long it took, and who refused.",
        "Facts about a hospital as a whole, such as its mix of cases or its laboratory.",
        "A patient against the patient's own hospital.",
        "More colluding parties than stated, or a compromised computer of a party.",
        "Side channels of the implementation; its correctness rests on tests, not on proof.",
        "Relatives and others whose records depend on each other, beyond one record.",
        "A decision to publish that was made after seeing a report on real patients.",
        "Two-sample tests on synthetic records: their p-values do not hold for real patients.",
    )
