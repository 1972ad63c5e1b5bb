"""Which ID tokens are believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from siaga_cloud.people.oidc import OidcError, OidcProvider, challenge
from siaga_cloud.people.service.oidc_accounts import mapped_role, user_id_of
from siaga_cloud.settings import OidcSettings, SettingsError, load

NOW = 1_800_000_000
ISSUER = "https://id.city.example"
GOOD = {"iss": ISSUER, "aud": "siaga", "sub": "s-1", "exp": NOW + 600, "iat": NOW, "nonce": "n-1"}
KEYS = {name: RSAKey.generate_key(2048, {"kid": name}, private=True) for name in ("first", "second", "strange")}


class Provider:
    """Answers discovery and keys as a provider would."""

    def __init__(self) -> None:
        self.shown, self.requests, self.issuer = ["first"], 0, ISSUER

    def __call__(self, method: str, url: str, **more: Any) -> httpx.Response:
        if url.endswith("/.well-known/openid-configuration"):
            message = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            return httpx.Response(200, json={"issuer": self.issuer, **message})
        self.requests += 1
        return httpx.Response(200, json={"keys": [KEYS[name].as_dict(private=False) for name in self.shown]})


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> tuple[OidcProvider, Provider, Clock]:
    answers, clock = Provider(), Clock()
    monkeypatch.setattr(httpx, "request", answers)
    settings = OidcSettings(issuer=ISSUER, client_id="siaga", client_secret=None)
    return OidcProvider(settings, monotonic=clock, wall_clock=lambda: float(NOW)), answers, clock


def signed(claims: dict[str, Any], *, key: str = "first", alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": key}, claims, KEYS[key])


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def test_a_good_token_is_believed(world: tuple[OidcProvider, Provider, Clock]) -> None:
    assert world[0].check(signed(GOOD), nonce="n-1")["sub"] == "s-1"
    assert world[0].check(signed({**GOOD, "exp": NOW - 30}), nonce="n-1")["sub"] == "s-1"  # clocks differ a little


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: signed({**GOOD, "nonce": "n-2"}), id="another nonce"),
        pytest.param(lambda: signed(without("nonce")), id="no nonce"),
        pytest.param(lambda: signed({**GOOD, "aud": "another-site"}), id="another audience"),
        pytest.param(lambda: signed({**GOOD, "aud": ["siaga", "another"]}), id="two audiences and no azp"),
        pytest.param(lambda: signed({**GOOD, "azp": "another"}), id="made for another client"),
        pytest.param(lambda: signed({**GOOD, "iss": "https://evil.example"}), id="another issuer"),
        pytest.param(lambda: signed({**GOOD, "exp": NOW - 61}), id="expired"),
        pytest.param(lambda: signed(without("exp")), id="never expires"),
        pytest.param(lambda: signed(without("sub")), id="about nobody"),
        pytest.param(lambda: signed({**GOOD, "iat": NOW + 3600}), id="made in the future"),
        pytest.param(lambda: signed(GOOD, key="strange"), id="a key that the provider does not show"),
        pytest.param(
            lambda: jwt.encode(
                {"alg": "HS256", "kid": "first"}, GOOD, OctKey.import_key("a secret of someone at 32 b")
            ),
            id="signed by a secret",
        ),
        pytest.param(lambda: "eyJhbGciOiJub25lIn0.e30.", id="not signed"),
        pytest.param(lambda: signed(GOOD)[:-6] + "AAAAAA", id="a broken signature"),
        pytest.param(lambda: "", id="nothing"),
    ],
)
def test_any_other_is_not(world: tuple[OidcProvider, Provider, Clock], make: Callable[[], str]) -> None:
    with pytest.raises(OidcError):
        world[0].check(make(), nonce="n-1")


def test_keys_are_read_again_when_the_provider_changed_them_but_not_for_every_forgery(
    world: tuple[OidcProvider, Provider, Clock],
) -> None:
    provider, answers, clock = world
    provider.check(signed(GOOD), nonce="n-1")
    answers.shown = ["second"]
    clock.at = 60.0
    provider.check(signed(GOOD, key="second"), nonce="n-1")
    assert answers.requests == 2
    for _ in range(20):
        with pytest.raises(OidcError):
            provider.check(signed(GOOD, key="strange"), nonce="n-1")
    assert answers.requests == 2
    clock.at = 120.0
    with pytest.raises(OidcError):
        provider.check(signed(GOOD), nonce="n-1")  # the key that was withdrawn


def test_a_document_of_another_issuer_is_refused(world: tuple[OidcProvider, Provider, Clock]) -> None:
    world[1].issuer = "https://evil.example"
    with pytest.raises(OidcError, match="issuer"):
        world[0].authorization_url(redirect_uri="x", state="s", nonce="n", verifier="v")


def test_the_challenge_is_that_of_rfc_7636() -> None:
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_claims_are_mapped_to_user_and_role_and_never_to_admin() -> None:
    settings = OidcSettings(
        issuer=ISSUER, client_id="siaga", client_secret=None, role_claim="groups",
        roles=(("boss", "admin"), ("op", "operator"), ("look", "leader")),
    )  # fmt: skip
    assert mapped_role({"groups": ["boss", "look", "op"]}, settings) == "operator"
    assert mapped_role({"groups": "look"}, settings) == "leader"
    assert mapped_role({"groups": ["boss"]}, settings) is None
    assert mapped_role({"groups": 7}, settings) is None
    assert user_id_of({"preferred_username": "  Rina O'Hara "}, settings) == "rina-o-hara"
    assert user_id_of({}, settings) == ""


def test_settings_refuse_a_mapping_to_admin_and_an_issuer_in_the_clear() -> None:
    more = {"SIAGA_DATABASE_URL": "postgresql://a@b/c", "SIAGA_OIDC_CLIENT_ID": "siaga"}
    with pytest.raises(SettingsError, match="SIAGA_OIDC_ROLES: got 'boss=admin'"):
        load({**more, "SIAGA_OIDC_ISSUER": ISSUER, "SIAGA_OIDC_ROLES": "op=operator,boss=admin"})
    with pytest.raises(SettingsError, match="SIAGA_OIDC_ISSUER"):
        load({**more, "SIAGA_OIDC_ISSUER": "http://id.city.example"})
    read = load({**more, "SIAGA_OIDC_ISSUER": ISSUER, "SIAGA_OIDC_ROLES": "op=operator, look=leader"}).oidc
    assert read is not None
    assert read.roles == (("op", "operator"), ("look", "leader"))
