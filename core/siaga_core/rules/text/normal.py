"""A message of a citizen as plain words: no case, links, names of accounts or emoji; short forms written out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_CHARACTERS: Final = 2000
MAX_WORDS: Final = 200
NUMBER: Final = "#"
END: Final = "."

_LINK: Final = r"https?://\S+|www\.\S+"
_ACCOUNT: Final = r"\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}|@\w+"
_DECIMAL: Final = r"(\d)[.,:/-](?=\d)"
_REPEATED_CHARACTER: Final = r"([^\W\d_])\1{2,}"
_WORD: Final = r"[^\W\d_]+(?:['’][^\W\d_]+)?2?(?!\d)|\d+|[.!?;\n]"
_REPEATED_WORD: Final = r"\b([^\W\d_]{2,})-\1(nya)?\b"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortForms:
    """Written-out forms, each of one or more words, by what people type."""

    words: Mapping[str, str]


def words_of(text: str, short: ShortForms) -> tuple[str, ...]:
    """The words in order, numbers as `#`, ends of sentences as `.`; at most 200 of at most 2000 characters."""
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
    plain = re.sub(_ACCOUNT, " ", re.sub(_LINK, " ", plain)).replace("’", "'")
    plain = re.sub(_REPEATED_WORD, r"\g<1>2", re.sub(_REPEATED_CHARACTER, r"\1", plain))
    plain = re.sub(_DECIMAL, r"\1", plain)
    found = [word for raw in re.findall(_WORD, plain)[:MAX_WORDS] for word in _written_out(raw, short)]
    return tuple(found[:MAX_WORDS])


def _written_out(raw: str, short: ShortForms) -> tuple[str, ...]:
    if raw in ".!?;\n":
        return (END,)
    if raw.isdigit():
        return (NUMBER,)
    if raw in short.words:
        return tuple(short.words[raw].split())
    if raw.endswith("2"):  # lobang2: the plural
        single = raw[:-1]
        return (*_written_out(single, short), "2")
    return (raw.replace("'", ""),)
