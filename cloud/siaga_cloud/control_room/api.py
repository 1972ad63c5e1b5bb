"""Serves the state of the city at a past minute to the control room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from siaga_cloud.control_room import service
from siaga_cloud.control_room.service import PastState, StoredStates
from siaga_cloud.gauges.service.reading import Gauge
from siaga_cloud.incidents.api import flood_states as flood_state_forms
from siaga_cloud.incidents.api import models as incident_forms
from siaga_cloud.incidents.api.flood_states import AreaFloodState
from siaga_cloud.incidents.api.models import Incident
from siaga_cloud.people.auth import Overseer
from siaga_cloud.platform.http.models import ResponseModel, media_url
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.tasks.api import models as task_forms
from siaga_cloud.tasks.api.models import Task
from siaga_core.rules.trust.independence import SourcePolicy

router = APIRouter(tags=["control room"])


class PastIncident(Incident):
    """Describes an incident at a past minute."""

    certainty: Annotated[  # type: ignore[assignment]  # narrower in Incident: now it is always known
        Literal["unverified", "possible", "likely", "observed"] | None,
        Field(description="null where it depends on whether an officer was there, which is not in the history"),
    ]


class PastCamera(ResponseModel):
    """Describes a camera at a past minute. Where `unknown_since` is set, its silence did not mean "clear"."""

    id: str
    unknown_since: datetime | None
    masked_since: datetime | None
    has_frame: Annotated[bool, Field(description="false: no frame of it had arrived by then")]
    image_url: Annotated[str | None, Field(description="redacted evidence of the hour before; null: none is stored")]
    image_captured_at: datetime | None


class PastNode(ResponseModel):
    """Describes a node at a past minute."""

    id: str
    state: str


class ControlRoomState(ResponseModel):
    """Describes the city at the beginning of a past minute, as far as it is stored. Null stands for what nobody
    recorded, an empty list for nothing.
    """

    at: datetime
    recorded_since: Annotated[datetime, Field(description="before it only gauges are known")]
    gauges: Annotated[list[Gauge], Field(description="from the readings that had arrived; limits are those of now")]
    incidents: Annotated[list[PastIncident] | None, Field(description="those that were open")]
    tasks: Annotated[list[Task] | None, Field(description="those under way, and those finished in the day before")]
    flood_states: list[AreaFloodState] | None
    cameras: list[PastCamera] | None
    nodes: list[PastNode] | None


@router.get(
    "/control-room/state",
    summary="The control room at a past minute (operator, leader)",
    responses=refusals("time_not_replayable"),
)
def get_control_room_state(
    parts: PartsOf,
    overseer: Overseer,
    at: Annotated[Moment, Query(description="of the last 24 hours; the minute that it is in")],
) -> ControlRoomState:
    """What the API held at the beginning of the minute: levels and stages, open incidents, tasks, flood states, cameras
    and nodes. What was not stored is null.
    """
    with parts.transaction(overseer) as conn:
        return _state(service.state_at(conn, at, now=datetime.now(UTC)))


def _state(past: PastState) -> ControlRoomState:
    held = past.states
    return ControlRoomState(
        at=past.at,
        recorded_since=past.recorded_since,
        gauges=past.gauges,
        incidents=None if held is None else _incidents(held, past.policy),
        tasks=None if held is None else _tasks(held, past.at),
        flood_states=None if held is None else [flood_state_forms.form_of(one) for one in held.flood_states],
        cameras=None if held is None else _cameras(held),
        nodes=None if held is None else [PastNode(id=one.id, state=one.state) for one in held.nodes],
    )


def _incidents(held: StoredStates, policy: SourcePolicy) -> list[PastIncident]:
    return [_incident(incident_forms.incident(one, whole=True, policy=policy)) for one in held.incidents]


def _incident(form: Incident) -> PastIncident:
    hangs_on_officer = form.task_state == "on_site" and form.certainty != "observed"
    return PastIncident(**{**form.model_dump(), "certainty": None if hangs_on_officer else form.certainty})


def _tasks(held: StoredStates, at: datetime) -> list[Task]:
    """Return tasks without the moves that were legal: nobody moves anything in the past."""
    found = (task_forms.task(one, whole=True, now=at) for one in held.tasks)
    return [one.model_copy(update={"verbs": []}) for one in found]


def _cameras(held: StoredStates) -> list[PastCamera]:
    return [
        PastCamera(
            id=one.id,
            unknown_since=one.unknown_since,
            masked_since=one.masked_since,
            has_frame=one.has_frame,
            image_url=media_url(one.media_id),
            image_captured_at=one.taken_at,
        )
        for one in held.cameras
    ]
