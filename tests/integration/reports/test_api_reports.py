"""Citizens' reports over HTTP: taken once, checked, followed, limited, never public."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID, uuid4

import httpx
import pytest
from tests.support.cloud_core import eventually, utc_now
from tests.support.http_api import MANGGARAI, Api, a_photo

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import BusyError, InvalidError
from siaga_cloud.platform.http import limits
from siaga_cloud.platform.media import photo_pool
from siaga_cloud.reports.form import Report
from siaga_cloud.reports.service.intake import AcceptedReport, ArrivedReport, Sender, accept_reports, arrived_report
from siaga_cloud.reports.service.together import CROWD, DECIDE_LATER, ReportIntake
from siaga_cloud.signals import store as signals
from siaga_core.rules.geometry import LatLon

FORM = {"category": "flooding", "text": "Banjir selutut", "lat": str(MANGGARAI[0]), "lon": str(MANGGARAI[1])}


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


def test_a_report_with_a_photo_is_stored_without_exif_and_its_place_is_offered(api: Api, client: httpx.Client) -> None:
    sent = a_photo(gps=(-6.21, 106.85))
    answer = client.post("/api/v1/reports", data=FORM, files={"photo": ("x.jpg", sent, "image/jpeg")})
    assert answer.status_code == 201, answer.text
    assert answer.json()["offered_place"] == {"lat": -6.21, "lon": 106.85, "coarse": False}
    with api.connection() as conn:
        row = conn.execute(
            "SELECT report.*, media.sha256, media.lat AS photo_lat FROM report"
            " JOIN report_media ON report_id = report.id JOIN media ON media.id = media_id WHERE report.id = %s",
            (answer.json()["report_id"],),
        ).fetchone()
        waiting = conn.execute("SELECT count(*) AS n FROM signal WHERE id = %s", (answer.json()["report_id"],))
        assert waiting.fetchone() == {"n": 1}
    assert row is not None
    assert (row["area_id"], row["channel"]) == ("31.74.01.manggarai", "web")
    stored = api.parts.media.read(row["sha256"])
    assert b"SecretPhone" in sent
    assert b"SecretPhone" not in stored
    assert row["photo_lat"] == pytest.approx(-6.21, abs=1e-5)


def test_sending_again_with_the_same_key_stores_nothing_twice(api: Api, client: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = client.post("/api/v1/reports", data=FORM, headers=key)
    again = client.post("/api/v1/reports", data=FORM, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["follow"] == again.json()["follow"]
    assert first.json()["report_id"] == again.json()["report_id"]
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    with api.connection() as conn:
        found = conn.execute("SELECT count(*) AS n FROM report WHERE external_id = %s", (key["Idempotency-Key"],))
        assert found.fetchone() == {"n": 1}


def test_reports_that_are_stored_together_get_their_own_answers(api: Api) -> None:
    """A repeat, the same key twice, one that is too old and ordinary ones, in one transaction."""
    now, key, twice = utc_now(), uuid4(), uuid4()
    api.forget_limits()
    arrived = [an_arrival(api, key=key), an_arrival(api, key=twice), an_arrival(api), an_arrival(api, key=twice)]
    arrived.append(an_arrival(api, key=uuid4(), happened_at=now - timedelta(days=8)))
    with api.connection() as conn:
        (before,) = accept_reports(conn, [arrived[0]], areas=AreaLookup(), now=now)
        answers = accept_reports(conn, arrived, areas=AreaLookup(), now=now)
        again = accept_reports(conn, arrived[:4], areas=AreaLookup(), now=now)
        conn.commit()
        stored = conn.execute(
            "SELECT external_id, (SELECT count(*) FROM signal_origin WHERE signal_id = report.id) AS origins"
            " FROM report WHERE external_id = ANY(%s)",
            ([str(key), str(twice)],),
        ).fetchall()
    accepted = [one for one in answers if isinstance(one, AcceptedReport)]
    assert isinstance(answers[4], InvalidError)
    assert [one.repeated for one in accepted] == [True, False, False, True]
    assert before == replace(accepted[0], repeated=False)
    assert accepted[1].report_id == accepted[3].report_id
    assert len({one.secret for one in accepted}) == 3
    assert sorted(row["external_id"] for row in stored) == sorted([str(key), str(twice)])
    assert {row["origins"] for row in stored} == {1}
    assert [one.repeated for one in again if isinstance(one, AcceptedReport)] == [True, True, False, True]


def test_of_a_crowd_reports_are_stored_first_and_matched_a_minute_later(api: Api) -> None:
    api.forget_limits()

    @contextmanager
    def transaction() -> Iterator[Connection]:
        is_first = not storing.is_set()
        storing.set()
        if is_first:
            eventually(lambda: intake.waiting >= CROWD, what="a crowd behind the first report")
        with api.connection() as conn:
            yield conn
            conn.commit()

    storing, intake = threading.Event(), ReportIntake(transaction, AreaLookup())
    with ThreadPoolExecutor(CROWD + 1) as pool:
        first = pool.submit(intake.accept, an_arrival(api))
        storing.wait(30)
        others = [pool.submit(intake.accept, an_arrival(api)) for _ in range(CROWD)]
        report, crowd = str(first.result().report_id), [str(one.result().report_id) for one in others]
    with api.connection() as conn:
        rows = conn.execute(
            "SELECT args ->> 'signal_id' AS id, scheduled_at FROM procrastinate_jobs WHERE task_name = 'process_signal'"
            " AND args ->> 'signal_id' = ANY(%s)",
            ([report, *crowd],),
        ).fetchall()
        later = utc_now() + timedelta(minutes=2)
        waiting = {str(one) for one in signals.left_behind(conn, before=later, limit=10_000)}
        assert waiting.isdisjoint([report, *crowd]), "they have a job"
        conn.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'signal_id' = %s", (crowd[0],))
        assert signals.left_behind(conn, before=later, limit=10_000) == [UUID(crowd[0])]
    scheduled = {row["id"]: row["scheduled_at"] for row in rows}
    assert scheduled[report] is None
    assert all(timedelta(seconds=30) < scheduled[one] - utc_now() <= DECIDE_LATER for one in crowd)


def an_arrival(api: Api, *, key: UUID | None = None, happened_at: datetime | None = None) -> ArrivedReport:
    report = Report(
        category="flooding", text="banjir", place=LatLon(*MANGGARAI), photos=(), offered_place=None, key=key
    )
    sender = Sender(name="given:tetangga", network="203.0.113.0/24")
    return arrived_report(report, sender=sender, media=api.parts.media, now=utc_now(), happened_at=happened_at)


def test_without_a_key_each_report_has_its_own_secret(client: httpx.Client) -> None:
    follows = {client.post("/api/v1/reports", data=FORM).json()["follow"] for _ in range(3)}
    assert len(follows) == 3


def test_a_report_is_followed_by_its_secret_alone(client: httpx.Client) -> None:
    accepted = client.post("/api/v1/reports", data=FORM).json()
    secret = accepted["follow"].removeprefix("/r/")
    followed = client.get(f"/api/v1/reports/{secret}", params={"lang": "en"})
    assert followed.json()["text"] == "Banjir selutut"
    assert followed.json()["area_name"] == "Manggarai"
    assert followed.json()["message"] == "Your report was received and waits to be looked at."
    assert followed.headers["cache-control"] == "private, no-store"
    assert followed.json()["depth_cm"] is None
    for wrong in (secret[:-1] + ("A" if secret[-1] != "A" else "B"), accepted["report_id"], "%00"):
        assert client.get(f"/api/v1/reports/{wrong}").status_code == 404


def test_the_depth_of_the_water_is_stored_with_its_signal_and_shown_to_the_reporter(
    api: Api, client: httpx.Client
) -> None:
    """A depth alone is a report: nobody types while standing in the water."""
    accepted = client.post("/api/v1/reports", data={**FORM, "text": "", "depth_cm": "45"})
    assert accepted.status_code == 201, accepted.text
    assert client.get(f"/api/v1/reports/{accepted.json()['follow'].removeprefix('/r/')}").json()["depth_cm"] == 45
    with api.connection() as conn:
        row = conn.execute("SELECT depth_cm FROM signal WHERE id = %s", (accepted.json()["report_id"],)).fetchone()
    assert row == {"depth_cm": 45}
    for wrong in ("0", "301", "nan", "deep"):
        assert client.post("/api/v1/reports", data={**FORM, "depth_cm": wrong}).status_code == 422, wrong


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("en", "There is no category 'ufo'; expected one of: flooding, trash, "),
        ("id", "Kategori 'ufo' tidak dikenal; pilih salah satu dari: flooding, trash, "),
    ],
)
def test_complaints_are_problem_documents_in_the_requested_language(
    client: httpx.Client, language: str, detail: str
) -> None:
    answer = client.post("/api/v1/reports", data={**FORM, "category": "ufo"}, headers={"Accept-Language": language})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    assert answer.json()["detail"].startswith(detail)
    assert answer.json()["errors"][0]["where"] == "category"


@pytest.mark.parametrize(
    ("name", "content", "mime", "status"),
    [
        pytest.param("a.svg", b"<svg onload=alert(1)></svg>", "image/svg+xml", 415, id="svg"),
        pytest.param("a.jpg", b"<svg onload=alert(1)></svg>", "image/jpeg", 415, id="svg that says it is a jpeg"),
        pytest.param("a.jpg", b"", "image/jpeg", 422, id="empty"),
        pytest.param("a.jpg", a_photo() + b"\0" * 12 * 1024 * 1024, "image/jpeg", 413, id="over 12 MB"),
    ],
)
def test_bad_photos_are_refused_and_nothing_is_stored(
    api: Api, client: httpx.Client, name: str, content: bytes, mime: str, status: int
) -> None:
    with api.connection() as conn:
        before = conn.execute("SELECT count(*) AS n FROM report").fetchone()
    answer = client.post("/api/v1/reports", data=FORM, files={"photo": (name, content, mime)})
    assert answer.status_code == status, answer.text
    assert answer.json()["type"].startswith("urn:siaga:problem:photo-")
    with api.connection() as conn:
        assert conn.execute("SELECT count(*) AS n FROM report").fetchone() == before


def test_a_body_that_is_far_too_big_is_refused_while_it_comes(client: httpx.Client) -> None:
    answer = client.post("/api/v1/reports", data=FORM, files={"photo": ("x", b"\0" * 40_000_000, "image/jpeg")})
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:siaga:problem:body-too-large"


def test_hostile_texts_are_stored_as_text_and_wrong_encodings_do_no_harm(api: Api, client: httpx.Client) -> None:
    """What is no UTF-8 becomes replacement characters, drafts come in any order, a NUL is left out."""
    started = utc_now()
    texts = {
        "<script>alert(1)</script>": "<script>alert(1)</script>",
        "'; DROP TABLE report; --": "'; DROP TABLE report; --",
        "banjir \U0001f30a\u202e\x00!": "banjir \U0001f30a\u202e!",
    }
    for hours, sent in enumerate(texts):
        made_at = (started - timedelta(hours=hours)).isoformat()
        answer = client.post("/api/v1/reports", data={**FORM, "text": sent, "happened_at": made_at})
        assert answer.status_code == 201, answer.text
        secret = answer.json()["follow"].removeprefix("/r/")
        assert client.get(f"/api/v1/reports/{secret}").json()["text"] == texts[sent]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    latin = b"category=flooding&lat=-6.2079&lon=106.84844&text=banjir+%E9%FF"
    for body in (latin, b"\xff\xfe\x00category=flooding", b"category=%00", b"text=" + b"x" * 5000):
        answer = client.post("/api/v1/reports", content=body, headers=form)
        assert answer.status_code in (201, 400, 422), answer.text
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/v1/reports", content=b"--x\r\nContent-Disposition: form-data; name=\xff", headers=broken)
    assert answer.status_code in (400, 422), answer.text
    with api.connection() as conn:
        stored = conn.execute("SELECT count(*) AS n FROM report WHERE received_at >= %s", (started,)).fetchone()
    assert stored is not None
    assert stored["n"] in (3, 4)


def test_too_many_reports_of_one_person_must_wait_and_neighbours_do_not(api: Api, client: httpx.Client) -> None:
    one = {**FORM, "category": "ufo", "reporter": "the same person"}
    answers = [client.post("/api/v1/reports", data=one) for _ in range(40)]
    neighbours = [client.post("/api/v1/reports", data={**one, "reporter": f"person {n}"}) for n in range(20)]
    assert {answer.status_code for answer in neighbours} == {422}
    unnamed = client.post("/api/v1/reports", data={**FORM, "category": "ufo"})
    assert unnamed.status_code == 422
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) in (5, 6)
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert refused[0].json()["type"] == "urn:siaga:problem:too-many-requests"
    assert 30 <= int(refused[0].headers["retry-after"]) == refused[0].json()["retry_after_seconds"] <= 60
    assert "detik" in refused[0].json()["detail"]
    api.parts.address_limit.charge("127.0.0.1", limits.ADDRESS_REPORTS_BURST)
    assert client.post("/api/v1/reports", data={**FORM, "category": "ufo"}).status_code == 429
    api.forget_limits()


def test_a_report_that_was_refused_because_of_the_crowd_costs_its_sender_nothing(
    api: Api, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.forget_limits()
    monkeypatch.setattr(photo_pool.PhotoPool, "clean_all", refuse_as_busy)
    for _ in range(2 * limits.REPORTS_BURST):
        answer = client.post("/api/v1/reports", data={**FORM, "reporter": "patient"}, files={"photo": a_photo()})
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
    monkeypatch.undo()
    assert client.post("/api/v1/reports", data={**FORM, "reporter": "patient"}).status_code == 201
    api.forget_limits()


def refuse_as_busy(*_: object, **__: object) -> NoReturn:
    raise BusyError("photos-busy", "too many photos are being read", retry_after_seconds=10)


def test_what_citizens_wrote_and_where_they_stood_is_not_public(api: Api, client: httpx.Client) -> None:
    place = (-6.26123, 106.81678)
    client.post(
        "/api/v1/reports", data={**FORM, "category": "pothole", "text": "rahasia", "lat": place[0], "lon": place[1]}
    )
    with api.connection() as conn:
        signal = conn.execute("SELECT id FROM signal WHERE category = 'pothole'").fetchone()
        assert signal is not None
        incident_id = incidents.process_signal(conn, signal["id"], areas=AreaLookup(), now=utc_now())
    seen = [
        client.get(path).text
        for path in ("/api/v1/incidents", f"/api/v1/incidents/{incident_id}", "/api/v1/tasks", "/api/v1/summary")
    ]
    for text in seen:
        assert "rahasia" not in text
        assert "6.26123" not in text
        assert "citizen:" not in text
    with api.client("operator.balaikota") as operator:
        whole = operator.get(f"/api/v1/incidents/{incident_id}").json()
    assert whole["incident"]["place"] == {"lat": place[0], "lon": place[1], "coarse": False}


def test_categories_are_named_in_both_languages(client: httpx.Client) -> None:
    indonesian = client.get("/api/v1/categories").json()
    english = client.get("/api/v1/categories?lang=en").json()
    assert {one["id"] for one in indonesian} == {one["id"] for one in english}
    assert {"id": "trash", "name": "Sampah", "icon": "trash"} in indonesian
    assert {"id": "trash", "name": "Trash", "icon": "trash"} in english
