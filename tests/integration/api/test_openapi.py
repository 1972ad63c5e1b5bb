"""The whole OpenAPI, tried with made-up requests: no server error, and every answer as it is described."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.transport import requests as transport
from tests.support.http_api import Api

EXAMPLES = int(os.environ.get("SIAGA_OPENAPI_EXAMPLES", "2"))
# A request may be well formed and still ask for what cannot be: an area that is not there, a task in another stage, a
# password that is wrong.
REFUSED_WITH_A_REASON = ["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "429", "503"]
# Streams that never end, and the way to an identity provider that is not there.
LEFT_OUT = ("/api/v1/live", "/api/v1/session/oidc")


@pytest.fixture(autouse=True)
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts connections in urllib3's pools, which another package (urllib3-future) puts its own in the place of."""
    monkeypatch.setattr(transport, "_count_opened_connections", lambda _session: 0)


def operations(api: Api) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """All that the server describes."""
    checks = {"positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSED_WITH_A_REASON]}}
    config = SchemathesisConfig.from_dict({"checks": checks})
    for found in schemathesis.openapi.from_asgi("/api/v1/openapi.json", api.app, config=config).get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if not operation.path.startswith(LEFT_OUT):
            yield operation


def complaint(operation: APIOperation[Any, Any, Any, Any], api: Api) -> str | None:
    """What is wrong with the answers of one operation."""
    attempted = settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @attempted
    @given(case=operation.as_strategy())
    def request(case: Case[Any]) -> None:
        api.forget_limits()
        case.call_and_validate(headers={"Authorization": f"Bearer {api.tokens['admin']}"})

    try:
        request()
    except (FailureGroup, AssertionError, ValueError, OSError, RuntimeError) as error:
        return f"{operation.label}: {_reported(error)}"
    if operation.label == "DELETE /api/v1/me/sessions":  # it revokes the caller's token
        api.renew_token("admin")
    return None


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_answers_are_as_described(api: Api) -> None:
    found = [complaint(operation, api) for operation in operations(api)]
    assert len(found) > 100
    wrong = [line for line in found if line]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(found)} operations", *wrong])


def _reported(error: BaseException) -> str:
    """One line a failure."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
    return "; ".join(f"{type(one).__name__} {str(one)[:300]}".replace("\n", " ") for one in inner)
