"""Lets a new node exchange its one-time token for credentials."""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siaga_cloud.fleet import keys
from siaga_cloud.fleet.keys import FleetKeyError
from siaga_cloud.fleet.service.enrolment import RenewalError, TokenError, enrol, renew
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["nodes"])
log = logging.getLogger(__name__)


class EnrolmentRequest(BaseModel):
    """Holds what a node sends to enrol."""

    token: Annotated[str, Field(min_length=20, max_length=200, description="of `siaga-cloud admin enrol NODE`")]
    csr: Annotated[str, Field(max_length=8192, description="certificate request (PEM) of the node's own new key")]


class NodeCredentials(BaseModel):
    """Holds what the node receives, once: either a certificate or a password."""

    node: str
    broker_host: str
    broker_port: int
    broker_ca: Annotated[str | None, Field(description="PEM; null: the broker speaks without TLS")]
    signing_key: Annotated[str, Field(description="Ed25519 public key (PEM) that orders are signed with")]
    certificate: str | None
    password: str | None


class CertificateRenewal(BaseModel):
    """Holds what a node sends before its certificate ends."""

    certificate: Annotated[str, Field(max_length=8192, description="the one that it has (PEM)")]
    csr: Annotated[str, Field(max_length=8192, description="certificate request (PEM), signed by the same key")]


class RenewedCertificate(BaseModel):
    """Holds the new certificate (PEM)."""

    certificate: str


@router.post("/enrol/renewal", summary="A new certificate for an enrolled node", status_code=201)
def renew_certificate(body: CertificateRenewal, request: Request, parts: PartsOf) -> RenewedCertificate:
    """For the same key, as long as the old certificate holds and was not revoked."""
    if parts.fleet is None or not keys.has_authority(parts.fleet.folder):
        raise Problem(404, "enrolment-disabled", "Nodes get no certificates here", "SIAGA_FLEET_DIR has no authority")
    by = _limited(request, parts)
    try:
        with parts.transaction(None) as conn:
            renewed = renew(conn, parts.fleet, body.certificate, body.csr, now=datetime.now(UTC))
    except RenewalError as error:
        log.warning("renewal of a certificate from %s rejected: %s", by, error)
        raise Problem(403, "unknown-certificate", "The certificate cannot be renewed", str(error)) from None
    except (keys.FleetKeyError, OSError) as error:
        log.error("renewal of a certificate from %s failed: %s", by, error)  # noqa: TRY400 - the message is complete
        raise Problem(503, "enrolment-unavailable", "Renewal is not possible", "its log says more") from None
    return RenewedCertificate(certificate=renewed)


def _limited(request: Request, parts: Parts) -> str:
    """Return who asks; raises the problem of one who asks too often."""
    by = client_key(request.client.host if request.client else None)
    wait = parts.enrol_limit.wait_seconds(by)
    if wait:
        seconds = math.ceil(wait)
        raise Problem(429, "too-many-requests", "Too many tries", f"wait {seconds} s", retry_after_seconds=seconds)
    return by


@router.post("/enrol", summary="Credentials for a new node", status_code=201)
def enrol_node(body: EnrolmentRequest, request: Request, parts: PartsOf) -> NodeCredentials:
    """A token works once, for the node that it was made for."""
    if parts.fleet is None:
        raise Problem(404, "enrolment-disabled", "Nodes do not enrol here", "SIAGA_FLEET_DIR is not set")
    by = _limited(request, parts)
    try:
        with parts.transaction(None) as conn:
            found = enrol(conn, parts.fleet, body.token, body.csr, now=datetime.now(UTC), by=by)
    except TokenError as error:
        log.warning("enrolment from %s rejected: %s", by, error)
        raise Problem(403, "unknown-token", "The token does not work", str(error)) from None
    except (FleetKeyError, OSError) as error:
        log.error("enrolment from %s failed: %s", by, error)  # noqa: TRY400 - the message is complete
        text = str(error) if str(error).startswith("csr:") else "its keys are not set up; its log says more"
        raise Problem(
            422 if text.startswith("csr:") else 503, "enrolment-unavailable", "Enrolment is not possible", text
        ) from None
    log.info("node %s enrolled from %s", found.node, by)
    return NodeCredentials.model_validate(found, from_attributes=True)
