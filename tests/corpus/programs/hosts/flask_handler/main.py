import flask

app = flask.Flask(__name__)


@app.post("/scores")
def scores():
    return {"away": 1}["home"]


app.test_client().post("/scores")
