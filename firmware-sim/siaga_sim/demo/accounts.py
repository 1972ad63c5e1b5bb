"""The accounts that everybody may enter in a demo, and the table of links that the terminal prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the demo's city. `role` and `purpose` are for the terminal."""

    user: str
    role: str
    purpose: str


ACCOUNTS = (
    Account("operator.balaikota", "operator", "control room: incidents, cameras, tasks"),
    Account("petugas.sda", "officer", "tasks in the street, with proof photos"),
    Account("lurah.manggarai", "head of a kelurahan (lurah)", "tasks and officers of Manggarai"),
    Account("camat.tebet", "head of a district (camat)", "tasks and officers of Tebet"),
    Account("gubernur", "governor", "the whole city, to look at"),
    Account("kadis.sda", "head of an agency", "tasks and officers of the agency for water"),
    Account("admin", "administrator", "nodes, policy, accounts, audit log"),
)


def settings(*, river_speed: float, console_url: str, story_file: Path) -> Mapping[str, str]:
    """What makes the cloud's programs a simulation; they refuse to start with it where others can reach them."""
    return {
        "SIAGA_DEMO_ACCOUNTS": ",".join(account.user for account in ACCOUNTS),
        "SIAGA_DEMO_CONSOLE_URL": console_url,
        "SIAGA_DEMO_STORY_FILE": str(story_file),
        "SIAGA_DEMO_RIVER_SPEED": f"{river_speed:g}",
        "SIAGA_CAP_STATUS": "Exercise",
    }


def entry_table(url: str) -> str:
    """A line for each account with the address that enters it; citizens need none."""
    widest = max(len(account.role) for account in ACCOUNTS)
    rows = [("citizen", f"{url}/", "water, map, reports")]
    rows += [(account.role, f"{url}/sign-in#enter={account.user}", account.purpose) for account in ACCOUNTS]
    links = max(len(link) for _, link, _ in rows)
    lines = [f"  {role:{widest}}  {link:{links}}  {purpose}" for role, link, purpose in rows]
    return "\n".join(["Enter as (only in this demo, only on this machine):", *lines])
