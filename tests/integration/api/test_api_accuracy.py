"""The accuracy of cameras over HTTP: figures for everybody, the sample for operators alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.support.accuracy_sample import draw_a_frame
from tests.support.cloud_core import a_jpeg
from tests.support.http_api import Api

from siaga_cloud.accuracy import service

CAMERA = "cam-manggarai"
SAMPLES = "/api/v1/accuracy/samples"


@pytest.fixture
def operator(api: Api) -> Iterator[httpx.Client]:
    with api.client("operator.balaikota") as client:
        yield client


def test_operators_judge_the_sample_and_everybody_reads_counts_before_shares(api: Api, operator: httpx.Client) -> None:
    draw_a_frame(api, CAMERA)
    with api.client() as anybody, api.client("gubernur") as leader:
        assert anybody.get("/api/v1/accuracy").json() == []
        assert anybody.get(SAMPLES).status_code == 401
        assert leader.get(SAMPLES).status_code == 403
        (sample,) = operator.get(SAMPLES).json()
        assert (sample["camera_id"], sample["hazards"]) == (CAMERA, ["flooding", "trash"])
        assert not {"event_id", "reported", "present"} & sample.keys(), "what the camera decided is not shown"
        image = operator.get(sample["image_url"])
        assert (image.headers["content-type"], image.headers["cache-control"]) == ("image/jpeg", "private, no-store")
        assert image.content == a_jpeg()

        answer = f"{SAMPLES}/{sample['id']}/answer"
        assert leader.post(answer, json={"present": []}).status_code == 403
        assert operator.post(answer, json={"present": ["dragons"]}).status_code == 422
        assert operator.post(answer, json={"present": ["flooding"]}).status_code == 204
        assert operator.post(answer, json={"present": []}).status_code == 409
        assert operator.get(SAMPLES).json() == []

        with api.connection() as conn:
            service.refresh(conn, now=datetime.now(UTC) + timedelta(seconds=1))
        (held,) = anybody.get("/api/v1/accuracy", params={"camera": CAMERA}).json()
        unknown = {"count": 0, "share": None, "low": None, "high": None}
        assert (held["precision"], held["recall"]) == ({**unknown, "of": 0}, {**unknown, "of": 1})
        assert (held["hazard"], held["suspended_since"]) == ("flooding", None)
