"""Every endpoint, asked by every role, about the own area and another's: nobody is told what is not theirs.

The endpoints are those of the application itself, so a new one is asked, too. Every secret that is put into the two
areas has a marker; an answer may hold only the markers that its reader may see. The same is tried by SQL below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from tests.support.http_api import Api, new_token
from tests.support.matrix_world import (
    HOME,
    MARKERS,
    OPTIONS,
    PARAMETERS,
    PEOPLE,
    PLACES,
    QUERIES,
    SEEN_AS,
    SKIPPED,
    World,
    may_see,
    seed,
)

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.people.service import scope
from siaga_cloud.people.store import accounts
from siaga_cloud.platform.db.connection import Connection


@pytest.fixture(scope="module")
def world(api: Api) -> World:
    with api.connection() as conn:
        other = AreaLookup().at(conn, lat=PLACES["B"][0], lon=PLACES["B"][1])
        for new in (
            ("citizen.some", "Some Citizen", "citizen", None, None),
            ("lurah.other", "Other Lurah", "area_head", other, None),
            ("kadis.other", "Other Head", "agency_head", None, "dinas-lh"),
            ("quiet.a", MARKERS["A", "account"], "officer", None, "dinas-sda"),
            ("quiet.b", MARKERS["B", "account"], "officer", None, "dinas-lh"),
        ):
            conn.execute("INSERT INTO app_user (id, name, role, area_id, agency_id) VALUES (%s, %s, %s, %s, %s)", new)
        for user in ("citizen.some", "lurah.other", "kadis.other"):
            api.tokens[user] = new_token(conn, user)
        seeded = {area: seed(conn, api, area) for area in PLACES}
        conn.commit()
        people = {user: person for user in PEOPLE if user and (person := accounts.person(conn, user)) is not None}
    return World(api=api, seeded=seeded, people=people)


# --- the matrix --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation of the OpenAPI document."""

    method: str
    path: str
    needed: list[str]
    options: list[str]
    depends_on_caller: bool
    form: dict[str, Any] | None


def endpoints_of(api: Api, *, safe: bool) -> list[Endpoint]:
    """Every endpoint of the application that reads, or every one that changes something."""
    from siaga_cloud.app import create_app

    document = create_app(api.parts.settings, api.parts.database).openapi()
    found = [
        _endpoint(method.upper(), path, message, document)
        for path, methods in sorted(document["paths"].items())
        for method, message in sorted(methods.items())
        if (method == "get") is safe and path not in SKIPPED
    ]
    assert len(found) > 15, "the endpoints of the application were not found"
    return found


def _endpoint(method: str, path: str, message: dict[str, Any], document: dict[str, Any]) -> Endpoint:
    queries = [one for one in message.get("parameters", ()) if one["in"] == "query"]
    needed = [one["name"] for one in queries if one.get("required")]
    options = [one["name"] for one in queries if one["name"] in OPTIONS and one["name"] not in needed]
    body = message.get("requestBody", {}).get("content", {}).get("application/json")
    form = None if body is None else value_of(body["schema"], document["components"]["schemas"])
    return Endpoint(
        method=method, path=path, needed=needed, options=options, depends_on_caller="security" in message, form=form
    )


def paths(world: World, endpoint: Endpoint) -> list[str]:
    """The endpoint's paths with every value of its parameters, and the queries that it cannot do without."""
    made = [endpoint.path]
    for name in re.findall(r"\{(\w+)\}", endpoint.path):
        assert name in PARAMETERS, (
            f"{endpoint.path}: the matrix does not know the path parameter {name!r}; add it to PARAMETERS in"
            f" {__file__} with values of both areas"
        )
        made = [path.replace(f"{{{name}}}", world.fill(value)) for path in made for value in PARAMETERS[name]]
    for name in endpoint.needed:
        assert name in QUERIES, (
            f"{endpoint.path}: the matrix does not know the query parameter {name!r}; add it to QUERIES in {__file__}"
        )
    query = [f"{name}={QUERIES[name]}" for name in endpoint.needed]
    requested = [query] + [[*query, f"{name}={world.fill(one)}"] for name in endpoint.options for one in OPTIONS[name]]
    return [f"{path}?{'&'.join(one)}" if one else path for path in made for one in requested]


def leaks(person: str | None, content: str) -> list[str]:
    """What an answer holds and this person may not see."""
    return [
        f"{kind} of {area}"
        for (area, kind), marks in SEEN_AS.items()
        if not may_see(person, area, kind) and any(mark in content for mark in marks)
    ]


def test_no_answer_shows_anyone_what_is_not_theirs(world: World) -> None:
    found, requested, seen = [], 0, set()
    endpoints = [
        (path, one.depends_on_caller) for one in endpoints_of(world.api, safe=True) for path in paths(world, one)
    ]
    endpoints += [(path, False) for path in ("/", "/r/not-the-secret-of-any", "/metrics", "/healthz")]
    for person in PEOPLE:
        with world.api.client(person) as client:
            for path, depends_on_caller in endpoints:
                if not (depends_on_caller or person in (None, "lurah.manggarai")):
                    continue  # who asks makes no difference to it
                answer = client.get(path)
                requested += 1
                content = answer.content.decode("latin-1")
                seen |= {(person, key) for key, marks in SEEN_AS.items() if any(mark in content for mark in marks)}
                found += [f"{person} GET {path}: {leak}" for leak in leaks(person, content)]
                if answer.status_code >= 500 and answer.status_code != 503:
                    found.append(f"{person} GET {path}: {answer.status_code}")
    assert not found, "\n".join(sorted(set(found)))
    assert requested > 700
    # The markers are really there to be seen, or the test above would find nothing whatever happened.
    for area in PLACES:
        for kind in ("text", "contact", "place", "photo", "note", "officer", "position", "account"):
            assert ("admin", (area, kind)) in seen, f"even an administrator does not see the {kind} of {area}"
    for kind in ("text", "contact", "place", "photo", "note", "officer"):
        assert ("lurah.manggarai", ("A", kind)) in seen, f"the lurah does not see the {kind} of the own area"
        if kind != "contact":
            assert ("petugas.lh", ("B", kind)) in seen, f"the officer does not see the {kind} of the own agency"


def test_no_change_is_made_to_what_is_not_theirs_and_no_refusal_reveals_it(world: World) -> None:
    found = []
    before = whole(world)
    endpoints = [
        (one.method, path, one.form) for one in endpoints_of(world.api, safe=False) for path in paths(world, one)
    ]
    for person in PEOPLE:
        if person in ("operator.balaikota", "admin"):
            continue  # all of it is theirs
        with world.api.client(person) as client:
            for method, path, body in endpoints:
                if own(world, person, path):
                    continue
                answer = client.request(method, path, json=body)
                found += [f"{person} {method} {path}: {leak}" for leak in leaks(person, answer.text)]
                if answer.status_code >= 500 and answer.status_code != 503:
                    found.append(f"{person} {method} {path}: {answer.status_code}")
        world.api.forget_limits()
        changed = [key for key, value in whole(world).items() if before[key] != value]
        found += [f"{person} changed {key}" for key in changed if key[1] != HOME.get(person or "")]
        before = whole(world)
    assert not found, "\n".join(sorted(set(found)))


def own(world: World, person: str | None, path: str) -> bool:
    """Whether a request is about something of the person's own area, which may be changed, or ends the access."""
    if path.startswith(("/api/v1/me/", "/api/v1/session")):
        return True
    home = HOME.get(person or "")
    return home is not None and any(value in path for value in world.seeded[home].values())


def value_of(like: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value that fits a schema as far as it tells, so that the request is not refused for its shape alone."""
    if "$ref" in like:
        return value_of(schemas[like["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in like:
        return value_of(like["anyOf"][0], schemas)
    for known in ("const", "default"):
        if like.get(known) is not None:
            return like[known]
    chosen = like.get("enum") or like.get("examples")
    if chosen:
        return chosen[0]
    return _typed(like, schemas)


def _typed(like: dict[str, Any], schemas: dict[str, Any]) -> Any:
    match like.get("type"), like.get("format"):
        case "object", _:
            return {name: value_of(like["properties"][name], schemas) for name in like.get("required", ())}
        case "array", _:
            return [value_of(like["items"], schemas)] if like.get("minItems") else []
        case "boolean", _:
            return True
        case (("integer" | "number"), _):
            return like.get("minimum", like.get("exclusiveMinimum", 0) + 1)
        case _, "uuid":
            return str(UUID(int=7))
        case _, "date-time":
            return datetime.now(UTC).isoformat()
    return "x" * max(12, like.get("minLength", 1))


def whole(world: World) -> dict[tuple[str, str], Any]:
    """The rows of what was seeded, to be compared."""
    queries = {
        "task": ("SELECT to_jsonb(task) - 'updated_at' AS row FROM task WHERE id = %s", "task"),
        "moves": ("SELECT count(*) AS row FROM task_move WHERE task_id = %s", "task"),
        "incident": ("SELECT to_jsonb(incident) - 'updated_at' AS row FROM incident WHERE id = %s", "incident"),
        "report": ("SELECT to_jsonb(report) AS row FROM report WHERE id = %s", "report"),
        "contact": ("SELECT to_jsonb(report_contact) AS row FROM report_contact WHERE report_id = %s", "report"),
    }
    with world.api.connection() as conn:
        return {
            (name, area): conn.execute(query, (world.seeded[area][kind],)).fetchone()
            for area in PLACES
            for name, (query, kind) in queries.items()
        }


# --- the same by SQL ---------------------------------------------------------------------------------------------

# Names of people stand beside their work everywhere and are masked with it; the list itself is an administrator's.
BESIDE_THE_WORK: Final = {"app_user"}


def tables(conn: Connection) -> list[str]:
    rows = conn.execute(
        "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'v', 'p') AND has_table_privilege('siaga_api', c.oid, 'SELECT') ORDER BY 1"
    )
    return [row["relname"] for row in rows if row["relname"] not in BESIDE_THE_WORK]


def test_sql_of_a_request_that_reads_sees_no_more_than_its_caller(world: World) -> None:
    found = []
    with world.api.connection() as conn:
        names = tables(conn)
    assert {"task", "incident", "report", "report_contact", "officer_position", "audit"} <= set(names)
    for person in PEOPLE:
        with world.api.parts.database.transaction() as conn:
            scope.act_for(conn, world.people.get(person or ""), writes=False)
            row = conn.execute("SELECT current_user AS who").fetchone()
            assert row == {"who": "siaga_api"}
            for name in names:
                content = str(conn.execute(f'SELECT * FROM "{name}" AS t').fetchall())  # noqa: S608
                found += [f"{person}: {leak} in {name}" for leak in leaks(person, content)]
    assert not found, "\n".join(sorted(set(found)))


def test_a_request_that_reads_can_write_nothing_that_is_guarded(world: World) -> None:
    for change in (
        "UPDATE task SET priority = 1", "UPDATE incident SET state = 'closed'", "DELETE FROM report_contact",
        "UPDATE officer_duty SET ended_at = now()",
    ):  # fmt: skip
        with world.api.parts.database.transaction() as conn:
            scope.act_for(conn, world.people["operator.balaikota"], writes=False)
            try:
                assert conn.execute(change).rowcount == 0, change
            except psycopg.errors.InsufficientPrivilege:
                conn.rollback()


def test_even_a_request_that_writes_sees_no_contact_and_no_position_of_others(world: World) -> None:
    seen = {"petugas.sda": ["petugas.sda"], "gubernur": ["petugas.lh", "petugas.sda"]}
    for person in (None, "citizen.some", "petugas.sda", "gubernur"):
        with world.api.parts.database.transaction() as conn:
            scope.act_for(conn, world.people.get(person or ""), writes=True)
            contacts = conn.execute("SELECT name FROM report_contact").fetchall()
            positions = conn.execute("SELECT user_id FROM officer_position").fetchall()
        assert contacts == [], person
        assert sorted(one["user_id"] for one in positions) == seen.get(person or "", []), person


def test_without_a_caller_a_login_of_the_api_is_the_public(world: World) -> None:
    with world.api.connection() as conn:
        conn.execute("SET ROLE siaga_api")
        for name in ("task", "incident", "report", "report_contact", "officer_position", "audit"):
            row = conn.execute(f"SELECT count(*) AS n FROM {name}").fetchone()  # noqa: S608
            assert row == {"n": 0}, name
        conn.rollback()


def test_whom_a_transaction_acts_for_ends_with_it(world: World) -> None:
    with world.api.parts.database.transaction() as conn:
        scope.act_for(conn, world.people["admin"], writes=True)
        pid = conn.info.backend_pid
    for _ in range(20):
        with world.api.parts.database.transaction() as conn:
            row = conn.execute(
                "SELECT current_user <> 'siaga_api' AS own, current_setting('siaga.role', true) AS role"
            ).fetchone()
            assert row is not None
            assert row["own"]
            assert not row["role"]
            if conn.info.backend_pid == pid:
                return
    pytest.fail("the connection did not come back from the pool")
