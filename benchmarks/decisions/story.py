"""A labelled story: what is drawn, which zones are watched, and which events an honest witness would tell."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siaga_sim.scene.script import ScriptError, StreetScript

Hazard = Literal["illegal_parking", "trash", "flooding", "view_lost"]
Span = tuple[float, float]


class StoryError(ValueError):
    """A story that cannot be played; the text names file, key, value and what was expected."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Zone(_Table):
    """A zone of the site: an area of the layout by name, or a rectangle of ground in metres (x0, x1, y0, y1).

    Everything else goes into SITE.toml as it stands.
    """

    id: str
    kind: Literal["no_stopping", "watch", "road"]
    ground: tuple[float, float, float, float] | None = None
    settings: dict[str, Any] = {}


class ExpectedEvent(_Table):
    """An event that must be told once: begun within a span of seconds of the clip, and over within another.

    `due` is the moment at which it is true (the allowed stay is over, the share of water is reached); the delay counts
    from there. Without `ended` it must still be open when the clip ends.
    """

    hazard: Hazard
    zone: str | None = None
    due: float
    began: Span
    ended: Span | None = None
    severity: str | None = None

    @model_validator(mode="after")
    def _chronological(self) -> ExpectedEvent:
        if not self.began[0] <= self.due <= self.began[1]:
            raise ValueError(f"began {list(self.began)}: expected to hold due {self.due:g}")
        return self


class Story(_Table):
    """One clip with its labels; `half` says whether it may be looked at while rules are mended."""

    name: str
    hazard: Hazard
    half: Literal["tuning", "held_out"]
    about: Annotated[str, Field(min_length=10)]
    street: StreetScript
    start_at: str | None = None
    camera: dict[str, Any] = {}
    zone: Annotated[tuple[Zone, ...], Field(min_length=1)]
    expect: tuple[ExpectedEvent, ...] = ()


def load(path: Path) -> Story:
    """A story from its file; raises `StoryError`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return Story.model_validate({"name": path.stem, **table})
    except (OSError, tomllib.TOMLDecodeError, ScriptError) as error:
        raise StoryError(f"{path}: {error}") from None
    except ValidationError as error:
        lines = (f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise StoryError("\n".join(lines)) from None


def load_all(folder: Path, only: tuple[str, ...] = ()) -> list[Story]:
    """The stories of a folder by name, all of them or those whose name holds one of `only`; raises `StoryError`."""
    stories = [load(path) for path in sorted(folder.glob("*.toml"))]
    chosen = [story for story in stories if not only or any(part in story.name for part in only)]
    if not chosen:
        raise StoryError(f"{folder}: no story is named {', '.join(only) or '*'}")
    return chosen
