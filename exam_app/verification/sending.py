"""Sending to an organisation's address: resolved, held against the rule, then connected to it.

The address that was looked at is the one connected to, so that a name which resolves to another
one a moment later leads nowhere else. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from exam_app.config import Config
from exam_app.core.errors import BadInput
from exam_app.verification import rules

STEP_SECONDS, WHOLE_SECONDS = 10, 20


@dataclass(frozen=True)
class Answer:
    """What came of one try: an HTTP status, or the code of why there is none."""

    status: int | None = None
    problem: str | None = None
    is_final: bool = False

    @property
    def is_good(self) -> bool:
        """Return whether the receiver took the message."""
        return self.problem is None


class _Connection(http.client.HTTPSConnection):
    """A connection to one checked address; the certificate is held against the host's name."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=STEP_SECONDS, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        """Connect to the checked address, never to what the name says by now."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def is_allowed() -> bool:
    """Return whether this installation sends anything to anybody (config ``webhooks``)."""
    return _config().webhooks


def check_target(url: str) -> None:
    """Pass an address that may be sent to now. Raises: BadInput."""
    host, port, _ = rules.check_url(url)
    _resolved(host, port)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Return what came of sending a message once; only 2xx is a success."""
    try:
        host, port, path = rules.check_url(url)
        address = _resolved(host, port)
    except BadInput as error:
        return Answer(problem=error.code)
    ca = _config().webhook_ca
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    connection = _Connection(host, port, address, context)
    watch = threading.Timer(WHOLE_SECONDS, _cut, (connection,))
    watch.daemon = True
    watch.start()
    try:
        fixed = {"Content-Type": "application/json", "User-Agent": "exam-webhook/1"}
        connection.request("POST", path, body, {**fixed, **headers})
        status = connection.getresponse().status
    except ssl.SSLError:
        return Answer(problem="webhook-tls")
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(problem="webhook-unreachable")
    finally:
        watch.cancel()
        connection.close()
    if 200 <= status < 300:
        return Answer(status)
    code = "webhook-redirect" if 300 <= status < 400 else "webhook-refused"
    return Answer(status, code, is_final=status == 410)


def _resolved(host: str, port: int) -> str:
    """Return an address of a host; every one of them must be one that may be sent to.

    Raises: BadInput: the name resolves to nothing, or to an address inside.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise BadInput("webhook-unresolved", field="url") from problem
    networks = [ipaddress.ip_network(each) for each in _config().webhook_networks]
    addresses = [ipaddress.ip_address(str(place[4][0]).partition("%")[0]) for place in found]
    if not addresses or not all(rules.may_send_to(each, networks) for each in addresses):
        raise BadInput("webhook-inside", field="url")
    return str(addresses[0])


def _cut(connection: _Connection) -> None:
    """End a connection whose other side only drips."""
    held = connection.sock
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _config() -> Config:
    config: Config = current_app.extensions["exam"]
    return config
