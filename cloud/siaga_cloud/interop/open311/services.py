"""Maps the categories of reports to Open311 services with their questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from siaga_cloud.city.categories import CATEGORIES, Category
from siaga_cloud.platform.language import Language

# When the list of services or a question last changed: clients refresh what they cached.
CHANGED: Final = "2026-11-24T00:00:00Z"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Represents one choice. `depth_cm` is the depth of water on the street that it means."""

    key: str
    indonesian: str
    english: str
    depth_cm: float | None = None

    def name(self, language: Language) -> str:
        """As people read it."""
        return self.indonesian if language == "id" else self.english


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Represents an attribute of a service."""

    code: str
    datatype: str
    required: bool
    indonesian: str
    english: str
    answers: tuple[Answer, ...] = ()

    def name(self, language: Language) -> str:
        """As people read it."""
        return self.indonesian if language == "id" else self.english

    @property
    def is_many(self) -> bool:
        """Return whether several answers may be given."""
        return self.datatype == "multivaluelist"

    def answer(self, key: str) -> Answer | None:
        """Return the choice of that key."""
        return next((one for one in self.answers if one.key == key), None)


# The middle of what people mean; the ledger of the incident shows that a citizen reported it.
_DEPTH = Question(
    code="depth", datatype="singlevaluelist", required=False, indonesian="Kedalaman air", english="Depth of the water",
    answers=(
        Answer(key="ankle", indonesian="Mata kaki", english="Ankle", depth_cm=15),
        Answer(key="knee", indonesian="Lutut", english="Knee", depth_cm=45),
        Answer(key="waist", indonesian="Pinggang", english="Waist", depth_cm=90),
        Answer(key="chest", indonesian="Dada", english="Chest", depth_cm=120),
        Answer(key="higher", indonesian="Lebih tinggi", english="Higher", depth_cm=160),
    ),
)  # fmt: skip
_VEHICLES = Question(
    code="vehicles", datatype="multivaluelist", required=False, indonesian="Jenis kendaraan", english="Vehicles",
    answers=(
        Answer(key="car", indonesian="Mobil", english="Car"),
        Answer(key="motorcycle", indonesian="Sepeda motor", english="Motorcycle"),
        Answer(key="truck", indonesian="Truk", english="Truck"),
        Answer(key="bus", indonesian="Bus", english="Bus"),
    ),
)  # fmt: skip
_BLOCKS = Question(
    code="blocks_road", datatype="singlevaluelist", required=True, indonesian="Menutup jalan?",
    english="Does it block the road?",
    answers=(
        Answer(key="yes", indonesian="Ya", english="Yes"),
        Answer(key="partly", indonesian="Sebagian", english="Partly"),
        Answer(key="no", indonesian="Tidak", english="No"),
    ),
)  # fmt: skip
_LAMP = Question(
    code="lamp", datatype="string", required=False, indonesian="Nomor tiang lampu", english="Number on the lamp post"
)
QUESTIONS: Final[Mapping[str, tuple[Question, ...]]] = {
    "flooding": (_DEPTH,),
    "illegal_parking": (_VEHICLES,),
    "fallen_tree": (_BLOCKS,),
    "street_light": (_LAMP,),
}


def service_list(language: Language) -> list[dict[str, Any]]:
    """Return every category as GET services lists it."""
    return [_service(category, language) for category in CATEGORIES.values()]


def definition(code: str, language: Language) -> dict[str, Any]:
    """Return the questions of a service; no attributes where it has none."""
    questions = enumerate(QUESTIONS.get(code, ()), start=1)
    return {
        "service_code": code,
        "attributes": [_attribute(question, position, language) for position, question in questions],
    }


def discovery(public_url: str, base: str) -> dict[str, Any]:
    """Return what is to be found here."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{public_url}{base}",
        "changeset": CHANGED,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": CHANGED,
        "contact": f"The operators of {public_url}/",
        "key_service": f"Sign in at {public_url}/ and make a token with the scope write:reports: POST "
        f"{public_url}/api/v1/me/tokens",
        "endpoints": [endpoint],
    }


def _service(category: Category, language: Language) -> dict[str, Any]:
    other = category.name("en" if language == "id" else "id")
    return {
        "service_code": category.id,
        "service_name": category.name(language),
        "description": f"{category.name(language)} ({other})",
        "metadata": category.id in QUESTIONS,
        "type": "realtime",
        "keywords": ",".join((category.id, category.indonesian.lower(), category.english.lower())),
        "group": category.group.in_language(language),
    }


def _attribute(question: Question, position: int, language: Language) -> dict[str, Any]:
    values: Sequence[dict[str, str]] = [
        {"key": answer.key, "name": answer.name(language)} for answer in question.answers
    ]
    shown: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.required,
        "datatype_description": None,
        "order": position,
        "description": question.name(language),
    }
    return {**shown, "values": values} if values else shown
