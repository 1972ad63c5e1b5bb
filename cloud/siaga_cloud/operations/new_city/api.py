"""Serves the checklist of a new city to administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.operations.new_city import store
from siaga_cloud.operations.new_city.checklist import State, TopicId, checklist
from siaga_cloud.operations.new_city.checklist_words import as_table
from siaga_cloud.operations.new_city.policy_words import policy_sentences
from siaga_cloud.people.auth import Admin
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.language import choose_language

router = APIRouter(tags=["city"])


class ChecklistGap(ResponseModel):
    """Describes something that is missing, or that was not checked."""

    code: str
    sentence: str
    names: Annotated[list[str], Field(description="the first of them, by id or name")]
    count: int
    is_unchecked: Annotated[bool, Field(description="nothing is known of it: it is neither there nor missing")]


class ChecklistTopic(ResponseModel):
    """Describes one part of setting up a city."""

    id: TopicId
    title: str
    state: State
    count: Annotated[int, Field(description="how many there are")]
    page: Annotated[str | None, Field(description="the page that completes it")]
    command: Annotated[str | None, Field(description="the command that completes it")]
    gaps: list[ChecklistGap]


class CityChecklist(ResponseModel):
    """Describes what the loaded city has and what is missing."""

    name: Annotated[str | None, Field(description="of the area that all others lie in; null: there is not exactly one")]
    timezone: Annotated[str | None, Field(description="null: there is no policy with office hours")]
    policy: Annotated[list[str], Field(description="what the city decided, a sentence each; empty: nothing yet")]
    topics: list[ChecklistTopic]


@router.get("/admin/checklist", summary="What the city has and what is missing (admin)")
def get_checklist(
    parts: PartsOf, admin: Admin, request: Request, lang: Annotated[str | None, Query(max_length=20)] = None
) -> CityChecklist:
    """In the order in which a city is set up; the sentences are in the language requested."""
    language = choose_language(lang, request.headers.get("accept-language"))
    with parts.transaction(admin) as conn:
        facts = store.facts(conn, sends_mail=parts.of(AvailableChannels).email)
        name, document = store.city_name(conn), policies.document(conn)
    agencies = [(one.name, one.categories) for one in facts.agencies]
    decided = policy_sentences(PolicyFile.model_validate(document), agencies, language) if document else []
    return CityChecklist(
        name=name,
        timezone=facts.zone,
        policy=decided,
        topics=[ChecklistTopic.model_validate(as_table(one, language)) for one in checklist(facts)],
    )
