"""Reads what a city requires of proofs: limits of the checks, what an operator sees, and the shares of the samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.tasks.store import proofs
from siaga_core.rules.verification.checks import Check, ProofLimits, Result
from siaga_core.rules.verification.method import ProofPolicy

_FORMER_SEED: Final = "seed"  # policies of earlier versions name it; samples are drawn with a secret now


def policy_for(conn: Connection, category: str) -> ProofPolicy:
    """Return the policy of a category; raises InvalidError naming the key where the data is wrong."""
    policy = ProofPolicy()
    for body in proofs.policy_bodies(conn, category):
        policy = merged(policy, body)
    return policy


def check(body: object) -> None:
    """Raises InvalidError where a policy could not be used."""
    if not isinstance(body, dict):
        raise InvalidError(f"proof policy: got {type(body).__name__}, expected an object", code="invalid_proof_policy")
    merged(ProofPolicy(), body)


def merged(policy: ProofPolicy, body: Mapping[str, Any]) -> ProofPolicy:
    """Return a policy with what `body` names in the place of what it had; raises InvalidError."""
    changes = {name: value for name, value in body.items() if name != _FORMER_SEED}
    limits, held = changes.pop("limits", {}), changes.pop("held", {})
    known = {field.name for field in fields(ProofPolicy)} - {"limits", "held"}
    _refuse_unknown("", changes, known)
    _refuse_unknown("limits.", limits, {field.name for field in fields(ProofLimits)})
    try:
        return replace(policy, limits=replace(policy.limits, **limits), held={**policy.held, **_held(held)}, **changes)
    except (TypeError, ValueError) as error:
        raise InvalidError(f"proof policy: {error}", code="invalid_proof_policy") from None


def _held(body: Mapping[str, Any]) -> dict[Check, frozenset[Result]]:
    _refuse_unknown("held.", body, set(Check))
    try:
        return {Check(name): frozenset(Result(result) for result in results) for name, results in body.items()}
    except (TypeError, ValueError) as error:
        raise InvalidError(
            f"proof policy: held: {error}, expected lists of {', '.join(Result)}", code="invalid_proof_policy"
        ) from None


def _refuse_unknown(where: str, body: object, known: set[Any]) -> None:
    if not isinstance(body, Mapping):
        raise InvalidError(f"proof policy: {where.rstrip('.')}: expected an object", code="invalid_proof_policy")
    for name in body:
        if name not in known:
            raise InvalidError(
                f"proof policy: {where}{name}: expected one of {', '.join(sorted(known))}", code="invalid_proof_policy"
            )
