import faulthandler
import os

faulthandler.enable()


def crash():
    os.abort()


crash()
