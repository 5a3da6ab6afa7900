"""OpenID Connect tokens as Google signs them, but with keys of our own, and a server of the certificates."""

import base64
import datetime as dt
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUDIENCE, ACCOUNT = "https://sink.example", "pusher@p.iam.gserviceaccount.com"


class Key:
    """A key pair and its self-signed certificate."""

    def __init__(self):
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(begin)
            .not_valid_after(begin + dt.timedelta(days=36_500))
            .sign(self._key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, text):
        return self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())


def claims(**changed):
    """Return the claims of a good token; None takes a claim away."""
    now = int(time.time())
    good = {"iss": "https://accounts.google.com", "aud": AUDIENCE, "email": ACCOUNT, "email_verified": True}
    made = {**good, "sub": "1", "iat": now - 60, "exp": now + 3_600, **changed}
    return {name: value for name, value in made.items() if value is not None}


def token(key, said=None, **header):
    """Return a token; `header` changes its header."""
    head = {"alg": "RS256", "typ": "JWT", "kid": "k1", **header}
    signed = b".".join(map(_part, (head, claims() if said is None else said)))
    return b".".join([signed, _base64(key.sign(signed))]).decode()


class Hmac:
    """Signs with a secret that everyone knows: the certificate itself."""

    def __init__(self, secret):
        self._secret = secret.encode()

    def sign(self, text):
        made = hmac.HMAC(self._secret, hashes.SHA256())
        made.update(text)
        return made.finalize()


class Unsigned:
    """Signs with nothing."""

    def sign(self, _):
        return b""


def _part(value):
    return _base64(json.dumps(value).encode())


def _base64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


ALWAYS = threading.Event()
ALWAYS.set()


@contextmanager
def certificates(known, max_age=3_600):
    """Serve certificates; yield the URL and the list of requests.

    `known` may change: `certs` that are None break the server, while `held` is an event it waits for that.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            known.get("held", ALWAYS).wait(20)
            body = json.dumps(known.get("certs")).encode()
            self.send_response(200 if known.get("certs") else 500)
            self.send_header("Cache-Control", f"public, max-age={max_age}, must-revalidate")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/certs", asked
    finally:
        server.shutdown()
        server.server_close()
