"""Signing in at a real OpenID provider, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from tests.support.stand_ins.identity_provider import agree, identity_provider

from siaga_cloud.people.oidc import challenge
from siaga_cloud.people.service.oidc_accounts import account_of
from siaga_cloud.platform.errors import ForbiddenError
from siaga_cloud.settings import OidcSettings
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

USERS = {
    "s-op": {
        "preferred_username": "Rina.Operator",
        "name": "Rina",
        "email": "rina@city.example",
        "groups": ["siaga-op"],
    },
    "s-lurah": {"preferred_username": "lurah.manggarai", "name": "Lurah", "groups": ["staff"]},
    "s-admin": {"preferred_username": "admin", "name": "Mallory", "groups": ["siaga-admin", "staff"]},
    "s-nobody": {"preferred_username": "nobody", "name": "Nobody", "groups": ["staff"]},
}


def settings_of(issuer: str) -> OidcSettings:
    return OidcSettings(
        issuer=issuer, client_id="siaga", client_secret="kept", role_claim="groups", trust_user_claim=True,
        roles=(("siaga-op", "operator"), ("siaga-admin", "admin")),
    )  # fmt: skip


@pytest.fixture(scope="module")
def city(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, int]]:
    """A served city and the port where its identity provider will be."""
    url = postgres.create_database("siaga_oidc", template=migrated_template)
    tokens, port, provider_port = load_demo_city(url), free_port(), free_port()
    settings = SettingsForTests(
        database_url=url, media_dir=tmp_path_factory.mktemp("media"), public_url=f"http://127.0.0.1:{port}",
        oidc=settings_of(f"http://localhost:{provider_port}"),
    )  # fmt: skip
    with serve(settings, tokens, port=port) as api:
        yield api, provider_port
    postgres.drop_database("siaga_oidc")


@pytest.fixture(scope="module")
def provider(city: tuple[Api, int]) -> Iterator[Api]:
    """The city while its identity provider runs."""
    with identity_provider(city[1], USERS):
        yield city[0]


def begin(client: httpx.Client) -> str:
    answer = client.get("/api/v1/session/oidc")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def sign_in(client: httpx.Client, subject: str) -> httpx.Response:
    return client.get(agree(begin(client), subject))


def test_someone_with_a_mapped_role_gets_an_account_and_a_session(provider: Api) -> None:
    with provider.client() as client:
        answer = sign_in(client, "s-op")
        assert answer.status_code == 303, answer.text
        me = client.get("/api/v1/session").json()
    assert (me["user"], me["name"], me["role"]) == ("rina.operator", "Rina", "operator")
    with provider.client() as again:
        assert sign_in(again, "s-op").status_code == 303  # the second time it is the same account
        assert again.get("/api/v1/session").json()["user"] == "rina.operator"
        assert again.get("/api/v1/session/methods").json() == {"password": True, "oidc": "OpenID"}
    with provider.connection() as conn:
        lines = conn.execute("SELECT action FROM audit WHERE object_id = 'rina.operator' ORDER BY id").fetchall()
    assert [line["action"] for line in lines] == ["add_user", "link_identity", "sign_in", "sign_in"]


def test_an_account_that_is_there_is_linked_where_the_names_are_trusted(provider: Api) -> None:
    with provider.client() as client:
        assert sign_in(client, "s-lurah").status_code == 303
        assert client.get("/api/v1/session").json()["role"] == "area_head"


def test_nobody_becomes_an_administrator_by_a_claim(provider: Api) -> None:
    with provider.client() as client:
        answer = sign_in(client, "s-admin")
        assert answer.status_code == 403
        assert client.get("/api/v1/session").status_code == 401
    with provider.connection() as conn:
        row = conn.execute("SELECT oidc_subject FROM app_user WHERE id = 'admin'").fetchone()
    assert row == {"oidc_subject": None}


def test_area_and_agency_are_those_of_the_claims_at_each_sign_in(city: tuple[Api, int]) -> None:
    settings = replace_claims(settings_of("https://sso.city.example"))
    claims: dict[str, Any] = {
        "sub": "s-head", "preferred_username": "kepala.a", "name": "Kepala", "groups": ["siaga-heads"],
        "siaga_area": "31.74.01.manggarai",
    }  # fmt: skip
    now = datetime.now(UTC)
    with city[0].connection() as conn:
        made = account_of(conn, claims, settings, now=now)
        assert (made.id, made.role, made.area_id, made.agency_id) == (
            "kepala.a", "area_head", "31.74.01.manggarai", None,
        )  # fmt: skip
        moved = account_of(conn, {**claims, "siaga_area": ["31.74.03.bangka"]}, settings, now=now)
        assert moved.area_id == "31.74.03.bangka", "a list of one, as some providers send"
        for unclear in (["31.74.03.bangka", "31.74.01.manggarai"], "", 7):
            assert account_of(conn, {**claims, "siaga_area": unclear}, settings, now=now).area_id == "31.74.03.bangka"
        crew = {**claims, "groups": ["siaga-crew"], "siaga_agency": "dinas-sda"}
        officer = account_of(conn, crew, settings, now=now)
        assert (officer.role, officer.agency_id) == ("officer", "dinas-sda")
        with pytest.raises(ForbiddenError, match="make no account"):
            account_of(conn, {**claims, "siaga_area": "nowhere"}, settings, now=now)
        conn.rollback()


def replace_claims(settings: OidcSettings) -> OidcSettings:
    """The settings with claims for areas and agencies."""
    roles = (("siaga-heads", "area_head"), ("siaga-crew", "officer"))
    return settings.model_copy(update={"roles": roles, "area_claim": "siaga_area", "agency_claim": "siaga_agency"})


def test_someone_without_account_or_role_gets_an_explanation(provider: Api) -> None:
    with provider.client() as client:
        answer = sign_in(client, "s-nobody")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:siaga:problem:no-account"


def test_the_redirect_has_state_nonce_and_a_challenge_of_its_own_each_time(provider: Api) -> None:
    with provider.client() as client:
        first, second = (parse_qs(urlsplit(begin(client)).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{provider.url}/api/v1/session/oidc/callback"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    with provider.connection() as conn:
        verifiers = [row["verifier"] for row in conn.execute("SELECT verifier FROM oidc_attempt")]
    assert first["code_challenge"][0] in [challenge(verifier) for verifier in verifiers]


def test_a_state_is_accepted_once(provider: Api) -> None:
    with provider.client() as client:
        back = agree(begin(client), "s-op")
        assert client.get(back).status_code == 303
        replayed = client.get(back)
    assert replayed.status_code == 401
    assert replayed.json()["type"] == "urn:siaga:problem:invalid-sign-in-state"


def test_a_state_works_only_in_the_browser_that_began(provider: Api) -> None:
    with provider.client() as attacker, provider.client() as victim:
        planted = agree(begin(attacker), "s-op")  # to sign the victim in as the attacker
        begin(victim)
        assert victim.get(planted).json()["type"] == "urn:siaga:problem:invalid-sign-in-state"
        assert victim.get("/api/v1/session").status_code == 401


def test_a_state_that_is_over_is_refused(provider: Api) -> None:
    with provider.client() as client:
        back = agree(begin(client), "s-op")
        with provider.connection() as conn:
            conn.execute("UPDATE oidc_attempt SET expires_at = now()")
        assert client.get(back).status_code == 401


def test_a_token_with_another_nonce_is_refused(provider: Api) -> None:
    with provider.client() as client:
        answer = client.get(agree(begin(client), "s-op", nonce="of-the-attacker"))
        assert answer.json()["type"] == "urn:siaga:problem:invalid-identity"
        assert client.get("/api/v1/session").status_code == 401


def test_a_code_for_another_client_is_refused(provider: Api) -> None:
    with provider.client() as client:
        answer = client.get(agree(begin(client), "s-op", client_id="some-other-site"))
    assert answer.json()["type"] == "urn:siaga:problem:invalid-identity"


def test_a_no_of_the_provider_is_a_no(provider: Api) -> None:
    with provider.client() as client:
        state = parse_qs(urlsplit(begin(client)).query)["state"][0]
        answer = client.get(f"/api/v1/session/oidc/callback?state={state}&error=access_denied")
    assert answer.status_code == 401
