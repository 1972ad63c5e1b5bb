"""Retrain the nodes' detector and compare: `python models/retrain.py PACK --out RUN [--resume]`.

PACK is a labelled folder, such as `siaga-cloud admin review export` writes. The script mixes it with drawn streets,
trains, exports a file of the running detector's size to RUN/model, and compares both on the images for validation of
PACK at the thresholds in use. The exit code is 0 only where the new detector is better: a precision or a recall of a
group is higher and none is lower, beyond what chance explains. Then the script prints the command that offers it to a
node as a shadow model. A new detector that is not better remains in RUN, and nothing offers it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.comparison import Comparison, compared
from workbench.detection_figures import JudgedImage
from workbench.folders import CLASSES, DataError, LabelledImage, detection_folder, images_in, read_image
from workbench.runtimes import Detector, WeightsError, open_detector
from workbench.shipped import row_of, sha256_of, write_manifest

HERE = Path(__file__).resolve().parent
RUNNING = HERE / "weights" / "detector_416x256.onnx"


class StepError(RuntimeError):
    """A step ended with an error, which it has printed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when the new detector is better, 1 when it is not, 2 when something cannot be used."""
    options = _options(arguments)
    pack, out = options.pack.resolve(), options.out.resolve()
    try:
        row = _running_row(options.running)
        validation = detection_folder(pack, CLASSES, part="val")
        if not images_in(pack / "images" / "train"):
            raise DataError(f"{pack}/images/train: expected a folder with images")  # noqa: TRY301
        best = _trained(pack, out, options)
        name, file = export(best, out / "model", row)
        result = compare(options.running, file, validation)
    except (DataError, WeightsError, StepError) as error:
        print(error, file=sys.stderr)
        return 2
    _print_step(5, f"comparison on {len(validation)} images")
    print(result.markdown())
    (out / "comparison.json").write_text(json.dumps(_account(name, file, options.running, result), indent=1))
    print(conclusion(name, file, result))
    return 0 if result.is_better else 1


def compare(running: Path, candidate: Path, labelled: Sequence[LabelledImage]) -> Comparison:
    """Both files at the thresholds of the running one."""
    before, after = open_detector(running), open_detector(candidate)
    return compared(judged(before, labelled), judged(after, labelled), CLASSES, before.thresholds)


def judged(detector: Detector, labelled: Sequence[LabelledImage]) -> list[JudgedImage]:
    """The detector's boxes beside the labels, in units of each image's longer side."""
    out = []
    for one in labelled:
        image = read_image(one.image)
        height, width = image.shape[:2]
        truth, found = one.corners(width, height), detector.find(image)
        truth[:, :4] /= max(width, height)
        found[:, :4] /= max(width, height)
        out.append(JudgedImage(name=one.image.name, truth=truth, found=found, covered=one.covered))
    return out


def export(best: Path, folder: Path, running: dict[str, Any]) -> tuple[str, Path]:
    """The file for the nodes with its manifest, of the running one's size and thresholds; (its name, the file)."""
    from workbench.conversion import detector_to_onnx

    width, height = running["input"]["width"], running["input"]["height"]
    _print_step(4, f"export at {width}x{height}")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"detector_{width}x{height}.onnx"
    detector_to_onnx(best, file, width=width, height=height, opset=17)
    digest = sha256_of(file)
    name = f"detector_{width}_{digest[:8]}"
    write_manifest(folder / "manifest.toml", {name: {**running, "file": file.name, "sha256": digest}})
    return name, file


def conclusion(name: str, file: Path, result: Comparison) -> str:
    """What follows from the comparison, with the next commands."""
    if not result.is_better:
        worse = [f"{row.figure} of {row.group}" for row in result.rows if row.effect == "worse"]
        why = f"worse: {', '.join(worse)}" if worse else "no figure is higher beyond what chance explains"
        return f"The new detector is not better ({why}). The nodes keep theirs."
    digest = sha256_of(file)
    return (
        "The new detector is better. Run it as a shadow model on a node, and let it take over afterwards:\n"
        f"  siaga-cloud admin fleet model NODE detector {file} --row {file.parent / 'manifest.toml'}:{name}\n"
        f"  siaga-cloud admin fleet switch NODE detector {digest}"
    )


def _running_row(weights: Path) -> dict[str, Any]:
    row = row_of(weights)
    if row is None:
        raise WeightsError(f"{weights}: expected a detector with its row in manifest.toml beside it")
    if tuple(row["classes"]) != CLASSES:
        raise WeightsError(f"{weights}: classes: got {row['classes']}, expected {list(CLASSES)}")
    return row


def _trained(pack: Path, out: Path, options: argparse.Namespace) -> Path:
    """RUN/best.pt. What an interrupted run has finished is used again with --resume."""
    is_begun = out.exists() and any(out.iterdir())
    if is_begun and not options.resume:
        raise DataError(f"{out}: got a folder with files in it, expected a new one; use --resume to continue")
    drawn, data = out / "drawn", out / "data"
    if not (data / "data.yaml").is_file():
        _print_step(1, "draw streets")
        _run("draw_scenes.py", "--out", drawn, "--images", options.drawn)
        _print_step(2, "mix the pack with the drawn streets")
        _run("mix.py", drawn / "detector", pack, "--out", data)
    training = out / "training"
    if not (training / "best.pt").is_file():
        _print_step(3, f"train by {options.settings.name}")
        more = ["--resume"] if (training / "run" / "weights" / "last.pt").is_file() else []
        _run("train_detector.py", options.settings, "--data", data, "--out", training, *more)
    return training / "best.pt"


def _run(name: str, *arguments: object) -> None:
    done = subprocess.run([sys.executable, str(HERE / name), *map(str, arguments)], check=False)
    if done.returncode:
        raise StepError(f"{name} ended with exit code {done.returncode}")


def _print_step(number: int, what: str) -> None:
    print(f"==> {number} of 5: {what}", flush=True)


def _account(name: str, file: Path, running: Path, result: Comparison) -> dict[str, Any]:
    both = {"running": {"file": running.name, "sha256": sha256_of(running)}}
    both["candidate"] = {"name": name, "file": file.name, "sha256": sha256_of(file)}
    return {**both, "is_better": result.is_better, "figures": [asdict(row) for row in result.rows]}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path, help="labelled folder with the parts train and val")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder to write to")
    parser.add_argument("--running", type=Path, default=RUNNING, help="detector that the nodes run")
    parser.add_argument(
        "--settings", type=Path, default=HERE / "settings" / "detector_pack.toml", help="settings of the training"
    )
    parser.add_argument("--drawn", type=int, default=160, help="number of drawn images")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
