"""What the demo's city has before its story begins: keys, channels, layers, a past of three months, forecasts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from siaga_sim.demo.catcher import Catcher
from siaga_sim.demo.cloud import CITY, Cloud, city_tables
from siaga_sim.demo.layout import DemoError, Layout, program
from siaga_sim.scenario import Scenario
from siaga_sim.stack.child import Child

HISTORY_DAYS, COMPLAINTS_PER_DAY, STEP_MINUTES = 90, 15, 10
WATCHED_GAUGE = "manggarai"  # the story and its tour look at its forecast
PAST_SECONDS = 600.0  # on a machine with other work
SENDER = "siaga@demo.example"
# Chrome, Firefox, Edge and Safari, for a visitor who subscribes the own browser (docs/alerts.md).
BROWSER_PUSH_HOSTS = "fcm.googleapis.com,updates.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com"
_FEEDS = """
[[feed]]
id = "waze"
kind = "waze"
url = "{url}/waze"
every_seconds = 60
"""
# What no camera can verify is verified by somebody: a story of minutes has too few tasks for a sample.
PROOF_POLICIES = {
    "*": {"reporter_share": 0.6, "operator_share": 0.4, "look_seconds": 30},
    "pothole": {"reporter_share": 1.0, "operator_share": 0.0},  # whoever drives there knows it best
}
CHANNEL_SECRETS = (
    "SIAGA_TWILIO_AUTH_TOKEN",
    "SIAGA_TELEGRAM_SECRET",
    "SIAGA_LAPOR_SECRET",
    "SIAGA_SMSSYNC_SECRET",
    "SIAGA_X_CONSUMER_SECRET",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What others need of it: the key that nodes trust, and the secrets that prove the deliveries of channels."""

    fleet_key: Path
    channel_secrets: Mapping[str, str]


def begin_past(layout: Layout, scenario: Scenario) -> Child:
    """Start to generate the past, which takes some seconds that the services need, too.

    A story that begins in the middle of a storm has the first hours of that storm as its newest past.
    """
    folder = layout.root / "past"
    words = ["history", str(folder), "--city", str(CITY), "--days", str(HISTORY_DAYS)]
    words += ["--gauges", str(len(city_tables("gauges.toml", "gauge")))]
    words += ["--per-day", str(COMPLAINTS_PER_DAY), "--step-minutes", str(STEP_MINUTES), "--until-now", "--wet"]
    words += ["--story", scenario.name] if scenario.starts_hour else []
    return Child(name="history", argv=[program("siaga-sim"), *words], log=layout.log("history")).start()


def make_keys(cloud: Cloud, catcher: Catcher) -> Prepared:
    """Create the city's keys and add the settings of what is sent and received to the cloud; before its programs."""
    fleet = cloud.layout.root / "fleet"
    fleet.mkdir(mode=0o700)
    cloud.more = {**cloud.more, "SIAGA_FLEET_DIR": str(fleet)}
    key = Path(cloud.admin("admin", "fleet-key").strip())
    push_key = cloud.layout.root / "push-key.pem"
    cloud.admin("admin", "push-key", str(push_key))
    channel_secrets = {name: secrets.token_urlsafe(24) for name in CHANNEL_SECRETS}
    cloud.more = {**cloud.more, **sending_settings(catcher, push_key), **channel_secrets}
    return Prepared(fleet_key=key, channel_secrets=channel_secrets)


def sending_settings(catcher: Catcher, push_key: Path) -> dict[str, str]:
    """E-mail, pushes and answers of text channels go to the catcher; pushes also to the browsers of visitors."""
    return {
        "SIAGA_SMTP_HOST": "127.0.0.1",
        "SIAGA_SMTP_PORT": str(catcher.smtp_port),
        "SIAGA_SMTP_TLS": "off",
        "SIAGA_SMTP_FROM": SENDER,
        "SIAGA_PUSH_KEY_FILE": str(push_key),
        "SIAGA_PUSH_CONTACT": f"mailto:{SENDER}",
        "SIAGA_PUSH_HOSTS": f"{catcher.url},{BROWSER_PUSH_HOSTS}",
        "SIAGA_TELEGRAM_TOKEN": f"1:{secrets.token_hex(20)}",
        "SIAGA_TELEGRAM_API": catcher.url,
        "SIAGA_TWILIO_ACCOUNT_SID": "AC-demo",
        "SIAGA_TWILIO_WHATSAPP_FROM": "+62210000001",
        "SIAGA_TWILIO_API": catcher.url,
    }


def load(cloud: Cloud, catcher: Catcher, past: Child, log_line: Callable[[str], None]) -> Child:
    """Load layers and the past, and name the feed of the drivers; returns what fits the forecasts on the past.

    That takes minutes, gauge by gauge, and the story does not wait for it.
    """
    layers = cloud.layout.root / "layers"
    make_layers(cloud.layout, layers)
    cloud.admin("admin", "import", "layers", str(layers))
    _finish(past)
    folder = cloud.layout.root / "past"
    cloud.admin("admin", "import", "history", str(folder), "--source", "demo")
    forecasts = cloud.begin_admin("forecasts", "admin", "fit-forecasts", "--first", WATCHED_GAUGE)
    _set_proof_policies(cloud)
    feeds = cloud.layout.root / "feeds.toml"
    feeds.write_text(_FEEDS.format(url=catcher.url))
    cloud.admin("admin", "import", "feeds", str(feeds))
    log_line(f"{HISTORY_DAYS} days of complaints and levels and the layers are loaded; forecasts are fitted beside")
    return forecasts


def _set_proof_policies(cloud: Cloud) -> None:
    for category, policy in PROOF_POLICIES.items():
        file = cloud.layout.root / "proof-policy.json"
        file.write_text(json.dumps(policy))
        cloud.admin("admin", "proof-policy", category, str(file))


def make_layers(layout: Layout, folder: Path) -> None:
    """Generate the layers of the map."""
    words = [program("siaga-sim"), "layers", str(folder), "--city", str(CITY)]
    _finish(Child(name="layers", argv=words, log=layout.log("layers")).start())


def _finish(work: Child) -> None:
    code = work.wait(PAST_SECONDS)
    if code != 0:
        raise DemoError(f"siaga-sim {work.name} ended with {code} (log: {work.log})\n{work.tail()}")
