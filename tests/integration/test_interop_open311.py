"""Open311 GeoReport v2 over HTTP: the standard's shapes, its validators' rules, and whatever clients do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from tests.support.http_api import MANGGARAI, Api, SettingsForTests, a_photo, serve

from siaga_cloud.db import people
from siaga_cloud.services import incidents, sessions
from siaga_cloud.services.areas import AreaLookup

BASE = "/open311/v2"
FORM = {
    "service_code": "flooding",
    "lat": str(MANGGARAI[0]),
    "long": str(MANGGARAI[1]),
    "description": "Banjir selutut",
}
_CODES = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    return token(api, "write:reports")


def token(api: Api, *scopes: str, user: str = "petugas.sda") -> str:
    now = datetime.now(UTC)
    with api.connection() as conn:
        person = people.person(conn, user)
        assert person is not None
        _, secret = sessions.make_token(
            conn, person, name="open311", scopes=scopes, expires_at=now + timedelta(days=30), now=now
        )
        conn.commit()
    return secret


def send(client: httpx.Client, key: str, *, fmt: str = "json", files: Any = None, **changed: str) -> httpx.Response:
    return client.post(f"{BASE}/requests.{fmt}", data={"api_key": key, **FORM, **changed}, files=files)


def counted(api: Api, what: str = "report") -> int:
    with api.connection() as conn:
        row = conn.execute(f"SELECT count(*) AS n FROM {what}").fetchone()  # noqa: S608
    assert row is not None
    return int(row["n"])


def xml(answer: httpx.Response) -> ET.Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    return ET.fromstring(answer.content)  # noqa: S314 - our own answer


def errors(answer: httpx.Response, status: int) -> list[str]:
    """The errors of a refusal, in whichever format it came."""
    assert answer.status_code == status, answer.text
    if answer.headers["content-type"].startswith("application/json"):
        assert isinstance(answer.json(), list)
        assert all(set(one) == {"code", "description"} and one["code"] == status for one in answer.json())
        return [one["description"] for one in answer.json()]
    root = xml(answer)
    assert root.tag == "errors"
    assert {tuple(child.tag for child in error) for error in root} == {("code", "description")}
    return [error.findtext("description") or "" for error in root.findall("error")]


# --- the rules of the public validators: discovery (19) and services (2) -----------------------------------------


def both(client: httpx.Client) -> tuple[ET.Element, dict[str, Any]]:
    return xml(client.get(f"{BASE}/discovery.xml")), client.get(f"{BASE}/discovery.json").json()


def test_rule_1_to_6_discovery_is_there_in_both_formats_with_the_same_contact_key_service_and_changeset(
    client: httpx.Client,
) -> None:
    as_xml, as_json = both(client)
    assert as_xml.tag == "discovery"
    for name in ("contact", "key_service", "changeset"):
        assert as_xml.findtext(name), name
        assert as_xml.findtext(name) == as_json[name]
    assert {child.tag for child in as_xml} == set(as_json)
    assert datetime.fromisoformat(as_json["changeset"]) < datetime.now(UTC)


def test_rule_7_to_14_each_endpoint_has_specification_url_changeset_in_the_past_and_type(client: httpx.Client) -> None:
    as_xml, as_json = both(client)
    assert isinstance(as_json["endpoints"], list)
    endpoints = [{child.tag: child.text for child in one} for one in as_xml.findall("endpoints/endpoint")]
    assert len(endpoints) == len(as_json["endpoints"]) == 1
    for endpoint in [*endpoints, *as_json["endpoints"]]:
        assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert endpoint["url"].endswith("/open311/v2")
        assert endpoint["type"] in ("production", "test")
        changeset = datetime.fromisoformat(endpoint["changeset"])
        assert changeset.tzinfo is not None
        assert changeset < datetime.now(UTC)


def test_rule_15_to_19_each_endpoint_lists_its_formats_and_supports_xml(client: httpx.Client) -> None:
    as_xml, as_json = both(client)
    for endpoint in as_xml.findall("endpoints/endpoint"):
        assert [one.text for one in endpoint.findall("formats/format")] == ["text/xml", "application/json"]
    for said in as_json["endpoints"]:
        assert said["formats"] == ["text/xml", "application/json"]
    for kind in ("xml", "json"):
        assert client.get(f"{BASE}/services.{kind}").status_code == 200


def test_rule_20_and_21_there_are_services_and_each_has_a_code(client: httpx.Client) -> None:
    as_json = client.get(f"{BASE}/services.json").json()
    as_xml = xml(client.get(f"{BASE}/services.xml"))
    assert isinstance(as_json, list)
    assert as_xml.tag == "services"
    assert len(as_json) == len(as_xml.findall("service")) == 14
    for service, element in zip(as_json, as_xml, strict=True):
        assert set(service) == {child.tag for child in element} == _CODES
        assert service["service_code"]
        assert service["type"] == "realtime"
        assert element.findtext("metadata") == ("true" if service["metadata"] else "false")


# --- definitions -------------------------------------------------------------------------------------------------


def test_a_definition_is_an_object_with_attributes_in_order_and_values(client: httpx.Client) -> None:
    for service in client.get(f"{BASE}/services.json").json():
        said = client.get(f"{BASE}/services/{service['service_code']}.json").json()
        assert said["service_code"] == service["service_code"]
        assert bool(said["attributes"]) is service["metadata"]
        assert [one["order"] for one in said["attributes"]] == list(range(1, len(said["attributes"]) + 1))
        for one in said["attributes"]:
            assert one["datatype"] in ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
            assert bool(one.get("values")) is one["datatype"].endswith("valuelist")
    root = xml(client.get(f"{BASE}/services/fallen_tree.xml", params={"lang": "en"}))
    assert root.tag == "service_definition"
    assert root.findtext("attributes/attribute/required") == "true"
    values = [(one.findtext("key"), one.findtext("name")) for one in root.findall("attributes/attribute/values/value")]
    assert values == [("yes", "Yes"), ("partly", "Partly"), ("no", "No")]


@pytest.mark.parametrize("path", ["services/ufo", "requests/ufo", f"requests/{uuid4()}", f"tokens/{uuid4()}"])
@pytest.mark.parametrize("suffix", [".json", ".xml", ""])
def test_what_is_not_there_is_a_404_with_a_list_of_errors(client: httpx.Client, path: str, suffix: str) -> None:
    assert "there is no" in errors(client.get(f"{BASE}/{path}{suffix}"), 404)[0]


def test_the_suffix_decides_then_the_accept_header_then_xml(client: httpx.Client) -> None:
    def kind(path: str, accept: str) -> str:
        return client.get(f"{BASE}/{path}", headers={"Accept": accept}).headers["content-type"]

    assert kind("services", "application/json") == "application/json; charset=utf-8"
    assert kind("services", "*/*") == kind("services", "text/xml, application/json") == "text/xml; charset=utf-8"
    assert kind("services.json", "text/xml") == "application/json; charset=utf-8"
    assert kind("services/flooding", "application/json") == "application/json; charset=utf-8"
    errors(client.get(f"{BASE}/services.pdf"), 404)
    errors(client.get(f"{BASE}/nothing.json"), 404)


# --- sending -----------------------------------------------------------------------------------------------------


def test_a_request_becomes_an_ordinary_report_and_is_found_by_id_and_token(
    api: Api, client: httpx.Client, key: str
) -> None:
    sent = send(
        client, key, email="warga@example.org", first_name="Siti", media_url="http://169.254.169.254/x.jpg",
        description="Air naik 🌊 <script>alert(1)</script>'; DROP TABLE report;--", **{"attribute[depth]": "knee"},
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    [said] = sent.json()
    assert set(said) == {"service_request_id", "service_notice", "account_id"}
    with api.connection() as conn:
        row = conn.execute(
            "SELECT report.*, contact.email, contact.name, signal.depth_cm FROM report"
            " LEFT JOIN report_contact AS contact ON contact.report_id = report.id"
            " JOIN signal ON signal.id = report.id WHERE report.id = %s",
            (said["service_request_id"],),
        ).fetchone()
    assert row is not None
    assert (row["channel"], row["category"], row["area_id"]) == ("open311", "flooding", "31.74.01.manggarai")
    assert row["body"].startswith("Air naik 🌊 <script>alert(1)</script>'; DROP TABLE report;--\n")
    assert row["body"].endswith("Kedalaman air: Lutut\nMedia: http://169.254.169.254/x.jpg")
    assert (row["email"], row["name"], row["depth_cm"]) == ("warga@example.org", "Siti", 45)
    token = client.get(f"{BASE}/tokens/{said['service_request_id']}.json").json()
    assert token == [{"service_request_id": said["service_request_id"], "token": said["service_request_id"]}]
    [shown] = client.get(f"{BASE}/requests/{said['service_request_id']}.json").json()
    assert shown["status"] == "open"
    assert shown["address"] == "Manggarai"
    for hidden in ("alert(1)", "warga", "Siti", "169.254", str(MANGGARAI[0]), str(MANGGARAI[1])):
        assert hidden not in str(shown)
    assert (shown["lat"], shown["long"]) == pytest.approx(MANGGARAI, abs=0.00126)
    root = xml(client.get(f"{BASE}/requests/{said['service_request_id']}.xml"))
    assert (root.tag, root[0].tag) == ("service_requests", "request")
    assert [child.tag for child in root[0]] == list(shown)


def test_pictures_come_along_and_are_cleaned_and_not_public(api: Api, client: httpx.Client, key: str) -> None:
    sent = send(client, key, fmt="xml", files={"media": ("x.jpg", a_photo(gps=(-6.21, 106.85)), "image/jpeg")})
    assert sent.status_code == 201, sent.text
    found = xml(sent).findtext("request/service_request_id")
    with api.connection() as conn:
        row = conn.execute(
            "SELECT media.id, media.sha256 FROM media JOIN report_media ON media_id = media.id WHERE report_id = %s",
            (found,),
        ).fetchone()
        assert row is not None
        assert b"SecretPhone" not in api.parts.media.read(row["sha256"])
        assert client.get(f"{BASE}/requests/{found}.json").json()[0]["media_url"] is None
        conn.execute("UPDATE media SET redacted = true WHERE id = %s", (row["id"],))
        conn.commit()
    url = client.get(f"{BASE}/requests/{found}.json").json()[0]["media_url"]
    assert client.get(url.removeprefix("http://127.0.0.1")).headers["content-type"] == "image/jpeg"


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


def test_without_a_right_key_nothing_is_taken(api: Api, client: httpx.Client) -> None:
    before = counted(api)
    for wrong in ("", "nonsense", "\0", token(api, "read:tasks"), "x" * 400):
        for fmt in ("json", "xml"):
            status = 400 if len(wrong) > 400 else 403
            assert "api_key" in errors(send(client, wrong, fmt=fmt), status)[0]
    assert counted(api) == before


def test_a_city_may_let_anybody_send_but_keeps_no_contact_that_nobody_vouches_for(api: Api) -> None:
    settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, open311_anonymous=True)
    with serve(settings, {}) as open_one, open_one.client() as client:
        sent = send(client, "", email="victim@example.org", description=f"tanpa kunci {uuid4()}")
        assert sent.status_code == 201
        assert "api_key" in errors(send(client, "wrong"), 403)[0]
    with api.connection() as conn:
        wanted = (sent.json()[0]["service_request_id"],)
        assert conn.execute("SELECT FROM report_contact WHERE report_id = %s", wanted).fetchone() is None


@pytest.mark.parametrize(
    ("changed", "status", "said"),
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
        pytest.param({"attribute[ufo]": "x"}, 400, "attribute[ufo]: this service", id="unknown attribute"),
        pytest.param({"description": "\0\x01\ufffe\u202e 𝕏", "email": "\0"}, 201, "", id="odd characters"),
        pytest.param({"description": ""}, 201, "", id="no words"),
    ],
)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_what_is_wrong_is_told_and_nothing_is_kept(
    api: Api, client: httpx.Client, key: str, changed: dict[str, str], status: int, said: str, fmt: str
) -> None:
    before = counted(api)
    answer = send(client, key, fmt=fmt, **{"device_id": str(uuid4()), **changed})
    if status == 201:
        assert answer.status_code == 201, answer.text
        assert counted(api) == before + 1
        return
    assert said.lower() in errors(answer, status)[0].lower()
    assert counted(api) == before


def test_every_wrong_answer_is_told_at_once_and_several_are_taken_where_a_list_allows(
    api: Api, client: httpx.Client, key: str
) -> None:
    wrong = {"service_code": "fallen_tree", "attribute[blocks_road]": "maybe", "attribute[x]": "1"}
    assert len(errors(send(client, key, **wrong), 400)) == 2
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


def test_too_many_are_told_when_to_come_again(api: Api, client: httpx.Client, key: str) -> None:
    for _ in range(40):
        answer = send(client, key, service_code="ufo")
        if answer.status_code == 429:
            break
    assert errors(answer, 429)
    assert int(answer.headers["retry-after"]) > 0


# --- reading -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def past(api: Api, key: str) -> dict[str, str]:
    """Requests of known ages, of a category that no other test uses: ids by name."""
    found = {}
    with api.client() as client, api.connection() as conn:
        for name, days in (("new", 1), ("older", 30), ("old", 89), ("ancient", 200)):
            api.forget_limits()
            sent = send(client, key, service_code="beggars", description=name)
            found[name] = sent.json()[0]["service_request_id"]
            conn.execute(
                "UPDATE report SET received_at = received_at - make_interval(days => %s) WHERE id = %s",
                (days, found[name]),
            )
        conn.commit()
    return found


def listed(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get(f"{BASE}/requests.json", params={"service_code": "beggars", **params})
    assert answer.status_code == 200, answer.text
    return [one["service_request_id"] for one in answer.json()]


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_the_list_is_of_90_days_unless_asked_otherwise(client: httpx.Client, past: dict[str, str]) -> None:
    assert listed(client) == [past["new"], past["older"], past["old"]]
    assert listed(client, start_date=days_ago(40)) == [past["new"], past["older"]]
    assert listed(client, end_date=days_ago(20)) == [past["older"], past["old"]]
    assert listed(client, start_date=days_ago(230), end_date=days_ago(150)) == [past["ancient"]]
    assert listed(client, start_date="", end_date="", status="", page="") == listed(client), "empty is absent"
    assert listed(client, service_code="beggars,trash", page_size=2, page=2) == [past["old"]]
    assert listed(client, updated_after=days_ago(100)) == [past["new"], past["older"], past["old"]]
    assert listed(client, updated_after=days_ago(2)) == [past["new"]]
    assert listed(client, updated_after=days_ago(300))[-1] == past["ancient"]
    ids = f"{past['ancient']},{past['new']},nonsense"
    assert listed(client, service_request_id=ids, status="closed") == [past["new"], past["ancient"]], "ids beat all"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, "at most 90"),
        ({"start_date": "2026-01-01T00:00:00"}, "a time with its zone"),
        ({"start_date": "01-02-2026"}, "a time with its zone"),
        ({"end_date": "0001-01-01T00:00:00Z"}, "a time of this age"),
        ({"updated_after": "\0"}, "a time with its zone"),
        ({"status": "maybe"}, "open, closed"),
        ({"service_code": "ufo"}, "service_code: got 'ufo'"),
        ({"page": "0"}, "whole number"),
        ({"page_size": "1001"}, "whole number from 1 to 1000"),
        ({"page": "٣"}, "whole number"),
        ({"service_request_id": "x," * 1001}, "at most 1000"),
        ({"service_request_id": "x" * 50_000}, "at most 40000"),
    ],
)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_wrong_filters_are_refused(client: httpx.Client, params: dict[str, str], said: str, fmt: str) -> None:
    assert said in errors(client.get(f"{BASE}/requests.{fmt}", params=params), 400)[0]


def test_status_notes_and_updates_follow_the_work(api: Api, client: httpx.Client, key: str) -> None:
    text = f"Lubang {uuid4()}"
    found = send(client, key, service_code="pothole", lat="-6.1987", long="106.8102", description=text).json()
    request_id = found[0]["service_request_id"]
    with api.connection() as conn:
        incident = incidents.take_signal(conn, request_id, areas=AreaLookup(), now=datetime.now(UTC))
        conn.commit()
    [shown] = client.get(f"{BASE}/requests/{request_id}.json", params={"lang": "en"}).json()
    assert shown["status"] == "open"
    assert shown["status_notes"].startswith("A task was made for ")
    assert shown["agency_responsible"]
    assert datetime.fromisoformat(shown["expected_datetime"]) > datetime.now(UTC)
    with api.connection() as conn:
        conn.execute(
            "UPDATE task SET state = 'dismissed', finished_at = now(), updated_at = now() WHERE incident_id = %s",
            (incident,),
        )
        conn.execute(
            "INSERT INTO task_move (task_id, verb, from_state, to_state, actor, note, at)"
            " SELECT id, 'dismiss', 'open', 'dismissed', 'operator.balaikota', 'secret note', now() FROM task"
            " WHERE incident_id = %s",
            (incident,),
        )
        conn.commit()
    [shown] = client.get(f"{BASE}/requests.json", params={"status": "closed", "service_code": "pothole"}).json()
    assert (shown["service_request_id"], shown["status"]) == (request_id, "closed")
    assert shown["status_notes"] == "Laporan ini sudah ditutup."
    answer = client.get(f"{BASE}/servicerequestupdates.json", params={"service_request_id": request_id})
    assert [one["status"] for one in answer.json()] == ["open", "closed"]
    assert "secret note" not in answer.text
    root = xml(client.get(f"{BASE}/servicerequestupdates.xml", params={"service_request_id": request_id}))
    assert (root.tag, root[0].tag) == ("service_request_updates", "request_update")
    assert root[1].findtext("update_id") == answer.json()[1]["update_id"]


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_the_client_from_pypi_reads_all_of_it(api: Api, past: dict[str, str], fmt: str) -> None:
    georeport = pytest.importorskip("georeport", reason="pip install georeport: docs/interop.md says with what it ran")
    city = georeport.GeoReport(f"{api.url}{BASE}", output_format=fmt)
    assert [one["service_code"] for one in city.get_service_list()][:2] == ["flooding", "trash"]
    assert city.get_service_definition("flooding")["service_code"] == "flooding"
    found = city.get_service_requests(service_code="beggars", status="open")
    assert [one["service_request_id"] for one in found] == [past["new"], past["older"], past["old"]]
    assert city.get_service_request(past["old"])["service_code"] == "beggars"
