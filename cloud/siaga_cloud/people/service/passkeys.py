"""Registers passkeys (WebAuthn) and signs people in with them.

The library `webauthn` verifies; this module decides which challenge, which page and which account a response may be of.
The authenticator must verify its user (a PIN, a finger, a face), so that a passkey alone is two factors.
"""

from __future__ import annotations

import hashlib
import json
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from siaga_cloud.people.store import accounts
from siaga_cloud.people.store import passkeys as db
from siaga_cloud.people.store import sessions as session_store
from siaga_cloud.people.store.passkeys import PasskeyAttempt, PasskeyRow
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.settings import PasskeyPolicy

MUST_USE: Final = frozenset({"operator", "admin"})  # where the city requires passkeys
MOST_PASSKEYS: Final = 10
VALID: Final = timedelta(minutes=5)
_NAME: Final = "Siaga"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Names this server to browsers: its host, and the origins of its own pages."""

    id: str
    origins: tuple[str, ...]


def must_use(policy: PasskeyPolicy, role: str) -> bool:
    """Return whether people of a role sign in with a passkey or the city's identity provider alone."""
    return policy == "required" and role in MUST_USE


def has_any(conn: Connection, user_id: str) -> bool:
    """Return whether a user has a passkey."""
    return bool(db.of_user(conn, user_id))


def passkeys(conn: Connection, user_id: str) -> list[PasskeyRow]:
    """Return the passkeys of a user."""
    return db.of_user(conn, user_id)


def registration_options(conn: Connection, person: Person, party: RelyingParty, *, now: datetime) -> dict[str, Any]:
    """Return what a browser needs to make a passkey; raises ConflictError for too many."""
    held = db.of_user(conn, person.id)
    if len(held) >= MOST_PASSKEYS:
        raise ConflictError(
            f"{person.id} has {MOST_PASSKEYS} passkeys; remove one first", code="too_many_passkeys", most=MOST_PASSKEYS
        )
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=user_handle(person.id),
        user_name=person.id,
        user_display_name=person.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.id) for one in held],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    attempt = PasskeyAttempt(user_id=person.id, expires_at=now + VALID)
    db.insert_attempt(conn, options.challenge, attempt, now=now)
    return _as_json(webauthn.options_to_json(options))


def register(
    conn: Connection, person: Person, credential: Mapping[str, Any], name: str, party: RelyingParty, *, now: datetime
) -> PasskeyRow:
    """Store the passkey that a browser made; raises InvalidError for one that cannot be verified."""
    challenge = _challenge_of(credential)
    attempt = db.consume_attempt(conn, challenge, now=now)
    if attempt is None or attempt.user_id != person.id:
        raise InvalidError("the challenge is not known or is over", code="passkey_not_verified")
    try:
        verified = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise InvalidError(f"the passkey is not verified: {error}", code="passkey_not_verified") from None
    made = PasskeyRow(
        id=verified.credential_id,
        user_id=person.id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name.strip() or "passkey",
        is_backed_up=verified.credential_backed_up,
        created_at=now,
    )
    if not db.insert(conn, made):
        raise ConflictError("the passkey is registered already", code="passkey_in_use")
    _record(conn, "add_passkey", person.id, by=person.id, name=made.name, now=now)
    return made


def sign_in_options(conn: Connection, party: RelyingParty, *, now: datetime) -> dict[str, Any]:
    """Return what a browser needs to offer its passkeys. No account is named, so that none can be guessed."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id, user_verification=UserVerificationRequirement.REQUIRED
    )
    db.insert_attempt(conn, options.challenge, PasskeyAttempt(user_id=None, expires_at=now + VALID), now=now)
    return _as_json(webauthn.options_to_json(options))


def sign_in(conn: Connection, credential: Mapping[str, Any], party: RelyingParty, *, now: datetime) -> str | None:
    """Return who signed in with a passkey; None where it is not known, not verified, or of a disabled account."""
    try:
        challenge = _challenge_of(credential)
    except InvalidError:
        return None
    attempt = db.consume_attempt(conn, challenge, now=now)
    passkey = db.get(conn, _bytes(credential.get("id")))
    if attempt is None or attempt.user_id is not None or passkey is None:
        return None
    try:
        verified = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    if accounts.person(conn, passkey.user_id) is None:
        return None
    db.update_use(conn, passkey.id, sign_count=verified.new_sign_count, now=now)
    _record(conn, "sign_in", passkey.user_id, by=passkey.user_id, name=passkey.name, now=now)
    return passkey.user_id


def remove(conn: Connection, person: Person, passkey_id: str, policy: PasskeyPolicy, *, now: datetime) -> None:
    """Remove a passkey of a user; raises NotFoundError, and ConflictError for the last one where one is required."""
    held = {one.id: one for one in db.of_user(conn, person.id)}
    found = held.get(_bytes(passkey_id))
    if found is None:
        raise NotFoundError(f"there is no passkey {passkey_id[:60]!r}", code="passkey_not_found")
    if len(held) == 1 and must_use(policy, person.role):
        raise ConflictError("the city requires a passkey; add another first", code="last_passkey")
    db.delete(conn, person.id, found.id)
    _record(conn, "remove_passkey", person.id, by=person.id, name=found.name, now=now)


def remove_all(conn: Connection, user_id: str, *, by: str, now: datetime) -> int:
    """Remove all passkeys of a user, as after a loss, and end the user's sessions; return how many passkeys."""
    removed = db.delete(conn, user_id)
    session_store.end(conn, user_id, session_id=None, now=now)
    _record(conn, "remove_passkey", user_id, by=by, name=f"all {removed}", now=now)
    return removed


def passkey_name(passkey: PasskeyRow) -> str:
    """Return the id of a passkey as addresses and JSON write it."""
    return bytes_to_base64url(passkey.id)


def user_handle(user_id: str) -> bytes:
    """Return what authenticators store of an account: nothing that names a person."""
    return hashlib.sha256(b"siaga passkey of " + user_id.encode()).digest()


def _challenge_of(credential: Mapping[str, Any]) -> bytes:
    """Return the challenge that a response answers; it is verified against what was signed afterwards."""
    response = credential.get("response")
    data = response.get("clientDataJSON") if isinstance(response, Mapping) else None
    try:
        stated = json.loads(_bytes(data))
        return _bytes(stated.get("challenge") if isinstance(stated, dict) else None)
    except (ValueError, RecursionError):
        raise InvalidError("the response of the browser cannot be read", code="passkey_not_verified") from None


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return base64url_to_bytes(text)
    except (Base64Error, ValueError):
        return b""


def _as_json(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def _record(conn: Connection, action: str, user_id: str, *, by: str, name: str, now: datetime) -> None:
    audit.record(
        conn, actor=by, action=action, kind="user", object_id=user_id, details={"passkey": name}, now=now
    )  # fmt: skip
