"""A server that others can reach cannot be a demo, whatever else is set: it does not start."""

from __future__ import annotations

import pytest

from siaga_cloud.settings import SettingsError, load

DATABASE = {"SIAGA_DATABASE_URL": "postgresql://localhost/siaga"}
DEMO = {**DATABASE, "SIAGA_DEMO_ACCOUNTS": "admin, operator.balaikota"}


def test_a_demo_names_the_accounts_that_everybody_may_enter() -> None:
    assert load(DATABASE).demo is None
    demo = load({**DEMO, "SIAGA_DEMO_RIVER_SPEED": "480"}).demo
    assert demo is not None
    assert (demo.accounts, demo.river_speed) == (("admin", "operator.balaikota"), 480)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "::1", "localhost"])
def test_a_demo_serves_this_machine(host: str) -> None:
    assert load({**DEMO, "SIAGA_HTTP_HOST": host}).demo is not None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIAGA_HTTP_HOST", "0.0.0.0"),  # noqa: S104 - that it is refused is the test
        ("SIAGA_HTTP_HOST", "::"),
        ("SIAGA_HTTP_HOST", "siaga.example.org"),
        ("SIAGA_PUBLIC_URL", "https://siaga.example.org"),
        ("SIAGA_PUBLIC_URL", "http://127.0.0.1.example.org:8080"),
        ("SIAGA_PUBLIC_URL", "http://192.0.2.7:8080"),
        ("SIAGA_TRUSTED_PROXIES", "10.0.0.5"),
        ("SIAGA_CAP_STATUS", "Actual"),
        ("SIAGA_DEMO_RIVER_SPEED", "0"),
    ],
)
def test_a_server_of_a_city_does_not_start_as_a_demo(variable: str, value: str) -> None:
    load({**DATABASE, variable: value} if "DEMO" not in variable else DATABASE)
    with pytest.raises(SettingsError, match=variable):
        load({**DEMO, variable: value})
