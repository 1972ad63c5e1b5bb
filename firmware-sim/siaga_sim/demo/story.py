"""What people do in a story: stories/<name>.toml, in shares of its length."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
from pydantic import Field

from siaga_sim.city import Table
from siaga_sim.complaints import load_toml
from siaga_sim.demo.people import CitizenReport, OfficerPlan
from siaga_sim.scenario import Scenario
from siaga_sim.scene.street import Street

STORIES = Path(__file__).parent / "stories"


class CitizenTable(Table):
    """One report. `camera`: whose street the photo shows."""

    at: float = Field(ge=0, le=1)
    category: str
    text: str
    lat: float
    lon: float
    reporter: str
    camera: str | None = None


class OfficerTable(Table):
    """An officer's day; `accept_after` and `work` in shares of the story."""

    user: str
    categories: tuple[str, ...]
    accept_after: float = Field(ge=0, le=1)
    work: float = Field(ge=0, le=1)
    most: int = Field(ge=0)


class OperatorTable(Table):
    """Who looks at what is unsure."""

    user: str


class StallTable(Table):
    """When the ingest is stopped dead, and for how long."""

    at: float = Field(ge=0, le=1)
    lasts_seconds: float = Field(gt=0, le=60)


class PeopleOfStory(Table):
    """A whole file."""

    citizen: tuple[CitizenTable, ...] = ()
    officer: tuple[OfficerTable, ...] = ()
    operator: OperatorTable
    stall: StallTable | None = None

    @property
    def users(self) -> list[str]:
        """Everyone who needs a token."""
        return [self.operator.user, *(officer.user for officer in self.officer)]


def load_people(story: str) -> PeopleOfStory:
    """The people of a story; raises BadFileError."""
    return load_toml(STORIES / f"{story}.toml", PeopleOfStory)


def reports_of(people: PeopleOfStory, scenario: Scenario) -> list[CitizenReport]:
    """The citizens' reports, in seconds of this telling of the story."""
    return [
        CitizenReport(
            at_seconds=citizen.at * scenario.seconds,
            category=citizen.category,
            text=citizen.text,
            lat=citizen.lat,
            lon=citizen.lon,
            reporter=citizen.reporter,
            photo=partial(photo, scenario, citizen.camera, citizen.at) if citizen.camera else None,
        )
        for citizen in people.citizen
    ]


def officers_of(people: PeopleOfStory, scenario: Scenario) -> list[OfficerPlan]:
    """The officers' plans, in seconds of this telling of the story."""
    return [
        OfficerPlan(
            user=officer.user,
            categories=frozenset(officer.categories),
            accept_after_seconds=officer.accept_after * scenario.seconds,
            work_seconds=officer.work * scenario.seconds,
            most=officer.most,
            photo=partial(photo, scenario, scenario.camera[0].id, 1.0),
        )
        for officer in people.officer
    ]


def photo(scenario: Scenario, camera: str, share: float) -> bytes:
    """A JPEG of a drawn street at a moment of the story, as a phone beside the camera would take it."""
    frame = Street(scenario.camera_by_id(camera).street).frame(share * scenario.seconds)
    done, jpeg = cv2.imencode(".jpg", frame)
    if not done:
        raise ValueError(f"the image of {camera} could not be encoded")
    return bytes(jpeg)
