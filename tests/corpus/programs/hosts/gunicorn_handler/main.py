import contextlib
import threading
import time
import urllib.request


def score(name):
    return {"away": 1}[name]


def app(environ, start_response):
    return [score("home")]


def call():
    time.sleep(2)
    with contextlib.suppress(Exception):
        urllib.request.urlopen("http://127.0.0.1:8932/scores")


threading.Thread(target=call, daemon=True).start()
