"""A backup at another place: encrypted there, and a whole database and its pictures come back from it alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import obstore
import psycopg
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from tests.integration.operations.test_backup import every_image, fill, rows
from tests.support.admin.commands import run_admin

from siaga_cloud.operations.backup import pool
from siaga_cloud.operations.backup.make import Place
from siaga_cloud.operations.backup.manifest import DUMP, BackupError
from siaga_cloud.operations.backup.off_site import OffSite
from siaga_cloud.operations.store import figures
from siaga_cloud.platform.buckets import open_bucket
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.settings.database import BackupBucketSettings


class Elsewhere:
    """A bucket at moto's server, the key that encrypts for it, and the key that is not on the machine of the city."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.name = f"backup-{uuid4().hex[:8]}"
        self.http = httpx.Client(base_url=f"{endpoint}/{self.name}", trust_env=False, timeout=60)
        self.http.put("").raise_for_status()
        self.settings = BackupBucketSettings(
            url=f"s3://{self.name}/siaga", endpoint=endpoint, key_id="key", secret_key="secret"
        )
        self.identity, self.recipient = new_key(folder / f"{self.name}.key")

    def environment(self, url: str, media: Path) -> dict[str, str]:
        """What the commands are told."""
        one = self.settings
        return {
            "SIAGA_DATABASE_URL": url, "SIAGA_MEDIA_DIR": str(media), "SIAGA_BACKUP_RECIPIENTS": self.recipient,
            "SIAGA_BACKUP_S3_URL": one.url, "SIAGA_BACKUP_S3_ENDPOINT": str(one.endpoint),
            "SIAGA_BACKUP_S3_KEY_ID": "key", "SIAGA_BACKUP_S3_SECRET_KEY": "secret",
        }  # fmt: skip

    def objects(self) -> dict[str, bytes]:
        """Every object as the thief of the bucket reads it."""
        whole = open_bucket(self.settings.model_copy(update={"url": f"s3://{self.name}"}))
        names = [one["path"] for found in obstore.list(whole) for one in found]
        return {name: bytes(obstore.get(whole, name).bytes()) for name in names}


def new_key(path: Path) -> tuple[Path, str]:
    """A secret key of age in a file, and the public one."""
    subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
    return path, subprocess.run(
        ["age-keygen", "-y", str(path)], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def elsewhere(endpoint: str, tmp_path: Path) -> Elsewhere:
    return Elsewhere(endpoint, tmp_path)


def sent(elsewhere: Elsewhere, url: str, media: Path, backups: Path, *, retain: int = 30) -> None:
    """One night: a backup is made and sent."""
    for words in (("backup", str(backups), "--retain", "1"), ("send-backup", str(backups), "--retain", str(retain))):
        done = run_admin(*words, environment=elsewhere.environment(url, media))
        assert done.returncode == 0, done.stderr


def bucket_of(elsewhere: Elsewhere) -> OffSite:
    return OffSite(elsewhere.settings, report=print)


def test_everything_comes_back_from_the_other_place_alone(
    elsewhere: Elsewhere, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    before, after, restored = tmp_path / "media", tmp_path / "media-after", tmp_path / "restored"
    fill(database_url, before)
    sent(elsewhere, database_url, before, tmp_path / "backups")

    there = elsewhere.objects()
    assert len(there) == 3 + len(every_image(before)) == 3 + 5
    assert {content[:21] for content in there.values()} == {b"age-encryption.org/v1"}

    environment = elsewhere.environment(empty_database_url, after)
    fetched = run_admin("fetch-backup", str(restored), "--identity", str(elsewhere.identity), environment=environment)
    assert fetched.returncode == 0, fetched.stderr
    (backup,) = Place(folder=restored, leave_free_bytes=0, report=print).finished()
    back = run_admin("restore", str(backup), environment=environment)
    assert back.returncode == 0, back.stderr
    assert every_image(after) == every_image(before)
    for query in ("SELECT * FROM message ORDER BY id", "SELECT * FROM reading ORDER BY gauge_id, measured_at"):
        assert rows(empty_database_url, query) == rows(database_url, query) != []


def test_another_key_and_a_changed_byte_are_refused(elsewhere: Elsewhere, database_url: str, tmp_path: Path) -> None:
    fill(database_url, tmp_path / "media")
    sent(elsewhere, database_url, tmp_path / "media", tmp_path / "backups")
    (name,) = bucket_of(elsewhere).finished()
    stranger, _ = new_key(tmp_path / "stranger.key")
    with pytest.raises(BackupError, match="age ended with 1"):
        bucket_of(elsewhere).fetch(name, tmp_path / "stranger", stranger)

    path = f"/siaga/{name}/{DUMP}.age"
    content = bytearray(elsewhere.http.get(path).content)
    content[-1] ^= 1
    elsewhere.http.put(path, content=bytes(content)).raise_for_status()
    with pytest.raises(BackupError, match=r"database.dump: age ended with 1"):
        bucket_of(elsewhere).fetch(name, tmp_path / "changed", elsewhere.identity)
    assert not list((tmp_path / "changed").glob("siaga-*"))


def test_what_was_not_sent_to_its_end_is_no_backup(elsewhere: Elsewhere, database_url: str, tmp_path: Path) -> None:
    sent(elsewhere, database_url, tmp_path / "media", tmp_path / "backups")
    (name,) = bucket_of(elsewhere).finished()
    elsewhere.http.delete(f"/siaga/{name}/manifest.json.age").raise_for_status()
    assert bucket_of(elsewhere).finished() == []
    again = run_admin(
        "send-backup", str(tmp_path / "backups"), environment=elsewhere.environment(database_url, tmp_path)
    )
    assert again.returncode == 0, again.stderr
    assert bucket_of(elsewhere).finished() == [name]


def test_old_backups_and_the_images_of_them_alone_are_deleted_there(
    elsewhere: Elsewhere, database_url: str, tmp_path: Path
) -> None:
    media, backups = tmp_path / "media", tmp_path / "backups"
    fill(database_url, media)
    sent(elsewhere, database_url, media, backups, retain=2)
    first = every_image(media)
    gone = min(first)
    pool.place(media, gone).unlink()
    sent(elsewhere, database_url, media, backups, retain=2)
    assert len(bucket_of(elsewhere).finished()) == 2
    assert any(gone in name for name in elsewhere.objects()), "the older of the two still names it"
    sent(elsewhere, database_url, media, backups, retain=2)
    there = elsewhere.objects()
    assert len(bucket_of(elsewhere).finished()) == 2
    assert not any(gone in name for name in there)
    assert {name for name in first if any(name in path for path in there)} == set(first) - {gone}


def test_without_the_lists_of_what_was_sent_nothing_there_is_deleted(
    elsewhere: Elsewhere, database_url: str, tmp_path: Path
) -> None:
    media = tmp_path / "media"
    fill(database_url, media)
    sent(elsewhere, database_url, media, tmp_path / "backups")
    before = {name for name in elsewhere.objects() if "/media/" in name}
    for path in list(pool.names_in(media)):
        pool.place(media, path).unlink()
    sent(elsewhere, database_url, media, tmp_path / "a-new-disk")
    assert {name for name in elsewhere.objects() if "/media/" in name} == before


def test_the_alarm_knows_how_old_the_newest_backups_are(
    elsewhere: Elsewhere, database_url: str, tmp_path: Path
) -> None:
    def ages() -> tuple[float, float]:
        with connect(database_url) as conn:
            found = figures.read(conn).single
        return found["backup_age_seconds"], found["backup_off_site_age_seconds"]

    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("UPDATE siaga_migration SET applied_at = now() - interval '3 days'")
    assert min(ages()) > 2 * 86_400, "where there never was a backup, it is as old as the database"
    assert (
        run_admin("backup", str(tmp_path / "b"), environment=elsewhere.environment(database_url, tmp_path)).returncode
        == 0
    )
    local, away = ages()
    assert local < 3600 < away
    sent(elsewhere, database_url, tmp_path / "media", tmp_path / "b")
    assert max(ages()) < 3600


@pytest.mark.parametrize("missing", ["SIAGA_BACKUP_S3_URL", "SIAGA_BACKUP_RECIPIENTS"])
def test_a_missing_setting_is_named(elsewhere: Elsewhere, database_url: str, tmp_path: Path, missing: str) -> None:
    environment = elsewhere.environment(database_url, tmp_path / "media")
    assert run_admin("backup", str(tmp_path / "b"), environment=environment).returncode == 0
    done = run_admin("send-backup", str(tmp_path / "b"), environment={**environment, missing: ""})
    assert (done.returncode, missing in done.stderr) == (1, True)
