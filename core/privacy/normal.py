"""The normal and related distributions, fetched from scipy when the first one is asked.

scipy.special takes a fifth of a second to import. Every worker and every command would pay it at
its start, and most of them never ask.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def probability(x: ArrayLike) -> NDArray[np.float64]:
    """Return P(Z <= x) of a standard normal Z, element by element.

    >>> float(probability(0.0))
    0.5
    """
    return _float(_special().ndtr(x))


def log_probability(x: ArrayLike) -> NDArray[np.float64]:
    """Return log P(Z <= x), exact far out where the probability itself is 0.

    >>> round(float(log_probability(-40.0)), 2)
    -804.61
    """
    return _float(_special().log_ndtr(x))


def quantile(p: ArrayLike) -> NDArray[np.float64]:
    """Return the x with P(Z <= x) = p; -inf at 0, inf at 1, NaN beyond.

    >>> float(quantile(0.5)), float(quantile(0.0))
    (0.0, -inf)
    """
    return _float(_special().ndtri(p))


def log_gamma(x: ArrayLike) -> NDArray[np.float64]:
    """Return the logarithm of the gamma function.

    >>> float(log_gamma(1.0))
    0.0
    """
    return _float(_special().gammaln(x))


def chi_square_tail(degrees: float, x: ArrayLike) -> NDArray[np.float64]:
    """Return P(X > x) of a chi-square X with so many degrees of freedom.

    >>> round(float(chi_square_tail(1, 3.841)), 3)
    0.05
    """
    return _float(_special().chdtrc(degrees, x))


def _special() -> Any:  # noqa: ANN401 - scipy ships no types
    from scipy import special  # noqa: PLC0415 - see above

    return special


def _float(values: Any) -> NDArray[np.float64]:  # noqa: ANN401 - scipy ships no types
    return np.asarray(values, dtype=np.float64)
