"""What a record comes to, addresses inside and outside, signed messages, ID numbers masked."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.errors import BadInput
from exam_app.verification import rules
from exam_app.verification.terms import Outcome
from tests.factories.people import id_number

AT = dt.datetime(2025, 3, 10, 1, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("found", "on_file", "outcome"),
    [
        ("status-unknown", "valid", Outcome.VALID),
        ("status-unknown", None, Outcome.STATUS_UNKNOWN),
        ("status-unknown", "intended", Outcome.STATUS_UNKNOWN),
        ("status-unknown", "something-new", Outcome.STATUS_UNKNOWN),
        ("expired", "valid", Outcome.EXPIRED),
        ("expired", "revoked", Outcome.REVOKED),
        ("not-yet-valid", "valid", Outcome.NOT_YET_VALID),
        ("status-unknown", "revoked", Outcome.REVOKED),
        ("status-unknown", "suspended", Outcome.SUSPENDED),
        ("status-unknown", "replaced", Outcome.REPLACED),
        ("refused", "valid", Outcome.REFUSED),
    ],
)
def test_only_a_good_record_on_file_is_valid(
    found: str, on_file: str | None, outcome: Outcome
) -> None:
    """The state on file wins over dates, a refusal over all; what is not known is not valid."""
    assert rules.standing(found, on_file) is outcome
    if outcome is Outcome.VALID:
        assert rules.standing(found, on_file, doubted=True) is Outcome.STATUS_UNKNOWN


INSIDE = (
    "127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::808:808",
    "2002:7f00:1::1", "2002:0808:0808::1", "2001:0:7f00:1::1", "2001:db8::1", "fec0::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_sent_to(address: str) -> None:
    """Private, loopback, link-local, shared, mapped, translated, tunnelled: all refused."""
    assert not rules.may_send_to(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_public_addresses_are_sent_to(address: str) -> None:
    """What the internet routes may be sent to; a network opened by name too."""
    assert rules.may_send_to(ipaddress.ip_address(address))
    opened = [ipaddress.ip_network("127.0.0.0/8")]
    assert rules.may_send_to(ipaddress.ip_address("127.0.0.1"), opened)
    assert not rules.may_send_to(ipaddress.ip_address("::1"), opened)


@pytest.mark.parametrize(
    "url",
    [
        "http://hr.example.com/hook", "ftp://hr.example.com/", "https://", "hr.example.com",
        "https://user:word@hr.example.com/", "https://hr.example.com/#x", "https://10.0.0.1/",
        "https://[::1]/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
        "https://hr.example.com:22/", "https://hr.example.com:99999/", "https://a b.example/",
        "https://hr.example.com/\r\nX: y", "https://hr.example.com/" + "x" * 400,
    ],
)  # fmt: skip
def test_addresses_are_https_names(url: str) -> None:
    """No other scheme, user, bare address, port of another service, or line of its own."""
    with pytest.raises(BadInput):
        rules.check_url(url)


def test_a_good_address_is_taken_apart() -> None:
    """Host, port, path with its query."""
    taken = rules.check_url("https://HR.example.com:8443/hook?a=1")
    assert taken == ("hr.example.com", 8443, "/hook?a=1")


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(-900, 900))
def test_a_message_is_ours_fresh_and_unchanged(body: bytes, other: bytes, seconds: int) -> None:
    """The signature holds for the body and the secret alone, within the window."""
    header = rules.signature("secret", AT, body)
    later = AT + dt.timedelta(seconds=seconds)
    fresh = abs(seconds) <= rules.REPLAY_SECONDS
    assert rules.is_signed("secret", header, body, at=later) is fresh
    assert rules.is_signed("secret", header, other, at=AT) is (other == body)
    assert not rules.is_signed("other", header, body, at=AT)


@pytest.mark.parametrize("header", ["", "t=,v1=", "t=x,v1=y", "v1=0", "t=1" + "0" * 20, "t=١,v1=a"])
def test_what_is_no_signature_is_refused(header: str) -> None:
    """A header of another shape is refused and never an error."""
    assert not rules.is_signed("secret", header, b"", at=AT)


def test_messages_are_tried_again_for_a_day_and_more() -> None:
    """Six more tries, each later than the one before, then no more."""
    moments = [rules.next_try(attempt, AT) for attempt in range(1, 8)]
    assert moments[-1] is None
    kept = [moment for moment in moments if moment is not None]
    assert kept == sorted(kept)
    assert kept[-1] == AT + dt.timedelta(days=1)


@given(st.integers(0, 10**6))
def test_no_id_number_is_kept(number: int) -> None:
    """Typed into any column, in whatever width, an ID number is masked before it is stored."""
    whole = id_number(number)
    wide = "".join(chr(ord(each) + 0xFEE0) for each in whole)
    for written in (whole, wide, whole.lower()):
        kept = rules.shown_text(f"名单 {written} 号", 200)
        assert whole[:-4] not in kept
        assert wide[:-4] not in kept
    apart = [f"{whole[:6]}{sign}{whole[6:14]}{sign}{whole[14:]}" for sign in (" ", "-", "－", "_")]
    for written in (*apart, f"zhangsan{whole}", f"1-{whole}a.pdf", " ".join(whole)):
        kept = rules.shown_text(written, 200)
        assert whole[6:14] not in kept.replace(" ", "")
        assert "*" * 10 in kept
    assert whole[6:14] not in rules.shown_text("名" * 40 + whole, 57)
    assert len(rules.shown_text(whole * 9, 60)) == 60


def test_a_certificate_number_is_kept() -> None:
    """17 places are no ID number."""
    for number in ("23070020251000016.pdf", "2307 0020 2510 00016", "230700-2025-1-01231-6"):
        assert rules.shown_text(number, 60) == number
