"""A job whose worker thread crashes; the job notices and exits 1."""

import sys
import threading

import svcerrors

svcerrors.init()

done = []


def predict(games):
    """Predict each game."""
    for game in games:
        weight = 1 / game["coverage"]
        done.append(weight)


if __name__ == "__main__":
    worker = threading.Thread(target=predict, args=([{"coverage": 0.7}, {"coverage": 0}],))
    worker.start()
    worker.join()
    sys.exit(0 if len(done) == 2 else 1)
