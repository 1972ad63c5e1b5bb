"""Who may do what over HTTP, and how a task goes from open to resolved."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from tests.support.http_api import Api, a_photo, add_signal, task_of

PEOPLE = (None, "petugas.sda", "petugas.lh", "lurah.manggarai", "kadis.sda", "operator.balaikota", "gubernur", "admin")


@pytest.fixture(scope="module")
def flood(api: Api) -> tuple[UUID, UUID]:
    """An incident at Manggarai and its task."""
    with api.connection() as conn:
        incident_id = add_signal(conn)
        return incident_id, task_of(conn, incident_id)


def statuses(api: Api, method: str, path: str, **more: object) -> dict[str | None, int]:
    """The status of one request by everyone."""
    found = {}
    for person in PEOPLE:
        with api.client(person) as client:
            found[person] = client.request(method, path, **more).status_code  # type: ignore[arg-type]
    return found


def expected(*allowed: str, good: int) -> dict[str | None, int]:
    return {person: 401 if person is None else good if person in allowed else 403 for person in PEOPLE}


def test_nodes_are_for_those_who_oversee(api: Api) -> None:
    assert statuses(api, "GET", "/api/v1/nodes") == expected("operator.balaikota", "gubernur", "admin", good=200)


def test_verdicts_are_for_operators(api: Api) -> None:
    path = f"/api/v1/incidents/{uuid4()}/verdict"
    assert statuses(api, "POST", path, json={"verdict": "confirmed"}) == expected(
        "operator.balaikota", "admin", good=404
    )


def test_field_work_is_for_the_agency_and_the_area(api: Api, flood: tuple[UUID, UUID]) -> None:
    path = f"/api/v1/tasks/{flood[1]}/moves"
    found = statuses(api, "POST", path, json={"verb": "resume"})  # illegal for all: allowed ones get 409
    assert found == expected("petugas.sda", "lurah.manggarai", "kadis.sda", "operator.balaikota", "admin", good=409)


def test_dispatch_is_not_for_officers(api: Api, flood: tuple[UUID, UUID]) -> None:
    path = f"/api/v1/tasks/{flood[1]}/moves"
    found = statuses(api, "POST", path, json={"verb": "verify"})
    assert found == expected("lurah.manggarai", "kadis.sda", "operator.balaikota", "admin", good=409)


def test_public_reads_need_no_token_and_show_no_people(api: Api, flood: tuple[UUID, UUID]) -> None:
    for path in ("areas", "rivers", "gauges", "cameras", "agencies", "incidents", "tasks", "summary", "categories"):
        with api.client() as client:
            assert client.get(f"/api/v1/{path}").status_code == 200, path
    with api.client() as client:
        public = client.get(f"/api/v1/tasks/{flood[1]}").json()
    with api.client("petugas.sda") as client:
        own = client.get(f"/api/v1/tasks/{flood[1]}").json()
    with api.client("petugas.lh") as client:
        other = client.get(f"/api/v1/tasks/{flood[1]}").json()
    assert public["task"]["place"] is None
    assert own["task"]["place"] is not None
    assert other["task"]["place"] is None
    assert (public["moves"][0]["actor"], public["moves"][0]["actor_name"]) == (None, None)
    assert own["moves"][0]["actor"] == "system"


def test_a_wrong_or_replaced_token_is_refused_even_where_none_is_needed(api: Api) -> None:
    with api.client(Authorization="Bearer nonsense") as client:
        answer = client.get("/api/v1/gauges")
        assert client.get("/api/v1/incidents").status_code == 401
        assert answer.status_code == 200  # this one does not ask who is there
    with api.connection() as conn:
        conn.execute("UPDATE app_user SET disabled_at = now() WHERE id = 'petugas.bina-marga'")
    with api.client("petugas.bina-marga") as client:
        answer = client.get("/api/v1/tasks")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:siaga:problem:unknown-token"


def test_an_officer_does_a_task_with_a_photo_and_every_move_is_stored(api: Api) -> None:
    with api.connection() as conn:
        incident_id = add_signal(conn, source="camera:cam-kampung-melayu", place=(-6.2246, 106.8628))
        task_id = task_of(conn, incident_id)
    with api.client("petugas.sda") as officer:
        moves = f"/api/v1/tasks/{task_id}/moves"
        assert officer.post(moves, json={"verb": "accept"}).json()["task"]["state"] == "accepted"
        assert officer.get("/api/v1/tasks?mine=true").json()[0]["id"] == str(task_id)
        assert officer.post(moves, json={"verb": "arrive"}).status_code == 200
        assert officer.post(moves, json={"verb": "resolve"}).status_code == 422  # no photo
        assert officer.post(moves, json={"verb": "resolve", "photo_id": str(uuid4())}).status_code == 422
        files = {"photo": ("after.jpg", a_photo(gps=(-6.2246, 106.8628)), "image/jpeg")}
        accepted = officer.post(f"/api/v1/tasks/{task_id}/photos", files=files)
        assert accepted.status_code == 201, accepted.text
        assert accepted.json()["place"]["lat"] == pytest.approx(-6.2246, abs=1e-5)
        photo_id = accepted.json()["photo_id"]
        done = officer.post(moves, json={"verb": "resolve", "photo_id": photo_id, "note": "surut"}).json()
        assert done["task"]["state"] == "resolved"
        assert [move["verb"] for move in done["moves"]] == ["create", "accept", "arrive", "resolve"]
        assert done["moves"][-1]["actor"] == "petugas.sda"
        assert done["moves"][-1]["actor_name"] == "Petugas SDA (pasukan biru)"
        image = officer.get(done["task"]["proof_url"])
        assert image.headers["content-type"] == "image/jpeg"
        assert image.headers["cross-origin-resource-policy"] == "same-origin"  # it is not public
        assert b"SecretPhone" not in image.content
    with api.client() as public:
        assert public.get(f"/api/v1/media/{photo_id}").status_code == 404  # people may be on it
        assert public.get(f"/api/v1/tasks/{task_id}").json()["photos"] == []
    with api.client("kadis.sda") as head:
        assert head.post(moves, json={"verb": "verify"}).json()["task"]["state"] == "verified"


def test_an_illegal_move_names_what_is_allowed(api: Api, flood: tuple[UUID, UUID]) -> None:
    with api.client("operator.balaikota") as operator:
        answer = operator.post(f"/api/v1/tasks/{flood[1]}/moves", json={"verb": "verify"})
    assert answer.status_code == 409
    assert answer.json()["state"] == "open"
    assert set(answer.json()["allowed"]) == {"assign", "accept", "dismiss", "koordinasi", "disposisi", "not_mine"}


def test_a_verdict_is_stored_and_shown(api: Api) -> None:
    with api.connection() as conn:
        incident_id = add_signal(conn, category="trash", source="camera:cam-karet", place=(-6.1987, 106.8102))
    with api.client("operator.balaikota") as operator:
        answer = operator.post(f"/api/v1/incidents/{incident_id}/verdict", json={"verdict": "confirmed", "note": "ya"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["incident"]["verdict"] == "confirmed"
    with api.client("operator.balaikota") as operator:
        for _ in range(2):
            answer = operator.delete(f"/api/v1/incidents/{incident_id}/verdict")
            assert (answer.status_code, answer.json()["incident"]["verdict"]) == (200, None)
    with api.connection() as conn:
        counted = conn.execute("SELECT count(*) AS n FROM counted_verdict WHERE incident_id = %s", (incident_id,))
        assert counted.fetchone() == {"n": 0}, "the sources lose what the confirmation gave them"


def test_a_leader_watches_a_camera_live_and_an_officer_may_not(api: Api) -> None:
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO node (id, state) VALUES ('pintu-manggarai', 'online')"
            " ON CONFLICT (id) DO UPDATE SET state = 'online'"
        )
    wanted = {"seconds": 20}
    for user, status in (("petugas.sda", 403), ("gubernur", 201)):
        with api.client(user) as client:
            answer = client.post("/api/v1/cameras/cam-manggarai/views", json=wanted)
            assert answer.status_code == status, answer.text
    with api.client("admin") as admin:
        lines = admin.get("/api/v1/admin/audit?object=cam-manggarai&sort=-id&limit=1").json()
    assert [(one["actor"], one["action"]) for one in lines] == [("gubernur", "look_through_camera")]
