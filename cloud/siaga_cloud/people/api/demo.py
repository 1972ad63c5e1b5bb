"""Serves the entry into the accounts of a demo. `create_app` mounts these routes in a demo and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from siaga_cloud.people.api.sessions import CurrentSession, current_session, only_own_page, set_cookie
from siaga_cloud.people.auth import cookie_name
from siaga_cloud.people.service import demo, sessions
from siaga_cloud.people.service.demo import EntryTokens
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.settings.demo import is_loopback


def _only_from_this_machine(request: Request) -> None:
    """Refuse what was forwarded, what comes from another machine, and pages that gave this address another name."""
    is_forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    client = request.client.host if request.client else None
    if is_forwarded or not is_loopback(client) or not is_loopback(request.url.hostname):
        raise Problem(404, "not-found", "Not Found")


router = APIRouter(include_in_schema=False, dependencies=[Depends(_only_from_this_machine)])


class DemoAccount(BaseModel):
    """Describes an account that may be entered."""

    user: str
    name: str
    role: str


class Demo(BaseModel):
    """Describes the demo. `token` holds for one entry."""

    accounts: list[DemoAccount]
    console_url: str | None
    token: str


class DemoStory(BaseModel):
    """States how many seconds of the story pass in one second: 0 while it stands."""

    rate: float


class DemoEntry(BaseModel):
    """Names the account to enter, with the token of this page."""

    user: Annotated[str, Field(min_length=1, max_length=64)]
    token: Annotated[str, Field(min_length=1, max_length=64)]


@router.get("/demo")
def get_demo(parts: PartsOf, response: Response) -> Demo:
    """The accounts, and a token for one entry."""
    with parts.transaction(None) as conn:
        found = demo.accounts(conn, _user_ids(parts))
    response.headers["Cache-Control"] = "no-store"
    return Demo(
        accounts=[DemoAccount(user=one.id, name=one.name, role=one.role) for one in found],
        console_url=parts.settings.demo.console_url if parts.settings.demo else None,
        token=parts.of(EntryTokens).issue(now=datetime.now(UTC)),
    )


@router.get("/demo/story")
def get_story(parts: PartsOf, response: Response) -> DemoStory:
    """How the story of the demo runs, as its simulator states it."""
    response.headers["Cache-Control"] = "no-store"
    return DemoStory(rate=demo.story_rate(parts.settings.demo.story_file if parts.settings.demo else None))


@router.post("/demo/session", status_code=201)
def create_demo_session(parts: PartsOf, request: Request, response: Response, form: DemoEntry) -> CurrentSession:
    """Sets the cookie of an account's new session and ends the session that the browser had."""
    now = datetime.now(UTC)
    only_own_page(request)
    if form.user not in _user_ids(parts) or not parts.of(EntryTokens).redeem(form.token, now=now):
        raise Problem(403, "demo-entry-refused", "This entry is over", "reload the page and choose again")
    with parts.transaction(None) as conn:
        sessions.end_cookie(conn, request.cookies.get(cookie_name(parts)), now=now)
        agent = request.headers.get("user-agent", "")
        session, secret = demo.enter(conn, form.user, agent=agent, now=now)
        identity = sessions.by_cookie(conn, secret, now=now)
    set_cookie(response, parts, secret)
    return current_session(identity, session)


def _user_ids(parts: Parts) -> tuple[str, ...]:
    return parts.settings.demo.accounts if parts.settings.demo else ()
