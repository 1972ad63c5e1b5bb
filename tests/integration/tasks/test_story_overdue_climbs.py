"""The story of an overdue task: a street floods, nobody moves, and it climbs from the lurah to the walikota."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.http_api import Api, add_signal, task_of

from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.tasks.service import tasks


def messages(api: Api, user: str) -> list[str]:
    with api.client(user) as client:
        answer = client.get("/api/v1/notifications")
        assert answer.status_code == 200, answer.text
        return [line["text_en"] for line in reversed(answer.json())]


def let_time_pass(api: Api, hours: float, *, since: datetime) -> None:
    """As the worker does by its clock."""
    now = since + timedelta(hours=hours)
    with connect(api.database_url) as conn:
        tasks.check_deadlines(conn, now=now)
        notification_sending.send_due(conn, now=now)


def test_an_overdue_task_climbs(api: Api) -> None:
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO app_user (id, name, role, area_id)"
            " VALUES ('walikota.jaksel', 'Walikota', 'area_head', '31.74')"
        )
    api.renew_token("walikota.jaksel")
    with api.connection() as conn:
        task_id = task_of(conn, add_signal(conn, source="camera:cam-manggarai"))
    start = datetime.now(UTC)

    let_time_pass(api, 0.01, since=start)
    assert len(messages(api, "petugas.sda")) == 1, "the agency hears of the new task"
    assert "New task" in messages(api, "lurah.manggarai")[0], "and so does the kelurahan"
    with api.client("petugas.sda") as officer:
        assert officer.post(f"/api/v1/tasks/{task_id}/moves", json={"verb": "accept"}).status_code == 200

    let_time_pass(api, 0.8, since=start)
    assert "Reminder" in messages(api, "petugas.sda")[-1], "before it is late, whoever has it is reminded"
    assert messages(api, "camat.tebet") == []

    let_time_pass(api, 24.1, since=start)
    assert "escalated to level 1" in messages(api, "lurah.manggarai")[-1], "then the lurah hears that it is late"
    let_time_pass(api, 36.1, since=start)
    assert "escalated to level 2" in messages(api, "camat.tebet")[-1], "then the camat"
    let_time_pass(api, 48.1, since=start)
    assert "escalated to level 3" in messages(api, "walikota.jaksel")[-1], "then the walikota"
    assert "escalated to level 3" in messages(api, "kadis.sda")[-1], "and the head of the agency"

    for _ in range(3):
        let_time_pass(api, 49, since=start)
    assert sum("escalated" in text for text in messages(api, "camat.tebet")) == 1, "each hears of it once"
    with api.client("petugas.sda") as officer:
        found = officer.get(f"/api/v1/tasks/{task_id}").json()
    assert found["task"]["escalation"] == 3
    reported = [move["note"] for move in found["moves"] if move["verb"] == "escalate"]
    assert reported == [
        "resolve clock: told lurah (lurah.manggarai)",
        "resolve clock: told camat (camat.tebet)",
        "resolve clock: told walikota and head of the agency (kadis.sda, walikota.jaksel)",
    ]
