"""A Pub/Sub of our own whose streams hang: real gRPC, open, and without a word."""

import threading
from concurrent import futures
from contextlib import contextmanager

import grpc
from google.protobuf import empty_pb2
from google.pubsub_v1 import types

SERVICE = "google.pubsub.v1.Subscriber"


class DeafPubSub:
    """Delivers its messages over each stream but the first ones.

    Args:
        messages: The data of what is delivered.
        deaf: How many streams hang.

    Attributes:
        streams: How many were opened.
        acknowledged: The ids of what was.
    """

    def __init__(self, messages, deaf):
        self._messages, self._deaf = messages, deaf
        self._over = threading.Event()
        self.streams, self.acknowledged = 0, []
        self._server = grpc.server(futures.ThreadPoolExecutor(32))
        self._server.add_generic_rpc_handlers([self._handlers()])
        self.host = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self):
        self._over.set()
        self._server.stop(0).wait()

    def _pull(self, _, context):
        self.streams += 1
        if self.streams > self._deaf:
            answer = types.StreamingPullResponse.pb()()
            for number, data in enumerate(self._messages):
                message = answer.received_messages.add(ack_id=str(number))
                message.message.data, message.message.message_id = data, str(number)
                message.message.publish_time.GetCurrentTime()
            yield answer
        while context.is_active() and not self._over.wait(0.05):
            pass

    def _acknowledge(self, request, _):
        self.acknowledged += request.ack_ids
        return empty_pb2.Empty()

    def _handlers(self):
        empty = empty_pb2.Empty.SerializeToString
        methods = {
            "StreamingPull": grpc.stream_stream_rpc_method_handler(
                self._pull, types.StreamingPullRequest.pb().FromString, lambda answer: answer.SerializeToString()
            ),
            "Acknowledge": grpc.unary_unary_rpc_method_handler(
                self._acknowledge, types.AcknowledgeRequest.pb().FromString, empty
            ),
            "ModifyAckDeadline": grpc.unary_unary_rpc_method_handler(
                lambda *_: empty_pb2.Empty(), types.ModifyAckDeadlineRequest.pb().FromString, empty
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)


@contextmanager
def deaf_pubsub(*messages, deaf):
    """Run one."""
    server = DeafPubSub(messages, deaf)
    try:
        yield server
    finally:
        server.stop()
