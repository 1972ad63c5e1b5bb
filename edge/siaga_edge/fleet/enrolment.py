"""How a new node gets its credentials: its own key stays on it, a one-time token brings the rest over HTTPS."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import BaseModel, ValidationError

from siaga_core.wire.ids import Name
from siaga_edge.fleet.fleet_store import write_whole

_SECONDS = 20.0
_MOST_BYTES = 256 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class EnrolmentError(RuntimeError):
    """The node has no credentials yet; says why."""


class _EnrolmentReply(BaseModel):
    """What the cloud gives."""

    node: Name
    broker_host: str
    broker_port: int
    broker_ca: str | None
    signing_key: str
    certificate: str | None
    password: str | None


def enrol_node(
    url: str, token: str, folder: Path, *, ca_file: Path | None = None, data_dir: Path | None = None
) -> list[Path]:
    """Send one request and write files that only their owner may read; returns them. Raises `EnrolmentError`.

    `data_dir` is written into node.toml. An existing node.toml is left unchanged: the new files then wait for whoever
    names them in it.
    """
    _check(url, folder)
    key = ec.generate_private_key(ec.SECP256R1())
    answer = _post(url, token, _request(key), ca_file)
    folder.mkdir(parents=True, exist_ok=True)
    files = _files(answer, key)
    for name, data in files.items():
        write_whole(folder / name, data)
    node_file = folder / "node.toml"
    if not node_file.exists():
        write_whole(node_file, _node_toml(answer, url, ca_file, data_dir or default_data_dir(folder)).encode())
        files["node.toml"] = b""
    return [folder / name for name in files]


def default_data_dir(folder: Path) -> Path:
    """Return where the outbox of a node is stored: where Debian stores data for what is configured in /etc/siaga."""
    return Path("/var/lib/siaga") if folder.absolute() == Path("/etc/siaga") else Path("data")


def _check(url: str, folder: Path) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname in _LOOPBACK) != ("http", True):
        raise EnrolmentError(
            f"--url: got {url!r}, expected https://..., because the token and the password must be encrypted"
        )
    if (folder / "node.key.pem").exists():
        raise EnrolmentError(
            f"{folder / 'node.key.pem'}: this node is already enrolled; move its files away to enrol it again"
        )


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    # The name is a formality: the cloud certifies the name that the token was made for.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "siaga-edge")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _post(url: str, token: str, csr: str, ca_file: Path | None) -> _EnrolmentReply:
    body = json.dumps({"token": token, "csr": csr}).encode()
    request = Request(  # noqa: S310 - the scheme is checked in _check
        f"{url.rstrip('/')}/api/v1/enrol", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        with urlopen(request, timeout=_SECONDS, context=context) as answer:  # noqa: S310 - as above
            return _EnrolmentReply.model_validate_json(answer.read(_MOST_BYTES))
    except HTTPError as error:
        raise EnrolmentError(f"{url}: {_reason(error)}") from None
    except ValidationError as error:
        raise EnrolmentError(f"{url}: the response is not from Siaga's cloud: {error.errors()[0]['msg']}") from None
    except (URLError, OSError) as error:
        raise EnrolmentError(f"{url}: {getattr(error, 'reason', error)}") from None


def _reason(error: HTTPError) -> str:
    try:
        problem = json.loads(error.read(_MOST_BYTES))
        return f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"


def _files(answer: _EnrolmentReply, key: ec.EllipticCurvePrivateKey) -> dict[str, bytes]:
    """The key is written even where a password came: it marks the node as enrolled and serves at a renewal."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = {"node.key.pem": private, "fleet-key.pub.pem": answer.signing_key.encode()}
    if answer.certificate:
        files["node.cert.pem"] = answer.certificate.encode()
    if answer.password:
        files["broker-password"] = answer.password.encode()
    if answer.broker_ca:
        files["broker-ca.pem"] = answer.broker_ca.encode()
    return files


def _node_toml(answer: _EnrolmentReply, url: str, ca_file: Path | None, data_dir: Path) -> str:
    # JSON's strings are TOML's.
    lines = ["[node]", f"name = {json.dumps(answer.node)}", f"data_dir = {json.dumps(str(data_dir))}", "", "[broker]"]
    lines += [f"host = {json.dumps(answer.broker_host)}", f"port = {answer.broker_port}"]
    lines += ['ca_file = "broker-ca.pem"'] if answer.broker_ca else []
    lines += ['cert_file = "node.cert.pem"', 'key_file = "node.key.pem"'] if answer.certificate else []
    lines += ['password_file = "broker-password"'] if answer.password else []
    lines += ["", "[fleet]", 'key_file = "fleet-key.pub.pem"', f"url = {json.dumps(url)}"]
    lines += [f"url_ca_file = {json.dumps(str(ca_file.absolute()))}"] if ca_file else []
    lines += ["", "[status]", "port = 9464", ""]
    return "\n".join(lines)
