from shared import sums


def orchestrate(game):
    return sums.total(game)


orchestrate({"home": 1})
