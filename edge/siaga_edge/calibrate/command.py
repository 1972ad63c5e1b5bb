"""The command `calibrate` of `siaga-edge`."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from siaga_core.vision.errors import VisionError
from siaga_edge.calibrate.access import Access
from siaga_edge.calibrate.node_file import NodeFile
from siaga_edge.calibrate.node_toml import DrawingError
from siaga_edge.calibrate.server import CalibrateServer, DrawingService
from siaga_edge.calibrate.snapshots import CameraSnapshots
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.fleet.plan import FleetState
from siaga_edge.platform.redaction import RedactingFormatter
from siaga_edge.settings import ConfigError, NodeSettings
from siaga_edge.vision.models import VisionModels

log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"


def calibrate(
    node_file: Annotated[Path, typer.Argument(metavar="NODE.toml", help="Configuration file of the node.")],
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 selects a free one.")] = 8091,
    camera: Annotated[
        str | None, typer.Option(metavar="ID", help="Identifier of the camera that the page opens first.")
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address on which the page is also served to others, by a one-time link; 0.0.0.0 is every address.",
        ),
    ] = None,
) -> None:
    """Serve a page on which zones, masks and staff gauges are drawn over a live image and saved into NODE.toml.

    Ctrl-C stops the command. It exits with code 2 if NODE.toml is not valid and 1 if the page cannot be served.
    """
    _set_up_log()
    file = NodeFile(node_file)
    settings = _loaded(file)
    first = _first_camera(settings, camera)
    vision_models = _ModelLoader(settings)
    snapshots = CameraSnapshots(settings, vision_models.open, clock=lambda: datetime.now(UTC))
    calibration = DrawingService(
        file=file,
        snapshots=snapshots,
        access=Access(None if listen is None else lambda secret: _log(server, f"/?key={secret}")),
        facts=lambda: _facts(file, settings, vision_models, first),
    )
    server = _opened((listen or _LOOPBACK, port), calibration)
    if listen is None:
        _log(server, "/")
    calibration.access.begin()
    threading.Thread(target=vision_models.warm_up, name="models", daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("")
    finally:
        server.server_close()
        snapshots.close()


class _ModelLoader:
    """The node's own models, opened once; the page is there before they are."""

    def __init__(self, settings: NodeSettings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._vision_models: VisionModels | None = None

    def open(self) -> VisionModels:
        """Raises `VisionError`."""
        with self._lock:
            if self._vision_models is None:
                self._vision_models = ModelRegistry(None).open(self._settings.models, {}).vision_models
            return self._vision_models

    def warm_up(self) -> None:
        """So that the first image comes sooner."""
        try:
            self.open()
        except VisionError as error:
            log.warning("models cannot be loaded: %s", error)


def _facts(file: NodeFile, settings: NodeSettings, vision_models: _ModelLoader, first: str) -> dict[str, Any]:
    return {
        "node": settings.node.name,
        "file": str(file.path),
        "camera": first,
        "cameras": [camera.id for camera in settings.cameras],
        "labels": sorted(vision_models.open().detector.thresholds),
        "cloud_version": _cloud_version(settings),
    }


def _cloud_version(settings: NodeSettings) -> int:
    """The version of the cloud's configuration that lies over the file; 0 where the file itself counts."""
    try:
        data = (settings.node.data_dir / "fleet" / "state.json").read_bytes()
        return FleetState.model_validate_json(data).running.version
    except (OSError, ValueError):
        return 0


def _loaded(file: NodeFile) -> NodeSettings:
    try:
        return file.load()
    except (ConfigError, DrawingError) as error:
        typer.echo(str(error), err=True)
    except OSError as error:
        typer.echo(f"{file.path}: cannot be read: {error.strerror}", err=True)
    raise typer.Exit(2)


def _first_camera(settings: NodeSettings, wanted: str | None) -> str:
    known = [camera.id for camera in settings.cameras]
    if not known:
        typer.echo("siaga-edge calibrate: got a file without a [[camera]], expected at least one", err=True)
    elif wanted is not None and wanted not in known:
        typer.echo(f"siaga-edge calibrate: --camera: got {wanted}, expected one of {', '.join(known)}", err=True)
    else:
        return wanted or known[0]
    raise typer.Exit(2)


def _opened(address: tuple[str, int], calibration: DrawingService) -> CalibrateServer:
    try:
        return CalibrateServer(address, calibration)
    except OSError as error:
        typer.echo(
            f"siaga-edge calibrate: cannot serve the page at {address[0]}:{address[1]}: {error.strerror}", err=True
        )
        raise typer.Exit(1) from None


def _log(server: CalibrateServer, path: str) -> None:
    host, port = str(server.server_address[0]), server.server_address[1]
    shown = _own_address() if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    note = " (this link can be opened once)" if path != "/" else " (Ctrl-C stops it)"
    typer.echo(f"The page is at http://{shown}:{port}{path}{note}")


def _own_address() -> str:
    """The address by which others in the network reach this node; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _set_up_log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-7s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
