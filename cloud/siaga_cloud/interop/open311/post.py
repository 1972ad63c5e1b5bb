"""Checks a posted service request and creates a report from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.interop.open311.services import QUESTIONS, Question
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.language import Language
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES, MAX_PHOTOS
from siaga_cloud.reports.form import MAX_TEXT, SubmittedReport
from siaga_cloud.reports.service.intake import Delivery
from siaga_cloud.reports.store.reports import Contact

CHANNEL: Final = "open311"
# The standard has no id of the sender's: the same content from the same sender is one report for at least this long.
SAME_SECONDS: Final = 600
_MAX_FIELDS: Final = 100
_MAX_SHORT: Final = 500
_MAX_UNASKED: Final = 20
_PHOTO_FIELDS: Final = ("media", "media[]", "photo")
_ATTRIBUTE: Final = re.compile(r"^attribute\[([A-Za-z0-9_.-]{1,60})\](?:\[\])?$")
_DEGREES: Final = re.compile(r"^[+-]?[0-9]{1,3}(\.[0-9]{1,20})?$")
_URL: Final = re.compile(r"^https?://[^\s<>\"']+$")
_EMAIL: Final = re.compile(r"^[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,180}\.[^@\s<>,;\".]{2,60}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedRequest:
    """Holds a form as it was posted: empty fields are left out, as the standard requires."""

    fields: Mapping[str, str]
    answers: Mapping[str, tuple[str, ...]]
    photos: tuple[bytes, ...] = ()

    def get(self, name: str) -> str:
        """Return a short field, without what it cannot hold; raises Problem where it is too long."""
        value = self.fields.get(name, "").replace("\0", "").strip()
        if len(value) > _MAX_SHORT:
            raise bad(f"{name}: got {len(value)} characters, expected at most {_MAX_SHORT}")
        return value


def bad(detail: str, *more: str) -> Problem:
    """Return what is wrong with a request, one line each."""
    errors = [{"where": line.partition(": ")[0], "expected": line.partition(": ")[2]} for line in (detail, *more)]
    return Problem(400, "invalid", "The request is not valid", detail, errors=errors)


async def read_posted(request: Request) -> PostedRequest:
    """A dependency: the form of the request, URL-encoded or multipart; raises Problem for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _sorted(_pairs(await request.body()))
    if kind == "multipart/form-data":
        async with request.form(max_files=MAX_PHOTOS + 1, max_fields=_MAX_FIELDS) as form:
            items = [(name, await _value(value)) for name, value in form.multi_items()]
        return _sorted(items)
    raise bad(f"Content-Type: got {kind[:60]!r}, expected application/x-www-form-urlencoded or multipart/form-data")


async def _value(value: UploadFile | str) -> str | bytes:
    return value if isinstance(value, str) else await value.read(MAX_PHOTO_BYTES + 1)


def _pairs(body: bytes) -> list[tuple[str, str | bytes]]:
    try:
        return list(
            parse_qsl(body.decode("utf-8"), True, encoding="utf-8", errors="strict", max_num_fields=_MAX_FIELDS)
        )
    except UnicodeDecodeError:
        raise bad("body: got bytes that are not UTF-8, expected UTF-8") from None
    except ValueError:
        raise bad(f"body: expected at most {_MAX_FIELDS} fields") from None


def _sorted(items: Sequence[tuple[str, str | bytes]]) -> PostedRequest:
    fields: dict[str, str] = {}
    answers: dict[str, tuple[str, ...]] = {}
    photos = []
    for name, value in items:
        found = _ATTRIBUTE.match(name)
        if isinstance(value, bytes):
            if name in _PHOTO_FIELDS and value:
                photos.append(value)
        elif found and value.strip():
            answers[found[1]] = (*answers.get(found[1], ()), value.replace("\0", "").strip())
        elif value.strip() and name not in fields:
            fields[name] = value
    return PostedRequest(fields=fields, answers=answers, photos=tuple(photos))


def filled(posted: PostedRequest, language: Language) -> SubmittedReport:
    """Return the posted form as one of ours; raises Problem."""
    code = posted.get("service_code")
    if not code:
        raise bad("service_code: it is missing")
    if code not in CATEGORIES:
        raise Problem(404, "service-not-found", "There is no such service", f"service_code: there is no {code[:40]!r}")
    answer_lines = _answers(QUESTIONS.get(code, ()), posted.answers, language)
    lat, lon = _degrees(posted, "lat"), _degrees(posted, "long")
    if (lat is None or lon is None) and not posted.photos:
        place = " (address_string and address_id are not looked up here)" if _has_address(posted) else ""
        raise bad(f"lat, long: they are missing{place}")
    text = "\n".join(filter(None, [_description(posted), *answer_lines, *_extras(posted)]))
    if len(text) > MAX_TEXT:
        raise bad(f"description: got {len(text)} characters with answers and addresses, expected at most {MAX_TEXT}")
    if not text and not posted.photos:
        text = CATEGORIES[code].name(language)
    return SubmittedReport(category=code, text=text, lat=lat, lon=lon, photos=posted.photos)


def delivery(
    posted: PostedRequest, sender: str, *, idempotency_key: str | None, stores_contact: bool, now: datetime
) -> Delivery:
    """By what the report is known again: the sender's own key, else all of its content for a while."""
    content: Any = ("key", idempotency_key) if idempotency_key else _content(posted)
    digest = hashlib.sha256(repr((sender, content)).encode()).hexdigest()
    number = int(now.timestamp()) // SAME_SECONDS
    ids = (digest,) if idempotency_key else (f"{digest}.{number}", f"{digest}.{number - 1}")
    return Delivery(
        channel=CHANNEL,
        lock=digest,
        source_ids=ids,
        contact=_contact(posted) if stores_contact else None,
        depth_cm=_depth(posted),
    )


def reporter(posted: PostedRequest, sender: str) -> str:
    """Return who counts as one independent source: whom the client names, else the client itself."""
    named = [f"{name}:{posted.get(name)}" for name in ("device_id", "account_id", "email", "phone") if posted.get(name)]
    return f"open311:{sender}:{named[0] if named else ''}"


def _content(posted: PostedRequest) -> list[Any]:
    fields = sorted((name, value) for name, value in posted.fields.items() if name != "api_key")
    photos = [hashlib.sha256(photo).hexdigest() for photo in posted.photos]
    return [fields, sorted(posted.answers.items()), photos]


def _description(posted: PostedRequest) -> str:
    text = posted.fields.get("description", "").replace("\0", "").strip()
    if len(text) > MAX_TEXT:
        raise bad(f"description: got {len(text)} characters, expected at most {MAX_TEXT}")
    return text


def _answers(questions: Sequence[Question], given: Mapping[str, tuple[str, ...]], language: Language) -> list[str]:
    """Return the answers as lines of text; all errors are reported together. What the service does not ask, such as
    FixMyStreet's `uprn`, is text for whoever works on it.
    """
    wrong: list[str] = []
    lines: list[str] = []
    for question in questions:
        answers = given.get(question.code, ())
        complaint = _complaint(question, answers)
        if complaint:
            wrong.append(f"attribute[{question.code}]: {complaint}")
            continue
        names = [found.name(language) if (found := question.answer(key)) else key for key in answers]
        lines += [f"{question.name(language)}: {', '.join(names)}"] if names else []
    if wrong:
        raise bad(*wrong)
    return [*lines, *_unasked({question.code for question in questions}, given)]


def _unasked(known: Set[str], given: Mapping[str, tuple[str, ...]]) -> list[str]:
    unasked = [(code, values) for code, values in given.items() if code not in known]
    return [f"{code}: {', '.join(values)[:_MAX_SHORT]}" for code, values in unasked[:_MAX_UNASKED]]


def _complaint(question: Question, answers: tuple[str, ...]) -> str | None:
    if not answers:
        return "it is required" if question.required else None
    if len(answers) > 1 and not question.is_many:
        return f"got {len(answers)} values, expected one"
    if any(len(one) > _MAX_SHORT for one in answers):
        return f"expected at most {_MAX_SHORT} characters"
    keys = [answer.key for answer in question.answers]
    unknown = [one for one in answers if keys and one not in keys]
    return f"got {unknown[0][:40]!r}, expected one of {', '.join(keys)}" if unknown else None


def _degrees(posted: PostedRequest, name: str) -> float | None:
    text = posted.get(name)
    if not text:
        return None
    if not _DEGREES.match(text):
        raise bad(f"{name}: got {text[:40]!r}, expected degrees like -6.2079")
    return float(text)


def _has_address(posted: PostedRequest) -> bool:
    return bool(posted.get("address_string") or posted.get("address_id"))


def _extras(posted: PostedRequest) -> list[str]:
    """Kept as text for whoever works on it: a media_url is never fetched, it may point inside our own network."""
    address = posted.get("address_string") or posted.get("address_id")
    return [*([f"Alamat: {address}"] if address else []), *media_line(posted)]


def media_line(posted: PostedRequest) -> list[str]:
    """Return the address of an image as a line of text, where there is one."""
    url = posted.get("media_url")
    if url and not _URL.match(url):
        raise bad(f"media_url: got {url[:60]!r}, expected an http or https address")
    return [f"Media: {url}"] if url else []


def _depth(posted: PostedRequest) -> float | None:
    given = [question.answer(key) for question in QUESTIONS.get(posted.get("service_code"), ())
             for key in posted.answers.get(question.code, ())]  # fmt: skip
    return next((found.depth_cm for found in given if found is not None), None)


def _contact(posted: PostedRequest) -> Contact | None:
    email = posted.get("email")
    if email and not _EMAIL.match(email):
        raise bad(f"email: got {email[:60]!r}, expected an address like name@example.org")
    name = " ".join(filter(None, (posted.get("first_name"), posted.get("last_name"))))
    contact = Contact(name=name[:200] or None, email=email or None, phone=posted.get("phone")[:40] or None)
    return None if contact == Contact() else contact
