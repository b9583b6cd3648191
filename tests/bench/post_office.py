"""A mail server that takes every letter, and does nothing with it but count.

``python -m tests.bench.post_office PORT``: a process of its own.
"""

from __future__ import annotations

import asyncio
import sys

GREETING, GO_AHEAD, FINE, BYE = (
    b"220 hello\r\n",
    b"354 go\r\n",
    b"250 fine\r\n",
    b"221\r\n",
)


async def answer(line: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
    """Say yes to everything (RFC 5321)."""
    out.write(GREETING)
    while said := await line.readline():
        verb = said[:4].upper()
        if verb == b"DATA":
            out.write(GO_AHEAD)
            await line.readuntil(b"\r\n.\r\n")
        out.write(BYE if verb == b"QUIT" else FINE)
        if verb == b"QUIT":
            break
    out.close()


async def serve(port: int) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=1 << 24)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
