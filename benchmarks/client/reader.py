"""Reads the running API with the generated client, in the client's own environment; prints what it found as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from siaga_client import AuthenticatedClient, Client
from siaga_client.api.gauges import get_gauge, list_gauges
from siaga_client.api.incidents import list_incidents
from siaga_client.api.webhooks import list_webhooks
from siaga_client.models import Problem


def main() -> None:
    """Every value is read by its attribute, and errors as problems: neither is there unless the types are right."""
    address, token = sys.argv[1:3]
    with Client(base_url=address, raise_on_unexpected_status=True) as public:
        gauges = list_gauges.sync(client=public)
        gauge = get_gauge.sync("manggarai", client=public)
        incidents = list_incidents.sync(client=public)
        missing = get_gauge.sync_detailed("nowhere", client=public)
        refused = list_webhooks.sync_detailed(client=public)
    with AuthenticatedClient(base_url=address, token=token, raise_on_unexpected_status=True) as admin:
        webhooks = list_webhooks.sync(client=admin)
    found: dict[str, Any] = {
        "gauges": len(gauges),
        "level_cm": gauge.level_cm,
        "incidents": [str(one.id) for one in incidents],
        "missing": [missing.status_code.value, problem_of(missing.parsed)],
        "refused": refused.status_code.value,
        "webhooks": webhooks,
    }
    print(json.dumps(found))


def problem_of(parsed: object) -> str:
    """Return what a program distinguishes problems by."""
    return str(parsed.type_) if isinstance(parsed, Problem) else f"not a problem: {parsed!r}"


if __name__ == "__main__":
    main()
