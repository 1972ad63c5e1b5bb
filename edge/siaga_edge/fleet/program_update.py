"""Hands a signed update of the agent to the part that runs as root, and reports what became of it.

The agent may not install anything. It fetches the packages, checks their hashes, and leaves them with the command as it
was signed; `siaga-edge-update.service` (packaging/deb/update.py) checks the signature again, with a key that the agent
cannot change, installs, and goes back to the older package unless the new agent writes here that it works.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from pydantic import BaseModel, ValidationError

from siaga_core.wire.fleet import ProgramPackage, UpdateProgram
from siaga_core.wire.parts import CommandHealth
from siaga_edge.fleet.fleet_store import write_whole
from siaga_edge.fleet.model_download import download
from siaga_edge.fleet.signed_commands import CommandError

log = logging.getLogger(__name__)

INSTALLER: Final = Path("/usr/lib/siaga-edge/update.py")
DATA_DIR: Final = Path("/var/lib/siaga")
RESULT: Final = Path("/var/lib/siaga-edge-update/result.json")
_COMMAND, _CONFIRMED = "command.json", "confirmed.json"
_LOOK_SECONDS: Final = 2.0


class ProgramUpdates(Protocol):
    """What updates the program of this node."""

    def begin(self, body: UpdateProgram, message: bytes, *, is_stopping: Callable[[], bool]) -> str:
        """Begin an update and return what happens next; raises `CommandError` or `ModelDownloadError`."""

    def outcome(self, command: CommandHealth) -> CommandHealth | None:
        """Return what became of this command, once, when its update has ended."""


class _NoUpdates:
    """A node whose program is not a Debian package."""

    def begin(self, body: UpdateProgram, message: bytes, *, is_stopping: Callable[[], bool]) -> str:
        """Refuse; raises `CommandError`."""
        del body, message, is_stopping
        raise CommandError("this agent was not installed from the Debian package siaga-edge; update it where it runs")

    def outcome(self, command: CommandHealth) -> CommandHealth | None:
        """Nothing was begun."""
        del command
        return None


NO_UPDATES: Final[ProgramUpdates] = _NoUpdates()


class _Result(BaseModel):
    """What the installer leaves, in a folder that is not the agent's."""

    number: int
    done: bool
    text: str


@dataclass(slots=True, kw_only=True)
class PackagedProgram:
    """Updates the agent of the Debian package. All methods belong to the thread of the fleet agent.

    `folder` is the agent's own; `result` is the installer's. The agent counts as working when it has been connected to
    the broker for `prove_seconds` without a break.
    """

    folder: Path
    version: str
    is_linked: Callable[[], bool]
    prove_seconds: float
    result: Path = RESULT
    clock: Callable[[], float] = monotonic
    _linked_since: float | None = None
    _looked_at: float = -_LOOK_SECONDS
    _confirmed: bool = False
    _problem: str = ""

    def begin(self, body: UpdateProgram, message: bytes, *, is_stopping: Callable[[], bool]) -> str:
        """Fetch the packages and leave them with the command; raises `CommandError`, `ModelDownloadError`, OSError."""
        if body.package.version == self.version:
            raise CommandError(f"version {self.version} runs already")
        self._tidy()
        for package in (body.package, body.previous):
            if package is not None:
                download(package, self._file(package), is_stopping=is_stopping)
        write_whole(self.folder / _COMMAND, message)
        log.warning("version %s is handed over for installation", body.package.version)
        return f"version {body.package.version} is here; version {self.version} runs until it is installed"

    def outcome(self, command: CommandHealth) -> CommandHealth | None:
        """Return what became of `command`, and note meanwhile that this agent works."""
        now = self.clock()
        if now - self._looked_at < _LOOK_SECONDS:
            return None
        self._looked_at = now
        self._confirm(now)
        if command.done:
            return None
        found = self._read_result()
        if found is None or found.number != command.number or found.text == command.text:
            return None
        return CommandHealth(number=found.number, done=found.done, text=found.text)

    def _confirm(self, now: float) -> None:
        if not self.is_linked():
            self._linked_since = None
            return
        self._linked_since = now if self._linked_since is None else self._linked_since
        if self._confirmed or now - self._linked_since < self.prove_seconds:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.folder / _CONFIRMED, json.dumps({"version": self.version}).encode())
        self._confirmed = True

    def _read_result(self) -> _Result | None:
        try:
            return _Result.model_validate_json(self.result.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            if str(error) != self._problem:  # it is read every two seconds and logged once
                log.warning("%s cannot be read: %s", self.result, error)
            self._problem = str(error)
            return None

    def _file(self, package: ProgramPackage) -> Path:
        return self.folder / f"{package.sha256}.deb"

    def _tidy(self) -> None:
        """Remove what an earlier update left, so that the disk does not fill over the years."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self.folder.iterdir():
            if path.suffix in {".deb", ".part"} or path.name == _COMMAND:
                path.unlink()


def program_updates(data_dir: Path, *, is_linked: Callable[[], bool], prove_seconds: float) -> ProgramUpdates:
    """Return what updates this agent: the Debian package's installer, where this is the package's agent."""
    if not INSTALLER.exists() or data_dir != DATA_DIR:
        return NO_UPDATES
    folder, version = data_dir / "update", metadata.version("siaga")
    return PackagedProgram(folder=folder, version=version, is_linked=is_linked, prove_seconds=prove_seconds)
