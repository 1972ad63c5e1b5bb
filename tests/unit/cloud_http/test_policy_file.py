"""policy.toml: exact complaints, and what becomes of it."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from siaga_cloud.city.service.policy import from_file
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.platform.import_errors import ImportFileError, read_toml
from siaga_core.rules.policy import MINUTES_A_DAY

CITY = Path(__file__).parents[3] / "city" / "jakarta" / "policy.toml"
RULE = '[[rule]]\nid = "all"\naction = "task"\n'
DEADLINE = "[[deadline]]\nacknowledge_hours = 1\nfirst_action_hours = 2\nresolve_hours = 4\n"


def test_the_policy_of_jakarta_can_be_read_and_read_again() -> None:
    file = read_toml(CITY, PolicyFile)
    assert PolicyFile.model_validate_json(file.model_dump_json()) == file
    policy = from_file(file)
    assert policy.sla("flooding", "severe").acknowledge_seconds == 900
    assert policy.sla("pothole", "minor").in_working_hours
    assert policy.pauses.stops("unsafe")
    assert not policy.pauses.stops("needs-budget")
    by_night = next(rule for rule in policy.rules if rule.name == "small-things-by-night")
    assert (by_night.from_minute, by_night.until_minute) == (23 * 60, 4 * 60)
    assert {rule.until_minute for rule in policy.rules if rule.name == "sure"} == {MINUTES_A_DAY}


def test_hours_until_midnight(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(RULE + '[calendar]\nsun = ["20:00", "24:00"]\n')
    calendar = from_file(read_toml(file, PolicyFile)).calendar
    assert calendar is not None
    assert calendar.hours == {6: (time(20), time.max)}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "rule: got nothing, expected a value"),
        (RULE + "colour = 1\n", 'rule[1] "all" colour: got 1, expected no such key'),
        (RULE.replace('"task"', '"tell"'), "rule[1] \"all\" action: got 'tell', expected 'ignore', 'review' or 'task'"),
        (RULE + "priority = 5\n", 'rule[1] "all" priority: got 5, expected less than or equal to 4'),
        (RULE + 'from_hour = "24:00"\n', "rule[1] \"all\" from_hour: got '24:00', expected an hour before 24:00"),
        (RULE + 'until_hour = "00:00"\n', "expected an hour after 00:00; midnight is 24:00"),
        (RULE + RULE, "expected rule 'all' once, not 2 times"),
        (RULE + '[calendar]\nzone = "Mars"\n', "calendar.zone: got 'Mars', expected the name of a time zone"),
        (RULE + "[calendar]\n", "expected hours for at least one day"),
        (RULE + '[calendar]\nmon = ["16:00", "08:00"]\n', "expected mon to open before it closes"),
        (RULE + DEADLINE + 'hours = "working"\n', "expected a [calendar] for deadlines in working hours"),
        (RULE + DEADLINE.replace("= 4", "= 1"), "expected acknowledge_hours <= first_action_hours <= resolve_hours"),
        (
            RULE + DEADLINE + "escalate_at_shares = [1.0, 3.0, 2.0]\n",
            "expected escalate_at_shares that rise from 1.0 on",
        ),
        (
            RULE + "[notifications]\nrefill_seconds = 300\n",
            "expected storm_refill_seconds no shorter than refill_seconds",
        ),
        (RULE + "[notifications]\nends_below = 60\n", "expected ends_below less than begins_at"),
        (RULE + '[[target]]\nto = "budi"\nchannel = "email"\naddress = "a@b.c"\n', "target[1].to: got 'budi'"),
    ],
)
def test_what_is_wrong_is_described_exactly(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(ImportFileError) as caught:
        read_toml(file, PolicyFile)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
