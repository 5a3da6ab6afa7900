import pytest

from svcerrors._runtime import Runtime, identify


@pytest.mark.parametrize(
    ("environ", "runtime"),
    [
        ({}, Runtime()),
        ({"K_SERVICE": "orders", "K_REVISION": "orders-7"}, Runtime("orders", "orders-7", managed=True)),
        (
            {"CLOUD_RUN_JOB": "load", "CLOUD_RUN_EXECUTION": "load-x", "CLOUD_RUN_TASK_INDEX": "0"},
            Runtime("load", execution="load-x", task_index=0, managed=True),
        ),
        (
            {"CLOUD_RUN_WORKER_POOL": "pull", "CLOUD_RUN_WORKER_POOL_REVISION": "pull-2"},
            Runtime("pull", "pull-2", managed=True),
        ),
        ({"FUNCTION_TARGET": "handler", "GCP_PROJECT": "p"}, Runtime("handler", project="p")),
        ({"SVCERRORS_SERVICE": "mine", "K_SERVICE": "orders"}, Runtime("mine", managed=True)),
        ({"GIT_SHA": "2", "SVCERRORS_RELEASE": "1", "ENV": "test"}, Runtime(release="1", environment="test")),
        ({"K_SERVICE": " ", "CLOUD_RUN_TASK_INDEX": "x"}, Runtime()),
    ],
)
def test_who_a_program_is(environ, runtime):
    """From its environment alone."""
    assert identify(environ) == runtime
