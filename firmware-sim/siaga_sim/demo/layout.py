"""Where a demo keeps its things, and the lock that keeps two demos apart."""

from __future__ import annotations

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


MOST_BESIDE = 9


class DemoError(RuntimeError):
    """The demo cannot go on; the message is for the person who started it."""


class FolderInUseError(DemoError):
    """Another demo holds the folder."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of a run. Everything in it is made anew by each run."""

    root: Path

    @property
    def logs(self) -> Path:
        """What each program printed."""
        return self.root / "logs"

    @property
    def media(self) -> Path:
        """Return the media folder of the cloud."""
        return self.root / "media"

    @property
    def published(self) -> Path:
        """Return the folder of the published state."""
        return self.root / "state"

    @property
    def summary(self) -> Path:
        """What the run came to, as JSON."""
        return self.root / "summary.json"

    @property
    def story(self) -> Path:
        """How the story runs, for the pages."""
        return self.root / "story-state.json"

    def node(self, name: str) -> Path:
        """A node's own folder."""
        return self.root / "nodes" / name

    def log(self, name: str) -> Path:
        """Return the log file of a program."""
        return self.logs / f"{name}.log"


@contextmanager
def free_layout(root: Path) -> Iterator[Layout]:
    """As `fresh_layout`, in ROOT-2, ROOT-3, ... where other demos run in the folders before."""
    for number in range(1, MOST_BESIDE + 1):
        place = root if number == 1 else root.with_name(f"{root.name}-{number}")
        with ExitStack() as stack:
            try:
                layout = stack.enter_context(fresh_layout(place))
            except FolderInUseError:
                continue
            yield layout
            return
    raise DemoError(f"{MOST_BESIDE} demos are running in {root} and beside it; end one first (Ctrl-C)")


@contextmanager
def fresh_layout(root: Path) -> Iterator[Layout]:
    """An empty folder for a run, locked while it lasts; raises `DemoError` when another demo holds it."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(f"another demo is running in {root}; end it first (Ctrl-C)") from None
        _empty(root)
        yield Layout(root)


def program(name: str) -> str:
    """One of our console scripts, beside the Python that runs us."""
    return str(Path(sys.executable).parent / name)


def _empty(root: Path) -> None:
    for path in root.iterdir():
        if path.name == "lock" or path.suffix == ".json":
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (root / "summary.json").unlink(missing_ok=True)
    (root / "logs").mkdir()
