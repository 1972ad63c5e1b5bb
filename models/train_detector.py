"""Train the detector: `python models/train_detector.py SETTINGS.toml --data DIR --out DIR [--resume]`.

DIR contains images/train, labels/train, images/val, labels/val and data.yaml (see prepare.py). The training is seeded
and runs on a GPU if there is one; `--resume` continues from OUT/run/weights/last.pt. The result is OUT/best.pt: the
best epoch, averaged with the start weights by `tuned_share`. Class outputs are moved to the order of data.yaml by name;
what manifest.json says is not labelled on a picture counts neither for nor against.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from workbench.averaging import between, freeze_norms_of, measure_norms
from workbench.conversion import tensors
from workbench.folders import CLASSES, DataError, images_in, notes_of, read_image, read_labels
from workbench.head_rows import with_names
from workbench.run_settings import SettingsError, read_settings
from workbench.weathering import weathered

# No look-ups on the network by the trainer (fonts, versions, weights).
os.environ.setdefault("YOLO_OFFLINE", "true")

from ultralytics.cfg import get_cfg
from ultralytics.data.dataset import YOLODataset
from ultralytics.models.yolo.detect.train import DetectionTrainer
from ultralytics.models.yolo.model import YOLO
from workbench.class_training import Remembered, Views, remember, train_classes
from workbench.covered_loss import CoveredLoss

Notes = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorRun:
    """Settings of one run; sizes in pixels, shares 0..1."""

    start: str
    epochs: int
    hours: float = 0.0  # of the clock; the learning rate then falls with the time that is left, whatever the epochs
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
    thaw_epoch: int = 0  # from which on only `thawed_freeze_layers` are frozen; 0 for never
    thawed_freeze_layers: int = 0
    freeze_norms: bool = False
    norm_images: int = 0  # of the training, on which batch norms are measured after averaging; 0 for none
    validate: bool = True  # after each epoch, to choose the best one; else the last one is taken
    class_epochs: int = 0  # of the class outputs alone, on remembered views; then nothing else is trained
    class_views: int = 1  # of each picture
    width: int = 416  # of the views
    height: int = 256
    threads: int = 0  # of torch; 0 for as many as it likes
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
    times: dict[str, int] = field(default_factory=dict)  # how often a picture with that class, or `dark`, is drawn


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


def weathered_dataset(run: DetectorRun, notes: Notes) -> type[YOLODataset]:
    """Ultralytics' dataset with rare pictures repeated, and the run's weather before its last step, mosaic or not."""

    class WeatheredDataset(YOLODataset):
        def get_img_files(self, img_path: Any) -> list[str]:
            files = super().get_img_files(img_path)
            return [file for file in files for _ in range(times_of(Path(file), run.times, notes))]

        def build_transforms(self, hyp: Any = None) -> Any:
            chain = super().build_transforms(hyp)
            chain.insert(len(chain.transforms) - 1, Weather(run.weather, run.seed))
            return chain

    return WeatheredDataset


def times_of(image: Path, times: dict[str, int], notes: Notes) -> int:
    """How often a training picture is drawn in an epoch: as its rarest class, or its darkness, wants."""
    if not times:
        return 1
    labels = Path(str(image).replace("/images/", "/labels/")).with_suffix(".txt")
    held = {CLASSES[int(row[0])] for row in read_labels(labels, classes=len(CLASSES))}
    dark = {"dark"} if notes.get(image.stem, {}).get("condition") == "dark" else set()
    return max([1, *(times.get(key, 1) for key in held | dark)])


def covers_of(notes: Notes) -> dict[str, set[str]]:
    """The classes that each noted picture was labelled with, by people or by a teacher."""
    return {
        stem: {*note["annotated_classes"], *note.get("teacher_classes", ())}
        for stem, note in notes.items()
        if "annotated_classes" in note
    }


def trainer_for(run: DetectorRun, notes: Notes) -> type[DetectionTrainer]:
    """Ultralytics' trainer with the run's weather, what labels cover and, where wanted, still batch norms."""
    dataset = weathered_dataset(run, notes)
    covers = covers_of(notes)

    class SiagaTrainer(DetectionTrainer):
        def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
            if weights is None:
                return super().get_model(cfg, weights, verbose)
            net = weights["model"] if isinstance(weights, dict) else weights
            return with_names(net, list(self.data["names"].values()))

        def _setup_train(self) -> None:
            super()._setup_train()
            net: Any = self.model
            net.criterion = CoveredLoss(net, covers)

        def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
            if mode != "train":
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
            net: Any = self.model
            if run.thaw_epoch and self.epoch == run.thaw_epoch:
                self.freeze_layer_names = thaw(net, run.thawed_freeze_layers)
            super()._model_train()
            if run.freeze_norms:
                freeze_norms_of(net)

    return SiagaTrainer


def thaw(net: Any, freeze_layers: int) -> list[str]:
    """Let all but the first layers learn; gives the names that remain frozen, as ultralytics writes them."""
    frozen = [f"model.{number}." for number in range(freeze_layers)] + [".dfl"]
    for name, weight in net.named_parameters():
        weight.requires_grad = not any(part in name for part in frozen)
    return frozen


def train(run: DetectorRun, *, data: Path, out: Path, device: str, resume: bool) -> None:
    """Train to the end; ultralytics' own record lies in OUT/run."""
    last = out / "run" / "weights" / "last.pt"
    if resume and not last.is_file():
        raise DataError(f"{last}: nothing to resume")
    arguments: dict[str, Any] = {
        "data": str(data / "data.yaml"),
        "epochs": run.epochs,
        "time": run.hours or None,
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
        "val": run.validate,
        "cache": "ram",
        "plots": False,
        "project": str(out),
        "name": "run",
        "exist_ok": True,
        "device": device,
        "resume": resume,
        "verbose": False,
    }
    if run.threads:
        torch.set_num_threads(run.threads)
    YOLO(str(last if resume else run.start)).train(trainer=trainer_for(run, notes_of(data)), **arguments)


def train_class_outputs(run: DetectorRun, *, data: Path, out: Path, resume: bool) -> None:
    """Train the class outputs alone; views that are remembered lie in OUT/run/views.pt, which `resume` uses again."""
    torch.set_num_threads(run.threads or 1)
    notes, weights = notes_of(data), out / "run" / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    net = with_names(YOLO(run.start).model, CLASSES)
    net.args = get_cfg()
    for weight in net.parameters():
        weight.requires_grad = False
    images = [
        image
        for image in images_in(data / "images" / "train")
        for _ in range(times_of(image, run.times, notes) * run.class_views)
    ]
    views = Views(
        width=run.width,
        height=run.height,
        scale=run.scale,
        flip=run.flip,
        brightness=run.brightness,
        weather=run.weather,
    )
    remembered = out / "run" / "views.pt"
    if not (resume and remembered.is_file()):
        batches = remember(
            net, images, covers_of(notes), views, batch=run.batch, seed=run.seed, workers=max(1, run.workers)
        )
        torch.save([(one.maps, one.wanted, one.covered) for one in batches], remembered)
    else:
        batches = [Remembered(maps=m, wanted=w, covered=c) for m, w, c in torch.load(remembered)]
    losses = train_classes(
        net,
        batches,
        epochs=run.class_epochs,
        learning_rate=run.learning_rate,
        final_share=run.final_share,
        seed=run.seed,
    )
    (out / "run" / "losses.csv").write_text("epoch,class_loss\n" + "".join(f"{n},{x}\n" for n, x in enumerate(losses)))
    tuned: Any = YOLO(run.start)
    net.criterion = None
    tuned.model, tuned.ckpt = net, {"model": copy.deepcopy(net).half(), "train_args": {}}
    tuned.save(str(weights / ("best.pt" if run.validate else "last.pt")))


def average(run: DetectorRun, out: Path, data: Path) -> Path:
    """OUT/best.pt: the best epoch, `tuned_share` of it, the rest the start weights."""
    tuned: Any = YOLO(str(out / "run" / "weights" / ("best.pt" if run.validate else "last.pt")))
    if run.tuned_share < 1:
        start = with_names(YOLO(run.start).model, list(tuned.names.values()))
        state = between(start.state_dict(), tuned.model.float().state_dict(), tuned_share=run.tuned_share)
        tuned.model.load_state_dict(state)
    if run.norm_images:
        images = images_in(data / "images" / "train")
        chosen = np.random.default_rng(run.seed).permutation(len(images))[: run.norm_images]
        measure_norms(tuned.model.float(), batches(images, chosen, run))
    # The checkpoint carries its own copy of the network, which `save` would write instead.
    tuned.ckpt = {"model": copy.deepcopy(tuned.model).half(), "train_args": tuned.ckpt.get("train_args", {})}
    tuned.save(str(out / "best.pt"))
    return out / "best.pt"


def batches(images: Sequence[Path], chosen: Any, run: DetectorRun) -> Iterator[torch.Tensor]:
    """The chosen pictures as the network gets them, in batches of one square size."""
    for first in range(0, len(chosen), run.batch):
        some = [read_image(images[int(index)]) for index in chosen[first : first + run.batch]]
        yield torch.from_numpy(np.concatenate(tensors(some, width=run.size, height=run.size, scale=1 / 255)))


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
        data, out = options.data.resolve(), options.out.resolve()
        if run.class_epochs:
            train_class_outputs(run, data=data, out=out, resume=options.resume)
        else:
            train(run, data=data, out=out, device=options.device, resume=options.resume)
    except (SettingsError, DataError) as error:
        print(error, file=sys.stderr)
        return 2
    spent = time.monotonic() - began
    print(f"{run.class_epochs or run.epochs} epochs, {spent:.0f} s: {average(run, out, data)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
