"""Signs CAP messages with an enveloped XML signature (CAP 1.2, 3.3.4.1), by the library `signxml`.

RSA alone, whose signatures of the same message are the same: a message stays what it was, and so does its ETag.
"""

from __future__ import annotations

from typing import Final

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from siaga_cloud.settings import CapSignature

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class CapSigner:
    """Holds the key and its certificate, read once."""

    def __init__(self, files: CapSignature) -> None:
        self._key = files.key_file.read_bytes()
        self._certificate = files.cert_file.read_text("ascii")

    def signed(self, document: bytes) -> bytes:
        """Return the message with its signature as the last element; it names the certificate."""
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
        signer = XMLSigner(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=SignatureMethod.RSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        made = signer.sign(root, key=self._key, cert=self._certificate)
        return _DECLARATION + bytes(etree.tostring(made, encoding="utf-8"))
