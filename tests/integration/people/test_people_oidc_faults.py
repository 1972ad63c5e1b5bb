"""An identity provider that changes its key, issues tokens that are over, or is away."""

from __future__ import annotations

import pytest
from tests.support.http_api import SettingsForTests, load_demo_city, serve
from tests.support.stand_ins.identity_provider import agree, identity_provider

from siaga_cloud.people import oidc
from siaga_cloud.settings import OidcSettings
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

USERS = {"s-op": {"preferred_username": "rina", "name": "Rina", "groups": ["op"]}}


def test_a_new_key_is_learned_an_old_token_refused_and_an_absent_provider_reported(
    postgres: Postgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oidc, "KEYS_REFRESH_SECONDS", 0.0)
    url = postgres.create_database("siaga_oidc_faults", template=migrated_template)
    tokens, port, provider_port = load_demo_city(url), free_port(), free_port()
    settings = SettingsForTests(
        database_url=url, media_dir=tmp_path_factory.mktemp("media"), public_url=f"http://127.0.0.1:{port}",
        oidc=OidcSettings(
            issuer=f"http://localhost:{provider_port}", client_id="siaga", client_secret="kept", role_claim="groups",
            roles=(("op", "operator"),),
        ),
    )  # fmt: skip
    with serve(settings, tokens, port=port) as api, api.client() as client:

        def sign_in() -> int:
            where = client.get("/api/v1/session/oidc")
            if where.status_code != 303:
                return where.status_code
            return client.get(agree(where.headers["location"], "s-op")).status_code

        assert sign_in() == 503
        with identity_provider(provider_port, USERS):
            assert sign_in() == 303
        with identity_provider(provider_port, USERS):
            assert sign_in() == 303  # every start has another key
        with identity_provider(provider_port, USERS, token_seconds=-3600):
            assert sign_in() == 401
    postgres.drop_database("siaga_oidc_faults")
