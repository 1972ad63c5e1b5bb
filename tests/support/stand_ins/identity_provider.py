"""A real OpenID provider (Authlib's server side) in a process of its own, and the browser that signs in there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from siaga_sim.stack.child import wait_until

_PROGRAM = """
import json, sys, time
from datetime import timedelta
import oidc_provider_mock as mock
port, age, users = json.loads(sys.argv[1])
people = [mock.User(sub=sub, claims=claims) for sub, claims in users.items()]
with mock.run_server_in_thread(port=port, access_token_max_age=timedelta(seconds=age), user_claims=people):
    time.sleep(600)
"""


@contextmanager
def identity_provider(port: int, users: Mapping[str, Mapping[str, Any]], *, token_seconds: int = 3600) -> Iterator[str]:
    """Runs a provider that knows these people; its issuer. Every start has a key of its own."""
    issuer = f"http://localhost:{port}"
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, json.dumps([port, token_seconds, users])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert child.poll() is None, "the identity provider ended"
        try:
            return httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).is_success
        except httpx.TransportError:
            return False

    try:
        wait_until(answers, seconds=20, what="identity provider")
        yield issuer
    finally:
        child.terminate()
        child.wait(10)


def agree(where: str, subject: str, **changed: str) -> str:
    """Signs in at the provider as a browser would; where it sends the browser back to. `changed`: by an attacker."""
    parts = urlsplit(where)
    requested = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    address = parts._replace(query=urlencode(requested)).geturl()
    answer = httpx.post(address, data={"sub": subject}, trust_env=False)
    assert answer.status_code == 302, answer.text[:500]
    return answer.headers["location"]
