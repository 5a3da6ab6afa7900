weights = {"home": 1,
           "away" 2}
