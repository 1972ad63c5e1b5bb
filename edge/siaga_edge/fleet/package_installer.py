"""Installs the package of the agent that a signed command names, as root, and goes back when the new one does not work.

The Debian package puts this file at /usr/lib/siaga-edge/update.py. It replaces the agent while it runs, so that it uses
the standard library and commands of Debian alone, and imports nothing later. What the agent left for it is not
believed: command and packages are copied to a folder of root first, and the key is the one that was there when the
agent started first (`update.py trust`).

An update that was interrupted, by a power cut for example, counts as failed: the older package is installed again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

PACKAGE: Final = "siaga-edge"
PROVE_SECONDS: Final = 900.0
"""How long a new agent may take until it has been connected to its broker for `[fleet] trial_seconds`."""
_MOST_COMMAND, _MOST_PACKAGE = 32 * 1024, 512 * 1024 * 1024
_LOOK_SECONDS: Final = 2.0


class RefusedError(Exception):
    """The command is not followed; says why."""


class InstallError(Exception):
    """A package could not be installed; says why."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the agent leaves its wishes, what belongs to root, and the configuration."""

    agent: Path = Path("/var/lib/siaga/update")
    own: Path = Path("/var/lib/siaga-edge-update")
    config: Path = Path("/etc/siaga")

    @property
    def state(self) -> Path:
        """The update that is under way."""
        return self.own / "state.json"

    @property
    def trust(self) -> Path:
        """Node and key of the city, as they were first."""
        return self.own / "trust.json"

    @property
    def stored(self) -> Path:
        """The package of the version that is installed, once an update has stored it."""
        return self.own / "installed.deb"

    @property
    def wanted(self) -> Path:
        """The package that is tried."""
        return self.own / "wanted.deb"


@dataclass(frozen=True, slots=True)
class System:
    """What the installer asks of Debian."""

    run: Callable[[Sequence[str]], str]
    wait: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def installed_version(self) -> str | None:
        """The version that dpkg has installed; None where an installation did not come to its end."""
        found = self.run(["dpkg-query", "--show", "--showformat=${Version} ${Status}", PACKAGE]).strip()
        version, _, status = found.partition(" ")
        return version if status == "install ok installed" else None

    def version_of(self, package: Path) -> str:
        """Version of a package file; raises `RefusedError` where it is no package of the agent."""
        try:
            name, version = self.run(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(package)]).split()
        except (InstallError, ValueError):
            raise RefusedError("the file is not a Debian package") from None
        if name != PACKAGE:
            raise RefusedError(f"the file is package {name}, expected {PACKAGE}")
        return version

    def install(self, package: Path) -> None:
        """Install a package, also an older one; its postinst restarts the agent. Raises `InstallError`."""
        self.run(["dpkg", "--force-confold", "--install", str(package)])


def run(words: Sequence[str]) -> str:
    """Return what a command prints; raises `InstallError` with the end of its errors."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{words[0]}: {error}") from None
    if done.returncode != 0:
        raise InstallError(f"{words[0]} ended with code {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Installer:
    """Follows one command, or ends an update that was interrupted."""

    folders: Folders
    system: System
    prove_seconds: float = PROVE_SECONDS

    def trust(self, *, replace: bool = False) -> str:
        """Remember node and key of the city once; what they change to later is not believed before `replace`."""
        found, path = _own_trust(self.folders.config), self.folders.trust
        if found is None:
            return "this node has no [fleet] key_file; nothing to trust"
        if path.exists() and not replace:
            same = _json(path.read_bytes()) == found
            return "unchanged" if same else "node.toml names another node or key than at first; updates keep the first"
        _write(path, found)
        return f"the key of node {found['node']} is trusted for updates"

    def follow(self) -> str:
        """Do what is due; returns what became of it, which is also left for the agent."""
        if self.folders.state.exists():
            state = _json(self.folders.state.read_bytes())
            return self._go_back(state, "the update was interrupted")
        try:
            message = self._message()
        except RefusedError as error:
            return f"refused: {error}"
        number: int = message["number"]
        try:
            state = self._prepare(message)
        except RefusedError as error:
            return self._result(number, f"refused: {error}", done=False)
        return self._try(state)

    # --- checks --------------------------------------------------------------------------------------------------

    def _message(self) -> dict[str, Any]:
        """The command that the agent left, if the city signed it for this node and it is new."""
        path = self.folders.agent / "command.json"
        try:
            payload = _accepted(path, _MOST_COMMAND)
        finally:
            path.unlink(missing_ok=True)
        message = _json(payload)
        self._check_signed(message)
        if message["number"] <= self._last_number():
            raise RefusedError(f"number: got {message['number']}, expected one above {self._last_number()}")
        _write(self.folders.own / "number.json", {"number": message["number"]})
        return message

    def _check_signed(self, message: Mapping[str, Any]) -> None:
        if not self.folders.trust.exists():
            raise RefusedError("no key is trusted for updates yet; the first start of the agent stores it")
        trust = _json(self.folders.trust.read_bytes())
        try:
            statement = command_statement(message)
            signature = base64.b64decode(message["signature"], validate=True)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(f"the command cannot be read: {error!r}") from None
        if not isinstance(message["number"], int):
            raise RefusedError(f"number: got {message['number']!r}, expected an integer")
        if message["node"] != trust["node"]:
            raise RefusedError(f"the command is for node {message['node']}, this is {trust['node']}")
        if not _is_signed(self.system.run, trust["key"], signature, statement):
            raise RefusedError("the command is not signed with the key that this node trusts")

    def _last_number(self) -> int:
        path = self.folders.own / "number.json"
        return int(_json(path.read_bytes())["number"]) if path.exists() else 0

    def _prepare(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Copy and check the packages; returns the state of the update. Raises `RefusedError`."""
        if datetime.fromisoformat(message["expires_at"]) <= self.system.now():
            raise RefusedError(f"expires_at: got {message['expires_at']}, which is past")
        body = _json(message["body"].encode())
        if body.get("kind") != "update_program":
            raise RefusedError(f"kind: got {body.get('kind')!r}, expected update_program")
        before, package = self.system.installed_version(), body["package"]
        if before is None:
            raise RefusedError("the installed package is not complete; mend it with `dpkg --configure --pending`")
        if package["version"] == before:
            raise RefusedError(f"version {before} is installed already")
        self._copy(package, self.folders.wanted)
        self._find_previous(before, body.get("previous"))
        return {"number": message["number"], "version": package["version"], "before": before}

    def _copy(self, package: Mapping[str, Any], target: Path) -> None:
        """Copy a package of the agent to root's folder, if it is the one that was signed."""
        with _opened(self.folders.agent / f"{package['sha256']}.deb") as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != package["sha256"]:
            raise RefusedError(f"the package has SHA-256 {digest}, expected {package['sha256']}")
        version = self.system.version_of(target)
        if version != package["version"]:
            raise RefusedError(f"the package has version {version}, expected {package['version']}")

    def _find_previous(self, before: str, previous: Mapping[str, Any] | None) -> None:
        """Without a package to return to nothing is tried."""
        if self.folders.stored.exists() and self.system.version_of(self.folders.stored) == before:
            return
        if previous is None or previous["version"] != before:
            raise RefusedError(f"there is no package of version {before} to return to; name it in the command")
        self._copy(previous, self.folders.stored)

    # --- the update ----------------------------------------------------------------------------------------------

    def _try(self, state: dict[str, Any]) -> str:
        (self.folders.agent / "confirmed.json").unlink(missing_ok=True)
        _write(self.folders.state, state)
        try:
            self.system.install(self.folders.wanted)
        except InstallError as error:
            return self._go_back(state, str(error))
        if not self._is_confirmed(state["version"]):
            reason = f"it was not connected to the broker within {self.prove_seconds:g} s"
            return self._go_back(state, reason)
        self.folders.wanted.replace(self.folders.stored)
        return self._end(state, f"updated from version {state['before']} to {state['version']}", done=True)

    def _is_confirmed(self, version: str) -> bool:
        """Whether the agent of this version states that it works, in time."""
        until = self.system.monotonic() + self.prove_seconds
        while self.system.monotonic() < until:
            try:
                if _json(_accepted(self.folders.agent / "confirmed.json", 4096)).get("version") == version:
                    return True
            except RefusedError:
                pass  # nothing was written yet
            self.system.wait(_LOOK_SECONDS)
        return False

    def _go_back(self, state: dict[str, Any], reason: str) -> str:
        text = f"version {state['version']} was rolled back to {state['before']}: {reason}"
        try:
            if self.system.installed_version() != state["before"]:
                self.system.install(self.folders.stored)
        except InstallError as error:
            return self._end(state, f"{text}; the older package could not be installed either: {error}", done=False)
        return self._end(state, text, done=False)

    def _end(self, state: Mapping[str, Any], text: str, *, done: bool) -> str:
        stated = self._result(state["number"], text, done=done)
        self.folders.wanted.unlink(missing_ok=True)
        self.folders.state.unlink(missing_ok=True)
        return stated

    def _result(self, number: int, text: str, *, done: bool) -> str:
        _write(self.folders.own / "result.json", {"number": number, "done": done, "text": text[:500]}, mode=0o644)
        return text


def command_statement(message: Mapping[str, Any]) -> bytes:
    """The bytes that the signature of a command covers, as `siaga_core.wire.fleet` has them."""
    digest = hashlib.sha256(message["body"].encode()).hexdigest()
    expires = int(datetime.fromisoformat(message["expires_at"]).timestamp())
    return f"siaga-command-v1\n{message['node']}\n{message['number']}\n{expires}\n{digest}".encode()


def _is_signed(run_command: Callable[[Sequence[str]], str], key: str, signature: bytes, statement: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": key.encode(), "signature": signature, "statement": statement}
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"{folder}/key", "-rawin"]
        try:
            run_command([*words, "-in", f"{folder}/statement", "-sigfile", f"{folder}/signature"])
        except InstallError:
            return False
    return True


def _own_trust(config: Path) -> dict[str, str] | None:
    try:
        node = tomllib.loads((config / "node.toml").read_text("utf-8"))
        key_file = node["fleet"]["key_file"]
        return {"node": node["node"]["name"], "key": (config / key_file).read_text("ascii")}
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _opened(path: Path) -> Any:
    """Open a file of the agent: no link, no pipe, not larger than a package may be."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise RefusedError(f"{path.name}: {error.strerror}") from None
    file = os.fdopen(descriptor, "rb")
    status = os.fstat(descriptor)
    if status.st_mode & 0o170000 != 0o100000 or status.st_size > _MOST_PACKAGE:
        file.close()
        raise RefusedError(f"{path.name}: expected a file of at most {_MOST_PACKAGE} bytes")
    return file


def _accepted(path: Path, most: int) -> bytes:
    with _opened(path) as file:
        data: bytes = file.read(most + 1)
    if len(data) > most:
        raise RefusedError(f"{path.name}: expected at most {most} bytes")
    return data


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        raise RefusedError("expected JSON") from None
    if not isinstance(found, dict):
        raise RefusedError("expected an object of JSON")
    return found


def _write(path: Path, value: object, *, mode: int = 0o600) -> None:
    """Replace a file so that a power cut leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)  # the agent reads the result, whatever the umask of its unit is
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(mode)
    part.replace(path)


def main(words: Sequence[str]) -> int:
    """`update.py`: follow what is due. `update.py trust [--replace]`: remember the key of the city."""
    seconds = float(os.environ.get("SIAGA_UPDATE_SECONDS", PROVE_SECONDS))
    installer = Installer(Folders(), System(run=run), prove_seconds=seconds)
    if words[:1] == ["trust"]:
        print(installer.trust(replace="--replace" in words))
    else:
        print(installer.follow())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
