def check(rows):
    assert rows


check([])
