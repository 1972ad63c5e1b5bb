"""Settings of the cloud: defaults, exact complaints, no secrets shown."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from siaga_cloud.channels.kinds.telegram import TelegramSettings
from siaga_cloud.channels.kinds.twilio import TwilioSettings
from siaga_cloud.channels.kinds.x import XSettings
from siaga_cloud.channels.registry import load_settings
from siaga_cloud.settings import BrokerSettings, SettingsError, load
from siaga_cloud.settings.fields import VALUE_OR_FILE

URL = {"SIAGA_DATABASE_URL": "postgresql://siaga:hush@db/siaga"}


def test_a_database_address_is_the_only_required_setting() -> None:
    settings = load(URL)
    assert (settings.broker.host, settings.broker.port, settings.replica) == ("127.0.0.1", 1883, "1")
    assert settings.public_url == "http://127.0.0.1:8080"


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"SIAGA_BROKER_PORT": "mqtt", "SIAGA_REPLICA": "Köln", "SIAGA_MESSAGES_RETENTION_DAYS": "3"})
    assert str(refused.value).splitlines() == [
        "SIAGA_DATABASE_URL: got nothing, expected postgresql://user@host:port/database",
        "SIAGA_BROKER_PORT: got 'mqtt', expected a whole number from 1 to 65535",
        "SIAGA_REPLICA: got 'Köln', expected a name of a-z, 0-9 and -, at most 32 long",
        "SIAGA_MESSAGES_RETENTION_DAYS: got '3', expected a whole number from 31 to 36500",
    ]


def test_secrets_come_from_files_and_are_shown_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("broker-hush\n")
    settings = load({**URL, "SIAGA_BROKER_PASSWORD_FILE": str(secret)})
    assert settings.broker.password == "broker-hush"
    assert "hush" not in repr(settings)


def test_a_wrong_database_url_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"SIAGA_DATABASE_URL": "mysql://siaga:hush@db"})
    assert "hush" not in str(refused.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError) as refused:
        load({**URL, "SIAGA_BROKER_CA_FILE": "/none.pem"})
    assert str(refused.value) == "SIAGA_BROKER_CA_FILE: got '/none.pem', expected a file that exists"


@pytest.mark.parametrize(("more", "days"), [({}, None), ({"SIAGA_REVIEW_SET": "on"}, 180)])
def test_images_are_stored_for_training_only_where_a_city_allows_it(more: dict[str, str], days: int | None) -> None:
    assert load({"SIAGA_DATABASE_URL": "postgresql://a@b/c", **more}).review_days == days


def test_a_review_set_is_on_or_off() -> None:
    with pytest.raises(SettingsError, match="SIAGA_REVIEW_SET: got 'yes', expected on or off"):
        load({"SIAGA_DATABASE_URL": "postgresql://a@b/c", "SIAGA_REVIEW_SET": "yes"})


def test_mail_and_webhooks_are_off_until_they_are_set() -> None:
    plain = load({"SIAGA_DATABASE_URL": "postgresql://x@y/z"})
    assert (plain.smtp, plain.webhooks) == (None, None)
    mail = {"SIAGA_SMTP_HOST": "mail.example.org", "SIAGA_SMTP_FROM": "siaga@example.org", "SIAGA_SMTP_PASSWORD": "pw"}
    hooks = {"SIAGA_WEBHOOK_HOSTS": "a.example.org, http://localhost:9000", "SIAGA_WEBHOOK_SECRET": "x" * 16}
    reported = load({"SIAGA_DATABASE_URL": "postgresql://x@y/z", **mail, **hooks})
    assert reported.smtp is not None
    assert reported.webhooks is not None
    assert (reported.smtp.port, reported.smtp.tls, reported.webhooks.hosts) == (
        587, "starttls", ("a.example.org", "http://localhost:9000"),
    )  # fmt: skip
    assert "pw" not in repr(reported)
    assert "x" * 16 not in repr(reported)


def test_mail_without_a_sender_and_webhooks_without_a_secret_are_refused() -> None:
    wrong = {"SIAGA_SMTP_HOST": "mail.example.org", "SIAGA_WEBHOOK_HOSTS": "a.example.org/path"}
    with pytest.raises(SettingsError) as caught:
        load({"SIAGA_DATABASE_URL": "postgresql://x@y/z", **wrong})
    assert str(caught.value).splitlines() == [
        "SIAGA_SMTP_FROM: got nothing, expected the address that e-mail comes from",
        "SIAGA_WEBHOOK_HOSTS: got 'a.example.org/path', expected hosts separated by commas, as hooks.example.org",
        "SIAGA_WEBHOOK_SECRET: got nothing, expected 16 characters or more",
    ]


def test_text_channels_are_closed_until_they_have_a_secret() -> None:
    assert load_settings(URL).channels.of(TwilioSettings).auth_token is None
    settings = load_settings({**URL, "SIAGA_TELEGRAM_SECRET": "hush" * 4})
    assert settings.channels.of(TelegramSettings).secret == "hush" * 4
    assert "hush" not in repr(settings)
    with pytest.raises(SettingsError) as refused:
        load_settings({**URL, "SIAGA_SMSSYNC_SECRET": "hush"})
    assert str(refused.value) == "SIAGA_SMSSYNC_SECRET: got something short, expected 16 characters or more"


def test_an_account_of_a_channel_is_read_where_it_is_set_and_every_wrong_part_is_named() -> None:
    account = {**URL, "SIAGA_X_CONSUMER_KEY": "key", "SIAGA_X_CONSUMER_SECRET": "hush" * 4}
    with pytest.raises(SettingsError) as refused:
        load_settings({**account, "SIAGA_TELEGRAM_TOKEN": "hush"})
    assert str(refused.value).splitlines() == [
        "SIAGA_TELEGRAM_TOKEN: got something else, expected the token that BotFather gave, as 123456:ABC...",
        f"SIAGA_X_ACCESS_TOKEN: got nothing, expected {VALUE_OR_FILE}",
        f"SIAGA_X_ACCESS_SECRET: got nothing, expected {VALUE_OR_FILE}",
    ]
    whole = {**account, "SIAGA_X_ACCESS_TOKEN": "token", "SIAGA_X_ACCESS_SECRET": "secret"}
    found = load_settings(whole).channels.of(XSettings)
    assert found.account is not None
    assert found.account.consumer_secret == found.consumer_secret
    with pytest.raises(LookupError, match="XSettings: the settings were read without this group"):
        load(whole).channels.of(XSettings)


def test_the_databases_password_comes_from_a_file_too(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss/word:1\n")
    reported = {
        "SIAGA_DATABASE_URL": "postgresql://siaga_api_login@db:5432/siaga",
        "SIAGA_DATABASE_PASSWORD_FILE": str(secret),
    }
    assert load(reported).database_url == "postgresql://siaga_api_login:p%40ss%2Fword%3A1@db:5432/siaga"
    assert "word" not in repr(load(reported))
    with pytest.raises(SettingsError, match="SIAGA_DATABASE_PASSWORD: got a password, expected an address of the form"):
        load({**reported, "SIAGA_DATABASE_URL": "postgresql://siaga:hush@db/siaga"})


def test_traces_go_nowhere_until_an_address_is_set() -> None:
    assert load(URL).otlp is None
    otlp = load({**URL, "SIAGA_OTLP_URL": "http://collector:4318/", "SIAGA_OTLP_PERCENT": "10"}).otlp
    assert otlp is not None
    assert (otlp.url, otlp.percent) == ("http://collector:4318", 10)


def test_nodes_use_the_broker_of_ingest_unless_another_one_is_set() -> None:
    inside = {**URL, "SIAGA_BROKER_HOST": "broker", "SIAGA_BROKER_PORT": "8883"}
    assert (load(inside).fleet.broker_host, load(inside).fleet.broker_port) == ("broker", 8883)
    fleet = load({**inside, "SIAGA_NODE_BROKER_HOST": "mqtt.example.org"}).fleet
    assert (fleet.broker_host, fleet.broker_port) == ("mqtt.example.org", 8883)


def test_a_wrong_broker_port_is_named_once_though_nodes_use_it_too() -> None:
    with pytest.raises(SettingsError) as refused:
        load({**URL, "SIAGA_BROKER_PORT": "0"})
    assert str(refused.value) == "SIAGA_BROKER_PORT: got '0', expected a whole number from 1 to 65535"


def test_a_missing_secret_file_is_named_by_its_own_variable() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({**URL, "SIAGA_TELEGRAM_SECRET_FILE": "/none"})
    assert str(refused.value) == "SIAGA_TELEGRAM_SECRET_FILE: got '/none', expected a file that exists"


def test_only_the_environment_that_is_passed_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_BROKER_HOST", "of-the-process")
    monkeypatch.setenv("SIAGA_REPLICA", "9")
    assert (load(URL).broker.host, load(URL).replica, BrokerSettings().host) == ("127.0.0.1", "1", "127.0.0.1")


def test_a_refused_secret_is_in_no_error_of_the_chain() -> None:
    wrong = dict.fromkeys(["SIAGA_TELEGRAM_SECRET", "SIAGA_TELEGRAM_TOKEN", "SIAGA_GRAFANA_URL"], "hush")
    with pytest.raises(SettingsError) as refused:
        load({**URL, **wrong})
    assert "hush" not in "".join(traceback.format_exception_only(refused.value))
    assert (refused.value.__context__, refused.value.__cause__) == (None, None)


@pytest.mark.parametrize("name", ["SIAGA_HTTP_CERT_FILE", "SIAGA_HTTP_KEY_FILE"])
def test_a_certificate_and_its_key_go_together(name: str, tmp_path: Path) -> None:
    file = tmp_path / "one.pem"
    file.write_text("pem")
    with pytest.raises(SettingsError, match="got nothing, expected a file that exists; SIAGA_HTTP_CERT_FILE and"):
        load({**URL, name: str(file)})


def test_the_size_of_the_disk_is_unknown_until_it_is_set() -> None:
    assert load(URL).database_disk_gb == 0
    assert load({**URL, "SIAGA_DATABASE_DISK_GB": "500"}).database_disk_gb == 500


@pytest.mark.parametrize(
    ("written", "trusted"),
    [
        ("", ()),
        ("10.0.0.5", ("10.0.0.5/32",)),
        (" 172.30.80.0/28 , 2001:DB8::/64 ", ("172.30.80.0/28", "2001:db8::/64")),
    ],
)
def test_proxies_are_addresses_and_networks(written: str, trusted: tuple[str, ...]) -> None:
    assert load({**URL, "SIAGA_TRUSTED_PROXIES": written}).trusted_proxies == trusted


@pytest.mark.parametrize("wrong", ["*", "nginx", "0.0.0.0/0", "::/0", "10.0.0.5/24", "10.0.0.1,evil"])
def test_not_everybody_can_be_a_proxy(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"SIAGA_TRUSTED_PROXIES: got .*, expected addresses and networks"):
        load({**URL, "SIAGA_TRUSTED_PROXIES": wrong})


def test_clips_are_stored_for_the_days_of_their_hazard() -> None:
    assert load(URL).clips_retention_by_hazard == {}
    found = load({**URL, "SIAGA_CLIPS_RETENTION_BY_HAZARD": "illegal_parking=90, trash=14"})
    assert found.clips_retention_by_hazard == {"illegal_parking": 90, "trash": 14}


@pytest.mark.parametrize("wrong", ["parking=3", "trash", "trash=0", "trash=many", "trash=3.5"])
def test_days_of_an_unknown_hazard_or_of_no_number_are_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"SIAGA_CLIPS_RETENTION_BY_HAZARD: got .*, expected hazards with whole"):
        load({**URL, "SIAGA_CLIPS_RETENTION_BY_HAZARD": wrong})
