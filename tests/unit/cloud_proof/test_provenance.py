"""C2PA manifests of photos: AI is believed whoever says so, a camera only of a trusted signer."""

from __future__ import annotations

import pytest
from tests.support.officer.c2pa_photos import SigningCamera, a_camera, signed
from tests.support.proof_photos import a_scene, as_photo

from siaga_cloud.platform.media.photo_metadata import read_facts
from siaga_core.rules.verification.checks import ProofLimits, Provenance, Result, edited


@pytest.fixture(scope="module")
def camera() -> SigningCamera:
    return a_camera()


@pytest.fixture(scope="module")
def bare() -> bytes:
    return as_photo(a_scene(1), camera=False)


def test_an_ai_assertion_fails_whoever_signed_it(camera: SigningCamera, bare: bytes) -> None:
    for source_type in ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"):
        facts = read_facts(signed(bare, camera, source_type=source_type))
        assert facts.source_types == (source_type,)
        assert edited(facts, ProofLimits()).result is Result.FAILED


def test_a_cameras_assertion_is_evidence_only_of_a_trusted_signer(camera: SigningCamera, bare: bytes) -> None:
    photo = signed(bare, camera, source_type="digitalCapture")
    unknown, trusted = read_facts(photo), read_facts(photo, trust_anchors=camera.authority)
    assert (unknown.provenance, trusted.provenance) == (Provenance.UNKNOWN_SIGNER, Provenance.TRUSTED)
    assert (trusted.signer, trusted.source_types) == ("Camera", ("digitalCapture",))
    assert edited(unknown, ProofLimits()).result is Result.DOUBTFUL
    assert edited(trusted, ProofLimits()).result is Result.FINE
    other = read_facts(photo, trust_anchors=a_camera().authority)
    assert other.provenance is Provenance.UNKNOWN_SIGNER


def test_a_manifest_that_does_not_match_the_image_is_invalid(camera: SigningCamera, bare: bytes) -> None:
    photo = bytearray(signed(bare, camera, source_type="digitalCapture"))
    photo[-5000] ^= 255
    assert read_facts(bytes(photo), trust_anchors=camera.authority).provenance is Provenance.INVALID
    assert read_facts(bare + b"jumb c2pa").provenance is Provenance.INVALID
    assert read_facts(bare).provenance is Provenance.NONE
