"""Who may see a task whole, and who may do what to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from siaga_cloud.incidents.api import models as incident_models
from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.people.auth import STAFF, VERBS, is_in_scope, require, require_move
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.errors import ForbiddenError
from siaga_cloud.platform.http.models import COARSE_DEGREES
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.tasks.api import models as task_models
from siaga_cloud.tasks.store.read import TaskRow
from siaga_core.rules.task import Verb
from siaga_core.rules.trust.independence import DEFAULT_SOURCES

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def a_person(role: str = "officer", *, area: str | None = None, agency: str | None = None) -> Person:
    return Person(id="someone", name="Someone", role=role, area_id=area, agency_id=agency)


def a_task(**more: object) -> TaskRow:
    hour = timedelta(hours=1)
    given: dict[str, object] = {
        "id": UUID(int=1), "number": 7, "incident_id": UUID(int=2), "category": "flooding", "state": "open",
        "priority": 1, "severity": "severe", "agency_id": "dinas-sda", "agency_name": "Dinas SDA",
        "area_id": "31.74.01.manggarai", "area_name": "Manggarai",
        "area_path": ["31.74.01.manggarai", "31.74.01", "31.74", "31"], "assignee_id": None, "assignee_name": None,
        "lat": -6.2079, "lon": 106.8484, "caused_at": NOW, "created_at": NOW, "updated_at": NOW,
        "acknowledge_by": NOW + hour, "first_action_by": NOW + 2 * hour, "resolve_by": NOW + 3 * hour,
        "acknowledged_at": None, "first_action_at": None, "paused_seconds": 0.0, "finished_at": None,
        "escalation": 0, "proof_media_id": None,
    }  # fmt: skip
    return TaskRow(**{**given, **more})  # type: ignore[arg-type]


def an_incident(*kinds: str) -> read_incidents.IncidentRow:
    return read_incidents.IncidentRow(
        id=UUID(int=2), number=3, category="flooding", state="open", severity="severe", confidence=0.9, lat=-6.20791,
        lon=106.84844, area_id=None, area_name=None,
        area_path=["31.74.01.manggarai", "31.74.01"], agency_id="dinas-sda", began_at=NOW,
        last_signal_at=NOW, over_at=None, sources=1, mixed=False, source_kinds=list(kinds), verdict=None,
        task_id=None, task_number=None, task_state=None, sensor_confidence=0.0, people=1, partners=0, is_confirmed=None,
        has_officer=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(None, False, id="the public"),
        pytest.param(a_person("operator"), True, id="operator: everything"),
        pytest.param(a_person("leader"), True, id="leader: everything"),
        pytest.param(a_person("officer", agency="dinas-sda"), True, id="officer of the agency"),
        pytest.param(a_person("officer", agency="dinas-lh"), False, id="officer of another agency"),
        pytest.param(a_person("agency_head", agency="dinas-sda"), True, id="head of the agency"),
        pytest.param(a_person("area_head", area="31.74.01.manggarai"), True, id="lurah"),
        pytest.param(a_person("area_head", area="31.74.01"), True, id="camat"),
        pytest.param(a_person("area_head", area="31.75.03"), False, id="camat next door"),
        pytest.param(a_person("area_head", area="31.7"), False, id="a code that only looks like a prefix"),
    ],
)
def test_who_sees_a_task_whole(person: Person | None, expected: bool) -> None:
    assert is_in_scope(person, a_task()) is expected


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (None, False),
        (a_person("officer", agency="dinas-sda"), True),
        (a_person("officer", agency="dinas-lh"), False),
        (a_person("area_head", area="31.74.01"), True),
        (a_person("leader"), True),
    ],
)
def test_who_sees_what_citizens_wrote_about_an_incident(person: Person | None, expected: bool) -> None:
    assert is_in_scope(person, an_incident("citizen")) is expected


def test_an_assignee_of_another_agency_sees_the_task() -> None:
    assert is_in_scope(a_person(agency="dinas-lh"), a_task(assignee_id="someone"))


@pytest.mark.parametrize(
    ("role", "verb", "status"),
    [
        ("officer", Verb.RESOLVE, None),
        ("officer", Verb.VERIFY, 403),
        ("officer", Verb.ASSIGN, 403),
        ("operator", Verb.VERIFY, None),
        ("operator", Verb.ASSIGN, None),
        ("leader", Verb.ACCEPT, 403),
    ],
)
def test_who_may_do_what(role: str, verb: Verb, status: int | None) -> None:
    person = a_person(role, agency="dinas-sda")
    if status is None:
        require_move(person, a_task(), verb)
        return
    assert status == 403
    with pytest.raises(ForbiddenError) as caught:
        require_move(person, a_task(), verb)
    assert caught.value.kind == "wrong-role"


def test_every_role_is_ruled_on() -> None:
    assert set(VERBS) == set(STAFF)


def test_a_missing_token_and_a_wrong_role_are_distinguished() -> None:
    check = require("operator")
    with pytest.raises(Problem, match="401"):
        check(None)
    with pytest.raises(Problem, match="403"):
        check(a_person("officer"))
    assert check(a_person("operator")).role == "operator"


def test_the_public_form_of_a_task_hides_place_and_people() -> None:
    task = a_task(assignee_id="petugas", assignee_name="Petugas")
    public, whole = task_models.task(task, whole=False, now=NOW), task_models.task(task, whole=True, now=NOW)
    assert (public.place, public.assignee_id, public.assignee_name, public.verbs) == (None, None, None, [])
    assert whole.place is not None
    assert whole.assignee_name == "Petugas"
    assert "accept" in whole.verbs


@pytest.mark.parametrize(
    ("minutes", "state", "expected"),
    [(10, "open", "running"), (50, "open", "due_soon"), (61, "open", "overdue"), (61, "paused", "paused")],
)
def test_deadlines_report_how_they_stand(minutes: int, state: str, expected: str) -> None:
    form = task_models.task(a_task(state=state), whole=False, now=NOW + timedelta(minutes=minutes))
    assert form.acknowledge.state == expected


def test_a_finished_task_has_no_running_deadline() -> None:
    done = a_task(state="resolved", finished_at=NOW + timedelta(minutes=30))
    form = task_models.task(done, whole=False, now=NOW + timedelta(days=9))
    assert {form.acknowledge.state, form.first_action.state, form.resolve.state} == {"met"}
    assert form.finished


def test_where_only_citizens_stood_is_coarse_for_the_public_and_exact_for_staff() -> None:
    coarse = incident_models.incident(an_incident("citizen"), whole=False, policy=DEFAULT_SOURCES).place
    assert coarse.coarse
    assert (coarse.lat, coarse.lon) != (-6.20791, 106.84844)
    assert abs(coarse.lat + 6.20791) < COARSE_DEGREES
    assert not incident_models.incident(an_incident("citizen"), whole=True, policy=DEFAULT_SOURCES).place.coarse
    assert not incident_models.incident(
        an_incident("camera", "citizen"), whole=False, policy=DEFAULT_SOURCES
    ).place.coarse
