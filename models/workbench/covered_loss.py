"""The class loss of pictures whose labels know only some classes: what nobody labelled is neither right nor wrong.

A person on a picture of a source that labels only trash would else be taught as background.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from ultralytics.utils.loss import v8DetectionLoss

Covers = Mapping[str, Iterable[str]]


def cover_rows(files: Sequence[str], covers: Covers, names: Sequence[str]) -> Tensor:
    """One row of each picture (by the stem of its file): 1 where its labels cover a class; else 0.

    A picture that `covers` does not name is covered whole.
    """
    rows = [[float(name in set(covers.get(Path(file).stem, names))) for name in names] for file in files]
    return torch.tensor(rows).reshape(len(files), len(names))


class CoveredEntropy(torch.nn.Module):
    """Binary cross-entropy of (pictures, anchors, classes), 0 for uncovered classes without a label at that anchor.

    `wanted` holds the targets of the latest call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: Tensor | None = None
        self.wanted = torch.zeros(0)

    def forward(self, scores: Tensor, targets: Tensor) -> Tensor:
        self.wanted = targets
        lost = torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction="none")
        if self.rows is None:
            return lost
        counts = (self.rows.to(lost)[:, None, :] > 0) | (targets > 0)
        return lost * counts


class CoveredLoss(v8DetectionLoss):
    """Ultralytics' detection loss with that entropy; a batch names its pictures in `im_file`."""

    def __init__(self, model: Any, covers: Covers) -> None:
        super().__init__(model)
        self.bce = CoveredEntropy()
        self.covers, self.names = covers, list(model.names.values())

    def __call__(self, preds: Any, batch: dict[str, Any]) -> Any:
        self.bce.rows = cover_rows(batch["im_file"], self.covers, self.names)
        return super().__call__(preds, batch)
