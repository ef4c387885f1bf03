"""Numbers -> scaled copies and positions between bin edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

SCALINGS = ("standard", "quantile", "log")
MAX_SCORE = 3.0

_MAX_KNOTS = 256
# No value of fewer than 1e12 training rows can be further from their mean.
_MAX_SCALED = 1e6


@dataclass(eq=False)
class NumberEncoder:
    """One numeric part: its statistics, and what each scaling needs.

    `knots` and `scores` are empty without the "quantile" scaling, `edges` is
    empty without bins.
    """

    name: str
    minimum: float
    maximum: float
    mean: float
    std: float
    log_mean: float
    log_std: float
    knots: list[float]
    scores: list[float]
    edges: list[float]

    @classmethod
    def learn(
        cls,
        name: str,
        values: np.ndarray,
        scalings: tuple[str, ...],
        num_bins: int | None,
    ) -> "NumberEncoder | None":
        """Returns None when the known values do not vary."""
        distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        if len(distinct) < 2:
            return None
        mean, std = weighted_mean_and_std(distinct, counts)
        log_mean, log_std = weighted_mean_and_std(signed_log(distinct), counts)
        knots, scores = np.empty(0), np.empty(0)
        if "quantile" in scalings:
            knots, scores = normal_score_knots(distinct, counts)
        edges = np.empty(0)
        if num_bins is not None:
            edges = bin_edges(distinct, counts, num_bins)
        return cls(
            name=name,
            minimum=float(distinct[0]),
            maximum=float(distinct[-1]),
            mean=mean,
            std=std,
            log_mean=log_mean,
            log_std=log_std,
            knots=knots.tolist(),
            scores=scores.tolist(),
            edges=edges.tolist(),
        )

    def scale(self, values: np.ndarray, scaling: str) -> np.ndarray:
        """Returns float64 `(rows,)`, 0 where missing."""
        if scaling == "quantile":
            scaled = _interpolate(values, self.knots, self.scores)
        elif scaling == "log":
            scaled = _standardise(signed_log(values), self.log_mean, self.log_std)
        else:
            scaled = _standardise(values, self.mean, self.std)
        return np.where(np.isnan(values), 0.0, scaled)

    def rank(self, values: np.ndarray) -> np.ndarray:
        """Returns float64 `(rows,)` in [0, number of bins], -1 where missing."""
        position = _interpolate(values, self.edges, range(len(self.edges)))
        return np.where(np.isnan(values), -1.0, position)


def signed_log(values: np.ndarray) -> np.ndarray:
    """sign(x) log(1 + |x|): a logarithm that also takes zero and negatives."""
    return np.sign(values) * np.log1p(np.abs(values))


def weighted_mean_and_std(
    distinct: np.ndarray, counts: np.ndarray
) -> tuple[float, float]:
    """Mean and population standard deviation without overflow."""
    # A power of two is an exact unit, so that squares of 1e300 stay finite.
    exponent = int(np.frexp(np.max(np.abs(distinct)))[1])
    unit = np.ldexp(distinct, -exponent)
    mean = np.average(unit, weights=counts)
    std = np.sqrt(np.average(np.square(unit - mean), weights=counts))
    return float(np.ldexp(mean, exponent)), float(np.ldexp(std, exponent))


def normal_score_knots(
    distinct: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points of the map from values to standard normal scores.

    A value with a share `below` of the rows under it and a share `tied` equal to
    it gets the score of the middle of its ties, `below + tied / 2`. So a column
    with 92 % zeros maps zero near 0 and spreads the tail over positive scores.
    """
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    if len(distinct) > _MAX_KNOTS:
        # Even steps in score, not in share: the tails keep their detail.
        steps = np.linspace(-MAX_SCORE, MAX_SCORE, _MAX_KNOTS)
        shares = [NormalDist().cdf(step) for step in steps]
        nearest = np.searchsorted(middle, shares).clip(0, len(middle) - 1)
        chosen = np.unique([0, *nearest, len(middle) - 1])
        distinct, middle = distinct[chosen], middle[chosen]
    scores = [NormalDist().inv_cdf(share) for share in middle]
    return distinct, np.clip(scores, -MAX_SCORE, MAX_SCORE)


def bin_edges(distinct: np.ndarray, counts: np.ndarray, num_bins: int) -> np.ndarray:
    """Edges of at most `num_bins` bins of equal mass, with the mass of ties capped.

    A value that holds more rows than one bin should counts as one bin only; the
    other bins share the rest. Without the cap, a column with 92 % zeros would
    spend nearly all edges on zero.
    """
    if len(distinct) <= num_bins + 1:
        return distinct
    size = _capped_bin_size(counts, num_bins)
    filled = np.cumsum(np.minimum(counts, size))
    # The tolerance keeps rounding of k * size from skipping a tie of that size.
    targets = size * np.arange(1, num_bins) * (1 - 1e-12)
    inner = distinct[np.searchsorted(filled, targets)]
    return np.unique(np.concatenate([distinct[:1], inner, distinct[-1:]]))


def _capped_bin_size(counts: np.ndarray, num_bins: int) -> float:
    """Solves `size = sum(min(counts, size)) / num_bins`."""
    descending = np.sort(counts)[::-1]
    rest = float(counts.sum())
    for big in range(num_bins):
        size = rest / (num_bins - big)
        if descending[big] <= size:
            return size
        rest -= descending[big]
    return size


def _standardise(values: np.ndarray, mean: float, std: float) -> np.ndarray:
    with np.errstate(over="ignore"):
        # Halved, so that the difference of two huge numbers does not overflow.
        scaled = (values / 2 - mean / 2) / (std / 2 or 1.0)
    return np.clip(scaled, -_MAX_SCALED, _MAX_SCALED)


def _interpolate(
    values: np.ndarray, points: Sequence[float], heights: Sequence[float]
) -> np.ndarray:
    # A quarter, so that the gap between two huge points does not overflow.
    unit = 0.25 if max(-points[0], points[-1]) > 1e300 else 1.0
    with np.errstate(all="ignore"):
        result = np.interp(values * unit, np.multiply(points, unit), heights)
    return np.clip(result, heights[0], heights[-1])
