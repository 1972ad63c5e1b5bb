"""The command `judge` of `siaga-edge`: how right the decisions are on a folder of labelled clips."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from siaga_core.vision.errors import VisionError
from siaga_edge.camera.offline import judgement
from siaga_edge.camera.offline.judgement import ClipVerdict
from siaga_edge.camera.offline.labelled_clip import LabelError, LabelledClip, read_labels, site_of
from siaga_edge.camera.offline.replay import replay
from siaga_edge.settings.node import ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models

_SHIPPED = ModelsSettings()


def judge(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of clips with a TOML label beside each.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    frame_every: Annotated[
        float | None,
        typer.Option(
            "--frame-every", min=0.0, help="Seconds between frames, as on a node that falls behind; by default 0.2."
        ),
    ] = None,
    detector: Annotated[str, typer.Option(help="Name of the detector in the manifest.")] = _SHIPPED.detector,
    water: Annotated[str, typer.Option(help="Name of the water model in the manifest.")] = _SHIPPED.water,
    manifest: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Manifest of the weights, instead of the shipped one.")
    ] = None,
) -> None:
    """Replay each labelled clip of a folder at its own time, as a node would see it, and count right and false events.

    The command exits with code 1 if a clip cannot be read and 2 if a label or the weights are not valid.
    """
    try:
        labels = read_labels(folder)
        models = open_vision_models(detector=detector, water=water, manifest=manifest, threads=1)
    except VisionError as error:
        typer.echo(f"siaga-edge judge: {error}", err=True)
        raise typer.Exit(2) from None
    try:
        verdicts = list(clip_verdicts(folder, labels, models, frame_every_seconds=frame_every))
    except LabelError as error:
        typer.echo(f"siaga-edge judge: {error}", err=True)
        raise typer.Exit(2) from None
    except VisionError as error:
        typer.echo(f"siaga-edge judge: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(judgement.as_json(verdicts)) if as_json else judgement.as_text(verdicts))


def clip_verdicts(
    folder: Path, labels: Iterable[LabelledClip], models: VisionModels, *, frame_every_seconds: float | None = None
) -> Iterable[ClipVerdict]:
    """Each clip replayed and judged; raises `VisionError`."""
    for clip in labels:
        site = site_of(clip)
        drafts = replay(folder / clip.file, site, models, frame_every_seconds=frame_every_seconds)
        yield judgement.judged(clip, judgement.reported_events(drafts, site.start_at))
