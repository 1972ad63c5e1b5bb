"""While the public's requests hang and fill their places, staff and health are answered, and the rest is refused."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
from tests.support.http_api import Api

from siaga_cloud.platform.http.admission.lanes import WAITING
from siaga_cloud.platform.http.admission.middleware import PUBLIC_PLACES

REQUESTS = 2 * (PUBLIC_PLACES + WAITING)


def test_staff_and_health_are_answered_while_public_requests_hang(api: Api) -> None:
    staff = {"Authorization": f"Bearer {api.tokens['operator.balaikota']}"}

    async def test() -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=api.url, timeout=60, trust_env=False, limits=limits) as client:
            assert (await client.get("/api/v1/tasks", headers=staff)).status_code == 200  # known from now on
            with api.connection() as conn:
                conn.execute("LOCK TABLE gauge_latest IN ACCESS EXCLUSIVE MODE")
                hanging = [asyncio.create_task(client.get("/api/v1/gauges")) for _ in range(REQUESTS)]
                waiting = set(hanging)
                while len(hanging) - len(waiting) < REQUESTS - PUBLIC_PLACES - WAITING:
                    _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused = set(hanging) - waiting
                for path, sent in (("/healthz", {}), ("/api/v1/tasks", staff)):
                    answer = await client.get(path, headers=sent)
                    assert answer.status_code == 200, path
                    assert not all(one.done() for one in hanging), "nobody waited any more"
            answers = await asyncio.gather(*hanging)
            counted = (await client.get("/metrics")).text
        statuses = Counter(one.status_code for one in answers)
        assert f'siaga_http_refused_total{{lane="public"}} {statuses[503]}.0' in counted
        assert statuses[503] >= REQUESTS - PUBLIC_PLACES - WAITING
        early = next(iter(refused)).result()
        assert early.headers["content-type"] == "application/problem+json"
        assert int(early.headers["retry-after"]) > 0
        assert set(statuses) <= {200, 503}

    asyncio.run(test())
