"""CAP messages with an XML signature: verified by signxml, the same each time, and broken by any change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from signxml import exceptions
from signxml.verifier import XMLVerifier

from siaga_cloud.interop.cap.signature import CapSigner
from siaga_cloud.settings import CapSignature, SettingsError, load

MESSAGE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
    "<identifier>siaga-1</identifier><info><headline>Banjir &amp; 𝕏</headline></info></alert>"
).encode()
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CapSignature:
    folder = tmp_path_factory.mktemp("keys")
    return pair(folder, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def pair(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str = "a") -> CapSignature:
    """A key with a certificate of its own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Siaga")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
    )  # fmt: skip
    key_file, cert_file = folder / f"{name}.key", folder / f"{name}.pem"
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    cert_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return CapSignature.model_construct(key_file=key_file, cert_file=cert_file)


def test_a_signed_message_is_verified_and_nothing_in_it_can_change(files: CapSignature) -> None:
    signer, certificate = CapSigner(files), files.cert_file.read_text()
    signed = signer.signed(MESSAGE)
    verified = XMLVerifier().verify(signed, x509_cert=certificate)
    assert not isinstance(verified, list)
    assert verified.signed_xml is not None
    assert verified.signed_xml.findtext(f"{CAP}info/{CAP}headline") == "Banjir & 𝕏"
    assert signer.signed(MESSAGE) == signed, "a message stays what it was"
    assert signed.rstrip().endswith(b"</alert>")
    assert signed.index(b"Signature") > signed.index(b"</info>"), "the signature is the last element"
    with pytest.raises(exceptions.InvalidDigest):
        XMLVerifier().verify(signed.replace(b"Banjir", b"Kering"), x509_cert=certificate)


def test_the_signature_of_another_key_is_refused(files: CapSignature, tmp_path: Path) -> None:
    other = pair(tmp_path, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    with pytest.raises(exceptions.InvalidSignature):
        XMLVerifier().verify(CapSigner(other).signed(MESSAGE), x509_cert=files.cert_file.read_text())


def test_a_wrong_key_is_reported_at_the_start(files: CapSignature, tmp_path: Path) -> None:
    curve = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()), "curve")
    for key_file, cert_file, message in (
        (files.key_file, files.cert_file, None),
        (files.key_file, curve.cert_file, "got the certificate of another key"),
        (curve.key_file, curve.cert_file, "expected RSA of at least 2048 bits"),
        (files.cert_file, files.cert_file, "got a file without a readable key"),
        (files.key_file, files.key_file, "got a file without a readable certificate"),
    ):
        variables = {
            "SIAGA_DATABASE_URL": "postgresql://localhost/siaga",
            "SIAGA_CAP_KEY_FILE": str(key_file),
            "SIAGA_CAP_CERT_FILE": str(cert_file),
        }
        if message is None:
            assert load(variables).cap_signature is not None
            continue
        with pytest.raises(SettingsError, match=message):
            load(variables)
