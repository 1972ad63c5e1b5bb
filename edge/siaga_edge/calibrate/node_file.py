"""Replaces NODE.toml by a drawn one: judged by the settings themselves first, whole or not at all, the old one kept."""

from __future__ import annotations

import hashlib
import os
import threading
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga_edge.calibrate.node_toml import Drawing, DrawingError, drawing_of, laid
from siaga_edge.settings import ConfigError, NodeSettings, load_node


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong: the setting's path in the file, and the rest of the line."""

    path: str
    text: str


class RefusedError(ValueError):
    """The settings refuse the drawing; `complaints` says each reason."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        super().__init__("; ".join(f"{each.path}: {each.text}" for each in complaints))
        self.complaints = complaints


class ChangedMeanwhileError(RuntimeError):
    """Somebody else has written the file since it was shown."""


class NodeFile:
    """The file that is drawn into. Safe from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()  # what a link leads to is replaced, not the link
        self._lock = threading.Lock()

    @property
    def backup(self) -> Path:
        """Where the file of before is stored."""
        return self.path.with_name(self.path.name + ".bak")

    def load(self) -> NodeSettings:
        """Return the settings of the file; raises `ConfigError`."""
        return load_node(self.path, environment=_environment(self._raw(self._data())))

    def version(self) -> str:
        """Return a hash of the file's bytes."""
        return _version(self._data())

    def drawing(self, camera_id: str) -> dict[str, Any]:
        """What is drawn over a camera's image, and the file's version; raises `DrawingError`."""
        data = self._data()
        return {**drawing_of(self._raw(data), camera_id), "version": _version(data)}

    def save(self, camera_id: str, drawing: Drawing, *, version: str) -> NodeSettings:
        """On disk when it returns. Raises `RefusedError`, `ChangedMeanwhileError`, `DrawingError` or OSError."""
        with self._lock:
            data = self._data()
            if _version(data) != version:
                raise ChangedMeanwhileError(str(self.path))
            new = laid(data.decode(), camera_id, drawing).encode()
            fresh = self.path.with_name(f".{self.path.name}.new")
            try:
                _write(fresh, new, like=self.path)
                settings = self._judged(fresh, new)
                _write(self.backup, data, like=self.path)
                fresh.replace(self.path)
            finally:
                fresh.unlink(missing_ok=True)
            _sync_folder(self.path.parent)
            return settings

    def _judged(self, fresh: Path, data: bytes) -> NodeSettings:
        try:
            return load_node(fresh, environment=_environment(self._raw(data)))
        except ConfigError as error:
            raise RefusedError(tuple(_complaint(line, fresh) for line in error.complaints)) from None

    def _data(self) -> bytes:
        return self.path.read_bytes()

    def _raw(self, data: bytes) -> dict[str, Any]:
        try:
            return tomllib.loads(data.decode())
        except ValueError as error:
            raise DrawingError(f"{self.path}: not valid TOML: {error}") from None


def _environment(raw: Mapping[str, Any]) -> dict[str, str]:
    """The broker's password need not be known to draw a zone."""
    broker = raw.get("broker")
    name = broker.get("password_env") if isinstance(broker, dict) else None
    return {str(name): "not asked for", **os.environ} if name else dict(os.environ)


def _complaint(line: str, fresh: Path) -> Complaint:
    path, _, text = line.removeprefix(f"{fresh}: ").partition(": ")
    return Complaint(path=path, text=text)


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes, *, like: Path) -> None:
    """With the rights and the owner of `like`; on the disk when it returns."""
    found = like.stat()
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, found.st_mode & 0o777)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), found.st_mode & 0o777)
            with suppress(PermissionError):  # root draws for the agent's own user; others own what they write
                os.fchown(file.fileno(), found.st_uid, found.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
