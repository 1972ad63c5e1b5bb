"""What administrators keep of cameras and gauges, laid over a box's own file."""

from __future__ import annotations

from typing import Any

from siaga_edge.settings.cloud_sites import laid

OWN: dict[str, Any] = {
    "camera": [{"id": "jalan", "url": "rtsp://own", "place": {"lat": 1, "lon": 2}, "mask": [[0, 0]]}],
    "gauge": [{"id": "duga", "limits": {"s3_cm": 1}, "source": {"kind": "file"}}],
}


def test_a_place_an_address_and_limits_override_the_own_ones_and_the_rest_remains() -> None:
    cameras = [{"id": "jalan", "place": {"lat": 3, "lon": 4}}]
    gauges = [{"id": "duga", "limits": {"s3_cm": 7}, "place": {"lat": 3, "lon": 4}}]
    tables, complaints = laid(OWN, cameras, gauges)
    assert complaints == []
    assert tables["camera"] == [{**OWN["camera"][0], "place": {"lat": 3, "lon": 4}}]
    assert tables["gauge"][0]["limits"] == {"s3_cm": 7}
    assert tables["gauge"][0]["source"] == {"kind": "file"}


def test_an_address_creates_a_camera_and_off_removes_one() -> None:
    new = {"id": "baru", "url": "rtsp://new", "place": {"lat": 3, "lon": 4}}
    tables, _ = laid(OWN, [new, {"id": "jalan", "off": True}], [])
    assert tables["camera"] == [new]


def test_what_the_node_does_not_know_waits() -> None:
    tables, complaints = laid(OWN, [{"id": "x-1", "place": {}}, {"id": "x-2", "off": True}], [{"id": "x-3"}])
    assert (tables, complaints) == (OWN, [])
    assert laid({}, [{"id": "x-1", "place": {}}], [{"id": "x-3"}]) == ({}, [])


def test_what_is_no_table_or_has_a_strange_key_is_complained_of() -> None:
    assert laid(OWN, "x", [])[1] == ['camera_site: got "x", expected [[camera_site]] tables']
    [complaint] = laid(OWN, [{"id": "jalan", "ur": "x"}], [])[1]
    assert complaint.startswith("camera_site[jalan].ur: unknown key")
    assert "expected the id" in laid(OWN, [], [{}])[1][0]
