"""Look at drawn streets: `python -m siaga_sim.scene render | still | zones | measure`."""

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
    add_completion=False, help="Drawn street scenes: make a clip, a still, the zones; measure recognition."
)
ScriptFile = Annotated[Path, typer.Argument(help="TOML script of a street")]
WeightsDir = Annotated[Path, typer.Option(help="folder with the shipped models")]


def _script(path: Path) -> StreetScript:
    try:
        return load(path)
    except ScriptError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@app.command()
def render(
    script: ScriptFile, out: Annotated[Path, typer.Option()], seconds: Annotated[float | None, typer.Option()] = None
) -> None:
    """Write the script as an mp4."""
    street = filmed(_script(script))
    count = record(street, out, seconds if seconds is not None else street.script.seconds)
    typer.echo(f"{out}: {count} frames, {street.script.width}x{street.script.height}")


@app.command()
def render_snapshot(
    script: ScriptFile,
    out: Annotated[Path, typer.Option()],
    at: Annotated[float, typer.Option(help="seconds from the start")] = 0.0,
    look: Annotated[bool, typer.Option("--look", help="run the shipped models and draw what they see")] = False,
    weights: WeightsDir = WEIGHTS,
) -> None:
    """Write one frame as a picture."""
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
    """Print the zones of the view as JSON, in 0..1 picture coordinates."""
    typer.echo(json.dumps(Street(_script(script)).zones(), indent=1))


@app.command()
def staff(
    out: Annotated[Path, typer.Option(help="the clip, .mp4")],
    toml: Annotated[Path | None, typer.Option(help="also write a SITE.toml that calibrates the staff")] = None,
    site: Annotated[str, typer.Option(help=f"one of {', '.join(RIVERSIDES)}")] = "quay",
    level: Annotated[float, typer.Option(help="true level at the start, cm")] = 80.0,
    then: Annotated[float | None, typer.Option(help="true level at the end, cm")] = None,
    light: Annotated[str, typer.Option(help="day, dusk, lamp or infrared")] = "day",
    rain: Annotated[float, typer.Option(help="0 to 1")] = 0.0,
    waves: Annotated[float, typer.Option(help="0 to 1")] = 0.3,
    knock_at: Annotated[float | None, typer.Option(help="seconds until the camera is knocked askew")] = None,
    seconds: Annotated[float, typer.Option()] = 10.0,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Film a staff gauge in a river."""
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
    layouts: Annotated[list[str] | None, typer.Argument(help="which layouts; all when none is named")] = None,
    frames: Annotated[int, typer.Option(help="frames a layout")] = 60,
    detector: Annotated[str, typer.Option(help="file of the detector")] = "detector_640.onnx",
    weights: WeightsDir = WEIGHTS,
) -> None:
    """Print how much of what is drawn the shipped models see."""
    wanted = layouts or list(LAYOUTS)
    unknown = [name for name in wanted if name not in LAYOUTS]
    if unknown:
        typer.echo(f"layout {unknown[0]!r}: expected one of {', '.join(LAYOUTS)}", err=True)
        raise typer.Exit(2)
    tallies = []
    for name in wanted:
        sys.stderr.write(f"{name} ...\n")
        tallies.append(measured(name, weights, frames, detector))
    typer.echo(table(tallies))


if __name__ == "__main__":
    app()
