"""A policy as sentences: what people confirm says what the rules, deadlines and office hours are."""

from __future__ import annotations

import pytest

from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.operations.new_city.policy_words import policy_sentences
from siaga_cloud.platform.language import Language

POLICY = PolicyFile.model_validate(
    {
        "rule": [
            {"id": "night", "action": "ignore", "categories": ["trash"], "severities": ["minor", "moderate"],
             "from_hour": "23:00", "until_hour": "04:00"},
            {"id": "sure", "action": "task", "priority": 1, "confidence_from": 0.55, "days": ["sat", "sun"]},
        ],
        "calendar": {"zone": "Asia/Dili", "mon": ["09:00", "17:30"]},
        "deadline": [{"acknowledge_hours": 0.5, "first_action_hours": 1, "resolve_hours": 8, "hours": "working"}],
    }
)  # fmt: skip


ENGLISH = """\
An incident of trash (minor or moderate) with a confidence of 0 % or more between 23:00 and 04:00 is not acted on.
An incident of any kind with a confidence of 55 % or more on Saturday, Sunday becomes a task of priority 1.
A task of any kind is acknowledged within 0.5 working hours, begun within 1 working hour and resolved within 8 working hours.
The offices are open Monday 09:00-17:30 in the time zone Asia/Dili.
Limpeza is responsible for trash.
"""  # noqa: E501 - a sentence a line
INDONESIAN = """\
Kejadian sampah (ringan atau sedang) dengan keyakinan mulai 0 % pukul 23:00 sampai 04:00 tidak ditindaklanjuti.
Kejadian apa pun dengan keyakinan mulai 55 % pada Sabtu, Minggu menjadi tugas prioritas 1.
Tugas apa pun: diterima dalam 0.5 jam kerja, mulai dikerjakan dalam 1 jam kerja dan selesai dalam 8 jam kerja.
Kantor buka Senin 09:00-17:30 menurut zona waktu Asia/Dili.
Limpeza bertanggung jawab atas sampah.
"""


@pytest.mark.parametrize(("language", "sentences"), [("en", ENGLISH), ("id", INDONESIAN)])
def test_every_part_of_the_policy_is_a_sentence(language: Language, sentences: str) -> None:
    agencies = [("Limpeza", ("trash",)), ("Bombeiros", ())]
    assert policy_sentences(POLICY, agencies, language) == sentences.splitlines()
