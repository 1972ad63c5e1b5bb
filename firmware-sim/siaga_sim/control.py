"""A small local socket by which a running simulator receives faults for its devices, and the clock of its story.

One line of JSON each way. The socket lies in a folder of the user's own, so that nobody else can use it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from siaga_sim.faults import NoSuchFaultError

Answer: TypeAlias = dict[str, Any]

MOST_BYTES = 64 * 1024
ANSWER_SECONDS = 10.0
LONGEST_FAULT_SECONDS = 86_400.0


class ControlError(RuntimeError):
    """The simulator is not reachable or refused; the text says which."""


class FaultTarget(Protocol):
    """What runs and can be broken."""

    def faults(self) -> dict[str, str]:
        """Every device with its present fault."""
        ...

    async def set_fault(self, name: str, kind: str) -> None:
        """Break or mend one. Raises NoSuchFaultError."""
        ...


@runtime_checkable
class StoryTarget(Protocol):
    """What tells a story whose clock can be set."""

    def set_story(self, *, seconds: float, rate: float) -> None:
        """Let the story go on from a moment at a speed, nought to let it stand. Raises ValueError."""
        ...


def socket_folder() -> Path:
    """Where the sockets of this user's simulators lie."""
    return Path(tempfile.gettempdir()) / f"siaga-sim-{os.getuid()}"


@asynccontextmanager
async def listening(devices: FaultTarget, path: Path | None = None) -> AsyncIterator[Path]:
    """Obeys `siaga-sim fault` for as long as the block lasts, and gives the socket's path. Raises OSError."""
    place = path or _own_path()
    ends: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, TimeoutError, ValueError):
            line = await asyncio.wait_for(reader.readline(), ANSWER_SECONDS)
            writer.write(json.dumps(await _answer(devices, line, ends)).encode() + b"\n")
            await writer.drain()
        writer.close()

    place.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, place, limit=MOST_BYTES)
    place.chmod(0o600)
    try:
        yield place
    finally:
        server.close()
        place.unlink(missing_ok=True)
        for task in ends:
            task.cancel()


def query(question: Answer, path: Path | None = None) -> Answer:
    """Tells the running simulator something. Raises ControlError."""
    answer = _reply(question, path or _the_one_with(question.get("name")))
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return answer


def _reply(question: Answer, place: Path) -> Answer:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ANSWER_SECONDS)
            line.connect(str(place))
            line.sendall(json.dumps(question).encode() + b"\n")
            with line.makefile("rb") as reply:
                answer: Answer = json.loads(reply.readline(MOST_BYTES * 16) or b"{}")
    except (OSError, ValueError) as error:
        raise ControlError(f"{place}: {error}: no simulator responds on this socket") from None
    return answer


async def _answer(devices: FaultTarget, line: bytes, ends: set[asyncio.Task[None]]) -> Answer:
    try:
        question = json.loads(line)
        if "story" in question:
            return _set_story(devices, question["story"])
        if question.get("name") is None:
            return {"faults": devices.faults()}
        name, kind, seconds = str(question["name"]), str(question["kind"]), _seconds(question.get("seconds"))
        await devices.set_fault(name, kind)
    except NoSuchFaultError as error:
        return {"error": str(error)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"error": "expected one line of JSON with name, kind and seconds, or story with seconds and rate"}
    if seconds is not None:
        _later(seconds, lambda: devices.set_fault(name, "none"), ends)
    return {"name": name, "fault": devices.faults().get(name), "seconds": seconds}


def _set_story(devices: FaultTarget, story: dict[str, float]) -> Answer:
    if not isinstance(devices, StoryTarget):
        return {"error": "story: this simulator has no story whose clock can be set"}
    seconds, rate = float(story["seconds"]), float(story["rate"])
    devices.set_story(seconds=seconds, rate=rate)
    return {"story": {"seconds": seconds, "rate": rate}}


def _seconds(wanted: float | None) -> float | None:
    if wanted is not None and not 0 < wanted <= LONGEST_FAULT_SECONDS:
        raise NoSuchFaultError(f"seconds: got {wanted:g}, expected more than 0 and at most {LONGEST_FAULT_SECONDS:g}")
    return wanted


def _later(seconds: float, do: Callable[[], Awaitable[None]], ends: set[asyncio.Task[None]]) -> None:
    async def end() -> None:
        await asyncio.sleep(seconds)
        await do()

    task = asyncio.create_task(end())
    ends.add(task)
    task.add_done_callback(ends.discard)


def _own_path() -> Path:
    folder = socket_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise OSError(f"{folder}: got a folder of another user, expected one of this user")
    return folder / f"{os.getpid()}.sock"


def _the_one_with(name: str | None) -> Path:
    alive = [path for path in sorted(socket_folder().glob("*.sock")) if _is_alive(path)]
    if not alive:
        raise ControlError(
            "no simulator is running; start `siaga-sim city`, `siaga-sim smart`, `siaga-sim load` or the demo"
        )
    has_it = [path for path in alive if name in _reply({}, path).get("faults", {})] if len(alive) > 1 else alive
    if len(has_it) != 1:
        raise ControlError(
            f"{len(alive)} simulators are running; choose one with --control: {', '.join(map(str, alive))}"
        )
    return has_it[0]


def _is_alive(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)  # left by one that was killed
            return False
    return True
