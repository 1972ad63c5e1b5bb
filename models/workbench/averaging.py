"""Weights between two networks (WiSE-FT): what fine-tuning learned, without all of what it forgot."""

from __future__ import annotations

import torch
from torch import Tensor

State = dict[str, Tensor]


def between(start: State, tuned: State, *, tuned_share: float) -> State:
    """`tuned_share` of the tuned weights, the rest of the start's; layers that differ in shape stay tuned."""
    out: State = {}
    for key, value in tuned.items():
        other = start.get(key)
        if other is None or other.shape != value.shape or not value.is_floating_point():
            out[key] = value.clone()
        else:
            out[key] = torch.lerp(other.float(), value.float(), tuned_share).to(value.dtype)
    return out


def follow(smoothed: State, latest: State, *, decay: float) -> None:
    """Move the smoothed weights a little towards the latest, in place (exponential moving average)."""
    for key, value in smoothed.items():
        if value.is_floating_point():
            value.lerp_(latest[key].detach(), 1 - decay)
        else:
            value.copy_(latest[key])
