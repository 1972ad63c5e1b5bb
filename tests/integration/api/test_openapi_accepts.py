"""What the OpenAPI document allows is accepted: a refusal of valid input has a documented code or status."""

from __future__ import annotations

import os
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response, openapi
from schemathesis.schemas import APIOperation
from schemathesis.transport import requests as transport
from tests.integration.api.test_openapi import operations
from tests.support.http_api import Api

EXAMPLES: Final = int(os.environ.get("SIAGA_OPENAPI_EXAMPLES", "2"))
# Whether these occur depends on the state of the city, not on the input.
OF_STATE: Final = {"401", "403", "404", "409", "410", "412", "413", "429", "503"}
YEARS: Final = (1900, 2200)


@pytest.fixture(autouse=True)
def generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times within the documented years: others match the format, but not the pattern, and would all be thrown away."""
    monkeypatch.setattr(transport, "_count_opened_connections", lambda _session: 0)
    years = st.datetimes().map(lambda at: at.replace(year=YEARS[0] + at.year % (YEARS[1] - YEARS[0]), day=1))
    openapi.format("date-time", years.map(lambda at: at.isoformat(timespec="seconds") + "Z"))


def complaints(operation: APIOperation[Any, Any, Any, Any], api: Api) -> set[str]:
    """What the server refuses although the document allows it."""
    found: set[str] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def request(case: Case[Any]) -> None:
        api.forget_limits()
        answer = case.call(headers={"Authorization": f"Bearer {api.tokens['admin']}"})
        found.update(f"{operation.label}: {line}" for line in undocumented(operation.definition.raw, answer))

    request()
    if operation.label == "DELETE /api/v1/me/sessions":  # it revokes the caller's token
        api.renew_token("admin")
    return found


def undocumented(described: Any, answer: Response) -> list[str]:
    """The codes of a refusal that its operation does not document; of a status without codes the status."""
    status = str(answer.status_code)
    if answer.status_code < 400 or status in OF_STATE:
        return []
    documented = described["responses"].get(status)
    if documented is None:
        return [f"{status} {answer.text[:200]}"]
    if status != "422":
        return []
    problem = answer.json()
    kind = str(problem["type"]).rpartition(":")[2].replace("-", "_")
    codes = {one["code"] for one in problem.get("errors", ()) if "code" in one} or {problem.get("code") or kind}
    unknown = codes - set(documented.get("x-problem-codes", ()))
    return [f"422 {code}: {problem.get('detail', '')[:200]}" for code in unknown]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_the_document_allows_is_accepted(api: Api) -> None:
    all_of_them = list(operations(api))
    assert len(all_of_them) > 100
    found = sorted(line for operation in all_of_them for line in complaints(operation, api))
    assert not found, "\n".join([f"{len(found)} refusals that are not documented", *found])
