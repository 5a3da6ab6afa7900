"""A Pub/Sub of our own that keeps a number of messages with a worker, and sends one for each that is acknowledged."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
from google.protobuf import empty_pb2
from google.pubsub_v1 import types
from sink_load import Load, entry

SERVICE = "google.pubsub.v1.Subscriber"
SUBSCRIPTION = "projects/p/subscriptions/s"

_GRACE = 2.0
"""Seconds for what the worker has begun; what is cancelled prints a traceback."""


class Broker:
    """Serves one worker.

    Args:
        outstanding: How many messages it holds at once.
    """

    def __init__(self, outstanding: int) -> None:
        self._new: asyncio.Queue[int] = asyncio.Queue()
        self._sent: dict[str, float] = {}
        self._ids = itertools.count()
        self._is_over = False
        self.load = Load(0)
        self.began = asyncio.Event()
        for _ in range(outstanding):
            self._new.put_nowait(0)

    async def pull(self, _: Any, __: Any) -> AsyncIterator[Any]:
        """Send a message for each that is due, and at once all that are."""
        while True:
            await self._new.get()
            if self._is_over:
                return
            due = 1 + self._new.qsize()
            for _ in range(due - 1):
                self._new.get_nowait()
            answer = types.StreamingPullResponse.pb()()
            for _ in range(due):
                number = str(next(self._ids))
                message = answer.received_messages.add(ack_id=number)
                message.message.data, message.message.message_id = entry(), number
                message.message.publish_time.GetCurrentTime()
                self._sent[number] = time.perf_counter()
            yield answer

    async def acknowledge(self, request: Any, _: Any) -> Any:
        """Take acknowledgements."""
        now = time.perf_counter()
        self.began.set()
        for number in request.ack_ids:
            if number in self._sent:
                self.load.latencies.append(now - self._sent.pop(number))
                self._new.put_nowait(0)
        return empty_pb2.Empty()

    async def modify(self, request: Any, _: Any) -> Any:
        """Take what is given back."""
        self.load.refused += 0 if request.ack_deadline_seconds else len(request.ack_ids)
        return empty_pb2.Empty()

    def end(self) -> None:
        """Let the stream end."""
        self._is_over = True
        self._new.put_nowait(0)

    def handlers(self) -> Any:
        """Return what a server calls."""
        read, empty = (lambda kind: kind.pb().FromString), empty_pb2.Empty.SerializeToString
        methods = {
            "StreamingPull": grpc.stream_stream_rpc_method_handler(
                self.pull, read(types.StreamingPullRequest), lambda answer: answer.SerializeToString()
            ),
            "Acknowledge": grpc.unary_unary_rpc_method_handler(self.acknowledge, read(types.AcknowledgeRequest), empty),
            "ModifyAckDeadline": grpc.unary_unary_rpc_method_handler(
                self.modify, read(types.ModifyAckDeadlineRequest), empty
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)


async def serve(port: int, outstanding: int, warm_up: float, seconds: float, started: Any) -> Load:
    """Serve, and return what was acknowledged in `seconds`, after the first message and a time to warm up.

    Args:
        port: Where to.
        outstanding: How many messages the worker holds at once.
        warm_up: Seconds that are not counted.
        seconds: Seconds that are.
        started: Called when counting begins.
    """
    broker, server = Broker(outstanding), grpc.aio.server()
    server.add_generic_rpc_handlers([broker.handlers()])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await broker.began.wait()
    await asyncio.sleep(warm_up)
    broker.load = Load(seconds)
    started()
    await asyncio.sleep(seconds)
    counted, broker.load = broker.load, Load(0)
    stopped = asyncio.create_task(server.stop(_GRACE))
    await asyncio.sleep(0)  # from here on it takes no further stream
    broker.end()
    await stopped
    return counted
