"""docker-compose.yml where reading it had not been enough: what an engine on a small machine refused or spoiled."""

from __future__ import annotations

import re

from tests.unit.packaging.compose_file import ROOT, services


def test_a_backup_cannot_change_the_images_and_a_restore_can() -> None:
    mounted = {name: services()[name]["volumes"] for name in ("backup", "restore")}
    assert mounted == {
        "backup": ["media:/var/lib/siaga/media:ro", "backup:/backup"],
        "restore": ["media:/var/lib/siaga/media", "backup:/backup:ro"],
    }


def test_no_limit_is_more_than_the_least_machine_has() -> None:
    cpus = {name: float(one["deploy"]["resources"]["limits"]["cpus"]) for name, one in services().items()}
    assert max(cpus.values()) == 2.0
    assert "two cores" in (ROOT / "docs" / "deployment.md").read_text("utf-8")


def test_work_that_can_wait_yields_a_busy_processor_and_nothing_else_does() -> None:
    yielding = {name for name, one in services().items() if one.get("cpu_shares", 1024) < 1024}
    assert yielding == {"worker-1", "worker-2", "feeds", "publish", "fetch", "admin", "backup", "send-backup"}


def test_the_brokers_probe_looks_for_its_two_listeners() -> None:
    (probe,) = services()["broker"]["healthcheck"]["test"][1:]
    ports = [int(port, 16) for port in re.findall(r":([0-9A-F]{4}) \[", probe)]
    assert ports == [
        int(port)
        for port in re.findall(
            r"^listener (\d+)", (ROOT / "packaging" / "mosquitto" / "mosquitto.conf").read_text("utf-8"), re.MULTILINE
        )
    ]
