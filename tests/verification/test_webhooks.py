"""Changes pushed to organisations: signed, to public https alone, tried again, logged."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select

from exam_app.config import Config
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, Missing, RuleBroken
from exam_app.verification import queries, rules, sending, service
from exam_app.verification.models import Webhook, WebhookDelivery
from exam_app.verification.terms import DeliveryState
from tests.certificates.test_final import in_sql
from tests.conftest import Clock
from tests.verification.world import World, make_world, work_off


class Receiver:
    """A real https server of an organisation, on this machine."""

    def __init__(self, folder: Path) -> None:
        self.status, self.location = 200, ""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.ca = folder / "ca.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate(folder))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """The address to send to."""
        return f"https://localhost:{self.server.server_port}/hook"

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def _certificate(self, folder: Path) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        pem = made.public_bytes(serialization.Encoding.PEM)
        self.ca.write_bytes(pem)
        whole = folder / "server.pem"
        whole.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + pem
        )
        return whole


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Return a receiver that runs for all tests."""
    receiver = Receiver(tmp_path_factory.mktemp("tls"))
    yield receiver
    receiver.close()


@pytest.fixture
def receiver(served: Receiver) -> Receiver:
    """Return the receiver as new."""
    served.status, served.location = 200, ""
    served.got.clear()
    return served


@pytest.fixture
def sending_app(app: Flask, receiver: Receiver) -> Iterator[Flask]:
    """Return an application whose authority allows messages; this machine counts as outside."""
    closed: Config = app.extensions["exam"]
    networks = ("127.0.0.0/8", "::1/128")
    app.extensions["exam"] = replace(
        closed, webhooks=True, webhook_networks=networks, webhook_ca=receiver.ca
    )
    yield app
    app.extensions["exam"] = closed


@pytest.fixture
def told(sending_app: Flask) -> World:
    """Return two enterprises under an authority that allows messages."""
    return make_world()


def put(world: World, receiver: Receiver) -> str:
    """Set the receiver as the enterprise's address and return the secret."""
    with transaction():
        _, secret = service.set_webhook(receiver.url, purpose="人事系统", actor=world.actor)
    return secret


def log(world: World) -> list[WebhookDelivery]:
    """Return the messages of the enterprise, the oldest first."""
    session().rollback()
    return list(reversed(queries.deliveries_of(world.enterprise_id)))


def test_a_revocation_arrives_signed(told: World, receiver: Receiver, clock: Clock) -> None:
    """First a trial, then the change: number and state, signed, fresh; never a name."""
    secret = put(told, receiver)
    work_off()
    told.revoke(0)
    work_off()
    (ping_headers, ping), (headers, body) = receiver.got
    assert json.loads(ping)["type"] == "ping"
    said: dict[str, Any] = json.loads(body)
    assert (said["type"], said["certificate"]["number"]) == ("certificate.revoked", told.numbers[0])
    assert (said["certificate"]["state"], headers["Exam-Event"]) == ("revoked", said["type"])
    assert headers["Exam-Delivery"] == said["id"]
    assert rules.is_signed(secret, headers["Exam-Signature"], body, at=clock.at)
    assert not rules.is_signed(secret, ping_headers["Exam-Signature"], body, at=clock.at)
    later = clock.at + dt.timedelta(seconds=rules.REPLAY_SECONDS + 1)
    assert not rules.is_signed(secret, headers["Exam-Signature"], body, at=later)
    assert told.names[0].encode() not in body
    assert [each.state for each in log(told)] == [DeliveryState.DELIVERED] * 2
    held = session().scalars(select(Webhook)).one()
    assert secret.encode() not in held.secret
    in_sql("UPDATE certificate SET state = 'valid', status_index = (status_index + 7) % 131072")
    with transaction():
        service.resend(log(told)[-1], actor=told.actor)
    work_off()
    assert json.loads(receiver.got[-1][1])["certificate"] == said["certificate"]


def test_what_is_not_taken_is_tried_again(told: World, receiver: Receiver, clock: Clock) -> None:
    """Each wait is kept; another worker loses nothing; after the last try it has failed."""
    put(told, receiver)
    receiver.status, receiver.location = 307, receiver.url
    work_off()
    work_off()
    (message,) = log(told)
    assert (message.attempts, message.status, message.problem) == (1, 307, "webhook-redirect")
    assert len(receiver.got) == 1  # it is not followed
    receiver.status, receiver.location = 500, ""
    assert message.next_at == clock.at + dt.timedelta(minutes=1)
    for minutes in rules.WAITS[:2]:
        clock.forward(minutes=minutes)
        work_off()
    assert (log(told)[0].attempts, log(told)[0].problem) == (3, "webhook-refused")
    receiver.status = 204
    clock.forward(minutes=rules.WAITS[2])
    work_off()
    (message,) = log(told)
    assert (message.state, message.attempts) == (DeliveryState.DELIVERED, 4)
    assert len({headers["Exam-Delivery"] for headers, _ in receiver.got}) == 1
    receiver.status = 410
    with transaction():
        service.resend(log(told)[0], actor=told.actor)
    work_off()
    assert [each.state for each in log(told)] == [DeliveryState.DELIVERED, DeliveryState.FAILED]


def test_a_stranger_is_told_nothing(told: World, receiver: Receiver) -> None:
    """Changes of other enterprises' people go nowhere; messages of others are not there."""
    with transaction():
        service.set_webhook(receiver.url, purpose="核验", actor=told.other)
    work_off()
    told.revoke(0)
    work_off()
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["ping"]
    (message,) = session().scalars(select(WebhookDelivery))
    with pytest.raises(Missing):
        queries.get_delivery(message.id, told.enterprise_id)
    with pytest.raises(Missing), transaction():
        service.resend(message, actor=told.actor)
    webhook = session().scalars(select(Webhook)).one()
    with pytest.raises(Exception, match="own_org"), transaction():
        service.end_webhook(webhook, actor=told.actor)


def test_an_ended_address_is_sent_nothing(told: World, receiver: Receiver) -> None:
    """What waited is given up; a new address ends the one before it."""
    put(told, receiver)
    with transaction():
        webhook = queries.webhook_of(told.enterprise_id)
        assert webhook is not None
        service.end_webhook(webhook, actor=told.actor)
    work_off()
    assert receiver.got == []
    assert [each.problem for each in log(told)] == ["webhook-ended"]

    def undone() -> None:
        with transaction():
            told.revoke(0)
            raise RuntimeError("undone")

    put(told, receiver)
    put(told, receiver)
    with pytest.raises(RuntimeError):
        undone()
    assert len(log(told)) == 3  # the message is part of the change
    standing = [each for each in session().scalars(select(Webhook)) if each.ended_at is None]
    assert len(standing) == 1


def test_off_means_off(world: World) -> None:
    """Unless the authority allows it nothing is set, written or sent."""
    with pytest.raises(RuleBroken), transaction():
        service.set_webhook("https://hr.example.com/", purpose="核验", actor=world.actor)
    world.revoke(0)
    assert session().scalars(select(WebhookDelivery)).all() == []


@pytest.fixture
def rule(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Return a maker of bare applications that know nothing but their configuration."""

    def make(**over: Any) -> Flask:
        app = Flask("rule")
        app.extensions["exam"] = Config(tmp_path, "sqlite://", webhooks=True, **over)
        return app

    return make


def resolving(*addresses: str) -> Callable[..., list[Any]]:
    """Return a resolver that answers every name with these addresses."""

    def resolve(host: str, port: int, **_: object) -> list[Any]:
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (kinds[ipaddress.ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    return resolve


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:192.168.0.1",), ("169.254.169.254",), ()],
)
def test_names_that_lead_inside_are_refused(
    rule: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    """One address inside is enough; asked when the address is set and again at each try."""
    monkeypatch.setattr(socket, "getaddrinfo", resolving(*addresses))
    with rule().app_context():
        with pytest.raises(BadInput):
            sending.check_target("https://hr.example.com/hook")
        answer = sending.post("https://hr.example.com/hook", b"{}", {})
        assert answer.problem == "webhook-inside"


def test_the_checked_address_is_the_one_connected_to(
    rule: Callable[..., Flask], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves inside a moment later changes nothing: it is asked once."""
    asked: list[str] = []
    outside, inside = resolving("127.0.0.1"), resolving("10.9.9.9")
    real = socket.getaddrinfo

    def turning(host: str, port: int, **more: Any) -> list[Any]:
        if host != "localhost":
            return list(real(host, port, **more))
        asked.append(host)
        return (outside if len(asked) == 1 else inside)(host, port)

    def getaddrinfo(host: str, port: int, *given: Any, **more: Any) -> list[Any]:
        return turning(host, port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    app = rule(webhook_networks=("127.0.0.0/8",), webhook_ca=receiver.ca)
    with app.app_context():
        assert sending.post(receiver.url, b"{}", {}).is_good
    assert asked == ["localhost"]
    with app.app_context():
        assert sending.post(receiver.url, b"{}", {}).problem == "webhook-inside"


def test_a_certificate_nobody_vouches_for_is_refused(
    rule: Callable[..., Flask], receiver: Receiver
) -> None:
    """Without the authority that signed it the connection is not made; closed ports are told."""
    with rule(webhook_networks=("127.0.0.0/8", "::1/128")).app_context():
        assert sending.post(receiver.url, b"{}", {}).problem == "webhook-tls"
        assert receiver.got == []
        gone = sending.post("https://localhost:1025/", b"{}", {})
        assert gone.problem == "webhook-unreachable"
