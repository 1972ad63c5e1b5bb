"""A detector's class outputs in another order, or with more of them: each row goes where its name goes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch

# A class that the start weights do not know begins as unlikely as this: training must find it worth telling.
UNKNOWN_BIAS = -7.0
OTHER_NAMES: Mapping[str, str] = {"overflow_bin": "overfull_bin"}


def with_names(net: Any, names: Sequence[str]) -> Any:
    """A copy of an ultralytics detection network whose class outputs are `names`, in that order.

    Rows of classes that it knows are moved; those of others have no weights and a low bias.
    """
    out = copy.deepcopy(net).float()
    known = [OTHER_NAMES.get(one, one) for one in dict(net.names).values()]
    head = out.model[-1]
    for branch in head.cv3:
        branch[-1] = _moved(branch[-1], [known.index(one) if one in known else None for one in names])
    head.nc, head.no = len(names), len(names) + 4 * head.reg_max
    out.names, out.nc = dict(enumerate(names)), len(names)
    out.yaml = {**out.yaml, "nc": len(names)}
    return out


def _moved(conv: torch.nn.Conv2d, rows: Sequence[int | None]) -> torch.nn.Conv2d:
    moved = torch.nn.Conv2d(conv.in_channels, len(rows), 1)
    with torch.no_grad():
        moved.weight.zero_()
        if moved.bias is None or conv.bias is None:
            raise ValueError("the class outputs of a detector have biases")
        moved.bias.fill_(UNKNOWN_BIAS)
        for new, old in enumerate(rows):
            if old is not None:
                moved.weight[new], moved.bias[new] = conv.weight[old], conv.bias[old]
    return moved
