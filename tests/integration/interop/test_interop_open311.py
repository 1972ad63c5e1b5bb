"""Open311 GeoReport v2, read: discovery, services, lists, one request, updates; the rules of its validators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import georeport
import httpx
import pytest
from tests.support.http_api import Api
from tests.support.open311 import BASE, errors, send, token, xml

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents

_CODES = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
NOBODYS_ID = "5f0c1c0e-8a44-4d8e-9d0e-3f1f8a6f2b19"


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    return token(api, "write:reports")


# --- the rules of the public validator, SeeClickFix's open311-validator: discovery (17) and services (2) ------------


def both(client: httpx.Client) -> tuple[ET.Element, dict[str, Any]]:
    return xml(client.get(f"{BASE}/discovery.xml")), client.get(f"{BASE}/discovery.json").json()


def test_discovery_is_there_in_both_formats_with_the_same_contact_key_service_and_changeset(
    client: httpx.Client,
) -> None:
    as_xml, as_json = both(client)
    assert as_xml.tag == "discovery"
    for name in ("contact", "key_service", "changeset"):
        assert as_xml.findtext(name), name
        assert as_xml.findtext(name) == as_json[name]
    assert {child.tag for child in as_xml} == set(as_json)
    assert datetime.fromisoformat(as_json["changeset"]) < datetime.now(UTC)


def test_each_endpoint_has_specification_url_changeset_in_the_past_and_type(client: httpx.Client) -> None:
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


def test_each_endpoint_lists_its_formats_and_supports_xml(client: httpx.Client) -> None:
    as_xml, as_json = both(client)
    endpoints = as_xml.findall("endpoints/endpoint")
    assert len(endpoints) == len(as_json["endpoints"]) > 0
    for endpoint in endpoints:
        assert [one.text for one in endpoint.findall("formats/format")] == ["text/xml", "application/json"]
    for message in as_json["endpoints"]:
        assert message["formats"] == ["text/xml", "application/json"]
    for kind in ("xml", "json"):
        assert client.get(f"{BASE}/services.{kind}").status_code == 200


def test_there_are_services_and_each_has_a_code(client: httpx.Client) -> None:
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


def test_a_definition_is_an_object_with_sorted_attributes_and_values(client: httpx.Client) -> None:
    for service in client.get(f"{BASE}/services.json").json():
        message = client.get(f"{BASE}/services/{service['service_code']}.json").json()
        assert message["service_code"] == service["service_code"]
        assert bool(message["attributes"]) is service["metadata"]
        assert [one["order"] for one in message["attributes"]] == list(range(1, len(message["attributes"]) + 1))
        for one in message["attributes"]:
            assert one["datatype"] in ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
            assert bool(one.get("values")) is one["datatype"].endswith("valuelist")
    root = xml(client.get(f"{BASE}/services/fallen_tree.xml", params={"lang": "en"}))
    assert root.tag == "service_definition"
    assert root.findtext("attributes/attribute/required") == "true"
    values = [(one.findtext("key"), one.findtext("name")) for one in root.findall("attributes/attribute/values/value")]
    assert values == [("yes", "Yes"), ("partly", "Partly"), ("no", "No")]


@pytest.mark.parametrize("path", ["services/ufo", "requests/ufo", f"requests/{NOBODYS_ID}", f"tokens/{NOBODYS_ID}"])
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


# --- lists and what became of it ----------------------------------------------------------------------------------


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


def test_the_list_is_of_90_days_unless_requested_otherwise(client: httpx.Client, past: dict[str, str]) -> None:
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
    ("params", "message"),
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
def test_wrong_filters_are_refused(client: httpx.Client, params: dict[str, str], message: str, fmt: str) -> None:
    assert message in errors(client.get(f"{BASE}/requests.{fmt}", params=params), 400)[0]


def test_status_notes_and_updates_follow_the_work(api: Api, client: httpx.Client, key: str) -> None:
    text = f"Lubang {uuid4()}"
    found = send(client, key, service_code="pothole", lat="-6.1987", long="106.8102", description=text).json()
    request_id = found[0]["service_request_id"]
    with api.connection() as conn:
        incident = incidents.process_signal(conn, request_id, areas=AreaLookup(), now=datetime.now(UTC))
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
    assert [one["status"] for one in answer.json()] == ["open", "no_further_action"]
    assert [one["external_status_code"] for one in answer.json()] == ["open", "dismissed"]
    assert "secret note" not in answer.text
    root = xml(client.get(f"{BASE}/servicerequestupdates.xml", params={"service_request_id": request_id}))
    assert (root.tag, root[0].tag) == ("service_request_updates", "request_update")
    assert root[1].findtext("update_id") == answer.json()[1]["update_id"]


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_the_client_from_pypi_reads_all_of_it(api: Api, past: dict[str, str], fmt: str) -> None:
    city = georeport.GeoReport(f"{api.url}{BASE}", output_format=fmt)
    assert [one["service_code"] for one in city.get_service_list()][:2] == ["flooding", "trash"]
    assert city.get_service_definition("flooding")["service_code"] == "flooding"
    found = city.get_service_requests(service_code="beggars", status="open")
    assert [one["service_request_id"] for one in found] == [past["new"], past["older"], past["old"]]
    assert city.get_service_request(past["old"])["service_code"] == "beggars"


# --- what the standard leaves out and several cities have --------------------------------------------------------


def test_requests_around_a_place_by_radius_in_metres(client: httpx.Client, key: str) -> None:
    place = {"lat": "-6.1000", "long": "106.7500"}
    [near] = send(client, key, **place, description="Di sini").json()
    [far] = send(client, key, lat="-6.1200", long="106.7500", description="2,2 km ke selatan").json()

    def found(metres: int) -> set[str]:
        answer = client.get(f"{BASE}/requests.json", params={**place, "radius": metres})
        return {one["service_request_id"] for one in answer.json()}

    assert found(300) == {near["service_request_id"]}
    assert found(3000) == {near["service_request_id"], far["service_request_id"]}
    for wrong in (
        {"radius": "0"},
        {"radius": "50001"},
        {"radius": "x"},
        {"lat": "91"},
        {"radius": ""},
        {"long": "nan"},
    ):
        message = errors(client.get(f"{BASE}/requests.json", params={**place, "radius": "300", **wrong}), 400)
        assert "radius" in message[0] or next(iter(wrong)) in message[0]


def test_extensions_describe_the_incident_and_what_was_done(api: Api, client: httpx.Client, key: str) -> None:
    [sent] = send(client, key, lat="-6.2301", long="106.8301", description="Banjir di gang").json()
    request_id = sent["service_request_id"]
    with api.connection() as conn:
        incidents.process_signal(conn, UUID(request_id), areas=AreaLookup(), now=datetime.now(UTC))
        conn.commit()
    plain = client.get(f"{BASE}/requests/{request_id}.json", params={"lang": "en"}).json()[0]
    [shown] = client.get(f"{BASE}/requests/{request_id}.json", params={"extensions": "true", "lang": "en"}).json()
    assert {name: shown[name] for name in plain} == plain
    assert set(shown) - set(plain) == {"extended_attributes", "notes"}
    assert shown["extended_attributes"]["incident_number"] > 0
    assert all(set(one) == {"datetime", "description", "type"} for one in shown["notes"])
    listed = client.get(f"{BASE}/requests.json", params={"extensions": "true", "page_size": 5}).json()
    assert shown["extended_attributes"] in [one["extended_attributes"] for one in listed]
    root = xml(client.get(f"{BASE}/requests/{request_id}.xml", params={"extensions": "true"}))
    assert root.findtext("request/extended_attributes/incident_id") == shown["extended_attributes"]["incident_id"]
    assert [one.tag for one in root.findall("request/notes/*")] == ["note"] * len(shown["notes"])
