import contextlib
import threading
import time
import urllib.request


def wait():
    time.sleep(30)


def app(environ, start_response):
    wait()
    return []


def call():
    time.sleep(1)
    with contextlib.suppress(Exception):
        urllib.request.urlopen("http://127.0.0.1:8933/scores")


if threading.active_count() == 1:
    threading.Thread(target=call, daemon=True).start()
