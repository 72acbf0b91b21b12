"""One stage of a plan and the noise on it, and the checks that all of a plan's values share.

References:
    privacy.md sections 3 and 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeGuard

from core.errors import PlanError

MAX_TEXT: Final = 200
#: Integers beyond the doubles would overflow in the first division.
LARGEST_NUMBER: Final = 1e300
#: One party's own noise has a standard deviation of 2^4 to 2^15: below 10 the sum of several is
#: too far from a Gaussian (privacy.md section 5), and 2^15 is finer than any statistic needs.
OWN_EXPONENTS: Final = range(4, 16)
LEAST_HONEST: Final = 2
#: Standard deviations of one party's noise that it stays within, but for a chance below 2^-280.
_REACH: Final = 20


def require(ok: bool, field: str, reason: str) -> None:  # noqa: FBT001
    """Refuse a plan for ``reason``.

    Raises:
        PlanError: PL201 with the field, unless ``ok``.
    """
    if not ok:
        raise PlanError("PL201", field=field, reason=reason)


def is_text(value: object, longest: int = MAX_TEXT) -> bool:
    """Tell whether ``value`` is printable text of 1 to ``longest`` characters."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether ``value`` is a finite number, and not a truth value.

    >>> is_number(1), is_number(0.5), is_number(True), is_number(float("nan")), is_number("1")
    (True, True, False, False, False)
    """
    number = type(value) is int or (isinstance(value, float) and math.isfinite(value))
    return number and abs(value) < LARGEST_NUMBER  # type: ignore[arg-type]


def is_hex(value: object, length: int) -> bool:
    """Tell whether ``value`` is exactly ``length`` lower-case hex digits."""
    return (
        isinstance(value, str)
        and len(value) == length
        and not set(value) - set("0123456789abcdef")
    )


class Adjacency(StrEnum):
    """Which two cohorts the plan's sensitivities and its guarantee compare (privacy.md sections 1
    and 3): there is one, and a plan says which.
    """

    ADD_OR_REMOVE = "add-or-remove-one-patient"


class Patients(StrEnum):
    """Whom a stage touches. A keyed hash of the patient alone decides, so nobody is in both."""

    TRAINING = "training"
    HOLDOUT = "holdout"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseLadder:
    """Multi-scale binomial noise sum_j w_j (Bin(n_j, 1/2) - n_j/2): (weight, bits) pairs
    (privacy.md section 4).

    Invariant: positive integers, weights strictly increasing, sum w_j n_j even so that the noise
    is centred on 0.
    """

    levels: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """Refuse a ladder that is empty, unordered or off centre."""
        require(bool(self.levels), "noise", "no levels")
        flat = [v for pair in self.levels for v in pair]
        require(
            all(type(v) is int and v > 0 for v in flat),
            "noise",
            "weights and bits must be positive integers",
        )
        weights = [w for w, _ in self.levels]
        require(weights == sorted(set(weights)), "noise", "weights must increase")
        require(
            sum(w * n for w, n in self.levels) % 2 == 0,
            "noise",
            "the noise would not be centred on 0",
        )

    @property
    def variance(self) -> float:
        """Variance in squared integer units: sum w^2 n / 4."""
        return sum(w * w * n for w, n in self.levels) / 4.0

    @property
    def half_width(self) -> int:
        """Largest absolute value of the noise, in integer units."""
        return sum(w * n for w, n in self.levels) // 2

    @property
    def bits(self) -> int:
        """Secret random bits drawn for one value."""
        return sum(n for _, n in self.levels)

    @property
    def opened_variance(self) -> float:
        """Variance of the noise in an opened total: nobody knows any part of it."""
        return self.variance


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalGaussian:
    """Discrete Gaussian noise that every party adds to its own total before it is shared.

        own noise        sigma^2 / (m - t) at each of the m parties, with patients or without
        what protects    the noise of the m - t that do not collude: sigma^2
        what is opened   the noise of all m: sigma^2 m / (m - t)

    Up to t colluders know, and subtract, their own part (privacy.md section 5).

    Invariant: at least two honest parties; the own standard deviation is a power of two, so that
    it is drawn exactly from plain random bits (core/protocol/own_noise.py).

    Attributes:
        sigma_sq: Variance of what protects, squared integer units.
        contributors: m, the parties that add noise.
        colluders: t, how many of them may pool what they know.
    """

    sigma_sq: int
    contributors: int
    colluders: int

    def __post_init__(self) -> None:
        """Refuse noise that would not protect as stated."""
        numbers = (self.sigma_sq, self.contributors, self.colluders)
        require(all(type(n) is int for n in numbers), "noise", "not given in integers")
        honest = self.contributors - self.colluders
        require(
            self.colluders >= 0 and honest >= LEAST_HONEST,
            "noise",
            "fewer than two honest parties add noise",
        )
        require(
            self.sigma_sq in {honest << 2 * e for e in OWN_EXPONENTS},
            "noise",
            "one party's standard deviation is too small, too large or no power of two",
        )

    @property
    def own_exponent(self) -> int:
        """One party's own noise has the standard deviation 2^this.

        >>> LocalGaussian(sigma_sq=2 * 256, contributors=3, colluders=1).own_exponent
        4
        """
        return (self.own_variance.bit_length() - 1) // 2

    @property
    def own_variance(self) -> int:
        """Variance of one party's own noise, squared integer units: sigma^2 / (m - t)."""
        return self.sigma_sq // (self.contributors - self.colluders)

    @property
    def variance(self) -> float:
        """Variance of what protects, whoever colludes; squared integer units."""
        return float(self.sigma_sq)

    @property
    def opened_variance(self) -> float:
        """Variance of the noise in an opened total, which has everybody's.

        >>> LocalGaussian(sigma_sq=2 * 256, contributors=3, colluders=1).opened_variance
        768.0
        """
        return float(self.own_variance * self.contributors)

    @property
    def half_width(self) -> int:
        """Largest absolute value of everybody's noise together, but for a chance below 2^-270."""
        return self.contributors * (_REACH << self.own_exponent)

    @property
    def bits(self) -> int:
        """Secret random bits drawn for one value: none."""
        return 0


#: Noise that a stage can plan.
StageNoise = NoiseLadder | LocalGaussian


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """One joint sum: how long, how far one patient moves it, and which noise hides that.

    Attributes:
        name: Key of the stage inside its recipe, such as ``class-counts``.
        values: Number of integers summed and opened.
        share: Proportion of mu^2 of the whole release, among the stages on the same patients.
        units: Integer units per real unit (an integer for counts).
        l2_sq: Enforced bound on one patient's sum of squares, integer units squared.
        linf: Enforced bound on one patient's largest absolute value, integer units.
        touched: Most values one patient can change.
        exact_shift: Whether every changed value moves by exactly ``linf``.
        noise: The certified noise: drawn inside the joint computation, or added by each party.
        patients: Whom it touches; the others' records cannot move it.
    """

    name: str
    values: int
    share: float
    units: float
    l2_sq: int
    linf: int
    touched: int
    exact_shift: bool
    noise: StageNoise
    patients: Patients = Patients.TRAINING

    def __post_init__(self) -> None:
        """Refuse a stage whose bounds contradict each other (privacy.md section 3)."""
        require(is_text(self.name, 40), "stages", "a stage has no name")
        for field in ("values", "l2_sq", "linf", "touched"):
            value = getattr(self, field)
            require(
                type(value) is int and value > 0,
                f"stages.{self.name}.{field}",
                "not a positive integer",
            )
        for field in ("share", "units"):
            value = getattr(self, field)
            require(
                is_number(value) and value > 0,
                f"stages.{self.name}.{field}",
                "not a positive number",
            )
        require(type(self.exact_shift) is bool, f"stages.{self.name}.exact_shift", "not yes or no")
        require(type(self.patients) is Patients, f"stages.{self.name}.patients", "unknown")
        require(self.share <= 1, f"stages.{self.name}.share", "more than the whole")
        require(
            self.touched <= self.values,
            f"stages.{self.name}.touched",
            "more than there are values",
        )
        require(
            self.linf**2 <= self.l2_sq <= self.touched * self.linf**2,
            f"stages.{self.name}.l2_sq",
            "contradicts linf and touched",
        )
        require(
            not self.exact_shift or self.l2_sq == self.touched * self.linf**2,
            f"stages.{self.name}.exact_shift",
            "contradicts l2_sq",
        )

    @property
    def sigma_real(self) -> float:
        """Standard deviation of the noise in an opened total, in the statistic's own unit."""
        return math.sqrt(self.noise.opened_variance) / self.units

    def largest_total(self, n_parties: int, n_max: int) -> int:
        """Return the largest absolute value of a noisy total, in integer units.

        It is m hospitals x n_max patients x linf, plus the noise's half width (privacy.md section
        7); noise that the parties add is wider less often than once in 2^270 values.
        """
        return n_parties * n_max * self.linf + self.noise.half_width
