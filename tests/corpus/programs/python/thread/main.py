import threading


def work():
    raise ValueError("no weight")


worker = threading.Thread(target=work, name="worker")
worker.start()
worker.join()
raise SystemExit(1)
