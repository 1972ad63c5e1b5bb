"""Weights between two networks (WiSE-FT): what fine-tuning learned, without all of what it forgot."""

from __future__ import annotations

from collections.abc import Iterable

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


def freeze_norms_of(net: torch.nn.Module) -> None:
    """Let batch norms be as in use while the rest learns: their means and variances are not measured anew."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def measure_norms(net: torch.nn.Module, batches: Iterable[Tensor]) -> None:
    """Mean and variance of every batch norm as they are on the batches; an average of weights leaves them off."""
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    net.train()
    with torch.no_grad():
        for batch in batches:
            net(batch)
    net.eval()
    for norm in norms:
        norm.momentum = 0.03
