def total(game):
    return game["home"] + game["away"]
