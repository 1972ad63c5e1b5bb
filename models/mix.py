"""Combine several detection folders into one: `python models/mix.py FOLDER[=TIMES] [...] --out DATA`.

Part `train` of a folder counts TIMES times (so that a few real images balance many rendered ones), part `val` once. The
result is a folder for train_detector.py and evaluate.py; the name of each image begins with the number of its folder.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.folders import CLASSES, DataError, detection_folder, notes_of


def folder_and_times(text: str) -> tuple[Path, int]:
    """`DIR=3` as (DIR, 3); without a number 1. ValueError for anything else."""
    name, _, times = text.partition("=")
    if times and not (times.isdigit() and 1 <= int(times) <= 100):
        raise argparse.ArgumentTypeError(f"{text}: expected FOLDER or FOLDER=TIMES, TIMES from 1 to 100")
    return Path(name), int(times or 1)


def add(out: Path, number: int, folder: Path, times: int) -> tuple[dict[str, Any], dict[str, int]]:
    """Copies one folder; gives its rows of manifest.json and how many pictures went to each part."""
    notes, counts = {}, {"train": 0, "val": 0}
    given = notes_of(folder)
    for part, copies in (("train", times), ("val", 1)):
        if not (folder / "images" / part).is_dir():
            continue
        for one in detection_folder(folder, CLASSES, part=part):
            labels = (folder / "labels" / part / one.image.relative_to(folder / "images" / part)).with_suffix(".txt")
            for copy in range(copies):
                stem = f"{number}{'abcdefghij'[copy % 10]}{copy // 10 or ''}_{one.image.stem}"
                _copy(one.image, out / "images" / part / f"{stem}{one.image.suffix}")
                _copy(labels, out / "labels" / part / f"{stem}.txt")
                notes[stem] = given.get(one.image.stem, {"source": folder.name})
                counts[part] += 1
    return notes, counts


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copyfile(source, target)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when written, 2 when a folder is not what it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folders", nargs="+", type=folder_and_times, metavar="FOLDER[=TIMES]", help="folders and how often each counts"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args(arguments)
    out: Path = options.out.resolve()
    if out.exists() and any(out.iterdir()):
        print(f"{out}: got a folder with files in it, expected a new one", file=sys.stderr)
        return 2
    notes: dict[str, Any] = {}
    try:
        for number, (folder, times) in enumerate(options.folders):
            rows, counts = add(out, number, folder, times)
            if not any(counts.values()):
                raise DataError(f"{folder}: expected images/train or images/val with images")  # noqa: TRY301
            notes |= rows
            print(f"{folder}: {counts['train']} for training (every image {times}x), {counts['val']} for validation")
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    (out / "manifest.json").write_text(json.dumps(notes, indent=1))
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(CLASSES))
    (out / "data.yaml").write_text(f"path: {out}\ntrain: images/train\nval: images/val\nnames:\n{names}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
