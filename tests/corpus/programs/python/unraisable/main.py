class Client:
    def __del__(self):
        raise OSError("already closed")


client = Client()
del client
raise SystemExit(1)
