import os
import threading
import time
import urllib.request

import uvicorn


def score(name):
    return {"away": 1}[name]


async def app(scope, receive, send):
    if scope["type"] == "http":
        score("home")


def call():
    time.sleep(1)
    try:
        urllib.request.urlopen("http://127.0.0.1:8931/scores")
    except OSError:
        os._exit(1)


threading.Thread(target=call).start()
uvicorn.run(app, port=8931, lifespan="off", log_level="error")
