"""An ONVIF camera: the answers of its device and media services, written from the WSDL of ONVIF, and to a probe."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"><e:Body>%s</e:Body>'
    "</e:Envelope>"
)
_NOT_AUTHORIZED = (
    "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:NotAuthorized</e:Value></e:Subcode></e:Code>"
    '<e:Reason><e:Text xml:lang="en">Sender not Authorized</e:Text></e:Reason></e:Fault>'
)
_TIME = (
    "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
    "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>2</tt:Minute>"
    "<tt:Second>3</tt:Second></tt:Time><tt:Date><tt:Year>2026</tt:Year><tt:Month>1</tt:Month><tt:Day>1</tt:Day></tt:Date>"
    "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
)


def _service(namespace: str, address: str) -> str:
    version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
    found = (
        f"<tds:Namespace>http://www.onvif.org/ver10/{namespace}/wsdl</tds:Namespace><tds:XAddr>{address}</tds:XAddr>"
    )
    return f"<tds:Service>{found}{version}</tds:Service>"


def _profile(token: str, sensor: str, width: int, height: int) -> str:
    bounds = '<tt:Bounds x="0" y="0" width="1920" height="1080"/>'
    source = f"<tt:Name>s</tt:Name><tt:UseCount>2</tt:UseCount><tt:SourceToken>{sensor}</tt:SourceToken>{bounds}"
    size = f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
    rate = (
        "<tt:RateControl><tt:FrameRateLimit>15</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
        "<tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl>"
    )
    encoder = (
        "<tt:Name>e</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>"
        f"{size}<tt:Quality>4</tt:Quality>{rate}"
    )
    return (
        f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>'
        f'<tt:VideoSourceConfiguration token="vs">{source}</tt:VideoSourceConfiguration>'
        f'<tt:VideoEncoderConfiguration token="ve">{encoder}</tt:VideoEncoderConfiguration></trt:Profiles>'
    )


def _uri(answer: str, uri: str) -> str:
    media = (
        f"<tt:Uri>{uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
        "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout>"
    )
    return f"<trt:{answer}Response><trt:MediaUri>{media}</trt:MediaUri></trt:{answer}Response>"


class OnvifCamera:
    """A device with two sensors; requests of the names in `mute` are never answered."""

    def __init__(self, *, user: str | None = None, mute: frozenset[str] = frozenset(), has_media: bool = True) -> None:
        self._user, self._mute, self._has_media = user, mute, has_media
        self._closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                """Quiet."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = (_ENVELOPE % outer.answer(body)).encode()
                self.send_response(400 if b"Fault" in answer else 200)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(answer)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """End the server."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, body: str) -> str:
        """Return the answer to a request."""
        found = re.search(r"<(?:\w+:)?(Get\w+)", body)
        name = found[1] if found else ""
        if name in self._mute:
            self._closing.wait(20)
        if name != "GetSystemDateAndTime" and self._user and f"Username>{self._user}<" not in body:
            return _NOT_AUTHORIZED
        token = re.search(r"ProfileToken>(\w+)<", body)
        return self._answers(token[1] if token else "")[name]

    def _answers(self, token: str) -> Mapping[str, str]:
        address = f"http://127.0.0.1:{self.port}/onvif"
        media = _service("media", f"{address}/media") if self._has_media else ""
        profiles = [("door", "a", 640, 360), ("main", "a", 1920, 1080), ("tiny", "a", 320, 180), ("ir", "b", 384, 288)]
        found = "".join(_profile(*each) for each in profiles)
        about = "<tds:FirmwareVersion>5.7</tds:FirmwareVersion><tds:SerialNumber>1</tds:SerialNumber>"
        return {
            "GetSystemDateAndTime": _TIME,
            "GetServices": f"<tds:GetServicesResponse>{_service('device', f'{address}/device_service')}{media}"
            "</tds:GetServicesResponse>",
            "GetCapabilities": "<tds:GetCapabilitiesResponse><tds:Capabilities/></tds:GetCapabilitiesResponse>",
            "GetDeviceInformation": "<tds:GetDeviceInformationResponse><tds:Manufacturer>Kamera</tds:Manufacturer>"
            f"<tds:Model>K-1 \x85</tds:Model>{about}<tds:HardwareId>1</tds:HardwareId>"
            "</tds:GetDeviceInformationResponse>",
            "GetProfiles": f"<trt:GetProfilesResponse>{found}</trt:GetProfilesResponse>",
            "GetStreamUri": _uri("GetStreamUri", f"rtsp://127.0.0.1:554/{token}"),
            "GetSnapshotUri": _uri("GetSnapshotUri", f"http://127.0.0.1/{token}.jpg"),
        }


class ProbeListener:
    """Answers each probe that it gets with some datagrams."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.probes: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the listener."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                data, sender = self._socket.recvfrom(65536)
                if not data:
                    return
                self.probes.append(data)
                for answer in self._answers:
                    self._socket.sendto(answer, sender)


def probe_match(addresses: str, scopes: str = "onvif://www.onvif.org/name/Jalan%20Sudirman") -> bytes:
    """Return an answer to a probe."""
    return (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches><d:ProbeMatch>'
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{addresses}</d:XAddrs>"
        "</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()
