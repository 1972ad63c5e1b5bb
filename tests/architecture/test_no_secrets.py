"""No key, token or password of anything real is in the repository: known formats, and random words."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest
from tests.architecture.source_tree import name_of
from tests.architecture.test_nothing_private_is_tracked import texts

FORMATS = {
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})\b"),
    "a token of GitLab": re.compile(r"\bglpat-[A-Za-z0-9_-]{20}\b"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "a key of Google": re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b"),
    "a key of a payment or mail service": re.compile(r"\b(?:sk_live_|SG\.)[A-Za-z0-9_.-]{24,}"),
    "a token of npm or PyPI": re.compile(r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})"),
    "a token of a Telegram bot": re.compile(r"\b\d{9,10}:AA[A-Za-z0-9_-]{33}\b"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}"),
}
NAMED = re.compile(
    r"(?i)(?:password|passwd|secret|token|api_?key|private_?key)\w*[\"']?\s*[:=]\s*[\"']([A-Za-z0-9+/_=-]{20,})[\"']"
)
# Words are of few letters that come again and again; what a machine drew is not.
RANDOM_BITS = 4.0


def bits(word: str) -> float:
    """Entropy of a letter."""
    shares = [count / len(word) for count in Counter(word).values()]
    return -sum(share * math.log2(share) for share in shares)


def found_in(text: str) -> list[str]:
    named = [f"a random word behind a telling name: {word}" for word in NAMED.findall(text) if bits(word) > RANDOM_BITS]
    return [f"{what}: {one[0][:20]}..." for what, form in FORMATS.items() for one in form.finditer(text)] + named


def test_no_tracked_file_holds_a_secret() -> None:
    wrong = {name_of(path): found_in(path.read_text(encoding="utf-8", errors="replace")) for path in texts()}
    assert {name: message for name, message in wrong.items() if message} == {}


@pytest.mark.parametrize(
    "sin",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "gh" + "p_" + "a1B2" * 9,
        "pass" + 'word = "q8Zr2LmX7vTnB4kWc9Yd"',
        "SIAGA_SECRET" + "_KEY: 'J7h2Kq9sLx4Vb8Nm3Tz6Rw1P'",
        "1234567890:AA" + "bcdefghijklmnopqrstuvwxyz0123456A",
    ],
)
def test_the_test_itself_sees_them(sin: str) -> None:
    assert found_in(sin)


@pytest.mark.parametrize("fine", ['password = "a-password-of-the-test"', "token = read(secret_file)", "secret: str"])
def test_and_leaves_words_alone(fine: str) -> None:
    assert not found_in(fine)
