"""Renders street scenes: `python -m siaga_sim.scene render | render-snapshot | zones | staff | measure`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import cv2
import typer

from siaga_sim.scene.clip import record
from siaga_sim.scene.measure import measure as measured
from siaga_sim.scene.measure import table
from siaga_sim.scene.presets import LAYOUTS
from siaga_sim.scene.recognition import Detector, WaterSegmenter, marked, share_inside
from siaga_sim.scene.script import ScriptError, StreetScript, load
from siaga_sim.scene.staff.clip import film, site_toml
from siaga_sim.scene.staff.presets import RIVERSIDES
from siaga_sim.scene.staff.view import StaffScript, StaffView
from siaga_sim.scene.street import Street, filmed

WEIGHTS = Path("models/weights")
app = typer.Typer(
    add_completion=False, help="Render synthetic street and river scenes, and measure how well models recognise them."
)
ScriptFile = Annotated[Path, typer.Argument(help="TOML script of a street scene.")]
WeightsDir = Annotated[Path, typer.Option(help="Folder with the shipped models.")]


def _script(path: Path) -> StreetScript:
    try:
        return load(path)
    except ScriptError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@app.command()
def render(
    script: ScriptFile,
    out: Annotated[Path, typer.Option(help="Clip to write, .mp4.")],
    seconds: Annotated[
        float | None, typer.Option(help="Duration of the clip in seconds, instead of the script's own.")
    ] = None,
) -> None:
    """Render a street scene as a clip."""
    street = filmed(_script(script))
    count = record(street, out, seconds if seconds is not None else street.script.seconds)
    typer.echo(f"{out}: {count} frames, {street.script.width}x{street.script.height}")


@app.command()
def render_snapshot(
    script: ScriptFile,
    out: Annotated[Path, typer.Option(help="Image to write.")],
    at: Annotated[float, typer.Option(help="Time of the frame in seconds from the start.")] = 0.0,
    look: Annotated[
        bool, typer.Option("--look", help="Run the shipped models, print what they detect and draw it.")
    ] = False,
    weights: WeightsDir = WEIGHTS,
) -> None:
    """Render one frame of a street scene as an image."""
    street = Street(_script(script))
    image = filmed(street.script).frame(at)
    if look:
        seen = Detector(weights / "detector_640.onnx").see(image)
        mask = WaterSegmenter(weights / "water.onnx").mask(image)
        for thing in seen:
            typer.echo(f"{thing.label} {thing.confidence:.2f} {[round(v) for v in thing.box]}")
        typer.echo(f"water share of the road {share_inside(mask, street.zones()['road']):.3f}")
        image = marked(image, seen, mask, street.zones())
    cv2.imwrite(str(out), image)


@app.command()
def zones(script: ScriptFile) -> None:
    """Print the zones of the scene as JSON, in coordinates from 0 to 1."""
    typer.echo(json.dumps(Street(_script(script)).zones(), indent=1))


@app.command()
def staff(
    out: Annotated[Path, typer.Option(help="Clip to write, .mp4.")],
    toml: Annotated[
        Path | None, typer.Option(help="SITE.toml to write, with the calibration of the staff gauge.")
    ] = None,
    site: Annotated[str, typer.Option(help=f"Riverside to render: {', '.join(RIVERSIDES)}.")] = "quay",
    level: Annotated[float, typer.Option(help="True level at the start, in cm.")] = 80.0,
    then: Annotated[
        float | None, typer.Option(help="True level at the end, in cm; by default the level at the start.")
    ] = None,
    light: Annotated[str, typer.Option(help="Light: day, dusk, lamp or infrared.")] = "day",
    rain: Annotated[float, typer.Option(help="Strength of the rain, from 0 to 1.")] = 0.0,
    waves: Annotated[float, typer.Option(help="Strength of the waves, from 0 to 1.")] = 0.3,
    knock_at: Annotated[
        float | None, typer.Option(help="Time in seconds at which the camera is turned out of place.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Duration of the clip in seconds.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers; the same seed gives the same clip.")] = 1,
) -> None:
    """Render a clip of a staff gauge in a river."""
    levels = ((0.0, level), (seconds, level if then is None else then))
    raw = {"site": site, "light": light, "rain": rain, "waves": waves, "seed": seed, "levels": levels}
    try:
        view = StaffView(StaffScript.model_validate({**raw, "knock_at": knock_at}))
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{out}: {film(view, out, seconds)} frames")
    if toml is not None:
        toml.write_text(site_toml(view), encoding="utf-8")


@app.command()
def measure(
    layouts: Annotated[list[str] | None, typer.Argument(help="Names of the layouts; by default all.")] = None,
    frames: Annotated[int, typer.Option(help="Number of frames per layout.")] = 60,
    detector: Annotated[str, typer.Option(help="File name of the detector.")] = "detector_640.onnx",
    weights: WeightsDir = WEIGHTS,
) -> None:
    """Measure and print the share of the rendered objects that the shipped models detect."""
    wanted = layouts or list(LAYOUTS)
    unknown = [name for name in wanted if name not in LAYOUTS]
    if unknown:
        typer.echo(f"layout: got {unknown[0]!r}, expected one of {', '.join(LAYOUTS)}", err=True)
        raise typer.Exit(2)
    tallies = []
    for name in wanted:
        sys.stderr.write(f"{name} ...\n")
        tallies.append(measured(name, weights, frames, detector))
    typer.echo(table(tallies))


if __name__ == "__main__":
    app()
