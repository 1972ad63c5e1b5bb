"""Every account of the demo's table exists in the demo's city, with a link of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from siaga_sim.demo.accounts import ACCOUNTS, entry_table, settings
from siaga_sim.demo.cloud import CITY


def test_the_table_names_accounts_of_the_city_that_cover_every_role_of_staff() -> None:
    users = {user["id"]: user["role"] for user in tomllib.loads((CITY / "users.toml").read_text("utf-8"))["user"]}
    roles = {users[account.user] for account in ACCOUNTS}
    assert roles == {"operator", "officer", "area_head", "leader", "agency_head", "admin"}
    lines = entry_table("http://127.0.0.1:8080").splitlines()
    for account in ACCOUNTS:
        (line,) = [line for line in lines if f"http://127.0.0.1:8080/sign-in#enter={account.user} " in line]
        assert account.role in line


def test_the_programs_of_the_cloud_run_as_a_simulation() -> None:
    given = settings(river_speed=480.0, console_url="http://127.0.0.1:9", story_file=Path("story.json"))
    assert given["SIAGA_DEMO_ACCOUNTS"].split(",") == [account.user for account in ACCOUNTS]
    assert given["SIAGA_DEMO_RIVER_SPEED"] == "480"
    assert given["SIAGA_CAP_STATUS"] == "Exercise"
