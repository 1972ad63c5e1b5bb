"""Whether the word of a reporter verifies work: who is unknown, or meets the same officer too often, is no witness.

A friend of an officer can report anything and then confirm that it is done. So a confirmation counts only from
reporters whose earlier reports were confirmed by somebody else, about the work of other officers. A denial needs no
such record: it never closes anything.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT_CHANNELS = frozenset({"sms", "whatsapp", "telegram", "smssync", "frontlinesms"})
LEAST_CONFIRMED_ACCOUNT = 1
LEAST_CONFIRMED_ANONYMOUS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterRecord:
    """What is known of a reporter when work of an officer is to be confirmed.

    `has_account`: the channel vouches for the sender, such as a phone number. `confirmed_elsewhere`: incidents of this
    reporter whose work a camera, a gauge or an operator verified and another officer did. `is_paired`: this reporter
    and this officer meet more often than chance explains.
    """

    has_account: bool
    confirmed_elsewhere: int
    is_paired: bool


def can_confirm(record: ReporterRecord) -> bool:
    """Whether this reporter's "it is fixed" verifies the work of this officer."""
    least = LEAST_CONFIRMED_ACCOUNT if record.has_account else LEAST_CONFIRMED_ANONYMOUS
    return not record.is_paired and record.confirmed_elsewhere >= least
