"""What a finished rehearsal says, to people and to programs."""

from __future__ import annotations

from core.worker.commands.candidate_arguments import made_with, selection_lines
from core.worker.commands.judging_arguments import joint_lines
from core.worker.commands.rehearsal import RehearsalResult
from core.worker.noise_family import noise_of


def result_lines(result: RehearsalResult) -> list[str]:
    """Return what the joint evaluation released, a line each."""
    chosen = selection_lines(result.selection, result.plan.candidates)
    return [*chosen, *joint_lines(result.joint)]


def summary(result: RehearsalResult, total: float, reports: float) -> dict[str, object]:
    """Return the one JSON object of ``--json``.

    Args:
        result: Of the rehearsal.
        total: Seconds up to the release.
        reports: Seconds of the reports.
    """
    chosen = result.selection
    made = made_with(result.plan, chosen.letter if chosen else "")
    return {
        "plan_digest": result.plan.digest,
        "epsilon": result.plan.budget.epsilon,
        "delta": result.plan.budget.delta,
        "recipe": made.recipe,
        "n_genes": len(made.genes),
        "noise_bits": result.family.top_bits,
        "noise": result.family.choice.value,
        "stages": [
            {
                "name": s.name,
                "values": s.values,
                "noise": noise_of(result.plan.stage(s.name)).value,
                "seconds": round(s.seconds, 3),
                "bytes_sent": s.bytes_sent,
            }
            for s in result.stages
        ],
        "seconds_total": round(total, 3),
        "seconds_reports": round(reports, 3),
        "hospitals": [{"name": h.name, "directory": str(h.directory)} for h in result.hospitals],
        "synthetic_sha256": result.synthetic_sha256,
        "joint": result.joint.tree() if result.joint else None,
        "candidates": {"chosen": chosen.letter, **chosen.tree()} if chosen else None,
    }
