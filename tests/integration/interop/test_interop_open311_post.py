"""Open311 GeoReport v2, sent: an ordinary report, once, whatever clients do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from tests.support.http_api import MANGGARAI, Api, SettingsForTests, a_photo, serve
from tests.support.open311 import BASE, FORM, counted, errors, send, token, xml
from tests.support.redaction import redact_queued


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    return token(api, "write:reports")


def test_a_request_becomes_an_ordinary_report_and_is_found_by_id_and_token(
    api: Api, client: httpx.Client, key: str
) -> None:
    answers = {"attribute[depth]": "knee", "attribute[uprn]": "10093"}
    sent = send(
        client, key, email="warga@example.org", first_name="Siti", media_url="http://169.254.169.254/x.jpg",
        description="Air naik 🌊 <script>alert(1)</script>'; DROP TABLE report;--", **answers,
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    [message] = sent.json()
    assert set(message) == {"service_request_id", "service_notice", "account_id"}
    with api.connection() as conn:
        row = conn.execute(
            "SELECT report.*, contact.email, contact.name, signal.depth_cm FROM report"
            " LEFT JOIN report_contact AS contact ON contact.report_id = report.id"
            " JOIN signal ON signal.id = report.id WHERE report.id = %s",
            (message["service_request_id"],),
        ).fetchone()
    assert row is not None
    assert (row["channel"], row["category"], row["area_id"]) == ("open311", "flooding", "31.74.01.manggarai")
    assert row["body"].startswith("Air naik 🌊 <script>alert(1)</script>'; DROP TABLE report;--\n")
    assert row["body"].endswith("Kedalaman air: Lutut\nuprn: 10093\nMedia: http://169.254.169.254/x.jpg")
    assert (row["email"], row["name"], row["depth_cm"]) == ("warga@example.org", "Siti", 45)
    token = client.get(f"{BASE}/tokens/{message['service_request_id']}.json").json()
    assert token == [{"service_request_id": message["service_request_id"], "token": message["service_request_id"]}]
    [shown] = client.get(f"{BASE}/requests/{message['service_request_id']}.json").json()
    assert shown["status"] == "open"
    assert shown["address"] == "Manggarai"
    for hidden in ("alert(1)", "warga", "Siti", "169.254", str(MANGGARAI[0]), str(MANGGARAI[1])):
        assert hidden not in str(shown)
    assert (shown["lat"], shown["long"]) == pytest.approx(MANGGARAI, abs=0.00126)
    root = xml(client.get(f"{BASE}/requests/{message['service_request_id']}.xml"))
    assert (root.tag, root[0].tag) == ("service_requests", "request")
    assert [child.tag for child in root[0]] == list(shown)


def test_photos_are_imported_and_are_cleaned_and_not_public(api: Api, client: httpx.Client, key: str) -> None:
    sent = send(client, key, fmt="xml", files={"media": ("x.jpg", a_photo(gps=(-6.21, 106.85)), "image/jpeg")})
    assert sent.status_code == 201, sent.text
    found = xml(sent).findtext("request/service_request_id")
    with api.connection() as conn:
        row = conn.execute(
            "SELECT media.sha256 FROM media JOIN report_media ON media_id = media.id WHERE report_id = %s",
            (found,),
        ).fetchone()
        assert row is not None
        assert b"SecretPhone" not in api.parts.media.read(row["sha256"])
        assert client.get(f"{BASE}/requests/{found}.json").json()[0]["media_url"] is None
    redact_queued(api)
    url = client.get(f"{BASE}/requests/{found}.json").json()[0]["media_url"]
    image = client.get(url.removeprefix("http://127.0.0.1"))
    assert image.headers["content-type"] == "image/jpeg"
    assert image.headers["cross-origin-resource-policy"] == "cross-origin"  # boards at another address show it


def test_the_same_content_again_is_the_same_report(api: Api, client: httpx.Client, key: str) -> None:
    text = f"Dua kali {uuid4()}"
    first, again = send(client, key, description=text), send(client, key, description=text, fmt="xml")
    assert (first.status_code, again.status_code) == (201, 200)
    assert xml(again).findtext("request/service_request_id") == first.json()[0]["service_request_id"]
    other = send(client, key, description=text, device_id="another")
    assert other.status_code == 201, "another device says the same"
    named = [
        client.post(f"{BASE}/requests.json", data={"api_key": key, **FORM, "description": text + n},
                    headers={"Idempotency-Key": text})
        for n in ("", "!")
    ]  # fmt: skip
    assert [one.status_code for one in named] == [201, 200]
    assert named[0].json()[0]["service_request_id"] == named[1].json()[0]["service_request_id"]


def test_the_same_content_sent_at_once_by_many_is_one_report(api: Api, client: httpx.Client, key: str) -> None:
    text = f"Serentak {uuid4()}"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send(client, key, description=text), range(6)))
    assert sorted(one.status_code for one in answers) == [200] * 5 + [201]
    assert len({one.json()[0]["service_request_id"] for one in answers}) == 1


def test_without_a_right_key_nothing_is_accepted(api: Api, client: httpx.Client) -> None:
    before = counted(api)
    for wrong in ("", "nonsense", "\0", token(api, "read:tasks"), "x" * 400):
        for fmt in ("json", "xml"):
            status = 400 if len(wrong) > 400 else 403
            assert "api_key" in errors(send(client, wrong, fmt=fmt), status)[0]
    assert counted(api) == before


def test_a_city_may_let_anybody_send_but_stores_no_contact_that_nobody_vouches_for(api: Api) -> None:
    settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, open311_anonymous=True)
    with serve(settings, {}) as open_one, open_one.client() as client:
        sent = send(client, "", email="victim@example.org", description=f"tanpa kunci {uuid4()}")
        assert sent.status_code == 201
        assert "api_key" in errors(send(client, "wrong"), 403)[0]
    with api.connection() as conn:
        wanted = (sent.json()[0]["service_request_id"],)
        assert conn.execute("SELECT FROM report_contact WHERE report_id = %s", wanted).fetchone() is None


@pytest.mark.parametrize(
    ("changed", "status", "message"),
    [
        pytest.param({"service_code": ""}, 400, "service_code: it is missing", id="empty is missing"),
        pytest.param({"service_code": "ufo"}, 404, "service_code: there is no 'ufo'", id="unknown service"),
        pytest.param({"lat": ""}, 400, "lat, long: they are missing", id="no place"),
        pytest.param({"lat": "", "long": "", "address_string": "Jl. X"}, 400, "not looked up here", id="address only"),
        pytest.param({"lat": "abc"}, 400, "lat: got 'abc'", id="words for degrees"),
        pytest.param({"lat": "nan"}, 400, "lat: got 'nan'", id="not a number"),
        pytest.param({"lat": "91"}, 400, "91", id="not on earth"),
        pytest.param({"lat": "0", "long": "0"}, 400, "lokasi", id="null island"),
        pytest.param({"description": "x" * 4001}, 400, "description: got 4001", id="too long"),
        pytest.param({"media_url": "file:///etc/passwd"}, 400, "media_url: got", id="no web address"),
        pytest.param({"media_url": "http://["}, 201, "", id="odd but text"),
        pytest.param({"email": "a@b"}, 400, "email: got", id="no address"),
        pytest.param({"email": "x" * 501}, 400, "email: got 501", id="endless address"),
        pytest.param({"service_code": "fallen_tree"}, 400, "attribute[blocks_road]: it is required", id="required"),
        pytest.param({"attribute[depth]": "deep"}, 400, "attribute[depth]: got 'deep'", id="unknown answer"),
        pytest.param({"attribute[uprn]": "10093"}, 201, "", id="attribute that was not asked"),
        pytest.param({"description": "\0\x01\ufffe\u202e 𝕏", "email": "\0"}, 201, "", id="odd characters"),
        pytest.param({"description": ""}, 201, "", id="no words"),
    ],
)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_what_is_wrong_is_reported_and_nothing_is_stored(
    api: Api, client: httpx.Client, key: str, changed: dict[str, str], status: int, message: str, fmt: str
) -> None:
    before = counted(api)
    answer = send(client, key, fmt=fmt, **{"device_id": str(uuid4()), **changed})
    if status == 201:
        assert answer.status_code == 201, answer.text
        assert counted(api) == before + 1
        return
    assert message.lower() in errors(answer, status)[0].lower()
    assert counted(api) == before


def test_a_wrong_answer_is_refused_an_unasked_one_is_not_and_several_are_accepted_where_a_list_allows(
    api: Api, client: httpx.Client, key: str
) -> None:
    wrong = {"service_code": "fallen_tree", "attribute[blocks_road]": "maybe", "attribute[x]": "1"}
    (complaint,) = errors(send(client, key, **wrong), 400)
    assert complaint == "attribute[blocks_road]: got 'maybe', expected one of yes, partly, no"
    pairs = [("api_key", key), *FORM.items(), ("attribute[vehicles][]", "car"), ("attribute[vehicles][]", "bus")]
    pairs = [(name, "illegal_parking" if name == "service_code" else value) for name, value in pairs]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = client.post(f"{BASE}/requests.json", content=urlencode(pairs), headers=form)
    assert sent.status_code == 201, sent.text
    with api.connection() as conn:
        row = conn.execute("SELECT body FROM report WHERE id = %s", (sent.json()[0]["service_request_id"],)).fetchone()
    assert row == {"body": "Banjir selutut\nJenis kendaraan: Mobil, Bus"}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        pytest.param("application/x-www-form-urlencoded", b"description=\xff\xfe\xe9", 400, id="raw bytes"),
        pytest.param("application/x-www-form-urlencoded", b"description=%FF%FE", 400, id="escaped bytes"),
        pytest.param("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 200), 400, id="many fields"),
        pytest.param("application/json", b"{}", 400, id="json"),
        pytest.param("", b"", 400, id="nothing"),
        pytest.param("multipart/form-data", b"x", 400, id="no boundary"),
        pytest.param("multipart/form-data; boundary=b", b"--b\r\nrubbish: x\r\n\r\ny\r\n--b--", 400, id="no name"),
        pytest.param("multipart/form-data; boundary=b", b"--b\r\nrubbish", 403, id="cut off, so without a key"),
        pytest.param("application/x-www-form-urlencoded", b"a=" + b"x" * 38_000_000, 413, id="huge"),
    ],
)
def test_broken_bodies_are_refused_in_the_standard_s_own_form(
    client: httpx.Client, kind: str, body: bytes, status: int
) -> None:
    answer = client.post(f"{BASE}/requests.json", content=body, headers={"Content-Type": kind})
    assert errors(answer, status)


def test_too_many_requests_get_a_time_to_retry(api: Api, client: httpx.Client, key: str) -> None:
    for _ in range(40):
        answer = send(client, key, service_code="ufo")
        if answer.status_code == 429:
            break
    assert errors(answer, 429)
    assert int(answer.headers["retry-after"]) > 0


def test_an_update_of_another_system_is_laid_before_an_operator_once(api: Api, client: httpx.Client, key: str) -> None:
    [sent] = send(client, key, description="Saluran tersumbat").json()
    update = {
        "api_key": key, "service_request_id": sent["service_request_id"], "update_id": "fms-77", "status": "CLOSED",
        "updated_datetime": "2026-11-25T08:00:00+07:00", "media_url": "https://fms.example/1.jpg",
        "description": "Sudah beres <script>alert(1)</script> \U0001f30a",
    }  # fmt: skip
    path = f"{BASE}/servicerequestupdates"
    first = client.post(f"{path}.json", data=update)
    assert (first.status_code, first.json()) == (201, [{"update_id": "fms-77"}])
    assert errors(client.post(f"{path}.xml", data=update), 400) == ["update_id: 'fms-77' has come before"]
    with api.client("operator.balaikota") as operator:
        [item] = [one for one in operator.get("/api/v1/inbox").json() if one["channel"] == "open311"]
    assert item["text"].splitlines() == [update["description"], "Media: https://fms.example/1.jpg"]
    assert item["why"] == f"about report {sent['service_request_id']}, which is closed there"
    assert (item["report_id"], item["status"]) == (sent["service_request_id"], "waiting")
    for number, extended_status in enumerate(
        ("FIXED", "IN_PROGRESS", "ACTION_SCHEDULED", "DUPLICATE", "INVESTIGATING")
    ):
        extended = {**update, "update_id": f"fms-9{number}", "status": extended_status}
        assert client.post(f"{path}.json", data=extended).status_code == 201
    with api.client("operator.balaikota") as operator:
        reasons = [one["why"] for one in operator.get("/api/v1/inbox").json() if one["channel"] == "open311"]
    assert f"about report {sent['service_request_id']}, which is in_progress there" in reasons
    other = {**update, "update_id": "fms-78", "status": "", "description": "Masih ada"}
    answer = client.post(f"{path}.xml", data=other)
    assert answer.status_code == 201
    assert xml(answer).findtext("request_update/update_id") == "fms-78"
    for changed, status, message in (
        ({"api_key": "wrong"}, 403, "api_key"),
        ({"api_key": ""}, 403, "api_key"),
        ({"service_request_id": str(uuid4())}, 404, "service_request_id"),
        ({"service_request_id": "no id"}, 404, "service_request_id"),
        ({"update_id": ""}, 400, "update_id: it is missing"),
        ({"updated_datetime": "yesterday"}, 400, "updated_datetime"),
        ({"updated_datetime": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, 400, "updated_datetime"),
        ({"status": "mended"}, 400, "status"),
        ({"status": "", "description": ""}, 400, "description"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
    ):  # fmt: skip
        api.forget_limits()
        refused = errors(client.post(f"{path}.json", data={**update, "update_id": "fms-79", **changed}), status)
        assert message in refused[0]
    wrong = client.post(
        f"{path}.json", content=b"\xff\xfe", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert errors(wrong, 400) == ["body: got bytes that are not UTF-8, expected UTF-8"]
