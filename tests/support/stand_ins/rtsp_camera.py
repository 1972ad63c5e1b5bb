"""An RTSP server that answers only some steps, as slow or broken cameras do; it never sends video."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection
from contextlib import suppress

_SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    b"a=rtpmap:96 H264/90000\r\na=control:track\r\n"
)
_HEADERS = {
    "OPTIONS": b"Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n",
    "DESCRIBE": b"Content-Type: application/sdp\r\nContent-Length: %d\r\n" % len(_SDP),
    "SETUP": b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
    "PLAY": b"Session: 1\r\n",
}
DIGEST = b'WWW-Authenticate: Digest realm="camera", nonce="abc"\r\n'


class RtspCamera:
    """Answers the methods in `answered`; with `challenge` DESCRIBE demands a password first."""

    def __init__(self, answered: Collection[str], challenge: bytes = b"") -> None:
        self._answered, self._challenge = answered, challenge
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.received: list[str] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of its stream, with a password."""
        return f"rtsp://viewer:s3cret@127.0.0.1:{self._socket.getsockname()[1]}/main"

    def close(self) -> None:
        """End the server and its connections."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            received = b""
            while part := connection.recv(4096):
                received += part
                while b"\r\n\r\n" in received:
                    head, received = received.split(b"\r\n\r\n", 1)
                    self._answer(connection, head)

    def _answer(self, connection: socket.socket, head: bytes) -> None:
        method, number = head.split(b" ", 1)[0].decode(), head.lower().split(b"cseq:")[1].split(b"\r\n")[0]
        self.received.append(f"{method} with password" if b"Authorization" in head else method)
        if self._challenge and method == "DESCRIBE" and b"Authorization" not in head:
            connection.sendall(b"RTSP/1.0 401 Unauthorized\r\nCSeq:%s\r\n%s\r\n" % (number, self._challenge))
        elif method in self._answered:
            body = _SDP if method == "DESCRIBE" else b""
            connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq:%s\r\n%s\r\n%s" % (number, _HEADERS[method], body))
