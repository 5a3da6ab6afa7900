"""A stand-in that takes rows at once. Usage: python cold_start_store.py insertAll|storage PORT."""

import asyncio
import sys
from concurrent import futures

import sink_store


def storage(port: int) -> None:
    """Serve the Storage Write API: every append is stored."""
    import grpc  # noqa: PLC0415  # for this one only
    from google.cloud.bigquery_storage_v1 import types  # noqa: PLC0415

    def append(requests: object, _: object) -> object:
        for _request in requests:  # type: ignore[attr-defined]
            yield types.AppendRowsResponse(append_result={})

    handler = grpc.stream_stream_rpc_method_handler(
        append, types.AppendRowsRequest.pb().FromString, types.AppendRowsResponse.serialize
    )
    service = "google.cloud.bigquery.storage.v1.BigQueryWrite"
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {"AppendRows": handler})])
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    if sys.argv[1] == "storage":
        storage(int(sys.argv[2]))
    else:
        sink_store.DELAY = 0.0
        asyncio.run(sink_store.main(int(sys.argv[2])))
