"""How much more noise each family has than an exact Gaussian would need for the same budget.

    python tests/benchmarks/bench_noise_ratio.py [--delta 1e-5]

The ratio of standard deviations, share by share of mu^2, of the calibrated integer plan: joint
noise with N = 400 and N = 155, and noise that every party adds itself, by what protects (against t
colluders) and by what is opened (of all m parties; here m = 3, t = 1). Three kinds of stages:
class sums of 1,000 genes, tables of 1,000 genes, one count.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.model.budget import Budget
from core.model.drawing import NoiseChoice
from core.model.request import StageRequest
from core.privacy.calibration import NoiseFamily, calibrate
from core.privacy.conversion import gaussian_mu

EPSILONS = (0.5, 1.0, 2.0, 4.0, 10.0)
FAMILIES = {
    "joint, N = 400": NoiseFamily(top_bits=400, choice=NoiseChoice.JOINT),
    "joint, N = 155": NoiseFamily(top_bits=155, choice=NoiseChoice.JOINT),
    "local, m = 3": NoiseFamily(choice=NoiseChoice.LOCAL),
}
_D = 1_000
STAGES = {
    "class sums": StageRequest(
        name="sums",
        values=5 * _D,
        share=1.0,
        l2=math.sqrt(_D),
        linf=0.11 * math.sqrt(_D),
        touched=_D,
        counts=False,
    ),
    "tables": StageRequest(
        name="tables",
        values=20 * _D,
        share=1.0,
        l2=math.sqrt(_D),
        linf=1.0,
        touched=_D,
        counts=True,
    ),
    "one count": StageRequest(
        name="count", values=1, share=1.0, l2=1.0, linf=1.0, touched=1, counts=True
    ),
}


def ratios(stage: str, family: str, epsilon: float, delta: float) -> tuple[float, float]:
    """Return the noise that protects and the noise that is opened, against the exact Gaussian."""
    budget = Budget(epsilon=epsilon, delta=delta)
    found = calibrate([STAGES[stage]], budget, n_max=10_000, n_parties=3, family=FAMILIES[family])
    (made,) = found.stages
    needed = math.sqrt(made.l2_sq) / gaussian_mu(epsilon, delta)
    noise = made.noise
    return math.sqrt(noise.variance) / needed, math.sqrt(noise.opened_variance) / needed


def table(delta: float) -> str:
    """Return the figures as a Markdown table."""
    heads = ["stage", "noise", *(f"epsilon {e:g}" for e in EPSILONS)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for stage in STAGES:
        for family in FAMILIES:
            both = [ratios(stage, family, e, delta) for e in EPSILONS]
            cells = [f"{protects:.4f}" for protects, _ in both]
            lines.append(f"| {stage} | {family} | {' | '.join(cells)} |")
            if any(opened != protects for protects, opened in both):
                cells = [f"{opened:.4f}" for _, opened in both]
                lines.append(f"| {stage} | {family}, opened | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delta", type=float, default=1e-5)
    sys.stdout.write(table(parser.parse_args().delta))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
