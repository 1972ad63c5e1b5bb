"""What is missing of a release is stated, and its exit code follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tools.release import __main__ as release
from tools.release.commands import ROOT
from tools.release.parts import Outcome, Part, SkippedError, exit_code, left_out
from tools.release.version import Version


def parts(*outcomes: Outcome) -> list[Part]:
    return [Part("one", outcome, "...") for outcome in outcomes]


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ((Outcome.BUILT, Outcome.BUILT), 0),
        ((Outcome.BUILT, Outcome.LEFT_OUT), 0),
        ((Outcome.BUILT, Outcome.SKIPPED), 3),
        ((Outcome.FAILED, Outcome.SKIPPED), 1),
        ((), 1),
    ],
)
def test_only_what_is_whole_or_left_out_on_purpose_is_a_success(outcomes: tuple[Outcome, ...], code: int) -> None:
    assert exit_code(parts(*outcomes)) == code


def test_a_part_that_does_not_exist_cannot_be_left_out() -> None:
    assert left_out("images, deb", ["images", "deb", "sbom"]) == {"images", "deb"}
    with pytest.raises(ValueError, match=r"got image, expected some of images"):
        left_out("image", ["images"])


class Broken(release.Release):
    """A release of which one part fails and one cannot be built here."""

    @property
    def parts(self) -> dict[str, Callable[[], str]]:
        return {
            "fine": lambda: "1 file",
            "absent": self._absent,
            "broken": self._broken,
            "unwanted": self._broken,
            "signature": lambda: "signed",
        }

    def _absent(self) -> str:
        raise SkippedError("no engine")

    def _broken(self) -> str:
        raise ValueError("no component")


def test_a_part_that_fails_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built = release.build(Broken(tmp_path, Version("1", "1"), 0), {"unwanted"})
    assert [(part.name, part.outcome) for part in built] == [
        ("fine", Outcome.BUILT),
        ("absent", Outcome.SKIPPED),
        ("broken", Outcome.FAILED),
        ("unwanted", Outcome.LEFT_OUT),
        ("signature", Outcome.SKIPPED),
    ]
    printed = capsys.readouterr().out
    assert "no engine" in printed
    assert "no component" in printed


def test_only_a_folder_of_releases_is_emptied(tmp_path: Path) -> None:
    assert release.may_replace(ROOT / "dist")
    assert release.may_replace(tmp_path / "missing")
    assert release.may_replace(tmp_path)
    (tmp_path / "thesis.odt").write_text("three years of work")
    assert not release.may_replace(tmp_path)
    (tmp_path / "SHA256SUMS").touch()
    assert release.may_replace(tmp_path)
