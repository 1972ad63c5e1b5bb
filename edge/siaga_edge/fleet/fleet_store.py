"""What fleet commands leave on the disk: the state, configurations and model files; each file whole or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from siaga_edge.fleet.plan import FleetState, Plan

log = logging.getLogger(__name__)

_STATE = "state.json"


class FleetStore:
    """A folder of its own, closed to other users: configurations may hold cameras' passwords."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for path in (folder, folder / "models"):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def views(self) -> Path:
        """Where cameras keep their reference images: beside this folder."""
        return self._folder.with_name("views")

    @property
    def dwells(self) -> Path:
        """Where cameras keep who stands where since when: beside this folder."""
        return self._folder.with_name("stays.sqlite")

    def load(self) -> FleetState:
        """What was saved last; a state that cannot be read is moved aside and the node's own file counts again."""
        path = self._folder / _STATE
        try:
            return FleetState.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return FleetState()
        except ValidationError as error:
            path.replace(path.with_suffix(".broken"))
            log.error("%s cannot be read (%s); using NODE.toml only", path, error.errors()[0]["msg"])  # noqa: TRY400 - the line says it all
            return FleetState()

    def save(self, state: FleetState) -> None:
        """Write the state; it is on the disk when this returns."""
        write_whole(self._folder / _STATE, state.model_dump_json(indent=1).encode())
        self._tidy(state)

    def store_config(self, version: int, body: str) -> None:
        """Store the text of a configuration."""
        write_whole(self._config(version), body.encode())

    def config(self, plan: Plan) -> str | None:
        """The text of a plan's configuration; None for the node's own. Raises OSError, ValueError if it was altered."""
        if plan.version == 0:
            return None
        data = self._config(plan.version).read_bytes()
        if hashlib.sha256(data).hexdigest() != plan.sha256:
            raise ValueError(f"{self._config(plan.version)}: changed since it was signed")
        return data.decode()

    def model_file(self, sha256: str) -> Path:
        """Where the bytes of a model lie, or will."""
        return self._folder / "models" / f"{sha256}.onnx"

    def store_row(self, sha256: str, *, name: str, row: str) -> None:
        """Keeps the manifest row that belongs to a model: its name in the first line, TOML below."""
        write_whole(self.model_file(sha256).with_suffix(".toml"), f"# {name}\n{row}".encode())

    def row(self, sha256: str) -> tuple[str, str]:
        """Name and manifest row of a stored model; raises OSError."""
        first, _, row = self.model_file(sha256).with_suffix(".toml").read_text("utf-8").partition("\n")
        return first.removeprefix("# "), row

    def _config(self, version: int) -> Path:
        return self._folder / f"config-{version}.toml"

    def _tidy(self, state: FleetState) -> None:
        """Forgets what no plan names any more, so that the disk does not fill over the years."""
        plans = [state.good, state.running]
        versions = {f"config-{plan.version}.toml" for plan in plans}
        hashes = {sha for plan in plans for sha in plan.models.values()}
        hashes |= {shadow.sha256 for shadow in state.shadows.values()}
        hashes |= {state.fetching.sha256} if state.fetching else set()
        old = [path for path in self._folder.glob("config-*.toml") if path.name not in versions]
        old += [path for path in (self._folder / "models").iterdir() if path.name.partition(".")[0] not in hashes]
        for path in old:
            with suppress(OSError):
                path.unlink()


def write_whole(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replaces a file so that a power cut leaves the old or the new one; only its owner may read it."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
