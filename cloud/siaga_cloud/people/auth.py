"""Identifies the caller by bearer token or cookie, and guards the endpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from siaga_cloud.people.service import passkeys, sessions, tokens
from siaga_cloud.people.service.scope import EVERYWHERE, VERBS, ScopedObject, is_in_scope, require_move
from siaga_cloud.people.service.sessions import Identity
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import is_transient
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.http.unsafe import SAFE_METHODS

__all__ = [
    "EVERYWHERE", "KEY_IS_OPTIONAL", "STAFF", "VERBS", "Admin", "Caller", "Enrolling", "Identity", "Known", "Operator",
    "Overseer", "Reader", "ScopedObject", "SignedIn", "Staff", "Standing", "Worker", "is_in_scope", "own_origins",
    "require", "require_move", "require_scope",
]  # fmt: skip

_MAX_TOKEN = 200
CSRF_HEADER: Final = "x-csrf-token"
_bearer = HTTPBearer(
    auto_error=False,
    description="A token of `/api/v1/me/tokens` or of `siaga-cloud admin token USER`; citizens need none. "
    "Pages sign in by cookie at `/api/v1/session` instead.",
)


# For the OpenAPI of what the public may request, too: who signs in sees more.
KEY_IS_OPTIONAL: Final[dict[str, Any]] = {"security": [{}]}


def cookie_name(parts: Parts) -> str:
    """Return the session cookie; browsers hold `__Host-` ones to this very host and https."""
    return "__Host-siaga" if is_https(parts) else "siaga"


def is_https(parts: Parts) -> bool:
    """Return whether people reach this server by https."""
    return parts.settings.public_url.startswith("https://")


def _identify(
    request: Request,
    parts: PartsOf,
    sent: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> Identity | None:
    known = _known(request, parts, sent)
    request.state.is_staff = known is not None and known.person.role in STAFF  # for platform/http/admission
    return known


def _known(request: Request, parts: Parts, sent: HTTPAuthorizationCredentials | None) -> Identity | None:
    """A bearer token decides, and is refused where it is not known; a cookie that is over is as good as none."""
    now = datetime.now(UTC)
    cookie = request.cookies.get(cookie_name(parts))
    if sent is not None:
        with parts.database.transaction() as conn:
            known = tokens.by_token(conn, sent.credentials[:_MAX_TOKEN], now=now)
        if known is None:
            request.state.is_staff = False
            raise Problem(
                401, "unknown-token", "The token is not known", "it expired or was revoked, or its owner was disabled"
            )
        return known
    if not cookie:
        return None
    with parts.database.transaction() as conn:
        known = sessions.by_cookie(conn, cookie[:_MAX_TOKEN], now=now)
    if known is None:
        return None
    if request.method not in SAFE_METHODS:
        _refuse_foreign_page(request, parts, known)
    return replace(known, needs_passkey=_needs_passkey(parts, known))


def _needs_passkey(parts: Parts, known: Identity) -> bool:
    """Return whether the password was not enough. Bearer tokens are of programs, and OpenID Connect has its own
    factors."""
    has_password_alone = known.session is not None and known.session.method == "password"
    return has_password_alone and passkeys.must_use(parts.settings.passkeys, known.person.role)


def _refuse_foreign_page(request: Request, parts: Parts, known: Identity) -> None:
    """Refuse requests of foreign pages, because browsers send the cookie along with them."""
    if known.csrf is not None and request.headers.get(CSRF_HEADER) == known.csrf:
        return
    origin = request.headers.get("origin")
    if origin is not None and origin in own_origins(request, parts):
        return
    raise Problem(
        403, "cross-site-request", "This request did not come from our own page", "expected our Origin or X-CSRF-Token"
    )


def own_origins(request: Request, parts: Parts) -> frozenset[str]:
    """Return the origins of this server's own pages."""
    public = urlsplit(parts.settings.public_url)
    own = {f"{public.scheme}://{public.netloc}"}
    if not is_https(parts):  # a city's server is reached by its one address; a developer's by several
        own.add(f"http://{request.headers.get('host', '')}")
    return frozenset(own)


def _who(request: Request, known: Annotated[Identity | None, Depends(_identify)]) -> Person | None:
    """Return the person, or None for the public; a token that may not read tasks is the public's."""
    if known is None:
        return None
    if request.method in SAFE_METHODS:
        return known.person if known.may("read:tasks") and not known.needs_passkey else None
    _refuse_password_alone(known)
    if not known.may("write:tasks"):
        raise _narrow("write:tasks")
    return known.person


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Represents the caller, who is checked again for as long as the answer lasts."""

    parts: Parts
    person: Person | None
    cookie: str = field(repr=False)
    token: str | None = field(repr=False)

    def is_valid(self) -> bool:
        """Return whether the session or token still identifies the same person. This counts as no use of either.

        While the database is away nothing can be sent either, so the answer is yes.
        """
        try:
            with self.parts.database.transaction() as conn:
                now = datetime.now(UTC)
                if self.token is not None:
                    known = tokens.by_token(conn, self.token, now=now, notes_use=False)
                else:
                    known = sessions.by_cookie(conn, self.cookie, now=now, notes_use=False)
        except Exception as error:
            if is_transient(error):
                return True
            raise
        return known is not None and known.may("read:tasks") and known.person == self.person


def _asker(
    request: Request,
    parts: PartsOf,
    person: Annotated[Person | None, Depends(_who)],
    sent: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> Asker:
    cookie = request.cookies.get(cookie_name(parts), "")
    return Asker(
        parts=parts,
        person=person,
        cookie=cookie[:_MAX_TOKEN],
        token=sent.credentials[:_MAX_TOKEN] if sent is not None else None,
    )


Standing = Annotated[Asker, Depends(_asker)]
Known = Annotated[Identity | None, Depends(_identify)]
Caller = Annotated[Person | None, Depends(_who)]


def require(*roles: str) -> Callable[[Person | None], Person]:
    """Return a dependency that lets only these roles pass: 401 without a token, 403 with another role."""

    def check(caller: Caller) -> Person:
        if caller is None:
            raise Problem(
                401, "authentication-required", "A token is needed", f"for one of the roles: {', '.join(roles)}"
            )
        if caller.role not in roles:
            raise Problem(403, "wrong-role", "This role may not do that", f"{caller.role}: expected {', '.join(roles)}")
        return caller

    return check


def require_scope(scope: str, *roles: str) -> Callable[[Identity | None], Person]:
    """Return a dependency for these roles whose token, if it has limits, allows this scope."""

    def check(known: Known) -> Person:
        if known is None:
            raise Problem(
                401, "authentication-required", "A token is needed", f"for one of the roles: {', '.join(roles)}"
            )
        _refuse_password_alone(known)
        if known.person.role not in roles:
            detail = f"{known.person.role}: expected {', '.join(roles)}"
            raise Problem(403, "wrong-role", "This role may not do that", detail)
        if not known.may(scope):
            raise _narrow(scope)
        return known.person

    return check


def _refuse_password_alone(known: Identity) -> None:
    if known.needs_passkey:
        raise Problem(403, "passkey-required", "A passkey is required", "add one at /account, or sign in with it")


def _by_hand(known: Known) -> Identity:
    """Someone whose access has no limits: a token with limits must not make itself another."""
    found = _enrolling(known)
    _refuse_password_alone(found)
    return found


def _enrolling(known: Known) -> Identity:
    """Someone without limits, who may not have shown the required passkey yet."""
    if known is None:
        raise Problem(401, "authentication-required", "Signing in is needed", "POST /api/v1/session, or a token")
    if known.scopes is not None:
        raise Problem(403, "insufficient-scope", "A token with limits may not do this", "sign in instead")
    return known


def _narrow(scope: str) -> Problem:
    return Problem(403, "insufficient-scope", "The token does not allow this", f"expected the scope {scope}")


STAFF: Final = ("officer", "area_head", "agency_head", "operator", "leader", "admin")
Staff = Annotated[Person, Depends(require(*STAFF))]
Worker = Annotated[Person, Depends(require("officer", "area_head", "agency_head", "operator", "admin"))]
Operator = Annotated[Person, Depends(require("operator", "admin"))]
Overseer = Annotated[Person, Depends(require("operator", "leader", "admin"))]
Admin = Annotated[Person, Depends(require_scope("admin", "admin"))]
Reader = Annotated[
    Person, Depends(require_scope("read:personal", "officer", "area_head", "agency_head", "operator", "admin"))
]
SignedIn = Annotated[Identity, Depends(_by_hand)]
Enrolling = Annotated[Identity, Depends(_enrolling)]
