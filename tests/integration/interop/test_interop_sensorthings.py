"""SensorThings 1.1 over HTTP: paths, options, pages, errors; and read by a client of others, frost-sta-client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import frost_sta_client as frost
import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve, set_level

from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

pytestmark = pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated:DeprecationWarning")  # the client's own

BASE = "/sta/v1.1"
SETS = {
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
    "FeaturesOfInterest",
}  # fmt: skip
LEVEL = "Datastreams('manggarai.level')"
FIRST_AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
READINGS = 130


@pytest.fixture(scope="module")
def api(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A city whose gauge at Manggarai has 130 readings, one of them missing, and two stages of record."""
    url = postgres.create_database("siaga_sta", template=migrated_template)
    tokens, port = load_demo_city(url), free_port()
    settings = SettingsForTests(
        database_url=url,
        media_dir=tmp_path_factory.mktemp("media"),
        public_url=f"http://127.0.0.1:{port}",
        sta_mqtt_url="mqtts://broker.example.org:8883",
    )
    with serve(settings, tokens, port=port) as served:
        fill(served)
        yield served
    postgres.drop_database("siaga_sta")


def fill(api: Api) -> None:
    with api.connection() as conn:
        for number in range(READINGS):
            set_level(conn, "manggarai", 700 + number, stage=4, at=FIRST_AT + timedelta(minutes=number))
        set_level(conn, "katulampa", 40, stage=4, at=FIRST_AT)
        conn.execute(
            "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, flags, node_id, received_at)"
            " VALUES ('manggarai', %s, NULL, 'missing', '{timeout}', 'node-a', %s)",
            (FIRST_AT + timedelta(minutes=READINGS), FIRST_AT),
        )
        for minutes, stage in ((0, 4), (60, 3)):
            conn.execute(
                "INSERT INTO gauge_stage VALUES ('manggarai', %s, NULL, %s, 760, %s)",
                (FIRST_AT + timedelta(minutes=minutes), stage, FIRST_AT),
            )
        conn.commit()


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    with api.client() as opened:
        yield opened


def get(client: httpx.Client, path: str, **options: str) -> Any:
    answer = client.get(f"{BASE}/{path}", params={f"${name}": text for name, text in options.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def values(client: httpx.Client, path: str, **options: str) -> list[Any]:
    found: list[Any] = get(client, path, **options)["value"]
    return found


def refused(client: httpx.Client, path: str, status: int = 400, **options: str) -> str:
    answer = client.get(f"{BASE}/{path}", params={f"${name}": text for name, text in options.items()})
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"code", "type", "message"}
    assert (body["code"], body["type"]) == (status, "error")
    return str(body["message"])


# --- paths -------------------------------------------------------------------------------------------------------


def test_the_root_lists_every_set_and_what_is_conformed_to(client: httpx.Client) -> None:
    root = client.get(BASE).json()
    assert {one["name"] for one in root["value"]} == SETS
    for one in root["value"]:
        assert client.get(one["url"]).status_code == 200
    settings = root["serverSettings"]
    assert any(one.endswith("/request-data/filter") for one in settings["conformance"])
    assert [one["endpoints"] for name, one in settings.items() if name.endswith("receive-updates")] == [
        ["mqtts://broker.example.org:8883"]
    ]


def test_every_link_of_every_entity_leads_somewhere(client: httpx.Client) -> None:
    seen = set()
    for name in SETS:
        entity = values(client, name, top="1")[0]
        assert client.get(entity["@iot.selfLink"]).json() == entity
        for link, address in entity.items():
            if link.endswith("@iot.navigationLink"):
                answer = client.get(address)
                assert answer.status_code == 200, address
                seen.add((name, link.partition("@")[0]))
    assert len(seen) == 16


def test_what_an_entity_is(client: httpx.Client) -> None:
    stream = get(client, LEVEL)
    assert stream["unitOfMeasurement"]["symbol"] == "cm"
    assert stream["observationType"].endswith("OM_Measurement")
    assert stream["observedArea"]["type"] == "Point"
    assert stream["phenomenonTime"] == "2026-11-20T08:00:00.000Z/2026-11-20T10:10:00.000Z"
    thing = get(client, "Things('manggarai')")
    assert thing["properties"]["s3_cm"] == 750
    newest = values(client, f"{LEVEL}/Observations", orderby="phenomenonTime desc", top="1")[0]
    assert newest["result"] is None, "no reading is no zero"
    assert (newest["resultQuality"], newest["parameters"]["flags"]) == ("missing", ["timeout"])
    sensor = get(client, f"{LEVEL}/Sensor")
    assert sensor["metadata"].endswith("/embed/gauge?id=manggarai")


def test_paths_over_entities_to_properties_values_and_references(client: httpx.Client) -> None:
    assert get(client, "Things('manggarai')/name") == {"name": "PA Manggarai"}
    assert get(client, "Things('manggarai')/properties/river")["river"]
    assert get(client, f"{LEVEL}/unitOfMeasurement/symbol") == {"symbol": "cm"}
    bare = client.get(f"{BASE}/{LEVEL}/Thing/name/$value")
    assert (bare.text, bare.headers["content-type"]) == ("PA Manggarai", "text/plain; charset=utf-8")
    assert get(client, f"{LEVEL}/Thing/Locations/$ref")["value"] == [
        {"@iot.selfLink": f"{str(client.base_url).rstrip('/')}{BASE}/Locations('manggarai')"}
    ]
    assert get(client, f"{LEVEL}/Thing/$ref")["@iot.selfLink"].endswith("Things('manggarai')")
    assert get(client, "Things('manggarai')/Datastreams('manggarai.stage')/ObservedProperty")["@iot.id"] == "stage"
    first = values(client, f"{LEVEL}/Observations", top="1")[0]
    assert get(client, f"Observations('{first['@iot.id']}')/Datastream")["@iot.id"] == "manggarai.level"
    nothing = client.get(f"{BASE}/Datastreams('manggarai.stage')/unitOfMeasurement/symbol")
    assert (nothing.status_code, nothing.content) == (204, b"")


@pytest.mark.parametrize(
    "path",
    [
        "Nothings", "Things('nobody')", "Things('manggarai')/Rivers", "Things/name", "Things(1)", "Observations('x')",
        "Observations('manggarai.level@99999999999999999')", "Things('katulampa')/Datastreams('manggarai.level')",
        "Things('manggarai')/name/first", "Things('manggarai", "Things('manggarai')/Datastreams/x", "Things('%00')",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404_in_the_standards_form(client: httpx.Client, path: str) -> None:
    assert refused(client, path, 404)


def test_nothing_is_written(client: httpx.Client) -> None:
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        answer = client.request(method, f"{BASE}/Things", json={})
        assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, "GET, HEAD, OPTIONS", 405)


# --- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ("result gt 800 and result le 810", 10),
        ("result ge 829", 1),
        ("not (result lt 829)", 2),  # what has no result is not below
        ("result eq null", 1),
        ("result ne null and result lt 702", 2),
        ("phenomenonTime ge 2026-11-20T10:00:00Z and phenomenonTime lt 2026-11-20T17:05:00+07:00", 5),
        ("phenomenonTime gt 2026-11-20T10:10:00Z sub duration'PT5M'", 5),
        ("(result add 1) div 2 eq 400", 1),
        ("result mod 50 eq 0", 3),
        ("result in (700, 701, 5)", 2),
        ("minute(phenomenonTime) eq 7 and hour(phenomenonTime) eq 9", 1),
        ("floor(result div 100) eq 8 or result eq 700", 31),
        ("Datastream/Thing/name eq 'PA Manggarai' and result eq 705", 1),
        ("Datastream/Thing/name eq 'PA Karet'", 0),
        ("substringof('Manggarai', Datastream/name) and result lt 701", 1),
        ("resultQuality ne 'good'", 1),
    ],
)
def test_filters_of_observations(client: httpx.Client, wanted: str, count: int) -> None:
    assert get(client, f"{LEVEL}/Observations", filter=wanted, count="true", top="0")["@iot.count"] == count


@pytest.mark.parametrize(
    ("path", "wanted", "ids"),
    [
        ("Things", "id eq 'karet'", ["karet"]),
        ("Things", "@iot.id eq 'karet' or name eq '@iot.id'", ["karet"]),
        ("Things", "startswith(tolower(name), 'pa mang')", ["manggarai"]),
        ("Things", "endswith(name, 'garai') and length(name) gt 5", ["manggarai"]),
        ("Things", "properties/s3_cm eq 750", ["manggarai"]),
        ("Things", "Datastreams/Observations/result ge 829", ["manggarai"]),
        ("Things", "Datastreams/ObservedProperty/name eq 'Water level' and id eq 'karet'", ["karet"]),
        ("Locations", "geo.distance(location, geography'POINT(106.848 -6.208)') lt 0.005", ["manggarai"]),
        (
            "Locations",
            "st_within(location, geography'POLYGON((106.84 -6.21,106.85 -6.21,106.85 -6.2,106.84 -6.2,106.84 -6.21))')",
            ["manggarai"],
        ),
        ("Datastreams", "phenomenonTime gt 2026-11-20T07:00:00Z and Thing/id eq 'manggarai'",
         ["manggarai.level", "manggarai.stage"]),
        ("Datastreams", "phenomenonTime eq 2026-11-20T10:05:00Z", []),
        ("HistoricalLocations", "time lt now() and Thing/id eq 'karet'", ["karet"]),
        ("Things", "name eq '''; DROP TABLE gauge; --'", []),
    ],
)  # fmt: skip
def test_filters_of_other_sets(client: httpx.Client, path: str, wanted: str, ids: list[str]) -> None:
    assert [one["@iot.id"] for one in values(client, path, filter=wanted)] == ids


@pytest.mark.parametrize(
    "wanted",
    [
        "name", "name eq", "name eq 5", "river eq 'x'", "result eq 1", "name gt null", "phenomenonTime eq 'x'",
        "nothing(name)", "substring(name)", "name eq 'a", "1 div 0 eq 1", "length(name) eq 1e309", "((((",
        "Datastreams/any(d: d/name eq 'x')", "geo.distance(name, geography'POINT(1 2)') lt 1",
        "st_within(name, geography'POLYGON((0 0)))')", "not " * 60 + "true", "substring(name, 1e300) eq 'x'",
        "Datastreams/" * 9 + "name eq 'x'", "id eq 2026-13-40T00:00:00Z", "name eq 'x' garbage", "", "\x00",
    ],
)  # fmt: skip
def test_a_wrong_filter_is_reported(client: httpx.Client, wanted: str) -> None:
    assert "$filter" in refused(client, "Things", filter=wanted) or "has no property" in refused(
        client, "Things", filter=wanted
    )


def test_results_are_sorted_as_requested(client: httpx.Client) -> None:
    names = [one["name"] for one in values(client, "Things", orderby="name desc")]
    assert names == sorted(names, reverse=True)
    results = [one["result"] for one in values(client, f"{LEVEL}/Observations", orderby="result desc", top="3",
                                               filter="result ne null")]  # fmt: skip
    assert results == [829, 828, 827]
    streams = [one["@iot.id"] for one in values(client, "Datastreams", orderby="Thing/name asc, id desc", top="2")]
    assert streams[0].endswith(".stage")
    assert streams[1] == streams[0].replace("stage", "level")
    refused(client, "Things", orderby="Datastreams/name")
    refused(client, "Things", orderby="name sideways")
    refused(client, "Locations", orderby="location")


def test_pages_hold_each_entity_once(client: httpx.Client) -> None:
    address, seen = f"{BASE}/{LEVEL}/Observations?$top=50&$count=true&$filter=result ne null", []
    while address:
        page = client.get(address).json()
        assert page["@iot.count"] == READINGS
        seen += [one["@iot.id"] for one in page["value"]]
        address = page.get("@iot.nextLink", "")
    assert len(seen) == len(set(seen)) == READINGS


def test_selections(client: httpx.Client) -> None:
    assert values(client, "Things", select="name", top="1")[0].keys() == {"name"}
    one = get(client, "Things('manggarai')", select="id,properties,Datastreams")
    assert one.keys() == {"@iot.selfLink", "@iot.id", "properties", "Datastreams@iot.navigationLink"}
    refused(client, "Things", select="secret")


def test_expansions_within_expansions(client: httpx.Client) -> None:
    thing = get(
        client,
        "Things('manggarai')",
        expand="Locations,Datastreams($filter=ObservedProperty/id eq 'level';$expand=Observations($top=2;$count=true;"
        "$orderby=phenomenonTime desc;$filter=result ne null;$select=result),Sensor),Datastreams/ObservedProperty",
    )
    assert thing["Locations"][0]["location"]["type"] == "Point"
    assert "Locations@iot.navigationLink" not in thing
    (stream,) = thing["Datastreams"]
    assert stream["ObservedProperty"]["name"] == "Water level"
    assert stream["Sensor"]["@iot.id"] == "manggarai.gauge"
    assert stream["Observations"] == [{"result": 829}, {"result": 828}]
    assert stream["Observations@iot.count"] == READINGS
    following = client.get(stream["Observations@iot.nextLink"]).json()
    assert following["value"] == [{"result": 827}, {"result": 826}]
    observation = values(client, f"{LEVEL}/Observations", expand="Datastream/Thing,FeatureOfInterest", top="1")[0]
    assert observation["Datastream"]["Thing"]["@iot.id"] == "manggarai"
    assert observation["FeatureOfInterest"]["feature"]["type"] == "Point"


@pytest.mark.parametrize(
    "expand",
    [
        "Rivers", "Datastreams(", "Datastreams($filter)", "Datastreams($nothing=1)", "Datastreams('x)",
        "Datastreams/Thing/Datastreams/Thing/Datastreams",
        "Datastreams($top=1000;$expand=Observations($top=1000;$expand=Datastream))" * 40,
    ],
)  # fmt: skip
def test_expansions_that_are_wrong_or_too_many(client: httpx.Client, expand: str) -> None:
    assert "$expand" in refused(client, "Things", expand=expand)


@pytest.mark.parametrize(
    ("name", "text"),
    [("top", "-1"), ("top", "x"), ("skip", "1000001"), ("count", "maybe"), ("format", "json"), ("filter", "x" * 2001)],
)
def test_options_that_are_wrong(client: httpx.Client, name: str, text: str) -> None:
    wrong: dict[str, Any] = {name: text}
    assert f"${name}" in refused(client, "Things", **wrong)


def test_at_most_a_thousand_come_at_once_whatever_is_requested(client: httpx.Client) -> None:
    page = get(client, "Observations", top="999999999")
    assert len(page["value"]) == READINGS + 1 + 1 + 2


# --- a client of others ------------------------------------------------------------------------------------------


@pytest.fixture
def service(api: Api, monkeypatch: pytest.MonkeyPatch) -> frost.SensorThingsService:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return frost.SensorThingsService(f"{api.url}{BASE}")


def test_frost_sta_client_reads_every_kind_of_entity(service: frost.SensorThingsService) -> None:
    assert service.things().find("manggarai").properties["s3_cm"] == 750
    assert service.locations().find("manggarai").location["coordinates"][0] == pytest.approx(106.84844)
    assert service.datastreams().find("manggarai.level").unit_of_measurement.symbol == "cm"
    assert service.sensors().find("manggarai.gauge").encoding_type == "text/html"
    assert service.observed_properties().find("level").name == "Water level"
    assert service.features_of_interest().find("manggarai").feature["type"] == "Point"
    assert service.historical_locations().find("manggarai").time


def test_frost_sta_client_follows_pages_filters_and_expansions(service: frost.SensorThingsService) -> None:
    stream = service.datastreams().find("manggarai.level")
    pages = stream.get_observations().query().filter("result ge 700").orderby("phenomenonTime", "ASC").top(40)
    found = [one.result for one in pages.list()]
    assert found == [float(700 + number) for number in range(READINGS)]
    things = service.things().query().filter("startswith(name,'PA ')").expand("Datastreams($top=1)").top(2).list()
    assert all(thing.name.startswith("PA ") and len(thing.datastreams.entities) == 1 for thing in things)
    assert service.datastreams().query().count().top(1).list().count > 20


def test_frost_sta_client_gets_the_description_of_an_error(service: frost.SensorThingsService) -> None:
    import requests

    with pytest.raises(requests.HTTPError, match="400"):
        service.things().query().filter("nonsense").list()
    with pytest.raises(requests.HTTPError, match="404"):
        service.things().find("nobody")
