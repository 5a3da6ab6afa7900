"""svcerrors.sink.oidc: only a token that Google signed, for us, for the account that may push, passes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.entries import entry, push
from support.tokens import ACCOUNT, AUDIENCE, Hmac, Key, Unsigned, certificates, claims, token
from svcerrors._errors import TokenForeign, TokenInvalid, TokenUndecided
from svcerrors.sink import oidc
from svcerrors.sink.oidc import PushToken
from svcerrors.sink.receive import Receiver
from svcerrors.sink.request import Incoming
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import open_warehouse

KEY, OTHER = Key(), Key()
NOW = int(time.time())


@pytest.fixture(scope="module")
def verifier():
    with certificates({"certs": {"k1": KEY.pem, "k2": OTHER.pem}}) as (url, _):
        yield PushToken(AUDIENCE, ACCOUNT, url)


def said(**changed):
    return token(KEY, claims(**changed))


def cut(whole, part):
    pieces = whole.split(".")
    pieces[part] = pieces[part][:-2]
    return ".".join(pieces)


INVALID = {
    "no header": "",
    "no token": "Bearer ",
    "another scheme": f"Basic {said()}",
    "no JWT": "Bearer abc",
    "two parts": "Bearer " + said().rpartition(".")[0],
    "a fourth part": f"Bearer {said()}.x",
    "signature cut": "Bearer " + cut(said(), 2),
    "payload cut": "Bearer " + cut(said(), 1),
    "payload of another token": "Bearer " + ".".join([*said().split(".")[:2], said(sub="2").split(".")[2]]),
    "signed with another key": f"Bearer {token(OTHER)}",
    "key id of another key": f"Bearer {token(KEY, kid='k2')}",
    "key id that nobody knows": f"Bearer {token(KEY, kid='k9')}",
    "no key id": f"Bearer {token(KEY, kid=None)}",
    "key id that is a list": f"Bearer {token(KEY, kid=['k1'])}",
    "alg none": f"Bearer {token(Unsigned(), alg='none')}",
    "alg None, signed": f"Bearer {token(KEY, alg='None')}",
    "HMAC with the certificate": f"Bearer {token(Hmac(KEY.pem), alg='HS256')}",
    "alg ES256": f"Bearer {token(KEY, alg='ES256')}",
    "alg that is a list": f"Bearer {token(KEY, alg=['RS256'])}",
    "expired": "Bearer " + said(exp=NOW - 60),
    "of tomorrow": "Bearer " + said(iat=NOW + 86_400, exp=NOW + 90_000),
    "without end": "Bearer " + said(exp=None),
    "end that is a text": "Bearer " + said(exp="never"),
    "without beginning": "Bearer " + said(iat=None),
    "another issuer": "Bearer " + said(iss="https://accounts.google.com.evil.example"),
    "Firebase's issuer": "Bearer " + said(iss="https://securetoken.google.com/p"),
    "no issuer": "Bearer " + said(iss=None),
    "claims that are a list": f"Bearer {token(KEY, ['https://accounts.google.com'])}",
    "bytes": "Bearer \xff\xfe.\x00.\x00",
}
FOREIGN = {
    "another audience": said(aud="https://other.example"),
    "no audience": said(aud=None),
    "several audiences": said(aud=[AUDIENCE, "https://other.example"]),
    "another account": said(email="someone@gmail.com"),
    "no account": said(email=None),
    "account unverified": said(email_verified=False),
    "account verified in words": said(email_verified="true"),
    "nothing about it": said(email_verified=None),
}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_passes(verifier, scheme):
    """Both of Google's issuers, with or without https."""
    verifier.verify(f"{scheme} {said()}")
    verifier.verify(f"{scheme} {said(iss='accounts.google.com')}")


@pytest.mark.parametrize("name", INVALID)
def test_what_google_did_not_sign_for_now_is_invalid(verifier, name):
    """Forged, damaged, expired, or from someone else."""
    with pytest.raises(TokenInvalid):
        verifier.verify(INVALID[name])


@pytest.mark.parametrize("name", FOREIGN)
def test_a_good_token_for_someone_else_is_foreign(verifier, name):
    """Google signed it; but not for us, or not for whom we trust."""
    with pytest.raises(TokenForeign):
        verifier.verify(f"Bearer {FOREIGN[name]}")


def test_certificates_are_fetched_once():
    """Neither good tokens nor forged key ids make us ask for each."""
    with certificates({"certs": {"k1": KEY.pem}}) as (url, asked):
        verifier = PushToken(AUDIENCE, ACCOUNT, url)
        for _ in range(5):
            verifier.verify(f"Bearer {said()}")
            with pytest.raises(TokenInvalid):
                verifier.verify(f"Bearer {token(KEY, kid='k9')}")

    assert len(asked) == 1


def test_a_new_key_is_learnt(monkeypatch):
    """Google changes its keys; an unknown key id is asked for."""
    monkeypatch.setattr(oidc, "_BETWEEN", 0.0)
    known = {"certs": {"k1": KEY.pem}}
    with certificates(known) as (url, _):
        verifier = PushToken(AUDIENCE, ACCOUNT, url)
        verifier.verify(f"Bearer {said()}")
        known["certs"] = {"k2": OTHER.pem}
        verifier.verify(f"Bearer {token(OTHER, kid='k2')}")
        with pytest.raises(TokenInvalid):
            verifier.verify(f"Bearer {said()}")


def test_an_outage_of_the_certificates_is_bridged(monkeypatch):
    """Known keys stay known while their server fails; without any nothing can be decided, and nobody passes."""
    monkeypatch.setattr(oidc, "_BETWEEN", 0.0)
    monkeypatch.setattr(oidc, "_AGAIN", 0.0)
    known = {}
    with certificates(known, max_age=0) as (url, _):
        verifier = PushToken(AUDIENCE, ACCOUNT, url)
        with pytest.raises(TokenUndecided):
            verifier.verify(f"Bearer {said()}")
        known["certs"] = {"k1": KEY.pem}
        verifier.verify(f"Bearer {said()}")
        known["certs"] = None
        verifier.verify(f"Bearer {said()}")


def test_one_asks_for_certificates_and_the_others_go_on(monkeypatch):
    """While their server hangs, a known key is good at once for all but the one who asks."""
    monkeypatch.setattr(oidc, "_BETWEEN", 0.0)
    known = {"certs": {"k1": KEY.pem}}
    with certificates(known, max_age=0) as (url, asked), ThreadPoolExecutor(1) as pool:
        verifier = PushToken(AUDIENCE, ACCOUNT, url)
        verifier.verify(f"Bearer {said()}")
        known["held"] = threading.Event()
        asking = pool.submit(verifier.verify, f"Bearer {said()}")
        while len(asked) < 2:
            time.sleep(0.001)
        for _ in range(5):
            verifier.verify(f"Bearer {said()}")
        is_done = asking.done()
        known["held"].set()
        asking.result(5)

    assert (is_done, len(asked)) == (False, 2)


@pytest.fixture
def receiver(tmp_path, verifier):
    store = open_warehouse(f"duckdb:{tmp_path}/w")
    store.apply()
    settings = Settings(
        f"duckdb:{tmp_path}/w", audience=AUDIENCE, account=ACCOUNT, subscription="projects/p/subscriptions/s"
    )
    return Receiver(settings, store, verifier)


def answered(receiver, authorization, body):
    return receiver.answer(Incoming("POST", "/", {"authorization": authorization}, body, len(body)))


@pytest.mark.parametrize(("name", "status"), [*((name, 401) for name in INVALID), *((name, 403) for name in FOREIGN)])
def test_no_forged_token_stores_anything(receiver, name, status):
    """401 or 403, no word of the token in the answer, no row, nothing in quarantine."""
    authorization = INVALID.get(name, f"Bearer {FOREIGN.get(name)}")

    answer = answered(receiver, authorization, push(entry()))

    assert answer.status == status
    assert answer.text in {"not authenticated", "not authorized"}
    assert "rows stored" not in receiver.own.counts()


def test_a_good_token_of_another_subscription_stores_nothing(receiver):
    """403; the same push from the right subscription is stored."""
    body = push(entry())

    assert answered(receiver, f"Bearer {said()}", body.replace(b"subscriptions/s", b"subscriptions/t")).status == 403
    assert "rows stored" not in receiver.own.counts()
    assert answered(receiver, f"Bearer {said()}", body).status == 204
    assert receiver.own.counts()["rows stored"] == 1


def test_only_who_may_push_may_ask_for_a_heartbeat(receiver, capfd):
    """The schedule calls with the token of the push's account; anyone else gets no line out of it."""
    for authorization, status in ((f"Bearer {said()}", 200), ("", 401), (f"Bearer {FOREIGN['another audience']}", 403)):
        asked = Incoming("POST", "/heartbeat", {"authorization": authorization}, b"", 0)
        assert receiver.answer(asked).status == status
    assert len(capfd.readouterr().out.splitlines()) == 1


def test_without_certificates_a_push_comes_again(tmp_path, monkeypatch):
    """503, not 401: the token may be good."""
    monkeypatch.setattr(oidc, "_AGAIN", 0.0)
    known = {}
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    with certificates(known) as (url, _):
        receiver = Receiver(Settings(where), token=PushToken(AUDIENCE, ACCOUNT, url))
        assert answered(receiver, f"Bearer {said()}", push(entry())).status == 503
        known["certs"] = {"k1": KEY.pem}
        assert answered(receiver, f"Bearer {said()}", push(entry())).status == 204

    rows = open_warehouse(where).query("SELECT error_type FROM service_errors ORDER BY 1").rows
    assert rows == [("ValueError",), ("svcerrors._errors.TokenUndecided",)]
