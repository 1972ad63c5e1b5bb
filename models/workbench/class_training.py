"""Trains the class outputs of a detector alone: what comes before them is computed once per view and remembered.

On a CPU that others use too, this is what time allows: a step costs a twentieth of one through the whole network. The
places of boxes remain as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from .averaging import freeze_norms_of
from .bounding_boxes import Floats, ImageArray
from .covered_loss import CoveredEntropy, CoveredLoss, Covers, cover_rows
from .folders import CLASSES, read_image, read_labels
from .weathering import Chance, weathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A batch of views before the class outputs: feature maps, wanted scores (sparse) and covered classes."""

    maps: tuple[Tensor, ...]
    wanted: Tensor
    covered: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """How pictures are shown: the input's size in pixels, and what may happen to them."""

    width: int
    height: int
    scale: float = 0.5
    flip: float = 0.5
    brightness: float = 0.4
    weather: Mapping[str, float]


def view_of(image: ImageArray, boxes: Floats, views: Views, chance: Chance) -> tuple[ImageArray, Floats]:
    """The picture as an input of the network, enlarged or made smaller, and its boxes in shares of that input."""
    height, width = image.shape[:2]
    least = min(views.width / width, views.height / height)
    scale = least * float(np.exp(chance.uniform(np.log(1 - views.scale), np.log(1 + views.scale))))
    left = (views.width - width * scale) * chance.random()
    top = (views.height - height * scale) * chance.random()
    moved = np.array([[scale, 0, left], [0, scale, top]])
    canvas = _warped(image, moved, views)
    corners = _corners(boxes, width, height) * scale + [left, top, left, top]
    if chance.random() < views.flip:
        canvas = np.ascontiguousarray(canvas[:, ::-1])
        corners[:, [0, 2]] = views.width - corners[:, [2, 0]]
    gain = float(chance.uniform(1 - views.brightness, 1 + views.brightness))
    canvas = cv2.convertScaleAbs(canvas, alpha=gain) if chance.random() < 0.5 else canvas
    seen = weathered(np.asarray(canvas, np.uint8), chance, dict(views.weather))
    return seen, _in_shares(boxes[:, 0], corners, views)


def _warped(image: ImageArray, moved: Any, views: Views) -> Any:
    smaller = moved[0, 0] < 0.6
    if smaller:  # an affine warp skips pixels when it makes small; halve first
        image = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        moved = moved * [[2, 2, 1]]
    size = (views.width, views.height)
    return cv2.warpAffine(image, moved, size, flags=cv2.INTER_LINEAR, borderValue=(114, 114, 114))


def _corners(boxes: Floats, width: int, height: int) -> Floats:
    half = boxes[:, 3:5] / 2
    shares = np.concatenate([boxes[:, 1:3] - half, boxes[:, 1:3] + half], 1)
    return np.asarray(shares * [width, height, width, height], float)


def _in_shares(labels: Any, corners: Floats, views: Views) -> Floats:
    """(class, x, y, width, height) of what is left of the boxes inside; what is cut to under a third is left out."""
    inside = corners.clip(0, [views.width, views.height, views.width, views.height])
    size, full = inside[:, 2:] - inside[:, :2], corners[:, 2:] - corners[:, :2]
    held = (size.prod(1) > full.prod(1) / 3) & (size.min(1, initial=np.inf) > 2)
    centre = (inside[:, :2] + inside[:, 2:]) / 2 / [views.width, views.height]
    rows = np.concatenate([labels[:, None], centre, size / [views.width, views.height]], 1)
    return np.asarray(rows[held], float)


def remember(
    net: Any, images: Sequence[Path], covers: Covers, views: Views, *, batch: int, seed: int, workers: int
) -> list[Remembered]:
    """One view of each picture through the network up to its class outputs, in batches."""
    net.train()
    freeze_norms_of(net)
    order = np.random.default_rng(seed).permutation(len(images))
    groups = [[images[int(i)] for i in order[first : first + batch]] for first in range(0, len(order), batch)]

    def one(numbered: tuple[int, list[Path]]) -> Remembered:
        # A thread has its own loss, which holds the wanted scores of its batch.
        loss = CoveredLoss(net, covers)
        return _remembered(net, loss, numbered[1], views, np.random.default_rng((seed, numbered[0])))

    with ThreadPoolExecutor(workers) as pool:
        return list(_counted(pool.map(one, enumerate(groups)), len(groups)))


def _counted(batches: Iterator[Remembered], count: int) -> Iterator[Remembered]:
    for number, one in enumerate(batches, 1):
        if number % 10 == 0 or number == count:
            print(f"remembered {number} of {count} batches", flush=True)
        yield one


def _remembered(net: Any, loss: CoveredLoss, files: Sequence[Path], views: Views, chance: Chance) -> Remembered:
    shown = [view_of(read_image(file), labels_of(file), views, chance) for file in files]
    pixels = np.stack([image[:, :, ::-1].transpose(2, 0, 1) for image, _ in shown])
    rows = np.concatenate([np.insert(boxes, 0, number, 1) for number, (_, boxes) in enumerate(shown)])
    found = torch.from_numpy(rows).float()
    given = {"im_file": [str(f) for f in files], "batch_idx": found[:, 0], "cls": found[:, 1:2], "bboxes": found[:, 2:]}
    with torch.no_grad():
        preds = net(torch.from_numpy(np.ascontiguousarray(pixels)).float() / 255)
        loss(preds, given)
    return Remembered(
        maps=tuple(one.half() for one in preds["feats"]),
        wanted=loss.bce.wanted.to_sparse(),
        covered=cover_rows(given["im_file"], loss.covers, loss.names),
    )


def labels_of(image: Path) -> Floats:
    """The labels of DATA/images/PART/x.jpg, which are DATA/labels/PART/x.txt."""
    folder = image.parent.parent.parent / "labels" / image.parent.name
    return read_labels((folder / image.name).with_suffix(".txt"), classes=len(CLASSES))


def train_classes(
    net: Any, batches: Sequence[Remembered], *, epochs: int, learning_rate: float, final_share: float, seed: int
) -> list[float]:
    """Teach the class branches what is wanted, in place; gives the loss of each epoch."""
    branches = net.model[-1].cv3
    weights = [weight for weight in branches.parameters() if weight.requires_grad_(True) is not None]
    optimizer = torch.optim.AdamW(weights, lr=learning_rate, weight_decay=1e-4)
    entropy, losses, chance = CoveredEntropy(), [], np.random.default_rng(seed)
    steps = epochs * len(batches)
    for epoch in range(epochs):
        total = 0.0
        for number, index in enumerate(chance.permutation(len(batches))):
            done = (epoch * len(batches) + number) / steps
            optimizer.param_groups[0]["lr"] = learning_rate * _share(done, final_share)
            lost = _lost(branches, batches[int(index)], entropy)
            optimizer.zero_grad()
            lost.backward()
            torch.nn.utils.clip_grad_norm_(weights, 10.0)
            optimizer.step()
            total += float(lost.detach())
        losses.append(total / len(batches))
        print(f"epoch {epoch + 1} of {epochs}: class loss {losses[-1]:.3f}", flush=True)
    return losses


def _share(done: float, final_share: float) -> float:
    """Up in the first twentieth, then down a cosine."""
    return min(1.0, 0.1 + done * 18) * (final_share + (1 - final_share) * (1 + math.cos(math.pi * done)) / 2)


def _lost(branches: Any, batch: Remembered, entropy: CoveredEntropy) -> Tensor:
    maps = [one.float() for one in batch.maps]
    scores = torch.cat([branch(one).flatten(2) for branch, one in zip(branches, maps, strict=True)], 2)
    wanted = batch.wanted.to_dense()
    entropy.rows = batch.covered
    lost: Tensor = entropy(scores.permute(0, 2, 1), wanted).sum() / wanted.sum().clamp(min=1.0)
    return lost
