"""Train the detector: `python models/train_detector.py SETTINGS.toml --data DIR --out DIR [--resume]`.

DIR contains images/train, labels/train, images/val, labels/val and data.yaml (see prepare.py). The training is seeded
and runs on a GPU if there is one; `--resume` continues from OUT/run/weights/last.pt. The result is OUT/best.pt: the
best epoch, averaged with the start weights by `tuned_share`.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from workbench.averaging import between
from workbench.folders import DataError
from workbench.run_settings import SettingsError, read_settings
from workbench.weathering import weathered

# No look-ups on the network by the trainer (fonts, versions, weights).
os.environ.setdefault("YOLO_OFFLINE", "true")

from ultralytics.data.dataset import YOLODataset
from ultralytics.models.yolo.detect.train import DetectionTrainer
from ultralytics.models.yolo.model import YOLO


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorRun:
    """Settings of one run; sizes in pixels, shares 0..1."""

    start: str
    epochs: int
    batch: int = 16
    size: int = 640
    learning_rate: float = 0.006
    final_share: float = 0.02
    momentum: float = 0.937
    weight_decay: float = 5e-4
    warmup_epochs: float = 2.0
    seed: int = 0
    workers: int = 4
    patience: int = 15
    freeze_layers: int = 0
    freeze_norms: bool = False
    tuned_share: float = 1.0
    mosaic: float = 1.0
    plain_last_epochs: int = 8
    mixup: float = 0.05
    scale: float = 0.6
    translate: float = 0.1
    degrees: float = 3.0
    perspective: float = 0.0
    flip: float = 0.5
    flip_upside_down: float = 0.0
    brightness: float = 0.5
    weather: dict[str, float] = field(default_factory=dict)


class Weather:
    """A step of ultralytics' chain: what city cameras do to a picture, before it becomes a tensor."""

    def __init__(self, shares: dict[str, float], seed: int) -> None:
        self.shares, self.seed = shares, seed
        self.chance: np.random.Generator | None = None

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        if self.chance is None:
            # Every loading process has its own seed from torch; without it all would draw the same weather.
            self.chance = np.random.default_rng((self.seed, torch.initial_seed() % 2**32))
        labels["img"] = weathered(np.ascontiguousarray(labels["img"]), self.chance, self.shares)
        return labels


def weathered_dataset(run: DetectorRun) -> type[YOLODataset]:
    """Ultralytics' dataset with the run's weather put before its last step, also after mosaic has ended."""

    class WeatheredDataset(YOLODataset):
        def build_transforms(self, hyp: Any = None) -> Any:
            chain = super().build_transforms(hyp)
            chain.insert(len(chain.transforms) - 1, Weather(run.weather, run.seed))
            return chain

    return WeatheredDataset


def trainer_for(run: DetectorRun) -> type[DetectionTrainer]:
    """Ultralytics' trainer with the run's weather and, where wanted, still batch norms."""
    dataset = weathered_dataset(run)

    class SiagaTrainer(DetectionTrainer):
        def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
            if mode != "train" or not run.weather:
                return super().build_dataset(img_path, mode, batch)
            return dataset(
                img_path=img_path,
                imgsz=self.args.imgsz,
                batch_size=batch,
                augment=True,
                hyp=copy.copy(self.args),
                rect=False,
                cache=self.args.cache or None,
                stride=32,
                pad=0.0,
                prefix="train: ",
                task="detect",
                data=self.data,
            )

        def _model_train(self) -> None:
            super()._model_train()
            net: Any = self.model
            if run.freeze_norms:
                for module in net.modules():
                    if isinstance(module, torch.nn.BatchNorm2d):
                        module.eval()

    return SiagaTrainer


def train(run: DetectorRun, *, data: Path, out: Path, device: str, resume: bool) -> None:
    """Train to the end; ultralytics' own record lies in OUT/run."""
    last = out / "run" / "weights" / "last.pt"
    if resume and not last.is_file():
        raise DataError(f"{last}: nothing to resume")
    arguments: dict[str, Any] = {
        "data": str(data / "data.yaml"),
        "epochs": run.epochs,
        "batch": run.batch,
        "nbs": run.batch,
        "imgsz": run.size,
        "optimizer": "SGD",
        "lr0": run.learning_rate,
        "lrf": run.final_share,
        "cos_lr": True,
        "momentum": run.momentum,
        "weight_decay": run.weight_decay,
        "warmup_epochs": run.warmup_epochs,
        "warmup_bias_lr": 0.02,
        "seed": run.seed,
        "deterministic": True,
        "workers": run.workers,
        "patience": run.patience,
        "freeze": run.freeze_layers or None,
        "mosaic": run.mosaic,
        "close_mosaic": run.plain_last_epochs,
        "mixup": run.mixup,
        "scale": run.scale,
        "translate": run.translate,
        "degrees": run.degrees,
        "perspective": run.perspective,
        "fliplr": run.flip,
        "flipud": run.flip_upside_down,
        "hsv_v": run.brightness,
        "amp": False,
        "plots": False,
        "project": str(out),
        "name": "run",
        "exist_ok": True,
        "device": device,
        "resume": resume,
        "verbose": False,
    }
    YOLO(str(last if resume else run.start)).train(trainer=trainer_for(run), **arguments)


def average(run: DetectorRun, out: Path) -> Path:
    """OUT/best.pt: the best epoch, `tuned_share` of it, the rest the start weights."""
    tuned: Any = YOLO(str(out / "run" / "weights" / "best.pt"))
    if run.tuned_share < 1:
        start: Any = YOLO(run.start)
        state = between(start.model.float().state_dict(), tuned.model.float().state_dict(), tuned_share=run.tuned_share)
        tuned.model.load_state_dict(state)
    # The checkpoint carries its own copy of the network, which `save` would write instead.
    tuned.ckpt = {"model": copy.deepcopy(tuned.model).half(), "train_args": tuned.ckpt.get("train_args", {})}
    tuned.save(str(out / "best.pt"))
    return out / "best.pt"


def _needed(*files: Path) -> None:
    for file in files:
        if not file.is_file():
            raise DataError(f"{file}: no such file")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when trained, 2 when settings or data are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", type=Path, metavar="SETTINGS.toml", help="settings of the training")
    parser.add_argument("--data", type=Path, required=True, help="training folder")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--start", default="", help="weights to start from, instead of `start` of the settings")
    parser.add_argument(
        "--device", default="0" if torch.cuda.is_available() else "cpu", help="device of torch, such as 0 or cpu"
    )
    parser.add_argument("--resume", action="store_true", help="continue an interrupted training")
    options = parser.parse_args(arguments)
    try:
        run = read_settings(options.settings, DetectorRun)
        if options.start:
            run = dataclasses.replace(run, start=options.start)
        _needed(Path(run.start), options.data / "data.yaml")
        began = time.monotonic()
        train(run, data=options.data.resolve(), out=options.out.resolve(), device=options.device, resume=options.resume)
    except (SettingsError, DataError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{run.epochs} epochs, {time.monotonic() - began:.0f} s: {average(run, options.out.resolve())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
