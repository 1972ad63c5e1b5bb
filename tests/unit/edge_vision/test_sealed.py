"""Originals can be read by the owner of the private key, and by nobody who has the box."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.unit.edge_vision.fake_models import FakeModels, car, street
from typer.testing import CliRunner

from siaga_edge.camera.offline import commands
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.camera.sealed_originals import SealedFolder, SealError, read_public_key, seal, unseal
from siaga_edge.settings import CameraSettings

NOW = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)


def _pem(key: X25519PrivateKey | Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


@pytest.fixture
def key_file(tmp_path: Path, key: X25519PrivateKey) -> Path:
    path = tmp_path / "originals.pem"
    path.write_bytes(_pem(key))
    return path


def test_what_is_sealed_opens_with_the_private_key_alone(key: X25519PrivateKey) -> None:
    sealed = seal(b"a picture", key.public_key())
    assert b"picture" not in sealed
    assert seal(b"a picture", key.public_key()) != sealed
    assert unseal(sealed, key) == b"a picture"
    with pytest.raises(SealError, match="another key, or changed"):
        unseal(sealed, X25519PrivateKey.generate())


@pytest.mark.parametrize("at", [0, 20, 50, -1])
def test_a_changed_byte_is_noticed(key: X25519PrivateKey, at: int) -> None:
    sealed = bytearray(seal(b"a picture", key.public_key()))
    sealed[at] ^= 1
    with pytest.raises(SealError):
        unseal(bytes(sealed), key)


@pytest.mark.parametrize("data", [b"", b"siaga-sealed-v1\n", b"\xff\xd8 a JPEG"])
def test_what_is_not_sealed_is_reported(key: X25519PrivateKey, data: bytes) -> None:
    with pytest.raises(SealError, match="not a sealed image"):
        unseal(data, key)


def test_the_oldest_originals_are_deleted_first(tmp_path: Path, key_file: Path) -> None:
    folder = SealedFolder(tmp_path / "sealed", key_file, max_bytes=30_000)
    for number in range(12):
        folder.save("cam-1", "no_stopping:kerb:1", NOW + timedelta(seconds=number), street(number))
    stored = sorted((tmp_path / "sealed").iterdir())
    assert 0 < sum(path.stat().st_size for path in stored) <= 30_000
    assert "T030011" in stored[-1].name
    assert "T030000" not in stored[0].name


def test_a_disk_that_refuses_costs_the_original_only(
    tmp_path: Path, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sealed").write_text("a file where the folder should be")
    SealedFolder(tmp_path / "sealed", key_file, max_bytes=30_000).save("cam-1", "k", NOW, street(1))
    assert "cannot be stored" in caplog.text


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(_pem(Ed25519PrivateKey.generate()))
    with pytest.raises(SealError, match="expected an X25519 public key"):
        read_public_key(path)
    path.write_text("nonsense")
    with pytest.raises(SealError, match="expected a PEM file"):
        read_public_key(path)


def test_the_pipeline_seals_what_it_shows_coarse_to_everybody_else(
    tmp_path: Path, key: X25519PrivateKey, key_file: Path
) -> None:
    zone = {"id": "kerb", "kind": "no_stopping", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "allowed_seconds": 10}
    camera = CameraSettings.model_validate(
        {"id": "cam-1", "url": "rtsp://camera/1", "place": {"lat": -6.2, "lon": 106.8}, "zone": [zone]}
    )
    fake = FakeModels()
    fake.see(car(), ("person", 0.9, car()[2]))
    pipeline = CameraPipeline(
        camera, fake.vision_models(), originals=SealedFolder(tmp_path / "sealed", key_file, max_bytes=10**7)
    )
    chequered = street()
    chequered[75:105, 132:188] = (np.indices((30, 56)).sum(axis=0) // 4 % 2 * 255)[:, :, None]
    drafts = [
        draft
        for number in range(100)
        for draft in pipeline.step(
            np.clip(chequered.astype(np.int16) + number % 3, 0, 255).astype(np.uint8),
            NOW + timedelta(seconds=number / 5),
        )
    ]
    (file,) = (tmp_path / "sealed").iterdir()
    private, opened = tmp_path / "private.pem", tmp_path / "opened.jpg"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    app = typer.Typer()
    app.command()(commands.unseal)
    assert CliRunner().invoke(app, [str(file), "--key", str(private), "--to", str(opened)]).exit_code == 0
    original = cv2.imread(str(opened))
    shown = cv2.imdecode(np.frombuffer(drafts[0].evidence_images[-1].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert original is not None
    assert shown is not None
    assert original[78:102, 136:184].std() > 80
    assert shown[82:102, 140:184].std() < 50
