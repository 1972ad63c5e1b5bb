"""Rain and tide in the forecasts of the worker: imported, learnt where they help, left out where they are silent."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.http_api import Api, set_level

from siaga_cloud.forecast import candidates
from siaga_cloud.forecast import service as forecasting
from siaga_cloud.forecast.inputs.cli import load_inputs
from siaga_cloud.forecast.inputs.store import inputs_of
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError

STEP = timedelta(minutes=10)
DAYS = 16
LAG_STEPS = 18
FILE = """
[[rain]]
rain_gauge = "citeko"
gauges = ["manggarai"]
delay_minutes = 20

[[tide]]
tide_gauge = "pasar-ikan"
gauges = ["karet"]
"""


def imported(conn: Connection, folder: Path, text: str) -> str:
    file = folder / "forecast.toml"
    file.write_text(text, encoding="utf-8")
    return load_inputs(conn, file)


@pytest.fixture(scope="module")
def now() -> datetime:
    moment = datetime.now(UTC)
    return moment - timedelta(seconds=moment.timestamp() % 600)


@pytest.fixture(scope="module")
def rained(api: Api, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Api:
    """Rain that Manggarai shows three hours later, while the gauges upstream show nothing."""
    chance = np.random.default_rng(3)
    length = DAYS * 144
    rain = np.where(chance.random(length) < 0.01, chance.gamma(2.0, 4.0, length), 0.0)
    rain[-6:-2] = 8.0
    wave = np.convolve(rain, np.exp(-np.arange(72) / 12.0))[:length]
    here = 600 + 4 * np.concatenate([np.zeros(LAG_STEPS), wave[:-LAG_STEPS]])
    levels = {"manggarai": here, "depok": np.full(length, 120.0), "katulampa": np.full(length, 30.0)}
    start = now - STEP * length
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO rain_gauge (id, name, lat, lon, origin, updated_at)"
            " VALUES ('citeko', 'Citeko', -6.70, 106.93, 'test', %s)",
            (now,),
        )
        with conn.cursor() as cursor, cursor.copy("COPY reading FROM STDIN") as copy:
            for gauge, series in levels.items():
                for place, level in enumerate(series + chance.normal(0, 0.5, length)):
                    at = start + STEP * place + timedelta(minutes=5)
                    copy.write_row((gauge, at, round(float(level), 1), "good", "{}", None, None, None, "test", at))
        put_rain(conn, rain, start=start)
        for gauge in levels:
            set_level(conn, gauge, float(levels[gauge][-1]), stage=4, at=now)
        imported(conn, tmp_path_factory.mktemp("inputs"), FILE)
    return api


def put_rain(conn: Connection, rain: np.ndarray, *, start: datetime) -> None:
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO rain_reading (rain_gauge_id, ends_at, minutes, mm, received_at)"
            " VALUES ('citeko', %s, 10, %s, %s)",
            [(at, round(float(mm), 2), at) for place, mm in enumerate(rain) for at in [start + STEP * (place + 1)]],
        )


def forecast(api: Api, gauge: str) -> dict[str, Any]:
    with api.client() as client:
        answer = client.get(f"/api/v1/gauges/{gauge}/forecast")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module")
def fitted(rained: Api, now: datetime) -> Api:
    with pytest.MonkeyPatch.context() as patch, rained.connection() as conn:
        patch.setattr(candidates, "HORIZONS_HOURS", (1.0, 2.0))  # two instead of eight, as each takes its time
        models = {one.gauge_id: one for one in forecasting.fit_all(lambda: nullcontext(conn), now=now)}
        manggarai = models["manggarai"]
        assert manggarai.learned_with_inputs is not None
        without = (manggarai.learned or manggarai.models[0]).horizons
        errors = {one.horizon_seconds: one.rms_error_cm for one in without}
        for one in manggarai.learned_with_inputs.horizons:
            assert one.rms_error_cm < errors[one.horizon_seconds]
    return rained


def test_a_file_that_names_what_is_not_there_changes_nothing(rained: Api, tmp_path: Path) -> None:
    with rained.connection() as conn:
        for wrong, reason in (
            (FILE.replace("citeko", "nowhere"), "rain gauge nowhere, expected one that was imported"),
            (FILE.replace("karet", "pasar-ikan"), "got itself among gauges"),
            (FILE.replace('["manggarai"]', '["manggarai", "manggarai"]'), 'got "citeko" twice'),
            (FILE.replace("delay_minutes = 20", "delay_minutes = -1"), "delay_minutes: got -1"),
        ):
            with pytest.raises(ImportFileError, match=reason):
                imported(conn, tmp_path, wrong)
        assert [one.id for one in inputs_of(conn, "manggarai")] == ["citeko"]
        assert imported(conn, tmp_path, FILE) == "2 inputs of forecasts"


def test_rain_that_foretells_the_level_is_used_and_named(fitted: Api, now: datetime) -> None:
    with fitted.connection() as conn:
        forecasting.forecast_all(conn, now=now)
    found = forecast(fitted, "manggarai")
    assert found["inputs"] == [{"id": "citeko", "kind": "rain", "name": "Citeko", "used": True, "unknown": False}]
    assert found["points"][-1]["level_cm"] > found["level_cm"] + 5, "the rain of the last hour is on its way"


def test_while_the_rain_gauge_is_silent_the_forecast_is_made_without_it_and_states_that(
    fitted: Api, now: datetime
) -> None:
    with fitted.connection() as conn:
        conn.execute("DELETE FROM rain_reading WHERE ends_at > %s", (now - timedelta(hours=3),))
        conn.execute("DELETE FROM forecast")
        forecasting.forecast_all(conn, now=now)
    found = forecast(fitted, "manggarai")
    assert found["inputs"] == [{"id": "citeko", "kind": "rain", "name": "Citeko", "used": False, "unknown": True}]
    assert found["points"], "a model on levels alone goes on"
    assert found["reason"] == ""


def test_a_gauge_without_a_forecast_lists_its_inputs_as_unused(fitted: Api) -> None:
    assert [(one["id"], one["used"]) for one in forecast(fitted, "karet")["inputs"]] == [("pasar-ikan", False)]
