"""What a city says of Open311 and CAP: safe unless it says so, and refused where it is misspelt."""

from __future__ import annotations

import pytest

from siaga_cloud.settings import SettingsError, load

_DATABASE = {"SIAGA_DATABASE_URL": "postgresql://localhost/siaga"}


def test_a_new_server_generates_keys_and_sends_no_real_warning() -> None:
    settings = load(_DATABASE)
    assert (settings.open311_anonymous, settings.cap_status) == (False, "Test")


def test_a_city_opens_both_by_name() -> None:
    settings = load({**_DATABASE, "SIAGA_OPEN311_ANONYMOUS": "on", "SIAGA_CAP_STATUS": "Actual"})
    assert (settings.open311_anonymous, settings.cap_status) == (True, "Actual")


@pytest.mark.parametrize(
    ("name", "message"),
    [("SIAGA_CAP_STATUS", "got 'actual', expected Actual, Exercise or Test"), ("SIAGA_OPEN311_ANONYMOUS", "on or off")],
)
def test_a_misspelt_word_is_reported(name: str, message: str) -> None:
    with pytest.raises(SettingsError, match=name) as found:
        load({**_DATABASE, name: "actual"})
    assert message in str(found.value)
