def connect():
    raise OSError("no route to the database")


async def app(scope, receive, send):
    await receive()
    connect()
