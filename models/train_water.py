"""Train the water segmenter: `python models/train_water.py SETTINGS.toml --data DIR --out DIR [--resume]`.

DIR contains images/train, masks/train, images/val and masks/val (see prepare.py). The training is seeded and runs on a
GPU if there is one; `--resume` continues from OUT/last.pt. The result for evaluate.py and export.py is OUT/best.pt.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as fn
from numpy.typing import NDArray
from torch import Tensor
from workbench import water_figures
from workbench.averaging import between, follow
from workbench.bounding_boxes import ImageArray
from workbench.folders import DataError, MaskedImage, read_image, read_mask, water_folder
from workbench.run_settings import SettingsError, read_settings
from workbench.runtimes import WaterSegmenter
from workbench.water_net import Water, load_encoder, load_water
from workbench.weathering import Chance, weathered

STEADY = 0.997


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterRun:
    """Settings of one run; lengths in steps, sizes in pixels."""

    steps: int
    batch: int = 16
    width: int = 448
    height: int = 320
    learning_rate: float = 8e-4
    encoder_share: float = 0.35
    weight_decay: float = 0.02
    seed: int = 0
    start: str = ""
    start_encoder: str = ""
    freeze_norms: bool = False
    teacher_share: float = 0.0
    tuned_share: float = 1.0
    validate_every: int = 200
    source_weights: dict[str, float] = field(default_factory=dict)
    weather: dict[str, float] = field(default_factory=dict)


class Crops:
    """Random crops of pictures and masks, weathered; crop i is the same in every run of a seed."""

    def __init__(self, items: Sequence[MaskedImage], run: WaterRun) -> None:
        self.items, self.run = items, run
        weights = np.array([run.source_weights.get(one.source, 1.0) for one in items], float)
        self.share = weights / weights.sum()

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Pictures (N, 3, H, W) 0..255 and masks (N, 1, H, W) 0 or 1, of one step."""
        pairs = [self._crop(np.random.default_rng((self.run.seed, step, i))) for i in range(self.run.batch)]
        images = np.stack([p[:, :, ::-1].transpose(2, 0, 1) for p, _ in pairs]).astype(np.float32)
        masks = np.stack([m[None] for _, m in pairs]).astype(np.float32)
        return torch.from_numpy(images), torch.from_numpy(masks)

    def _crop(self, chance: Chance) -> tuple[ImageArray, NDArray[np.bool_]]:
        one = self.items[int(chance.choice(len(self.items), p=self.share))]
        image, mask = read_image(one.image), read_mask(one.mask)
        place = _place(image.shape[1], image.shape[0], self.run, chance)
        size = (self.run.width, self.run.height)
        seen = cv2.warpAffine(
            image, place, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(114,) * 3
        )
        wet = cv2.warpAffine(mask.astype(np.uint8), place, size, flags=cv2.INTER_NEAREST)
        return weathered(_lit(np.asarray(seen, np.uint8), chance), chance, self.run.weather), wet > 0


def _place(columns: int, rows: int, run: WaterRun, chance: Chance) -> NDArray[np.float64]:
    """Where a crop comes from: zoom, a little turn, mirrored half of the time; the aspect stays within 20 %."""
    whole = min(run.width / columns, run.height / rows)
    zoom = whole * math.exp(chance.uniform(-0.1, 0.9))
    stretch, turn = math.exp(chance.uniform(-0.1, 0.1)), math.radians(chance.uniform(-8, 8))
    mirror = -1 if chance.random() < 0.5 else 1
    across, down = zoom * stretch * mirror, zoom / stretch
    matrix = np.array(
        [[across * math.cos(turn), -down * math.sin(turn)], [across * math.sin(turn), down * math.cos(turn)]]
    )
    reach = np.array([max(0.0, columns - run.width / abs(across)), max(0.0, rows - run.height / down)]) / 2
    centre = np.array([columns, rows]) / 2 + chance.uniform(-1, 1, 2) * reach
    return np.column_stack([matrix, np.array([run.width, run.height]) / 2 - matrix @ centre])


def _lit(image: ImageArray, chance: Chance) -> ImageArray:
    """Another exposure, contrast and colour."""
    x = (image / 255.0) ** math.exp(chance.uniform(-0.35, 0.35)) * chance.uniform(0.7, 1.3)
    grey = x.mean(2, keepdims=True)
    x = (grey + (x - grey) * chance.uniform(0.5, 1.4)) * (1 + 0.06 * chance.standard_normal(3))
    return np.asarray(np.clip(x * 255, 0, 255), np.uint8)


def loss_of(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy per pixel plus half the Dice loss per picture."""
    chance = logits.sigmoid()
    shared, total = (chance * wanted).sum((1, 2, 3)), (chance + wanted).sum((1, 2, 3))
    dice = 1 - (2 * shared + 100) / (total + 100)
    return fn.binary_cross_entropy_with_logits(logits, wanted) + 0.5 * dice.mean()


@torch.no_grad()
def validate(net: Water, items: Sequence[MaskedImage], run: WaterRun) -> tuple[float, float]:
    """(IoU over the pixels of all pictures, false share of the dry ones) at threshold 0.5."""
    device = next(net.parameters()).device
    net.eval()
    segmenter = WaterSegmenter(
        name="validated",
        width=run.width,
        height=run.height,
        run=lambda x: np.asarray(net(torch.from_numpy(x).to(device)).cpu().numpy(), np.float32),
    )
    judged = [
        water_figures.judge(one.image.name, segmenter.find(read_image(one.image)) > 0.5, read_mask(one.mask))
        for one in items
    ]
    figures = water_figures.figures(judged, rounds=0)
    iou, false_share = figures["iou"][0], figures["false_share_on_dry"][0]
    return float(iou or 0.0), float(false_share or 0.0)


class Trainer:
    """The state of a run, kept after every validation so that it can go on."""

    def __init__(self, run: WaterRun, data: Path, out: Path, device: str) -> None:
        torch.manual_seed(run.seed)
        self.run, self.out, self.device = run, out, device
        self.crops = Crops(water_folder(data, part="train"), run)
        self.held = water_folder(data, part="val")
        self.start = _started(run).to(device)
        self.net = _started(run).to(device)
        self.smoothed = {k: v.clone() for k, v in self.net.state_dict().items()}
        encoder = list(self.net.enc.parameters())
        decoder = [p for name, p in self.net.named_parameters() if not name.startswith("enc.")]
        groups = [{"params": encoder, "share": run.encoder_share}, {"params": decoder, "share": 1.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=run.learning_rate, weight_decay=run.weight_decay)
        self.step = 0
        self.best = -1.0

    def go(self) -> Iterator[tuple[int, float]]:
        """Train to the end; yields (step, loss)."""
        while self.step < self.run.steps:
            loss = self._one()
            self.step += 1
            if self.step % self.run.validate_every == 0 or self.step == self.run.steps:
                self._validate(loss)
            yield self.step, loss

    def _one(self) -> float:
        self.net.train()
        if self.run.freeze_norms:
            for module in self.net.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.eval()
        rate = self.run.learning_rate * min(1.0, (self.step + 1) / max(1.0, min(120.0, self.run.steps * 0.1)))
        rate *= 0.51 + 0.49 * math.cos(math.pi * self.step / self.run.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        images, wanted = (t.to(self.device) for t in self.crops.batch(self.step))
        if self.run.teacher_share:
            with torch.no_grad():
                wanted = torch.lerp(wanted, self.start.eval()(images), self.run.teacher_share)
        logits, coarse = self.net.logits(images)
        loss = loss_of(logits, wanted) + 0.3 * loss_of(self.net.coarse_logits(coarse, images), wanted)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        decay = min(STEADY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            follow(self.smoothed, self.net.state_dict(), decay=decay)
        return float(loss.item())

    def _validate(self, loss: float) -> None:
        state = between(self.start.state_dict(), self.smoothed, tuned_share=self.run.tuned_share)
        judged = Water().to(self.device)
        judged.load_state_dict(state)
        iou, false_share = validate(judged, self.held, self.run)
        print(f"step {self.step}: loss {loss:.4f}, val IoU {iou:.4f}, false water on dry {false_share:.4f}", flush=True)
        if iou - false_share > self.best:
            self.best = iou - false_share
            torch.save({k: v.cpu() for k, v in state.items()}, self.out / "best.pt")
        self.retain()

    def retain(self) -> None:
        """Write OUT/last.pt, whole or not at all."""
        state: dict[str, Any] = {
            "net": self.net.state_dict(),
            "smoothed": self.smoothed,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        torch.save(state, self.out / "last.tmp")
        (self.out / "last.tmp").replace(self.out / "last.pt")

    def resume(self) -> None:
        """Go on from OUT/last.pt."""
        state = torch.load(self.out / "last.pt", map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.smoothed = state["smoothed"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = state["step"], state["best"]


def _started(run: WaterRun) -> Water:
    torch.manual_seed(run.seed)
    net = load_water(Path(run.start)) if run.start else Water()
    if run.start_encoder:
        load_encoder(net, Path(run.start_encoder))
    return net


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when trained, 2 when settings or data are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", type=Path, metavar="SETTINGS.toml", help="settings of the training")
    parser.add_argument("--data", type=Path, required=True, help="training folder")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--start", default="", help="weights to start from, instead of `start` of the settings")
    parser.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu", help="device of torch, such as cuda or cpu"
    )
    parser.add_argument("--resume", action="store_true", help="continue an interrupted training")
    options = parser.parse_args(arguments)
    try:
        run = read_settings(options.settings, WaterRun)
        if options.start:
            run = dataclasses.replace(run, start=options.start)
        options.out.mkdir(parents=True, exist_ok=True)
        trainer = Trainer(run, options.data, options.out, options.device)
        if options.resume:
            trainer.resume()
    except (SettingsError, DataError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    began = time.monotonic()
    with (options.out / "losses.csv").open("a" if options.resume else "w", newline="") as file:
        losses = csv.writer(file)
        for step, loss in trainer.go():
            losses.writerow([step, f"{loss:.5f}"])
    print(
        f"{run.steps} steps, best val score {trainer.best:.4f}, {time.monotonic() - began:.0f} s: {options.out}/best.pt"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
