"""A BigQuery that answers insertAll after 30 ms and counts; GET tells the count. Usage: python sink_store.py PORT."""

import asyncio
import re
import sys

DELAY = 0.03
"""Seconds: what a small insert takes in the region of its dataset."""

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_calls = 0


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    global _calls  # noqa: PLW0603  # one count per process
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
            if head.startswith(b"POST"):
                _calls += 1
                await asyncio.sleep(DELAY)
            body = b"{}" if head.startswith(b"POST") else str(_calls).encode()
            kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            writer.write(kind % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int) -> None:
    """Serve for ever."""
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=512, limit=1 << 24)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
