"""Work on tasks over HTTP: many moves at once, hand-over, priority, notes, attachments, checklist; inbox and storm."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from tests.support.http_api import Api, a_photo, add_signal, task_of

from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.notifications.service.notifications import Audience, Subject, notify


@pytest.fixture(scope="module")
def flood(api: Api) -> UUID:
    """A task at Manggarai."""
    return a_task(api, "camera:cam-manggarai", (-6.2079, 106.84844))


def a_task(api: Api, source: str, place: tuple[float, float]) -> UUID:
    with api.connection() as conn:
        return task_of(conn, add_signal(conn, source=source, place=place))


def test_of_many_moves_the_one_that_is_refused_leaves_the_others(api: Api) -> None:
    first = a_task(api, "camera:bulk-1", (-6.30, 106.80))
    second = a_task(api, "camera:bulk-2", (-6.32, 106.80))
    moves = [
        {"task_id": str(first), "verb": "assign", "to": "petugas.sda"},
        {"task_id": str(second), "verb": "verify"},
        {"task_id": str(uuid4()), "verb": "accept"},
        {"task_id": str(second), "verb": "dismiss"},
        {"task_id": str(second), "verb": "dismiss", "note": "air pam"},
    ]
    with api.client("operator.balaikota") as operator:
        answer = operator.post("/api/v1/tasks/bulk-moves", json={"moves": moves})
        assert answer.status_code == 200, answer.text
        assert operator.get(f"/api/v1/tasks/{first}").json()["task"]["assignee_id"] == "petugas.sda"
        too_many = operator.post("/api/v1/tasks/bulk-moves", json={"moves": moves * 41})
    assert [(one["status"], one["state"]) for one in answer.json()] == [
        (200, "assigned"), (409, None), (404, None), (422, None), (200, "dismissed"),
    ]  # fmt: skip
    assert "cannot verify" in answer.json()[1]["detail"]
    assert too_many.status_code == 422
    with api.client("petugas.lh") as stranger:
        answer = stranger.post("/api/v1/tasks/bulk-moves", json={"moves": moves[:1]})
    assert answer.json()[0]["status"] == 403


def test_a_task_is_handed_over_and_the_agency_that_joins_may_see_it(api: Api) -> None:
    task_id = a_task(api, "camera:hand-over", (-6.31, 106.82))
    path = f"/api/v1/tasks/{task_id}"
    wanted = {"kind": "koordinasi", "to": "dinas-lh", "note": "sampah di saluran"}
    with api.client("petugas.sda") as officer, api.client("kadis.sda") as head, api.client("petugas.lh") as joined:
        assert joined.get(f"{path}/work").status_code == 403
        assert officer.post(f"{path}/hand-over", json=wanted).status_code == 403, "heads ask agencies to join"
        assert head.post(f"{path}/hand-over", json=wanted).json()["agency_id"] == "dinas-sda"
        sheet = joined.get(f"{path}/work").json()
        assert sheet["parties"] == ["dinas-lh"]
        assert joined.get(path).json()["task"]["place"] is not None
        assert joined.post(f"{path}/notes", json={"text": "kami bawa truk"}).status_code == 201
        assert joined.post(f"{path}/moves", json={"verb": "accept"}).status_code == 403, "it stays with its owner"
        passed = {"kind": "not_mine", "to": "dinas-bina-marga", "note": "lubang jalan"}
        answer = officer.post(f"{path}/hand-over", json=passed)
        assert answer.json()["agency_id"] == "dinas-bina-marga"
        assert officer.get(f"{path}/work").status_code == 403, "it is theirs no more"
    with api.client("operator.balaikota") as operator:
        sheet = operator.get(f"{path}/work").json()
    assert [(one["kind"], one["from"], one["to"]) for one in sheet["handovers"]] == [
        ("koordinasi", "dinas-sda", "dinas-lh"),
        ("not_mine", "dinas-sda", "dinas-bina-marga"),
    ]


def test_priority_notes_attachments_and_the_checklist(api: Api, flood: UUID) -> None:
    path = f"/api/v1/tasks/{flood}"
    with api.client("petugas.sda") as officer, api.client("lurah.manggarai") as lurah:
        wanted = {"priority": 3, "reason": "sudah surut sebagian"}
        assert officer.post(f"{path}/priority", json=wanted).status_code == 403
        assert lurah.post(f"{path}/priority", json=wanted).json()["priority"] == 3
        assert lurah.post(f"{path}/priority", json={"priority": 1, "reason": " "}).status_code == 422
        recorded = officer.post(f"{path}/notes", json={"text": "Kunci ada di pos RW"})
        assert (recorded.status_code, recorded.json()["notes"][0]["by"]) == (201, "petugas.sda")
        assert officer.post(f"{path}/notes", json={"text": " "}).status_code == 422
        accepted = officer.post(f"{path}/attachments", files={"photo": ("map.jpg", a_photo(), "image/jpeg")})
        assert accepted.status_code == 201, accepted.text
        url = accepted.json()["attachments"][0]["url"]
        assert officer.get(url).status_code == 200
        officer.post(f"{path}/moves", json={"verb": "accept"})
        as_proof = {"verb": "resolve", "photo_id": url.rpartition("/")[2]}
        assert officer.post(f"{path}/moves", json=as_proof).status_code == 422, "an attachment proves nothing"
        ticked = officer.put(f"{path}/checklist/inlets", json={"done": True}).json()["checklist"]
        assert {item["id"]: item["done_by"] for item in ticked} == {
            "barrier": None, "inlets": "petugas.sda", "depth": None,
        }  # fmt: skip
        assert officer.put(f"{path}/checklist/nothing", json={}).status_code == 404
        verbs = [move["verb"] for move in officer.get(path).json()["moves"]]
    assert verbs == ["create", "priority", "note", "accept"]
    with api.client() as public:
        assert public.get(f"{path}/work").status_code == 401


def test_the_policy_its_templates_and_teams_can_be_read(api: Api) -> None:
    with api.client("petugas.sda") as officer:
        held = officer.get("/api/v1/policy").json()
        templates = officer.get("/api/v1/task-templates").json()
        assert officer.get("/api/v1/teams").json()[0]["id"] == "sda-pompa-1"
    assert held["number"] == 1
    assert held["document"]["routing"]["crew_agency"] == "ppsu"
    assert "target" not in held["document"]
    assert {one["category"] for one in templates} == {"flooding", "trash", "illegal_parking"}


def test_the_inbox_is_ones_own_and_is_read(api: Api, flood: UUID) -> None:
    with api.connection() as conn:
        subject, body = Subject(kind="task", id=str(flood)), {"number": 1, "category": "flooding", "area": "Manggarai"}
        now = datetime.now(UTC)
        notify(conn, to=Audience.user("gubernur"), kind="task_new", subject=subject, dedupe="x", body=body, now=now)
        notification_sending.send_due(conn, now=datetime.now(UTC))
    with api.client("gubernur") as leader, api.client("petugas.lh") as other:
        (line,) = leader.get("/api/v1/notifications?unread=true").json()
        assert (line["text_id"], line["more"]) == ("Tugas baru 1: Banjir atau genangan di Manggarai.", 0)
        assert other.post(f"/api/v1/notifications/{line['id']}/read").status_code == 404
        assert leader.post(f"/api/v1/notifications/{line['id']}/read").json() == {"marked": 1}
        assert leader.post("/api/v1/notifications/read").json() == {"marked": 0}
        assert leader.get("/api/v1/notifications?unread=true").json() == []


def test_an_operator_begins_and_ends_the_storm(api: Api) -> None:
    with api.client("operator.balaikota") as operator, api.client("petugas.sda") as officer:
        assert officer.get("/api/v1/notifications/storm").status_code == 403
        begun = operator.post("/api/v1/notifications/storm", json={"action": "begin", "reason": "Siaga 1"})
        assert begun.json()["storm"] is True
        assert operator.post("/api/v1/notifications/storm", json={"action": "begin", "reason": "x"}).status_code == 409
        ended = operator.post("/api/v1/notifications/storm", json={"action": "end", "reason": "surut"}).json()
    assert (ended["storm"], ended["storms"][0]["ended_by"]) == (False, "operator.balaikota")
    assert set(ended["last_day"]) >= {"made", "sent", "grouped", "waiting", "failed", "messages"}


def test_a_reporter_is_notified_what_became_of_the_report(api: Api) -> None:
    form = {"category": "pothole", "text": "lubang besar", "lat": "-6.25", "lon": "106.80"}
    with api.client() as public:
        sent = public.post("/api/v1/reports", data=form).json()
        report_id, follow = UUID(sent["report_id"]), sent["follow"].removeprefix("/r/")
        with api.connection() as conn:
            from siaga_cloud.city.service.areas import AreaLookup
            from siaga_cloud.incidents.service import matching as incidents

            incidents.process_signal(conn, report_id, areas=AreaLookup(), now=datetime.now(UTC))
            notification_sending.send_due(conn, now=datetime.now(UTC))
        reported = public.get(f"/api/v1/reports/{follow}?lang=en").json()["messages"]
    assert [line["text"].partition(" ")[0] for line in reported] == ["Your"]
    assert "became task" in reported[0]["text"]
