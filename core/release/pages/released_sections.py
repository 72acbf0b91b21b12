"""The public part of every document: label, sections, tables.

References:
    Mitchell et al., "Model Cards for Model Reporting"; Gebru et al., "Datasheets for Datasets".
"""

from __future__ import annotations

from typing import Final

from core.model.budget import odds_in_100
from core.model.evaluation import JointScores
from core.model.plan import LocalGaussian, Plan
from core.release import claims
from core.release.cells import RULE
from core.release.pages.candidates import candidate_blocks
from core.release.pages.document import (
    Block,
    Bullets,
    Facts,
    Grid,
    Label,
    Notice,
    Paragraph,
    Picture,
    Section,
    Tone,
)
from core.release.pages.joint_sections import further_blocks
from core.release.pages.released import ReleasedReport

NO_LICENCE: Final = (
    "The hospitals have not chosen one in the plan. Ask them before you pass the data on."
)
_CLASSIFIERS: Final = {
    "logistic-regression": "Logistic regression",
    "random-forest": "Random forest",
}
_SCORES: Final = {
    "accuracy": "Accuracy",
    "macro-f1": "Macro-F1",
    "weighted-f1": "Weighted F1",
}
_WEAKNESSES: Final = (
    (
        "Do not test synthetic records for differential expression as if they were patients: "
        "their p-values do not hold, and at a strict privacy level most of what such a test "
        "finds is false. Use differential-expression.csv instead, if it is there; its standard "
        "errors hold the noise."
    ),
    (
        "The number of synthetic records is a choice. More of them carry no more knowledge about "
        "patients, and confidence intervals computed from their number are too narrow."
    ),
    "Rare diagnoses, and genes that vary little, are drowned by noise first.",
    (
        "Relations between genes are kept only as far as the recipe models them; tails and "
        "outliers are not kept."
    ),
    "Classifiers trained on these records should be tested on real patients before they are used.",
    "What holds for these hospitals' patients need not hold elsewhere.",
)


def privacy_label(plan: Plan, spent: str) -> Label:
    """Return the privacy label; ``spent`` says what these patients have spent in all studies."""
    odds = odds_in_100(plan.budget.epsilon, plan.budget.delta)
    parties = len(plan.parties)
    trust = (
        f"Up to {plan.threshold} of the {parties} computing parties may put together what they "
        "hold and learn nothing more; all follow the protocol, curious but not malicious "
        "(semi-honest), fixed beforehand, with limited computing power."
    )
    return Label(
        odds=odds,
        sentence=f"At most {odds} in 100 instead of 50: how sure an attacker could become that "
        "one patient took part, who already knows all of this patient's values and everybody else "
        "in the cohort.",
        rows=(
            (
                "Budget of this study",
                f"epsilon {plan.budget.epsilon:g} (accounted {plan.epsilon_accounted:.4f})",
            ),
            ("Delta", f"{plan.budget.delta:g}, for the whole release"),
            ("Protected unit", "one patient's record at one hospital"),
            ("Neighbouring cohorts", f"{claims.ADJACENCY} (number of patients secret)"),
            ("Trust", trust),
            ("Spent on these patients in all studies", spent),
        ),
    )


SPENT_ELSEWHERE: Final = (
    "Not public: every hospital keeps its own ledger. Ask a hospital for its signed export. "
    "Budgets of studies on the same patients add up."
)


def released_sections(
    report: ReleasedReport, mix: Picture, joint: Picture | None
) -> tuple[Section, ...]:
    """Return the public part, which the hospital's own report has, too."""
    opened = Section(title="What was opened, to all hospitals", blocks=(_opened(report.plan),))
    cohort = Section(title="The synthetic cohort", blocks=(mix, *_differences(report)))
    return (
        what_it_is(report),
        measures(report, joint),
        cohort,
        how_made(report),
        opened,
        weaknesses(),
        guarantee(report),
    )


def subtitle(report: ReleasedReport) -> str:
    """Return the line under the title."""
    plan = report.plan
    kind = "a rehearsal on one computer" if plan.rehearsal else "a study between hospitals"
    return (
        f"{report.n_records:,} synthetic patients, {len(report.made_with.genes):,} genes, "
        f"{len(plan.classes)} diagnoses; {kind}"
    )


def what_it_is(report: ReleasedReport) -> Section:
    """Return what the cohort is and what it is not."""
    plan, n_genes = report.plan, len(report.made_with.genes)
    hospitals = ", ".join(p.name for p in plan.parties if p.has_cohort)
    blocks: list[Block] = [
        Bullets(
            items=(
                (
                    f"It is {report.n_records:,} invented patients, drawn from a model that was "
                    "fitted to noisy sums over the patients of all hospitals together."
                ),
                (
                    f"It is bulk RNA-seq expression of {n_genes:,} genes, normalised for "
                    f"each patient ({plan.normalisation}), with one of {len(plan.classes)} "
                    "diagnoses."
                ),
                (
                    "It is not a list of patients: no line belongs to a person, and no line is "
                    "one patient's record with the name taken off."
                ),
                (
                    "It is not a substitute for real data in a decision about care, and not "
                    "evidence by itself: confirm findings in real patients."
                ),
            )
        ),
        Facts(rows=(("Hospitals", hospitals), ("Diagnoses", ", ".join(plan.classes)))),
    ]
    if plan.rehearsal:
        blocks.append(
            Notice(
                title="This is a rehearsal.",
                text="One owner held all hospitals' data and keys on one computer. It shows how a "
                "study works; nobody but this owner vouches for it.",
                tone=Tone.CARE,
            )
        )
    return Section(title="What it is, and what it is not", blocks=tuple(blocks))


def how_made(report: ReleasedReport) -> Section:
    """Return how it was made, with the fingerprints."""
    plan = report.plan
    words = (
        "Every hospital added up its own patients, each limited in what it can contribute, and "
        "split the sums into secret shares. The shares of all hospitals were added together with "
        f"{claims.whose_noise(plan)}, and only the noisy totals were opened. A model was fitted "
        "to them, and the records were drawn from the model once, with a seed that follows from "
        "plan and totals, so that nobody could draw until a sample looked good."
    )
    made = report.made_with
    parameters = ", ".join(f"{name} {value}" for name, value in made.recipe_parameters)
    rows = (
        ("Recipe", made.recipe + (f" ({parameters})" if parameters else "")),
        *_public(plan),
        ("Values opened", f"{sum(s.values for s in plan.stages):,}"),
        ("Held out", f"{plan.holdout_share:.0%} of each hospital's patients never entered"),
        ("Plan", plan.digest),
        ("What was opened", report.measurements_digest),
        ("synthetic.csv", report.synthetic_sha256),
    )
    return Section(title="How it was made", blocks=(Paragraph(text=words), Facts(rows=rows)))


def _public(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Name the open cohort that the release also rests on, with its licence."""
    reference = plan.reference
    if reference is None:
        return ()
    said = (
        f"{reference.title}, {reference.n_records:,} open records ({reference.provenance}; "
        f"licence: {reference.licence}); whoever is in it has no protection from this release"
    )
    return (("Public data used", said),)


def _opened(plan: Plan) -> Grid:
    return Grid(
        caption="Stages of the plan, and the noise on each value",
        heads=("Stage", "Values", "Share of the budget", "Noise (standard deviation)", "Drawn"),
        rows=tuple(
            (
                s.name,
                f"{s.values:,}",
                f"{s.share:.0%}",
                f"{s.sigma_real:.3g}",
                "by each party" if isinstance(s.noise, LocalGaussian) else "jointly",
            )
            for s in plan.stages
        ),
    )


def joint_grid(joint: JointScores) -> Grid:
    """Return the released scores, of 100, with their intervals."""
    return Grid(
        caption=f"Scores on the held-out patients of all hospitals, of 100, with "
        f"{joint.level:.0%} intervals",
        heads=("Model", "Score", "Value", "From", "To"),
        rows=tuple(
            (
                _CLASSIFIERS.get(s.classifier, s.classifier),
                _SCORES.get(s.score, s.score),
                *(f"{100 * v:.1f}" for v in (s.value, s.low, s.high)),
            )
            for s in joint.scores
        ),
        words=2,
    )


def measures(report: ReleasedReport, picture: Picture | None) -> Section:
    """Return the released measures with their intervals, or that there are none."""
    title = "How good it is"
    joint = report.joint
    if joint is None:
        words = (
            "No measure of quality was released: the plan has no joint evaluation. Hospitals may "
            "have compared these records with their own patients; such numbers are not protected "
            "and stay there."
        )
        return Section(title=title, blocks=(Paragraph(text=words),))
    words = (
        "Models were trained on the synthetic records and tested on patients of all hospitals who "
        "had taken no part. Only noisy counts of right and wrong answers were opened, inside the "
        f"budget above; about {joint.n_patients:,.0f} patients were tested (noisy; "
        f"{joint.n_patients_low:,.0f} to {joint.n_patients_high:,.0f})."
    )
    shown: Block = picture if picture is not None else joint_grid(joint)
    chosen = candidate_blocks(report.plan, report.selection)
    blocks = (Paragraph(text=words), shown, *further_blocks(joint), *chosen)
    return Section(title=title, blocks=blocks)


def _differences(report: ReleasedReport) -> tuple[Block, ...]:
    if not report.differences:
        return ()
    return (
        Grid(
            caption="Strongest released differences between diagnoses (the whole table is "
            "differential-expression.csv; its standard errors hold the noise)",
            heads=("Gene", "Higher or lower in", "Than in", "Effect", "Standard error", "Adj. p"),
            rows=tuple(
                (r.gene, r.class_a, r.class_b, r.effect, r.standard_error, r.adjusted_p)
                for r in report.differences
            ),
            words=3,
        ),
    )


def weaknesses() -> Section:
    """Return the known weaknesses."""
    return Section(title="Known weaknesses", blocks=(Bullets(items=_WEAKNESSES),))


def guarantee(report: ReleasedReport) -> Section:
    """Return the claim, its conditions, and what it does not cover."""
    plan = report.plan
    return Section(
        title="What is promised, and what is not",
        blocks=(
            Paragraph(text=claims.claim(plan)),
            Bullets(items=claims.conditions(plan)),
            Paragraph(text="Not covered:"),
            Bullets(items=claims.not_covered()),
        ),
    )


def citing(report: ReleasedReport) -> Section:
    """Return how to cite, use and check it."""
    plan = report.plan
    hospitals = ", ".join(p.name for p in plan.parties if p.has_cohort)
    cite = (
        f"{hospitals}. {plan.title}: a synthetic cohort of {report.n_records:,} records released "
        f"with differential privacy (epsilon {plan.budget.epsilon:g}, delta "
        f"{plan.budget.delta:g}). Made with SynCohort, plan {plan.digest[:16]}."
    )
    return Section(
        title="How to cite, use and check it",
        blocks=(
            Facts(
                rows=(
                    ("Cite as", cite),
                    ("Licence", plan.licence or NO_LICENCE),
                    ("Names in the tables", RULE),
                    (
                        "Check",
                        (
                            "syncohort-cli release verify compares every file with the manifest "
                            "and every signature with the hospitals' keys, and says what is not "
                            "proven."
                        ),
                    ),
                )
            ),
        ),
    )
