"""Rules of verification: limits, what a row comes to, tokens, addresses, signed messages."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from exam_app.certificates.rules import check_number, signed_name
from exam_app.core.errors import BadInput
from exam_app.verification.terms import STANDING, Outcome

# One file, one call of the interface.
MAX_ROWS = 10_000
MAX_FILES = 2_000
MAX_FILE_BYTES = 60 * 2**20
MAX_PICTURE_BYTES = 20 * 2**20
MAX_CALL_BYTES = 2**21
MAX_CALL_ROWS = 1_000
PAGE_SIZE, MAX_PAGE_SIZE = 100, 500
# Rows by number and name that match nothing: so many a day for one organisation.
MISSES_A_DAY = 1_000
BATCHES_A_DAY = 50
CALLS_A_MINUTE = 60
WRONG_TOKENS, WRONG_TOKEN_MINUTES = 30, 15
FILE_DAYS, ROW_DAYS = 7, 90
ANSWER_HOURS = 24
TOKEN_MARK = "exam_"  # noqa: S105 - what a token begins with, so that a leaked one is recognised
TOKEN_DAYS = (30, 90, 180, 365)
SECRET_MARK = "whsec_"  # noqa: S105 - what a secret begins with
EXPIRING_DAYS = 90
# Waits before the tries of one message after the first, in minutes.
WAITS = (1, 5, 30, 120, 360, 1440)
REPLAY_SECONDS = 300
MAX_URL = 400
# Reasons of a verifier without a network that the file answers, and those it cannot.
ANSWERED = frozenset({"status-unknown", "issue-unproved", "not-on-file"})
DOUBTS = frozenset({"keys-stale"})
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,80}")
# 15 or 18 places: the lengths of an ID number; a certificate number has 17. One of 18 with signs
# between its places is known by its date of birth.
_SIGNS = r"[\W_]{0,2}"
_BORN = ("(?:1#[89]|2#0)", "[0-9]", "[0-9]", "(?:0#[1-9]|1#[0-2])", "(?:0#[1-9]|[12]#[0-9]|3#[01])")
_APART = "#".join([*["[0-9]"] * 6, *_BORN, *["[0-9]"] * 3, "[0-9Xx]"]).replace("#", _SIGNS)
_WHOLE = "(?<![0-9])[0-9]{14}(?:[0-9]{3})?[0-9Xx]"
_ID_LIKE = re.compile(f"(?:{_WHOLE}|{_APART})(?![0-9])")
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/23"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


# ---- rows 行


def standing(found: str, on_file: str | None, *, doubted: bool = False) -> Outcome:
    """Return what a record comes to, from its own verdict and its state on file.

    Args:
        found: verdict of a verifier that knows no status: ``status-unknown`` where the
            signature and the dates hold.
        on_file: state of the certificate whose record this exactly is; None: there is none.
        doubted: something else speaks against it, such as keys past their time.
    """
    if found == Outcome.REFUSED:
        return Outcome.REFUSED
    if on_file in STANDING:
        return Outcome(on_file)
    if on_file != "valid" or doubted:
        return Outcome.STATUS_UNKNOWN
    return Outcome.VALID if found == Outcome.STATUS_UNKNOWN else Outcome(found)


def asked_number(text: str) -> str:
    """Return a certificate number as it is looked up. Raises: BadInput: a typing error."""
    return check_number(text)


def asked_name(text: str) -> str:
    """Return a name as it is compared; "" where no certificate could bear it."""
    name = signed_name(text.strip())
    return name if name and len(name) <= 60 and is_plain(name) else ""


def is_plain(text: str) -> bool:
    """Return whether a text has nothing but characters that can be stored and shown."""
    return not any(unicodedata.category(each) in {"Cc", "Cs"} for each in text)


def shown_text(text: str, longest: int) -> str:
    """Return what came in as it may be kept: plain, cut, and with ID numbers masked."""
    plain = "".join(each if is_plain(each) else "�" for each in text)
    wide = unicodedata.normalize("NFKC", plain)
    hidden = _ID_LIKE.sub(lambda found: "*" * (len(found[0]) - 4) + found[0][-4:], wide)
    return (plain if hidden == wide else hidden)[:longest]


# ---- tokens and calls 令牌与调用


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return TOKEN_MARK + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what is kept of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def check_idempotency_key(key: str) -> str:
    """Return the key of a call that may be repeated. Raises: BadInput."""
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadInput("idempotency-key-bad", field="Idempotency-Key")
    return key


# ---- addresses of organisations 推送地址


def check_url(url: str) -> tuple[str, int, str]:
    """Return host, port and path of an address messages are sent to.

    Raises: BadInput: it is not https, names a user, a bare address or a port of another service.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port or 443
    except (ValueError, UnicodeError) as problem:
        raise BadInput("webhook-url", field="url") from problem
    whole = len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url
    if not whole or parts.scheme != "https" or not host or "@" in parts.netloc or parts.fragment:
        raise BadInput("webhook-url", field="url")
    if _is_address(host) or (port != 443 and port < 1024):
        raise BadInput("webhook-url", field="url")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, port, path


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit() or host.lower().startswith("0x")
    return True


def may_send_to(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Return whether an address is a public one, in whatever form it hides (SSRF, ASVS 1.3.6).

    Source: RFC 6890; private, loopback, link-local, shared, mapped, tunnelled: none of them.
    """
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address in _GLOBAL_V6 and not any(address in tunnel for tunnel in _TUNNELS)


# ---- signed messages 推送签名


def new_secret() -> str:
    """Return a fresh secret that messages of one organisation are signed with."""
    return SECRET_MARK + secrets.token_urlsafe(32)


def signature(secret: str, at: dt.datetime, body: bytes) -> str:
    """Return the header value of a signed message: its time and the HMAC over time and body."""
    moment = int(at.timestamp())
    code = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={code.hexdigest()}"


def is_signed(secret: str, header: str, body: bytes, *, at: dt.datetime) -> bool:
    """Return whether a message is ours and not an old one sent again; what receivers do.

    Older than ``REPLAY_SECONDS``, or that far ahead, is refused.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment = parts.get("t", "")
    if not (moment.isascii() and moment.isdigit()) or len(moment) > 12:
        return False
    if abs(at.timestamp() - int(moment)) > REPLAY_SECONDS:
        return False
    wanted = signature(secret, dt.datetime.fromtimestamp(int(moment), dt.UTC), body)
    return hmac.compare_digest(wanted, f"t={moment},v1={parts.get('v1', '')}")


def next_try(attempts: int, at: dt.datetime) -> dt.datetime | None:
    """Return when a message is tried again after so many tries; None: no more."""
    if attempts > len(WAITS):
        return None
    return at + dt.timedelta(minutes=WAITS[attempts - 1])
