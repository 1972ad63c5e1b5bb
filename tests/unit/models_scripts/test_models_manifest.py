"""The shipped weights are the files that the manifest says, and the manifest survives being written."""

import tomllib
from pathlib import Path

import pytest
from workbench.shipped import ManifestError, check_files, read_manifest, row_of, write_manifest


def test_shipped_files_have_the_hashes_of_the_manifest(models: Path) -> None:
    check_files(models / "weights" / "manifest.toml")


def test_every_shipped_row_has_a_card_and_a_licence(models: Path) -> None:
    rows = read_manifest(models / "weights" / "manifest.toml")
    assert rows
    for row in rows.values():
        assert (models / "weights" / row["card"]).resolve().is_file()
        assert row["licence"]
        assert set(row["thresholds"]) == set(row["classes"])


def test_changed_file_is_named_with_both_hashes(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"other")
    rows = {"a": {"file": "a.onnx", "sha256": "00", "task": "detect", "classes": ["x"], "input": {}, "thresholds": {}}}
    write_manifest(tmp_path / "manifest.toml", rows)
    with pytest.raises(ManifestError, match=r"\[a\] sha256 is 00, the file has d9298a10"):
        check_files(tmp_path / "manifest.toml")


def test_absent_file_and_absent_key_are_named(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text('[a]\nfile = "a.onnx"\n')
    with pytest.raises(ManifestError, match=r"\[a\] has no key `sha256`"):
        read_manifest(manifest)


def test_written_manifest_reads_back_the_same(models: Path, tmp_path: Path) -> None:
    rows = read_manifest(models / "weights" / "manifest.toml")
    rows["detector_640"]["note"] = 'a "quoted" \\ note'
    write_manifest(tmp_path / "manifest.toml", rows)
    assert tomllib.loads((tmp_path / "manifest.toml").read_text()) == rows


def test_row_is_found_by_hash_not_by_name(models: Path, tmp_path: Path) -> None:
    row = row_of(models / "weights" / "detector_640.onnx")
    assert row is not None
    assert row["thresholds"]["person"] == 0.5
    assert row_of(tmp_path / "detector_640.onnx") is None
