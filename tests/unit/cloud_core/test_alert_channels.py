"""Channels of alerts as far as they need no socket: templates, allowed places, settings, keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siaga_cloud.alerts.channels.sms import filled
from siaga_cloud.cli import app
from siaga_cloud.platform.delivery.webpush import is_allowed, new_key, public_key
from siaga_cloud.settings import PUSH_HOSTS, SettingsError, SmsSettings, load

HOSTS = tuple(PUSH_HOSTS.split(","))
BASE = {"SIAGA_DATABASE_URL": "postgresql://u@h/d"}


def a_gateway(body: str, content_type: str) -> SmsSettings:
    return SmsSettings(url="https://sms.example.org", body=body, content_type=content_type, authorization=None)


def test_a_text_cannot_leave_its_place_in_the_template() -> None:
    values = {"to": "+62812", "text": 'air "naik"\n{to}, &to=evil', "id": "1"}
    as_json = filled(a_gateway('{"to": "{to}", "msg": {"text": "{text}"}}', "application/json"), values)
    assert json.loads(as_json) == {"to": "+62812", "msg": {"text": values["text"]}}
    as_form = filled(a_gateway("to={to}&text={text}", "application/x-www-form-urlencoded"), values)
    assert as_form == "to=%2B62812&text=air%20%22naik%22%0A%7Bto%7D%2C%20%26to%3Devil"


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://wns2-sg2p.notify.windows.com/w/?token=abc", True),
        ("https://web.push.apple.com/abc", True),
        ("http://fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://fcm.googleapis.com@127.0.0.1/abc", False),
        ("https://notify.windows.com.evil.test/", False),
        ("https://evilnotify.windows.com/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://fcm.googleapis.com:port/", False),
        ("file:///etc/passwd", False),
        ("https://fcm.googleapis.com\\@evil.test/", False),
    ],
)
def test_pushes_go_to_the_push_services_and_nowhere_else(endpoint: str, allowed: bool) -> None:
    assert is_allowed(endpoint, HOSTS) is allowed


def test_the_command_makes_a_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "push.pem"
    made = CliRunner().invoke(app, ["push-key", str(file)])
    assert made.exit_code == 0
    assert public_key(file.read_bytes()) == made.output.strip()
    assert (len(made.output.strip()), file.stat().st_mode & 0o777) == (87, 0o600)
    again = CliRunner().invoke(app, ["push-key", str(file)])
    assert again.exit_code == 2
    assert public_key(file.read_bytes()) == made.output.strip(), "what browsers subscribed with is not lost"


def test_settings_of_alerts_are_read_whole(tmp_path: Path) -> None:
    key = tmp_path / "push.pem"
    key.write_bytes(new_key())
    settings = load(
        BASE | {
            "SIAGA_PUSH_KEY_FILE": str(key), "SIAGA_PUSH_CONTACT": "mailto:bpbd@example.org",
            "SIAGA_SMS_URL": "https://sms.example.org/send", "SIAGA_SMS_AUTHORIZATION": "Bearer x",
        }
    )  # fmt: skip
    assert settings.push is not None
    assert settings.push.hosts == HOSTS
    assert "PRIVATE" not in repr(settings.push)
    assert settings.sms is not None
    assert (settings.sms.content_type, "Bearer" in repr(settings.sms)) == ("application/json", False)
    nothing = load(BASE)
    assert (nothing.push, nothing.sms) == (None, None)


def test_wrong_settings_are_named_without_revealing_secrets(tmp_path: Path) -> None:
    secret = tmp_path / "wrong"
    secret.write_text("a password")
    with pytest.raises(SettingsError) as caught:
        load(
            BASE | {
                "SIAGA_PUSH_KEY_FILE": str(secret), "SIAGA_PUSH_HOSTS": "https://x/y", "SIAGA_SMS_URL": "sms.example",
                "SIAGA_SMS_BODY": "to={to}", "SIAGA_SMS_CONTENT_TYPE": "text/plain",
            }
        )  # fmt: skip
    lines = str(caught.value).split("\n")
    names = ["PUSH_KEY_FILE", "PUSH_HOSTS", "PUSH_CONTACT", "SMS_BODY", "SMS_URL", "SMS_CONTENT_TYPE"]
    assert sorted(line.split(":")[0] for line in lines) == sorted(f"SIAGA_{name}" for name in names)
    assert "a password" not in str(caught.value)
