"""Contacts and photos of reporters end after their days, hashes get the server key, people take their data along."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.support.http_api import Api, a_photo

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.people.service import reporter_hashes, retention
from siaga_cloud.people.service.reporter_hashes import reporter_hash
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.http.limits import MESSAGES_BURST
from siaga_cloud.platform.media.photo import clean_photo
from siaga_cloud.platform.server_key import ServerKey, server_key
from siaga_cloud.reports.service.intake import store_photo
from siaga_cloud.reports.service.reports import FiledReport, NewReport, file_report
from siaga_cloud.reports.store.reports import Contact
from siaga_cloud.signals.store import SignalOrigin

HERE = (-6.2079, 106.84844)
YEAR, QUARTER = timedelta(days=365), timedelta(days=90)
NUMBER = "twilio-sms:+6281234567890"
PASSWORD = "empat kata acak sekali"


@pytest.fixture
def database(api: Api) -> Iterator[Database]:
    with Database(api.database_url, name="test") as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it came, with its one photo."""

    report: FiledReport
    sha256: str


def a_report(api: Api, *, reporter: str, side: int) -> StoredReport:
    """A report with a photo, a name and a number, in an incident."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        photo = store_photo(clean_photo(a_photo(size=(320, side))), "report", media=api.parts.media, by=None, now=now)
        new = NewReport(
            channel="web", category="pothole", body="lubang", lat=HERE[0], lon=HERE[1], reporter=reporter,
            photos=(photo,), contact=Contact(name="Ani", phone="0812"), origin=SignalOrigin(network="192.0.2.0/24"),
        )  # fmt: skip
        filed = file_report(conn, new, areas=AreaLookup(), now=now)
        incidents.process_signal(conn, filed.report_id, areas=AreaLookup(), now=now)
    return StoredReport(filed, photo.sha256)


def row(api: Api, query: str, *values: object) -> Any:
    with api.connection() as conn:
        return conn.execute(query, values).fetchone()


def close_all(api: Api) -> None:
    """An operator dismisses every task and judges every open incident to be nothing."""
    with api.client("operator.balaikota") as operator:
        for task in operator.get("/api/v1/tasks").json():
            move = {"verb": "dismiss", "note": "nothing there"}
            operator.post(f"/api/v1/tasks/{task['id']}/moves", json=move).raise_for_status()
        for one in operator.get("/api/v1/incidents?state=open").json():
            verdict = {"verdict": "false_alarm", "note": "nothing there"}
            operator.post(f"/api/v1/incidents/{one['id']}/verdict", json=verdict).raise_for_status()


def test_contacts_and_photos_end_when_the_report_is_over_for_so_long_and_the_log_has_the_count(
    api: Api, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    one, media = a_report(api, reporter="ani", side=241), api.parts.media
    far = datetime.now(UTC) + YEAR + timedelta(days=1)
    # Its incident is open, however old it is.
    assert retention.forget_contacts(database, after=YEAR, now=far) == 0
    assert retention.forget_photos(database, media, after=QUARTER, now=far) == 0
    close_all(api)
    soon = datetime.now(UTC) + QUARTER - timedelta(days=1)
    assert retention.forget_photos(database, media, after=QUARTER, now=soon) == 0
    assert media.path(one.sha256).exists()
    with caplog.at_level(logging.INFO):
        assert retention.forget_photos(database, media, after=QUARTER, now=far) == 1
        assert retention.forget_contacts(database, after=YEAR, now=far) == 1
    assert "erased 1 photos" in caplog.text
    assert "erased the contacts of 1 reports" in caplog.text
    assert not media.path(one.sha256).exists()
    held = row(api, "SELECT width, redacted FROM media JOIN report_media ON media_id = media.id WHERE report_id = %s",
               one.report.report_id)  # fmt: skip
    assert held == {"width": 16, "redacted": True}
    assert row(api, "SELECT body FROM report WHERE id = %s", one.report.report_id) == {"body": "lubang"}
    assert row(api, "SELECT FROM report_contact WHERE report_id = %s", one.report.report_id) is None
    assert retention.forget_photos(database, media, after=QUARTER, now=far) == 0  # nothing is left to erase


def test_a_number_is_not_found_by_trying_all_of_them(api: Api) -> None:
    one = a_report(api, reporter=NUMBER, side=242)
    stored = row(api, "SELECT reporter_hash FROM report WHERE id = %s", one.report.report_id)["reporter_hash"]
    assert stored != hashlib.sha256(NUMBER.encode()).hexdigest()[:32]
    assert stored == reporter_hash(NUMBER)
    server_key.register(ServerKey("another key of 32 characters, too"))
    assert stored != reporter_hash(NUMBER)


@pytest.fixture(autouse=True)
def _server_key() -> Iterator[None]:
    before = server_key()
    yield
    server_key.register(before)


def test_hashes_of_earlier_versions_get_the_key_and_remain_one_reporter(api: Api, database: Database) -> None:
    key = server_key()
    server_key.register(ServerKey(None))
    old = a_report(api, reporter=NUMBER, side=243)
    bare = row(api, "SELECT reporter_hash FROM report WHERE id = %s", old.report.report_id)["reporter_hash"]
    assert bare == hashlib.sha256(NUMBER.encode()).hexdigest()[:32]
    assert reporter_hashes.rekey(database) == 0  # and the log says why
    server_key.register(key)
    new = a_report(api, reporter=NUMBER, side=244)
    with api.connection() as conn:  # verdicts before and after
        conn.execute(
            "INSERT INTO source_reliability VALUES ('citizen:' || %s, 2, 1, now()), ('citizen:' || %s, 3, 0, now())",
            (bare, reporter_hash(NUMBER)),
        )
    assert reporter_hashes.rekey(database) == 1
    assert reporter_hashes.rekey(database) == 0
    with api.connection() as conn:
        keys = conn.execute(
            "SELECT source_key FROM signal WHERE id = ANY(%(ids)s) UNION SELECT 'citizen:' || reporter_hash FROM report"
            " WHERE id = ANY(%(ids)s) UNION SELECT source_key FROM incident_member WHERE signal_id = ANY(%(ids)s)",
            {"ids": [old.report.report_id, new.report.report_id]},
        ).fetchall()
    assert keys == [{"source_key": f"citizen:{reporter_hash(NUMBER)}"}]
    found = row(api, "SELECT confirmed, refuted FROM source_reliability WHERE source_key = %s", keys[0]["source_key"])
    assert found == {"confirmed": 5, "refuted": 1}
    assert row(api, "SELECT FROM source_reliability WHERE source_key = 'citizen:' || %s", bare) is None


def test_a_reporter_downloads_what_the_report_holds(api: Api) -> None:
    one = a_report(api, reporter="budi", side=245)
    with api.client() as public:
        answer = public.get(f"/api/v1/reports/{one.report.secret}/personal")
        assert answer.headers["cache-control"] == "private, no-store"
        found = answer.json()
        assert (found["text"], found["name"], found["phone"]) == ("lubang", "Ani", "0812")
        assert (found["lat"], found["lon"]) == HERE
        assert (found["network"], found["device_key"]) == ("192.0.2.0/24", None)
        (photo,) = found["photos"]
        path = f"/api/v1/reports/{one.report.secret}/personal/photos"
        image = public.get(f"{path}/{photo['media_id']}")
        assert hashlib.sha256(image.content).hexdigest() == one.sha256
        assert public.get(f"{path}/{UUID(int=7)}").status_code == 404
        assert public.get("/api/v1/reports/not-a-secret/personal").status_code == 404
        assert public.get(f"/api/v1/media/{photo['media_id']}").status_code == 404  # only with the secret
    line = row(api, "SELECT actor FROM audit WHERE action = 'export_report' LIMIT 1")
    assert line == {"actor": "reporter"}


def test_nobody_fills_the_audit_log_with_copies_of_a_report(api: Api) -> None:
    one = a_report(api, reporter="sari", side=246)
    with api.client() as public:
        path = f"/api/v1/reports/{one.report.secret}/personal"
        (photo,) = public.get(path).json()["photos"]
        answers = [public.get(path) for _ in range(2 * MESSAGES_BURST)]
        assert next(one for one in answers if one.status_code == 429).json()["retry_after_seconds"] > 0
        assert public.get(f"{path}/photos/{photo['media_id']}").status_code == 429
    lines = row(
        api,
        "SELECT count(*) AS n FROM audit WHERE action = 'export_report' AND object_id = %s",
        str(one.report.report_id),
    )
    assert lines is not None
    assert lines["n"] < 2 * MESSAGES_BURST
    api.forget_limits()


def test_the_form_states_what_is_stored_and_the_report_records_that_it_did(api: Api) -> None:
    form = {"category": "pothole", "text": "lubang", "lat": str(HERE[0]), "lon": str(HERE[1])}
    with api.client() as public:
        shown = {lang: public.get("/api/v1/privacy", params={"lang": lang}).json() for lang in ("id", "en")}
        for statement in shown.values():
            text = " ".join(statement["paragraphs"])
            assert "alamat jaringan" in text or "network address" in text
            assert str(statement["contacts_retention_days"]) in text
            assert str(statement["photos_retention_days"]) in text
        sent = public.post("/api/v1/reports", data={**form, "privacy_version": shown["id"]["version"]}).json()
        without = public.post("/api/v1/reports", data=form).json()
    stored = "SELECT version FROM report_privacy WHERE report_id = %s"
    assert row(api, stored, sent["report_id"]) == {"version": shown["en"]["version"]}
    assert row(api, stored, without["report_id"]) is None


def test_staff_download_their_data_and_an_administrator_erases_it(api: Api) -> None:
    with api.client("petugas.sda") as officer, api.client("admin") as admin:
        consent = officer.get("/api/v1/duty/consent").json()["version"]
        officer.post("/api/v1/me/duty", json={"on": True, "consent_version": consent}).raise_for_status()
        here = {"measured_at": datetime.now(UTC).isoformat(), "lat": HERE[0], "lon": HERE[1]}
        officer.post("/api/v1/me/positions", json={"positions": [here]}).raise_for_status()
        mine = officer.get("/api/v1/me/personal").json()
        assert (mine["id"], len(mine["duties"]), len(mine["positions"])) == ("petugas.sda", 1, 1)
        assert mine["tokens"][0]["name"] == "test"
        assert "export_user" not in {line["action"] for line in mine["actions"]}
        actions = officer.get("/api/v1/me/personal").json()["actions"]
        assert [line["action"] for line in actions] == ["export_user"]
        path = "/api/v1/admin/users/petugas.sda/erase"
        assert officer.post(path, json={"reason": "myself"}).status_code == 403
        assert admin.post("/api/v1/admin/users/admin/erase", json={"reason": "myself"}).status_code == 409
        assert admin.post(path, json={"reason": "letter of 3 November"}).status_code == 204
        assert admin.post(path, json={"reason": "letter of 3 November"}).status_code == 409
        assert officer.get("/api/v1/tasks?mine=true").status_code == 401
        held = next(one for one in admin.get("/api/v1/admin/users").json() if one["id"] == "petugas.sda")
        assert (held["email"], held["has_password"]) == (None, False)
        assert held["erased_at"]
        assert "Akun dihapus" in held["name"]
        again = admin.patch("/api/v1/admin/users/petugas.sda", json={"disabled": False})
        assert (again.status_code, again.json()["code"]) == (409, "account_erased")
        password = admin.put("/api/v1/admin/users/petugas.sda/password", json={"password": PASSWORD})
        assert password.status_code == 409
    counts = row(
        api,
        "SELECT (SELECT count(*) FROM officer_position) AS positions, (SELECT count(*) FROM officer_duty) AS duties,"
        " (SELECT count(*) FROM api_token WHERE user_id = 'petugas.sda') AS tokens",
    )
    assert counts == {"positions": 0, "duties": 1, "tokens": 0}
