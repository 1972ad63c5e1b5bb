"""The commands `detect` and `replay` of `siaga-edge`."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from siaga_edge.camera.offline.file_detection import DrawnImageFolder, FileDetection, files_in, look_at
from siaga_edge.settings import ConfigError, SiteSettings, load_site
from siaga_edge.vision.errors import VisionError
from siaga_edge.vision.models import VisionModels, open_vision_models

_MAX_THREADS = 4
# A single picture has no neighbours in time to be judged by, so it is worth a second look at a larger scale.
_WATER_SCALES = (1.0, 1.5)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]
ManifestFile = Annotated[
    Path | None, typer.Option("--manifest", metavar="FILE", help="Another manifest of weights than the shipped one.")
]


def detect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures, clips, or folders of them.")],
    *,
    as_json: AsJson = False,
    confidence: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Least score for every label; without it the manifest's, label by label."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each picture there with boxes and tinted water.")
    ] = None,
    every_seconds: Annotated[float, typer.Option(min=0.0, help="Clips: seconds from one look to the next.")] = 1.0,
    detector: Annotated[str, typer.Option(help="Name of the detector in the manifest.")] = "detector_640",
    water: Annotated[str, typer.Option(help="Name of the water model in the manifest.")] = "water",
    manifest: ManifestFile = None,
) -> None:
    """Say what stands in pictures and clips, and which share of each is under water.

    Exit status 1 when any file could not be read (the others are still looked at), 2 when the weights are refused.
    """
    vision_models = _or_exit(
        lambda: open_vision_models(
            detector=detector, water=water, manifest=manifest, threads=_threads(), water_scales=_WATER_SCALES
        )
    )
    known = vision_models.detector.thresholds
    thresholds = known if confidence is None else dict.fromkeys(known, confidence)
    refused = seen = 0
    try:
        saved = DrawnImageFolder(save) if save else None
    except VisionError as error:
        _complain(error)
        raise typer.Exit(1) from None
    for file in files_in(files):
        seen += 1
        try:
            for look in look_at(file, vision_models, thresholds=thresholds, every_seconds=every_seconds):
                typer.echo(json.dumps(look.as_json()) if as_json else _row(look))
                if saved:
                    saved.save(look)
        except VisionError as error:
            refused += 1
            _complain(error)
    if not seen:
        typer.echo("siaga-edge detect: no picture or clip in the given folders", err=True)
    if refused or not seen:
        raise typer.Exit(1)


def replay(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video clip of one camera.")],
    *,
    site: Annotated[Path, typer.Option("--site", metavar="SITE.toml", help="The camera and its zones.")],
    as_json: AsJson = False,
    save: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the events' evidence pictures there.")] = None,
    detector: Annotated[str, typer.Option(help="Name of the detector in the manifest.")] = "detector_416",
    water: Annotated[str, typer.Option(help="Name of the water model in the manifest.")] = "water",
    manifest: ManifestFile = None,
) -> None:
    """Run a camera's whole pipeline over a clip, on the clip's own time, and print the events that come of it.

    Exit status 1 when the clip cannot be read, 2 when SITE.toml or the weights are refused.
    """
    # Here, because the tracker's scipy takes longer to load than `detect` takes for a picture.
    from siaga_edge.camera.offline import replay as clip_replay

    settings = _site_or_exit(site)
    # One thread, because sums in another order may round otherwise and a replay gives the same each time.
    vision_models = _or_exit(lambda: open_vision_models(detector=detector, water=water, manifest=manifest, threads=1))
    reported = 0
    try:
        evidence = clip_replay.EvidenceFolder(save) if save else None
        for draft in clip_replay.replay(clip, settings, vision_models):
            reported += 1
            if evidence:
                evidence.save(draft)
            typer.echo(
                json.dumps(clip_replay.as_json(draft, settings.start_at))
                if as_json
                else clip_replay.as_row(draft, settings.start_at)
            )
    except VisionError as error:
        _complain(error)
        raise typer.Exit(1) from None
    if not reported and not as_json:
        typer.echo("no events")


def unseal(
    file: Annotated[Path, typer.Argument(metavar="FILE.sealed", help="A sealed original of a box.")],
    key_file: Annotated[Path, typer.Option("--key", metavar="KEY.pem", help="The private X25519 key.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE.jpg", help="Where the picture is written.")],
) -> None:
    """Open a sealed original, where the private key is; exit status 1 when it cannot be opened."""
    from siaga_edge.camera.sealed_originals import read_private_key, unseal

    try:
        to.write_bytes(unseal(file.read_bytes(), read_private_key(key_file)))
    except VisionError as error:
        _complain(error)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"siaga-edge: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(1) from None


def _site_or_exit(site: Path) -> SiteSettings:
    try:
        return load_site(site)
    except ConfigError as error:
        for complaint in error.complaints:
            typer.echo(complaint, err=True)
        raise typer.Exit(2) from None


def _or_exit(opened: Callable[[], VisionModels]) -> VisionModels:
    try:
        return opened()
    except VisionError as error:
        _complain(error)
        raise typer.Exit(2) from None


def _threads() -> int:
    return min(_MAX_THREADS, os.cpu_count() or 1)


def _complain(error: VisionError) -> None:
    typer.echo(f"siaga-edge: {error}", err=True)


def _row(look: FileDetection) -> str:
    when = "" if look.at_s is None else f" at {look.at_s:.2f} s"
    counts = Counter(found.label for found in look.detections)
    things = ", ".join(f"{number} {label}" for label, number in counts.most_common()) or "nothing"
    lines = [f"{look.source}{when}: {things}; water {look.water.share():.1%}"]
    for found in look.detections:
        box = found.box
        lines.append(
            f"    {found.label:<11} {found.score:.2f}   {box.x1:6.0f} {box.y1:6.0f} {box.x2:6.0f} {box.y2:6.0f}"
        )
    return "\n".join(lines)
