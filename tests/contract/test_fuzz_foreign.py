"""Bytes of others, broken: each parser takes them or refuses by its own error, and memory stays within bounds.

Modbus, lines of serial sensors, XML, JSON and CSV of feeds, e-mail, photos, TOML. `SIAGA_FUZZ_EXAMPLES=5000` tries
that many of each (the wire's own: test_fuzz_wire.py); the tests try a few.
"""

from __future__ import annotations

import io
import os
import resource
import socket
import struct
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import BaseModel
from pymodbus.client import ModbusTcpClient
from tests.integration.feeds.test_feeds_hostile import KINDS, body_of

from siaga_cloud.channels.sources.fields import DeliveryError
from siaga_cloud.channels.sources.mail import AutomaticError, read_mail
from siaga_cloud.channels.sources.mail_text import from_html, own_words
from siaga_cloud.city.files.city import GaugesFile, UsersFile
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.feeds.items import BodyError, City, Feed, ItemError, Request
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.platform.import_errors import ImportFileError, read_toml
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media.photo import clean_photo
from siaga_cloud.platform.media.photo_metadata import read_facts
from siaga_core.rules.verification.checks import PhotoFacts
from siaga_edge.adapters.modbus_bus import ModbusBus
from siaga_edge.gauge import lines, registers
from siaga_edge.gauge.lines import EXPECTED, LineError
from siaga_edge.gauge.register_values import ValueType, WordOrder, decode_value
from siaga_edge.gauge.registers import RegisterError
from siaga_edge.gauge.runner import GaugeUnreachableError
from siaga_edge.gauge.scale import Scale
from siaga_edge.settings import ConfigError, load_node

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
EXAMPLES = int(os.environ.get("SIAGA_FUZZ_EXAMPLES", "25"))
# Pillow warns of what is corrupt, and tests make errors of warnings; Hypothesis warns that photos are long to print.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(3600)]
MOST_MEMORY_BYTES = 400 * 2**20
MANY = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True, scope="module")
def memory_is_bounded() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < MOST_MEMORY_BYTES


@st.composite
def broken(draw: st.DrawFn, whole: bytes) -> bytes:
    """Something that is whole, cut, doubled, overwritten, or with strange pieces in it; or bytes that are nothing."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=600))
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 12)))
        piece = draw(st.sampled_from(_PIECES) | st.binary(max_size=8))
        match draw(st.integers(0, 3)):
            case 0:
                data[at:to] = piece
            case 1:
                data[at:at] = piece
            case 2:
                del data[at : at + draw(st.integers(0, max(1, len(data) // 3)))]
            case _:
                data[at:at] = data[at : at + 200] * draw(st.integers(1, 20))
    return bytes(data)


_PIECES = [
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"1e999", b"-1", b"NaN", b"null", b"[" * 300, b"{" * 300, b"<a>" * 300,
    b"&x;", b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"]]>", b"0001-01-01", b"9999-12-31T23:59:59Z", b'"', b"'", b"\r\n",
    b"=?utf-8?b?////?=", b"; boundary=", b"9" * 400, b"\xe2\x80\xae",
]  # fmt: skip


# --- gauges ------------------------------------------------------------------------------------------------------


@MANY
@given(
    st.lists(st.integers(0, 0xFFFF), max_size=14),
    st.sampled_from(get_args(ValueType)),
    st.sampled_from(get_args(WordOrder)),
)
def test_registers(words: list[int], kind: ValueType, command: WordOrder) -> None:
    for first in (words, [registers.MAP_VERSION, *words][: registers.COUNT]):
        with suppress(RegisterError):
            registers.decode(first)
    with suppress(RegisterError):
        decode_value(words, kind, command)


@MANY
@given(st.text(max_size=300) | broken(b"distance_mm=1234,temp=21.5").map(lambda raw: raw.decode("utf-8", "replace")))
def test_lines_of_serial_sensors(text: str) -> None:
    scale = Scale(measures="distance", unit="mm", mount_cm=500.0)
    for form in EXPECTED:
        with suppress(LineError):
            value = lines.parse(text, form, scale, frozenset()).value
            assert value is None or abs(value) < float("inf")


@contextmanager
def answering(answers: list[bytes]) -> Iterator[int]:
    """A Modbus server that answers each question with the next of these bytes, and closes after the last."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                line, _ = server.accept()
                with line:
                    for answer in answers:
                        requested = line.recv(300)
                        line.sendall(requested[:2] + answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join(5)


WHOLE_ANSWER = b"\x00\x00\x00\x19\x01\x04\x16" + struct.pack(">HiHIHHHHH", 1, 1234, 0, 7, 1, 3, 7, 3900, 60)


@settings(MANY, max_examples=max(8, EXAMPLES // 20))
@given(st.lists(broken(WHOLE_ANSWER), min_size=1, max_size=2))
def test_modbus_answers(answers: list[bytes]) -> None:
    with answering(answers) as port:
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=0.05, retries=0, reconnect_delay=0)
        bus = ModbusBus(client).join()
        try:
            for _ in answers:
                with suppress(GaugeUnreachableError, RegisterError):
                    registers.decode(bus.read(1, "input", 0, registers.COUNT))
        finally:
            bus.leave()


# --- feeds -------------------------------------------------------------------------------------------------------


def a_feed(kind: str) -> Feed:
    text = (
        f'id = "feed-one"\nkind = "{kind}"\nurl = "https://example.org/x"\n{KINDS[kind].more.replace("[[feed.", "[[")}'
    )
    return kinds.module_of(kinds.options_of(tomllib.loads(text)), City(gauges={}))


def first_request(feed: Feed) -> Request:
    requested = feed.requests(now=NOON)
    return requested[0] if requested else Request(url="https://example.org/x")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_feeds(kind: str) -> None:
    city: Any = SimpleNamespace(now=NOON)
    whole = body_of(kind, city, "Jl. Sultan Agung")
    request = first_request(a_feed(kind))
    items = [whole]
    with suppress(BodyError):  # SensorThings tells the unit before the values
        items = [item.payload for item in a_feed(kind).split(whole, request, now=NOON).items] or items

    @MANY
    @given(broken(whole), broken(items[0]))
    def read(body: bytes, item: bytes) -> None:
        feed = a_feed(kind)
        found = [item]
        with suppress(BodyError):
            found += [one.payload for one in feed.split(body, request, now=NOON).items]
        for one in found[:20]:
            with suppress(ItemError):
                feed.read(one, now=NOON)

    read()


def test_a_row_that_is_no_csv_is_one_items_fault() -> None:
    """Found by the above."""
    with pytest.raises(ItemError, match="CSV"):
        a_feed("csv_reports").read(b"\rid,time\nx,y\n", now=NOON)


# --- e-mail and photos -------------------------------------------------------------------------------------------


def a_jpeg(fmt: str = "JPEG") -> bytes:
    image, exif = Image.effect_noise((160, 120), 60).convert("RGB"), Image.Exif()
    exif[271], exif[306] = "Maker", "2026:01:15 12:00:00"
    exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 12.0, 28.4), 3: "E", 4: (106.0, 50.0, 54.3)})
    out = io.BytesIO()
    image.save(out, fmt, exif=exif)
    return out.getvalue()


def a_mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Warga <warga@example.org>", "lapor@example.org", "Banjir di Tebet"
    mail["Message-ID"], mail["Date"] = "<a1@example.org>", "Thu, 15 Jan 2026 18:00:00 +0700"
    mail.set_content("Banjir setinggi lutut.\n\n-- \nWarga")
    mail.add_alternative("<p>Banjir <b>setinggi</b> lutut</p>", subtype="html")
    mail.add_attachment(a_jpeg(), maintype="image", subtype="jpeg", filename="foto.jpg")
    return mail.as_bytes()


@MANY
@given(broken(a_mail()))
def test_mails(raw: bytes) -> None:
    with suppress(AutomaticError, DeliveryError):
        read_mail(raw, own=frozenset({"lapor@example.org"}), now=NOON)


@MANY
@given(broken(b"<div>Halo<br>dunia &amp; <table><tr><td>x</td></tr></table></div>\nOn Thu, A wrote:\n> x"))
def test_words_of_mails(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    own_words(from_html(text))


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_photos(fmt: str) -> None:
    @MANY
    @given(broken(a_jpeg(fmt)))
    def read(raw: bytes) -> None:
        with suppress(IntakeError):
            clean_photo(raw)
        read_facts(raw)

    read()


def test_facts_of_a_bomb_are_none() -> None:
    """Found by the above: a WebP whose header says 1.2 thousand million pixels."""
    raw = bytearray(a_jpeg("WEBP"))
    at = raw.find(b"VP8X")
    assert at > 0
    raw[at + 12 : at + 18] = b"\xff\xff\x00\xff\xff\x00"
    assert read_facts(bytes(raw)) == PhotoFacts()


# --- TOML --------------------------------------------------------------------------------------------------------

NODE = b"""\
[node]
name = "box-one"
data_dir = "data"
[broker]
host = "127.0.0.1"
password_file = "password"
[outbox]
max_bytes = "1GiB"
[[gauge]]
id = "manggarai"
place = { lat = -6.2079, lon = 106.84844 }
limits = { s3_cm = 750.0, s2_cm = 850.0, s1_cm = 950.0 }
poll_seconds = 0.5
[gauge.source]
kind = "modbus_tcp"
host = "127.0.0.1"
port = 502
"""


@pytest.mark.parametrize("folder", ["x" * 5000, "~nobody-of-this-name/x"])
def test_a_folder_that_cannot_be_is_a_complaint(folder: str, tmp_path: Path) -> None:
    """Found by the below."""
    path = tmp_path / "NODE.toml"
    (tmp_path / "password").write_text("x")
    path.write_bytes(NODE.replace(b'data_dir = "data"', f'data_dir = "{folder}"'.encode()))
    with pytest.raises(ConfigError, match="expected a path that can be"):
        load_node(path)


@pytest.mark.parametrize(("name", "model"), [("policy", PolicyFile), ("gauges", GaugesFile), ("users", UsersFile)])
def test_files_of_a_city(name: str, model: type[BaseModel], tmp_path: Path) -> None:
    whole = (ROOT / "city" / "jakarta" / f"{name}.toml").read_bytes()
    path = tmp_path / f"{name}.toml"
    path.write_bytes(whole)
    read_toml(path, model)

    @MANY
    @given(broken(whole))
    def read(raw: bytes) -> None:
        path.write_bytes(raw)
        with suppress(ImportFileError):
            read_toml(path, model)

    read()


def test_toml_that_is_nested_for_ever_is_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"rule = " + b"[" * 100_000)
    with pytest.raises(ImportFileError, match="not readable as TOML"):
        read_toml(path, PolicyFile)
    (tmp_path / "password").write_text("x")
    path.write_bytes(NODE + b"[more]\na = " + b"[" * 100_000)
    with pytest.raises(ConfigError):
        load_node(path)


def test_node_files(tmp_path: Path) -> None:
    path = tmp_path / "NODE.toml"
    (tmp_path / "password").write_text("x")
    path.write_bytes(NODE)
    load_node(path)

    @MANY
    @given(broken(NODE))
    def read(raw: bytes) -> None:
        path.write_bytes(raw)
        with suppress(ConfigError):
            load_node(path)

    read()
