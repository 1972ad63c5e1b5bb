"""Who is let through the door of every operation of the OpenAPI: `api_rights.toml` says so, the server must agree.

A new endpoint without an entry fails here. `SIAGA_WRITE_RIGHTS=1 pytest tests/integration/api/test_api_rights.py`
writes the table as the server is; read the difference before you commit it. What somebody may see or do behind the
door (area, agency, assignment) is in test_matrix_no_leak.py and test_api_roles.py.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import tomli_w
from tests.support.http_api import Api, SettingsForTests, load_demo_city, new_token, serve

from siaga_sim.stack.postgres import Postgres

TABLE = Path(__file__).with_name("api_rights.toml")
# One of each role. Words of the table: the letters of those who are let in, `all` for everybody, also without a name.
PEOPLE = {
    "c": "citizen.some",
    "o": "petugas.sda",
    "h": "lurah.manggarai",
    "a": "kadis.sda",
    "p": "operator.balaikota",
    "l": "gubernur",
    "A": "admin",
}
# Streams that never end; the way to an identity provider that is not there; and what a test signs itself out with.
LEFT_OUT = {"/api/v1/live", "/api/v1/session/oidc", "/api/v1/session/oidc/callback"}
REFUSED = {401, 403}
END_ACCESS = ("DELETE", "/api/v1/me/sessions")  # it revokes the caller's token


@pytest.fixture(scope="module")
def api(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The city with everything switched on that may be off."""
    url = postgres.create_database("siaga_rights", template=migrated_template)
    tokens, media = load_demo_city(url), tmp_path_factory.mktemp("media")
    with serve(SettingsForTests(database_url=url, media_dir=media, review_days=30), tokens) as served:
        yield served
    postgres.drop_database("siaga_rights")


@pytest.fixture(scope="module")
def clients(api: Api) -> Iterator[dict[str, httpx.Client]]:
    with api.connection() as conn:
        conn.execute("INSERT INTO app_user (id, name, role) VALUES ('citizen.some', 'Some Citizen', 'citizen')")
        api.tokens["citizen.some"] = new_token(conn, "citizen.some")
    opened = {alert_message: api.client(user) for alert_message, user in PEOPLE.items()} | {"": api.client()}
    yield opened
    for client in opened.values():
        client.close()


def operations(api: Api) -> list[tuple[str, str]]:
    paths = api.app.openapi()["paths"]
    return sorted(
        (path, method.upper()) for path, message in paths.items() for method in message if path not in LEFT_OUT
    )


def let_in(api: Api, clients: dict[str, httpx.Client], path: str, method: str) -> str:
    """The letters of those who are not turned away; a request that is wrong otherwise is no refusal."""
    address = re.sub(r"\{\w+\}", str(UUID(int=7)), path.replace("{fmt}", "json"))
    passed = ""
    for alert_message, client in clients.items():
        api.forget_limits()
        answer = client.request(method, address, **_body(path, method))
        if (method, path) == END_ACCESS and alert_message:
            api.renew_token(PEOPLE[alert_message])
            client.headers["Authorization"] = f"Bearer {api.tokens[PEOPLE[alert_message]]}"
        if answer.status_code not in REFUSED:
            passed += alert_message or "-"
    return "all" if passed == "".join(PEOPLE) + "-" else passed or "none"


def _body(path: str, method: str) -> dict[str, Any]:
    """Something that can be read, so that what is asked first is who sends it."""
    if method == "GET":
        return {}
    return {"data": {"description": "x"}} if path.startswith("/open311/") else {"json": {}}


@pytest.mark.slow
def test_access_is_granted_where_the_table_allows_it_and_nowhere_else(
    api: Api, clients: dict[str, httpx.Client]
) -> None:
    found = {f"{method} {path}": let_in(api, clients, path, method) for path, method in operations(api)}
    if os.environ.get("SIAGA_WRITE_RIGHTS"):
        TABLE.write_text(_HEAD + tomli_w.dumps(dict(sorted(found.items(), key=lambda item: item[0].split()[::-1]))))
    written = tomllib.loads(TABLE.read_text())
    wrong = [
        f"{operation}: the server lets in {found.get(operation, 'nobody, it is gone')!r},"
        f" {TABLE.name} says {written.get(operation, 'nothing')!r}"
        for operation in sorted(found.keys() | written.keys())
        if found.get(operation) != written.get(operation)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(found) > 100


def test_nothing_but_what_is_meant_for_all_changes_anything_without_a_name() -> None:
    """The table itself, read as a reviewer would."""
    written = tomllib.loads(TABLE.read_text())
    open_to_all = {name for name, who in written.items() if who == "all" and not name.startswith("GET ")}
    assert open_to_all <= MEANT_FOR_ALL, sorted(open_to_all - MEANT_FOR_ALL)


_HEAD = """\
# Who is let through the door of each operation: c citizen, o officer, h area head, a agency head, p operator,
# l leader, A admin, - without a name; "all": everybody. See test_api_rights.py.
"""

# Without a name: what citizens do (their secret link is the right), what proves itself by a token or signature, and
# signing in and out.
MEANT_FOR_ALL = {
    "DELETE /api/v1/reports/{secret}/personal",
    "DELETE /api/v1/session",
    "DELETE /api/v1/subscriptions/{secret}",
    "POST /api/v1/device-keys",
    "POST /api/v1/enrol",
    "POST /api/v1/enrol/renewal",  # it proves itself by the certificate that it renews
    "POST /api/v1/incidents/{incident_id}/me-too",
    "POST /api/v1/reports",
    "POST /api/v1/reports/photo-place",
    "POST /api/v1/reports/{secret}/answer",
    "POST /api/v1/session",
    "POST /api/v1/session/passkey",
    "POST /api/v1/session/passkey/options",
    "POST /api/v1/subscriptions",
    "POST /api/v1/subscriptions/{secret}/confirm",
    "POST /api/v1/subscriptions/{secret}/unsubscribe",
    "POST /api/v1/text/guess",
    "PUT /api/v1/subscriptions/{secret}",
}
