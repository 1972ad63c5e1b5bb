"""Learns the weights of staff_weights.py on drawn staffs: `python -m benchmarks.camera_gauge.fit`.

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
_KEEP_SMALL = 0.0006


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
    scale = np.concatenate([example.found.at for example in examples]).std(0) + 1e-6
    sizes = len(NAMES), len(WHOLE_NAMES)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        at, above, below = np.split(flat, [sizes[0], sizes[0] + sizes[1]])
        total, grown = _KEEP_SMALL * float(flat @ flat), 2 * _KEEP_SMALL * flat
        for example in examples:
            features, whole = example.found.at / scale, example.found.whole
            scores = np.concatenate([features @ at, [whole @ above, whole @ below]])
            scores -= scores.max()
            shares = np.exp(scores) / np.exp(scores).sum()
            wanted = _truth(example)
            total -= float(wanted @ (scores - np.log(np.exp(scores).sum()))) / len(examples)
            off = (shares - wanted) / len(examples)
            grown = grown + np.concatenate([off[:-2] @ features, off[-2] * whole, off[-1] * whole])
        return total, grown

    start = np.zeros(sizes[0] + 2 * sizes[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    at, above, below = np.split(found, [sizes[0], sizes[0] + sizes[1]])
    return Weights(at=at / scale, above=above, below=below)


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
        f'"""How much each cue counts; `python -m benchmarks.camera_gauge.fit` on {examples} drawn looks."""\n\n'
        "from __future__ import annotations\n\nimport numpy as np\n\n"
        "from siaga_edge.gauge.staff_cues import NAMES, WHOLE_NAMES\n\n"
        f"SURENESS = {sureness:.3f}\n"
        f"_AT = {{\n{at}}}\n# For water over the top, and under the foot.\n_WHOLE = {{\n{whole}}}\n"
        "AT = np.array([_AT[name] for name in NAMES])\n"
        "ABOVE = np.array([_WHOLE[name][0] for name in WHOLE_NAMES])\n"
        "BELOW = np.array([_WHOLE[name][1] for name in WHOLE_NAMES])\n"
    )
