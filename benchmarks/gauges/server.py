"""A gauge's Modbus TCP server as a process that may be killed and frozen: `python server.py PORT`."""

from __future__ import annotations

import asyncio
import math
import struct
import sys
import time

_HEAD = struct.Struct(">HHHBB")
_BEGAN = time.monotonic()


def registers() -> bytes:
    """The 11 input registers: a level that moves by a few cm, a new reading each second."""
    seconds = time.monotonic() - _BEGAN
    number, level_mm = int(seconds) + 1, round(5000 + 40 * math.sin(int(seconds) / 20))
    return struct.pack(">HiHIHHHHH", 1, level_mm, 0, number, 0, 2, 7, 4000, 1)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every question gets the input registers; there is only one that a node asks."""
    try:
        while True:
            transaction, protocol, _, unit, function = _HEAD.unpack(await reader.readexactly(_HEAD.size))
            await reader.readexactly(4)
            text = registers()
            writer.write(_HEAD.pack(transaction, protocol, 3 + len(text), unit, function) + bytes([len(text)]) + text)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
