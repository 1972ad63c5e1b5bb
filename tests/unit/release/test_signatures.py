"""Digests and signatures notice every changed byte; real ssh-keygen and sha256sum."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.release import checksums, proof, signatures
from tools.release.commands import CommandError


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of a signed release, and who may sign."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "siaga-1.whl").write_bytes(b"wheel")
    (folder / "siaga-1.tar.gz").write_bytes(b"sdist")
    (folder / checksums.NAME).write_text(checksums.as_text(checksums.digests(folder)))
    key = proof.new_key(tmp_path, "releaser")
    signatures.sign(folder, key)
    signers = tmp_path / "allowed_signers"
    signers.write_text(signatures.allowed_signers(key.with_suffix(".pub").read_text(), proof.IDENTITY))
    return folder, signers


def test_a_release_is_verified_and_signed_alike_again(signed: tuple[Path, Path]) -> None:
    folder, signers = signed
    signatures.verify(folder, signers, proof.IDENTITY)
    before = (folder / "SHA256SUMS.sig").read_bytes()
    signatures.sign(folder, signers.with_name("releaser"))
    assert (folder / "SHA256SUMS.sig").read_bytes() == before


def test_every_changed_file_is_noticed(signed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    proof.falsify(*signed)
    assert capsys.readouterr().out.count("refused") == 4


def test_a_key_that_nobody_named_and_another_identity_are_refused(signed: tuple[Path, Path]) -> None:
    folder, signers = signed
    with pytest.raises(CommandError):
        signatures.verify(folder, signers, "somebody@else.example")
    stranger = proof.new_key(signers.parent, "stranger")
    signatures.sign(folder, stranger)
    with pytest.raises(CommandError):
        signatures.verify(folder, signers, proof.IDENTITY)


def test_a_missing_file_is_noticed(signed: tuple[Path, Path]) -> None:
    folder, signers = signed
    (folder / "siaga-1.whl").unlink()
    with pytest.raises(CommandError, match="sha256sum"):
        signatures.verify(folder, signers, proof.IDENTITY)


def test_differences_name_what_is_missing_and_what_has_other_bytes() -> None:
    assert checksums.differences({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9", "d": "4"}) == ["b", "c", "d"]
    assert checksums.as_text({"b": "2", "a": "1"}) == "1  a\n2  b\n"
