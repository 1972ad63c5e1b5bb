"""Looks at personal data are on record; a reporter is forgotten and no figure changes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.support.admin.commands import run_admin
from tests.support.http_api import Api, a_photo

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import clean_photo
from siaga_cloud.reports.service.intake import store_photo
from siaga_cloud.reports.service.reports import FiledReport, NewReport, file_report
from siaga_cloud.reports.store.reports import Contact

HERE = (-6.2079, 106.84844)


def a_report(conn: Connection, media: MediaFolder, *, reporter: str, size: tuple[int, int] = (320, 240)) -> FiledReport:
    now = datetime.now(UTC)
    photo = store_photo(clean_photo(a_photo(size=size)), "report", media=media, by=None, now=now)
    new = NewReport(
        channel="web", category="pothole", body=f"secret words of {reporter}", lat=HERE[0], lon=HERE[1],
        reporter=reporter, photos=(photo,), contact=Contact(name="Ani", phone="0812"), external_id=f"wa-{now}",
    )  # fmt: skip
    accepted = file_report(conn, new, areas=AreaLookup(), now=now)
    incidents.process_signal(conn, accepted.report_id, areas=AreaLookup(), now=now)
    conn.commit()
    return accepted


def figures(conn: Connection) -> dict[str, Any]:
    """What must not change: counts, confidence, reliability."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(DISTINCT reporter_hash) FROM report) AS people,"
        " (SELECT count(*) FROM report_media) AS photos, (SELECT count(*) FROM signal) AS signals,"
        " (SELECT count(DISTINCT source_key) FROM signal) AS sources,"
        " (SELECT jsonb_agg(jsonb_build_array(area_id, category, received_at) ORDER BY id) FROM report) AS kinds,"
        " (SELECT jsonb_agg(jsonb_build_array(confidence, sources) ORDER BY id) FROM incident) AS incidents,"
        " (SELECT jsonb_agg(jsonb_build_array(weight, counted) ORDER BY signal_id) FROM incident_member) AS weights,"
        " (SELECT jsonb_agg(jsonb_build_array(confirmed, refuted) ORDER BY confirmed, refuted)"
        "   FROM source_reliability) AS reliability"
    ).fetchone()
    assert row is not None
    return row


@pytest.fixture(scope="module")
def ani(api: Api) -> list[FiledReport]:
    """Two reports of Ani and one of Budi."""
    with api.connection() as conn:
        return [
            a_report(conn, api.parts.media, reporter=who, size=(320, 240 + number))
            for number, who in enumerate(("ani", "ani", "budi"))
        ]


def test_a_look_at_a_report_needs_a_reason_and_is_on_record(api: Api, ani: list[FiledReport]) -> None:
    path = f"/api/v1/personal/reports/{ani[0].report_id}"
    with api.client("lurah.manggarai") as lurah:
        assert lurah.get(path).status_code == 422
        seen = lurah.get(path, params={"reason": "calling back about the place"}).json()
        assert (seen["body"], seen["name"]) == ("secret words of ani", "Ani")
    with api.client("petugas.lh") as other:
        assert other.get(path, params={"reason": "curious"}).status_code == 404
    with api.client("gubernur") as leader:
        assert leader.get(path, params={"reason": "curious"}).status_code == 403
    with api.client("admin") as admin:
        lines = admin.get("/api/v1/admin/audit", params={"object": str(ani[0].report_id)}).json()
    assert [(line["actor"], line["action"], line["why"]) for line in lines] == [
        ("lurah.manggarai", "look_at_report", "calling back about the place")
    ]


def test_a_look_at_a_citizens_photo_is_on_record(api: Api, ani: list[FiledReport]) -> None:
    with api.connection() as conn:
        (photo,) = [row["media_id"] for row in photos_of(conn, ani[0].report_id)]
    for who, status in (("lurah.manggarai", 200), ("petugas.lh", 404), (None, 404)):
        with api.client(who) as client:
            assert client.get(f"/api/v1/media/{photo}").status_code == status
    with api.client("admin") as admin:
        lines = admin.get("/api/v1/admin/audit", params={"object": str(photo)}).json()
    assert [(line["actor"], line["action"]) for line in lines] == [("lurah.manggarai", "view_image")]


def test_the_secret_of_a_report_erases_its_words_contact_and_photo_and_no_figure_changes(
    api: Api, ani: list[FiledReport]
) -> None:
    with api.connection() as conn:
        before = figures(conn)
        (photo,) = [row["media_id"] for row in photos_of(conn, ani[2].report_id)]
        held = conn.execute("SELECT sha256 FROM media WHERE id = %s", (photo,)).fetchone()
    assert held is not None
    with api.client() as public:
        answer = public.request("DELETE", f"/api/v1/reports/{ani[2].secret}/personal")
        assert answer.json() == {"reports": 1}
        followed = public.get(f"/api/v1/reports/{ani[2].secret}").json()
        assert followed["text"] == ""
        assert followed["photos"] == 1
        assert public.delete("/api/v1/reports/not-a-secret/personal").status_code == 404
    with api.connection() as conn:
        assert figures(conn) == before
        assert not conn.execute("SELECT FROM report_contact WHERE report_id = %s", (ani[2].report_id,)).fetchall()
        line = conn.execute("SELECT actor, details FROM audit WHERE action = 'forget_report'").fetchone()
    assert line == {"actor": "reporter", "details": {"reporter_hash": "replaced", "reports": 1}}
    assert not api.parts.media.path(held["sha256"]).exists()  # the file itself is gone
    with api.client("admin") as admin:
        assert len(admin.get(f"/api/v1/media/{photo}").content) < 1000


def test_an_admin_forgets_all_of_a_reporter_who_continues_to_count_once(api: Api, ani: list[FiledReport]) -> None:
    with api.connection() as conn:
        before = figures(conn)
        hashes = {row["reporter_hash"] for row in conn.execute("SELECT reporter_hash FROM report")}
    update = {"report_id": str(ani[0].report_id), "all_of_reporter": True, "reason": "asked by letter of 3 November"}
    with api.client("operator.balaikota") as operator:
        assert operator.post("/api/v1/personal/forget", json=update).status_code == 403
    with api.client("admin") as admin:
        assert admin.post("/api/v1/personal/forget", json=update).json() == {"reports": 2}
        gone = {**update, "report_id": str(UUID(int=5))}
        assert admin.post("/api/v1/personal/forget", json=gone).status_code == 404
    with api.connection() as conn:
        assert figures(conn) == before
        rows = conn.execute("SELECT id, body, reporter_hash, external_id FROM report ORDER BY id").fetchall()
        keys = conn.execute("SELECT source_key FROM signal UNION SELECT source_key FROM incident_member").fetchall()
        text = str(rows) + str(keys)
    mine = [row for row in rows if row["id"] in (ani[0].report_id, ani[1].report_id)]
    assert {row["body"] for row in mine} == {""}
    assert len({row["reporter_hash"] for row in mine}) == 1
    assert not hashes & {row["reporter_hash"] for row in mine}
    assert "secret words of ani" not in text
    assert not any(old in text for old in hashes if not old.startswith("forgotten"))


def photos_of(conn: Connection, report_id: UUID) -> list[dict[str, Any]]:
    return conn.execute("SELECT media_id FROM report_media WHERE report_id = %s", (report_id,)).fetchall()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs `siaga-cloud admin ARGS`."""

    def command(*args: str, given: str = "") -> subprocess.CompletedProcess[str]:
        own = {"SIAGA_DATABASE_URL": database_url, "SIAGA_MEDIA_DIR": str(tmp_path / "media")}
        return run_admin(*args, environment=own, standard_input=given)

    return command


def test_people_are_made_and_forgotten_from_the_command_line(run: Run, database_url: str, tmp_path: Path) -> None:
    assert run("user", "add", "op.satu", "--name", "Op Satu", "--role", "operator").returncode == 0
    again = run("user", "add", "op.satu", "--name", "Op Satu", "--role", "operator")
    assert (again.returncode, again.stderr.strip()) == (2, "siaga-cloud admin: id: op.satu is taken")
    wrong = run("user", "add", "lurah.x", "--name", "X", "--role", "area_head")
    assert "area_id: an area_head needs one" in wrong.stderr
    assert run("user", "set-password", "op.satu", given="pendek\n").returncode == 2
    done = run("user", "set-password", "op.satu", given="empat kata acak sekali\n")
    assert done.returncode == 0, done.stderr
    assert run("user", "disable", "op.satu").returncode == 0
    assert "op.satu\toperator\t-\tdisabled" in run("user", "list").stdout
    with connect(database_url) as conn:
        row = conn.execute("SELECT password_hash FROM app_user WHERE id = 'op.satu'").fetchone()
        assert row is not None
        assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        accepted = a_report(conn, MediaFolder(tmp_path / "media"), reporter="ani")
    gone = run("forget-reporter", str(accepted.report_id), "--why", "letter", "--all")
    assert gone.stdout.strip() == "erased 1 reports, deleted 1 photos"
    table = run("audit").stdout
    assert table.startswith("id,at,actor,action,")
    assert "forget_report" in table
    assert "empat kata" not in table
