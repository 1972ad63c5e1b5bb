"""Learns the weights of staff_weights.py on drawn staffs: `python -m benchmarks.camera_gauge`.

A conditional logit (convex, so it always comes to the same), then one number, the sureness, that makes 95 % hold 95 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from siaga_edge.gauge.staff_cues import NAMES, WHOLE_NAMES, Evidence

_SOFT_CM = 0.35  # how exactly the true place is told
_MIN_GAIN = 0.0006


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Evidence and the truth."""

    found: Evidence
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """As in staff_weights.py."""

    at: NDArray[np.float64]
    above: NDArray[np.float64]
    below: NDArray[np.float64]


def fitted(examples: Sequence[Example]) -> Weights:
    """The weights that tell the truth of the examples best."""
    rows, firsts, wanted = _stacked(examples)
    scale = rows.std(0) + 1e-6
    rows /= scale
    counts = np.diff([*firsts, len(rows)])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = rows @ flat
        scores -= np.repeat(np.maximum.reduceat(scores, firsts), counts)
        shares = np.exp(scores)
        totals = np.add.reduceat(shares, firsts)
        shares /= np.repeat(totals, counts)
        reported = float(wanted @ scores - np.log(totals).sum()) / len(examples)
        grown = rows.T @ ((shares - wanted) / len(examples))
        return _MIN_GAIN * float(flat @ flat) - reported, 2 * _MIN_GAIN * flat + grown

    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x / scale
    at, above, below = np.split(found, [len(NAMES), len(NAMES) + len(WHOLE_NAMES)])
    return Weights(at=at, above=above, below=below)


def _stacked(
    examples: Sequence[Example],
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """All rows of all examples, each with its two rows for no waterline; where each begins; the truth."""
    whole = len(WHOLE_NAMES)
    parts = []
    for example in examples:
        features = np.zeros((len(example.found.at) + 2, len(NAMES) + 2 * whole))
        features[:-2, : len(NAMES)] = example.found.at
        features[-2, len(NAMES) : len(NAMES) + whole] = example.found.whole
        features[-1, len(NAMES) + whole :] = example.found.whole
        parts.append(features)
    firsts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    return np.concatenate(parts), firsts, np.concatenate([_truth(example) for example in examples])


def _truth(example: Example) -> NDArray[np.float64]:
    levels = example.found.levels_cm.astype(np.float64)
    wanted = np.zeros(len(levels) + 2)
    if example.level_cm > levels[0]:
        wanted[-2] = 1.0
    elif example.level_cm < levels[-1]:
        wanted[-1] = 1.0
    else:
        wanted[:-2] = np.exp(-(((levels - example.level_cm) / _SOFT_CM) ** 2) / 2)
    return np.asarray(wanted / wanted.sum(), np.float64)


def as_module(weights: Weights, sureness: float, examples: int) -> str:
    """The text of staff_weights.py."""
    at = "".join(f'    "{name}": {value:.4f},\n' for name, value in zip(NAMES, weights.at, strict=True))
    both = zip(WHOLE_NAMES, weights.above, weights.below, strict=True)
    whole = "".join(f'    "{name}": ({above:.4f}, {below:.4f}),\n' for name, above, below in both)
    return (
        f'"""How much each cue counts; `python -m benchmarks.camera_gauge` on {examples} drawn looks."""\n\n'
        "from __future__ import annotations\n\nimport numpy as np\n\n"
        "from siaga_edge.gauge.staff_cues import NAMES, WHOLE_NAMES\n\n"
        f"SURENESS = {sureness:.3f}\n"
        f"_AT = {{\n{at}}}\n# For water over the top, and under the foot.\n_WHOLE = {{\n{whole}}}\n"
        "AT = np.array([_AT[name] for name in NAMES])\n"
        "ABOVE = np.array([_WHOLE[name][0] for name in WHOLE_NAMES])\n"
        "BELOW = np.array([_WHOLE[name][1] for name in WHOLE_NAMES])\n"
    )
