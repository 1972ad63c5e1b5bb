"""Models policy.toml: what a city decides about tasks, deadlines, notifications and templates."""

from __future__ import annotations

import zoneinfo
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from siaga_core.rules.policy import MINUTES_A_DAY

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{1,47}$")]
Category = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,32}$")]
Severity = Literal["minor", "moderate", "severe"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Share = Annotated[float, Field(gt=0, lt=1)]
Hours = Annotated[float, Field(gt=0, le=8760)]
Seconds = Annotated[float, Field(gt=0, le=86400)]


class _Table(BaseModel):
    """Refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleTable(_Table):
    """Models a table `[[rule]]`. The first one that matches decides, an omitted condition matches everything, and hours
    are local.
    """

    id: Name
    action: Literal["ignore", "review", "task"]
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    categories: tuple[Category, ...] = ()
    severities: tuple[Severity, ...] = ()
    confidence_from: Annotated[float, Field(ge=0, le=1)] = 0
    days: tuple[Day, ...] = ()
    from_hour: Annotated[Clock, Field(json_schema_extra={"pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})] = "00:00"
    until_hour: Clock = "24:00"

    @field_validator("from_hour")
    @classmethod
    def _begins_within_the_day(cls, value: str) -> str:
        if value == "24:00":
            raise ValueError("an hour before 24:00")
        return value

    @field_validator("until_hour")
    @classmethod
    def _ends_after_the_day_began(cls, value: str) -> str:
        if value == "00:00":
            raise ValueError("an hour after 00:00; midnight is 24:00")
        return value


class CalendarTable(_Table):
    """Models the table `[calendar]`: opening and closing hours by day, and holidays."""

    zone: str = "Asia/Jakarta"
    mon: tuple[Clock, Clock] | None = None
    tue: tuple[Clock, Clock] | None = None
    wed: tuple[Clock, Clock] | None = None
    thu: tuple[Clock, Clock] | None = None
    fri: tuple[Clock, Clock] | None = None
    sat: tuple[Clock, Clock] | None = None
    sun: tuple[Clock, Clock] | None = None
    holidays: tuple[date, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("the name of a time zone, as Asia/Jakarta")
        return value

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        hours = self.hours()
        if not hours:
            raise ValueError("hours for at least one day")
        for number, (opens, closes) in hours.items():
            if opens >= closes:
                raise ValueError(f"{DAYS[number]} to open before it closes")
        return self

    def hours(self) -> dict[int, tuple[time, time]]:
        """By weekday, 0 is Monday; one that closes at 24:00 closes a microsecond earlier."""
        given = {number: getattr(self, day) for number, day in enumerate(DAYS)}
        return {number: (_time(pair[0]), _time(pair[1])) for number, pair in given.items() if pair}


class DeadlineTable(_Table):
    """Models a table `[[deadline]]`. The first one that matches counts."""

    categories: tuple[Category, ...] = ()
    severities: tuple[Severity, ...] = ()
    acknowledge_hours: Hours
    first_action_hours: Hours
    resolve_hours: Hours
    hours: Literal["wall", "working"] = "wall"
    remind_at_share: Share = 0.75
    escalate_at_shares: tuple[float, float, float] = (1.0, 1.5, 2.0)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        steps = [self.acknowledge_hours, self.first_action_hours, self.resolve_hours]
        if steps != sorted(steps):
            raise ValueError("acknowledge_hours <= first_action_hours <= resolve_hours")
        if list(self.escalate_at_shares) != sorted(self.escalate_at_shares) or self.escalate_at_shares[0] < 1:
            raise ValueError("escalate_at_shares that rise from 1.0 on")
        return self


class PauseReasonTable(_Table):
    """Models a table `[[pause_reason]]`. Where any exists, a pause for another reason is recorded and pauses no
    deadline.
    """

    id: Name
    name_id: Text
    name_en: Text
    pauses_deadlines: bool = True


class RoutingTable(_Table):
    """Models the table `[routing]`: the kelurahan's own officers get these categories where it has any."""

    crew_agency: Name | None = None
    crew_first: tuple[Category, ...] = ()
    max_hops: Annotated[int, Field(ge=1, le=20)] = 3


class AccuracyTable(_Table):
    """Models the table `[accuracy]`: below which precision a camera creates no tasks by itself, and from how many
    judged events on it is known.
    """

    precision_floor: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_judged: Annotated[int, Field(ge=5, le=1000)] = 20


class NotificationsTable(_Table):
    """Models the table `[notifications]`: how many notifications an audience receives, and what a storm is."""

    burst: Annotated[int, Field(ge=1, le=100)] = 6
    refill_seconds: Seconds = 30
    storm_refill_seconds: Seconds = 120
    window_seconds: Seconds = 300
    begins_at: Annotated[int, Field(ge=2)] = 60
    ends_below: Annotated[int, Field(ge=1)] = 20
    calm_seconds: Seconds = 600
    hold_seconds: Seconds = 1800

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.refill_seconds > self.storm_refill_seconds:
            raise ValueError("storm_refill_seconds no shorter than refill_seconds")
        if self.ends_below >= self.begins_at:
            raise ValueError("ends_below less than begins_at")
        return self


class SourcesTable(_Table):
    """Models the table `[sources]`: who counts as an independent source, and what an alert without a sensor needs."""

    unverified_cap: Annotated[float, Field(gt=0, lt=0.55)] = 0.49
    possible_from: Annotated[int, Field(ge=2, le=50)] = 3
    spacing_seconds: Annotated[float, Field(ge=0, le=600)] = 2.0
    photo_bits: Annotated[int, Field(ge=0, le=15)] = 4
    device_confirmations: Annotated[int, Field(ge=1, le=100)] = 2


class TargetTable(_Table):
    """Models a table `[[target]]`: a further address of an audience, such as to = "agency:bpbd"."""

    to: Annotated[str, StringConstraints(pattern=r"^(user|role|agency):.{1,200}$")]
    channel: Literal["email", "webhook"]
    address: Annotated[str, StringConstraints(min_length=3, max_length=2000)]


class ItemTable(_Table):
    """Models a table `[[template.item]]`: one line of the checklist."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,48}$")]
    text_id: Text
    text_en: Text


class TemplateTable(_Table):
    """Models a table `[[template]]`: what is to be done for a category, in both languages."""

    category: Category
    text_id: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    text_en: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    item: Annotated[tuple[ItemTable, ...], Field(max_length=30)] = ()


class PolicyFile(_Table):
    """Models the file policy.toml."""

    rule: Annotated[tuple[RuleTable, ...], Field(min_length=1, max_length=200)]
    calendar: CalendarTable | None = None
    deadline: Annotated[tuple[DeadlineTable, ...], Field(max_length=200)] = ()
    pause_reason: tuple[PauseReasonTable, ...] = ()
    routing: RoutingTable = RoutingTable()
    notifications: NotificationsTable = NotificationsTable()
    sources: SourcesTable = SourcesTable()
    target: tuple[TargetTable, ...] = ()
    template: tuple[TemplateTable, ...] = ()
    accuracy: AccuracyTable = AccuracyTable()

    @model_validator(mode="after")
    def _names_are_their_own(self) -> Self:
        named = [("rule", [rule.id for rule in self.rule])]
        named += [("pause_reason", [reason.id for reason in self.pause_reason])]
        named += [("template", [template.category for template in self.template])]
        for table, names in named:
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{table} {name!r} once, not {names.count(name)} times")
        if self.calendar is None and any(table.hours == "working" for table in self.deadline):
            raise ValueError("a [calendar] for deadlines in working hours")
        return self


def minute_of(clock: str) -> int:
    """Minutes since midnight; 24:00 is the end of the day."""
    hours, _, minutes = clock.partition(":")
    return min(int(hours) * 60 + int(minutes), MINUTES_A_DAY)


def _time(clock: str) -> time:
    return time.max if clock == "24:00" else time.fromisoformat(clock)
