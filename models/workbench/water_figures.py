"""How good a water mask is: overlap, flooded yes or no, and water seen where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .resampling import Weights, interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskScore:
    """One picture's pixel counts: water in both, only found, only there, and all pixels."""

    name: str
    both: int
    only_found: int
    only_there: int
    pixels: int

    @property
    def share_found(self) -> float:
        """Share of the picture that was painted as water."""
        return (self.both + self.only_found) / self.pixels

    @property
    def share_there(self) -> float:
        """Share of the picture that is water."""
        return (self.both + self.only_there) / self.pixels


def judge(name: str, found: NDArray[np.bool_], there: NDArray[np.bool_]) -> MaskScore:
    """Counts of one picture; both masks have the same shape."""
    both = int((found & there).sum())
    return MaskScore(
        name=name,
        both=both,
        only_found=int(found.sum()) - both,
        only_there=int(there.sum()) - both,
        pixels=found.size,
    )


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else float("nan")


def figures(judged: Sequence[MaskScore], *, rounds: int, flooded_share: float = 0.05) -> dict[str, Any]:
    """Everything about one segmenter on one folder, ready for JSON; intervals are [value, low, high]."""
    both = np.array([j.both for j in judged], float)
    found = both + np.array([j.only_found for j in judged], float)
    there = both + np.array([j.only_there for j in judged], float)
    text = np.array([j.share_found > flooded_share for j in judged])
    true = np.array([j.share_there > flooded_share for j in judged])
    dry = there == 0
    dry_share = np.array([j.share_found for j in judged])
    per_image = both / np.maximum(found + there - both, 1)

    def spread(figure: Any) -> list[float | None]:
        return interval(figure, images=len(judged), rounds=rounds).as_json()

    def union(c: Weights) -> float:
        wet = c * ~dry
        return _ratio(float(wet @ both), float(wet @ (found + there - both)))

    return {
        "images": len(judged),
        "with_water": int((~dry).sum()),
        "dry": int(dry.sum()),
        "iou": spread(union),
        "mean_image_iou": spread(lambda c: _ratio(float((c * ~dry) @ per_image), float((c * ~dry).sum()))),
        "precision": spread(lambda c: _ratio(float(c @ both), float(c @ found))),
        "recall": spread(lambda c: _ratio(float(c @ both), float(c @ there))),
        "flooded_share": flooded_share,
        "flooded_accuracy": spread(lambda c: _ratio(float(c @ (text == true)), float(c.sum()))),
        "flooded_sensitivity": spread(lambda c: _ratio(float((c * true) @ text), float((c * true).sum()))),
        "flooded_specificity": spread(lambda c: _ratio(float((c * ~true) @ ~text), float((c * ~true).sum()))),
        "false_share_on_dry": spread(lambda c: _ratio(float((c * dry) @ dry_share), float((c * dry).sum()))),
        "dry_over_2_percent": spread(lambda c: _ratio(float((c * dry) @ (dry_share > 0.02)), float((c * dry).sum()))),
    }
