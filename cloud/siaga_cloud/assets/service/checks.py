"""Judges pumps and gates by their reports and by the water. A problem is a signal of its own, which ends by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.assets.store import checks as db
from siaga_cloud.assets.store.checks import CheckedAsset, OpenCheck
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_core.rules.assets.check import AssetProblem, CheckResult, Outcome, check
from siaga_core.wire.ids import uuid7

CATEGORY = "asset_check"
LOOK_BACK = timedelta(minutes=45)  # three times the longest that a rule looks at
# While nothing changes the signal is renewed this often, so that a long fault is not forgotten.
_RENEW_AFTER = timedelta(minutes=15)
_NOTES = {
    AssetProblem.FAULT: "reports a fault",
    AssetProblem.STANDING: "should work but stands",
    AssetProblem.NO_EFFECT: "runs but the water does not fall",
}


def check_assets(conn: Connection, *, now: datetime) -> int:
    """Judge every pump and gate; how many problems began, changed or ended."""
    db.lock(conn)
    held = db.open_checks(conn)
    states = db.states(conn, since=now - LOOK_BACK, until=now + timedelta(minutes=5))
    levels = db.levels(conn, since=now - LOOK_BACK, until=now + timedelta(minutes=5))
    changed: list[UUID] = []
    listed = db.checked_assets(conn)
    for asset in listed:
        check_result = check(asset.duty, states.get(asset.id, ()), levels.get(asset.gauge_id or "", ()), now=now)
        signal_id = _follow(conn, asset, check_result, held.get(asset.id), now=now)
        if signal_id is not None:
            changed.append(signal_id)
    changed += [_end(conn, held[gone], now=now) for gone in sorted(held.keys() - {one.id for one in listed})]
    jobs.defer_signals(conn, changed, priority=jobs.ALARM_PRIORITY)
    return len(changed)


def _follow(
    conn: Connection, asset: CheckedAsset, check_result: CheckResult, before: OpenCheck | None, *, now: datetime
) -> UUID | None:
    """Return the signal that began, changed or ended, if any. An unknown outcome leaves what was found before."""
    if check_result.outcome is Outcome.ANOMALY:
        return _record(conn, asset, check_result, before, now=now)
    if before is not None and check_result.outcome is Outcome.WELL:
        return _end(conn, before, now=now)
    return None


def _record(
    conn: Connection, asset: CheckedAsset, check_result: CheckResult, before: OpenCheck | None, *, now: datetime
) -> UUID | None:
    if before is not None and _is_same(check_result, before) and now - before.last_at < _RENEW_AFTER:
        return None
    signal = _signal(asset, check_result, before, now=now)
    signals.save(conn, [signal])
    db.save_check(conn, signal_id=signal.id, asset_id=asset.id, check_result=check_result, now=now)
    return signal.id


def _is_same(check_result: CheckResult, before: OpenCheck) -> bool:
    return check_result.problem == before.problem and abs(check_result.confidence - before.confidence) < 0.01


def _signal(asset: CheckedAsset, check_result: CheckResult, before: OpenCheck | None, *, now: datetime) -> SignalRow:
    return SignalRow(
        id=before.signal_id if before else uuid7(now),
        kind="rule",
        category=CATEGORY,
        source_key=f"rule:asset_check/{asset.id}",
        confidence=check_result.confidence,
        severity="moderate",
        lat=asset.lat,
        lon=asset.lon,
        began_at=before.began_at if before else check_result.since or now,
        last_at=now,
        ended_at=None,
        measured_at=now,
        received_at=now,
        note=_note(asset, check_result),
        revision=before.revision + 1 if before else 1,
    )


def _note(asset: CheckedAsset, check_result: CheckResult) -> str:
    if check_result.problem is None:
        raise ValueError("an anomaly has a problem")
    level = ""
    if check_result.level_cm is not None and asset.duty.works_from_cm is not None:
        level = f" (gauge {asset.gauge_id}: {check_result.level_cm:.0f} cm,"
        level += f" to work from {asset.duty.works_from_cm:.0f} cm on)"
    return f"{asset.name}: {_NOTES[check_result.problem]}{level}"


def _end(conn: Connection, before: OpenCheck, *, now: datetime) -> UUID:
    signals.end(conn, before.signal_id, at=now)
    db.end_check(conn, before.signal_id, now=now)
    return before.signal_id
