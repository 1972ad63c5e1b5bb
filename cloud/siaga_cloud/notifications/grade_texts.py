"""States in Indonesian and English how far it is established that work is done: exactly who saw it, or that nobody has
checked it yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siaga_cloud.platform.language import Language
from siaga_core.rules.verification.grade import Grade, split_witness

_REPORTED: Final = (
    "{agency} menyatakan selesai. Belum ada pihak lain yang memeriksa.",
    "{agency} says that it is done. Nobody else has checked it yet.",
)
_CONFIRMED: Final[Mapping[str, tuple[str, str]]] = {
    "camera": (
        "Kamera {name} melihat lagi tempat itu: sudah beres.",
        "The camera {name} looked at the place again: it is done.",
    ),
    "gauge": (
        "Pos pantau {name} mengukur keadaan kembali normal.",
        "The gauge {name} measures that the level is normal again.",
    ),
    "operator": (
        "Operator kota menyatakan sudah beres.",
        "An operator of the city confirms that it is done.",
    ),
    "reporter": ("Pelapor menyatakan sudah beres.", "The person who reported it says that it is fixed."),
    "person": ("{office} menyatakan sudah beres.", "{office} confirms that it is done."),
    "record": (
        "Catatan lama kota menyatakan sudah diperiksa; siapa yang memeriksa tidak tercatat.",
        "An earlier record of the city states that it was checked; it does not name by whom.",
    ),
}
_DISPUTED: Final[Mapping[str, tuple[str, str]]] = {
    "camera": (
        "Dinyatakan selesai, tetapi kamera {name} melihat masalahnya masih ada.",
        "It was reported as done, but the camera {name} sees that the problem is still there.",
    ),
    "gauge": (
        "Dinyatakan selesai, tetapi pos pantau {name} mengukur keadaan belum normal.",
        "It was reported as done, but the gauge {name} measures that it is not normal yet.",
    ),
    "operator": (
        "Dinyatakan selesai, tetapi operator kota menyatakan belum beres.",
        "It was reported as done, but an operator of the city says that it is not.",
    ),
    "reporter": (
        "Dinyatakan selesai, tetapi pelapor menyatakan belum beres.",
        "It was reported as done, but a person who reported it says that it is not fixed.",
    ),
    "person": (
        "Dinyatakan selesai, tetapi {office} menyatakan belum beres.",
        "It was reported as done, but {office} says that it is not.",
    ),
}
_OFFICES: Final[Mapping[str, tuple[str, str]]] = {
    "area_head": ("kepala wilayah", "the head of the area"),
    "agency_head": ("kepala dinas", "the head of the agency"),
}
_NOBODY: Final = ("pejabat lain", "another person in charge")
_AGENCY: Final = ("Dinas terkait", "The agency in charge")


def sentence(
    grade: Grade,
    language: Language,
    *,
    witness: str | None = None,
    witness_name: str | None = None,
    agency: str | None = None,
) -> str:
    """Return what is known of the work as one or two sentences. `witness` is as the task stores it, `camera:ID` for
    one.
    """
    column = 0 if language == "id" else 1
    if grade is Grade.REPORTED_DONE or witness is None:
        return _capital(_REPORTED[column].format(agency=agency or _AGENCY[column]))
    kind, name = split_witness(witness)
    texts = _CONFIRMED if grade is Grade.VERIFIED else _DISPUTED
    office = _OFFICES.get(name or "", _NOBODY)[column]
    template = texts.get(kind, texts["person"])[column]
    return _capital(template.format(name=witness_name or name or "", office=office))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
