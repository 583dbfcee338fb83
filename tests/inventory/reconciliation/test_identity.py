"""Junk serial numbers and addresses that many devices share never make two devices one."""

import string
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from inventory.hardware_addresses import telling_mac
from inventory.intake.observed import JUNK_SERIALS, usable_serial
from inventory.models import Contradiction, Match, Proposal
from inventory.reconciliation.contradictions import _of_proposal

JUNK = sorted(JUNK_SERIALS - {""})
_junk = st.sampled_from(JUNK).flatmap(
    lambda word: st.sampled_from([word, word.upper(), word.title(), f" {word} ", f"{word}\0"])
)
_same = st.tuples(st.sampled_from(string.printable.strip()), st.integers(1, 30)).map(
    lambda one: one[0] * one[1]
)
_byte = st.integers(0, 255)


@given(st.one_of(_junk, _same, st.text(alphabet=" \t\0", max_size=5)))
def test_junk_is_nobodys_serial_number(text: str) -> None:
    assert usable_serial(text) is None


@given(st.text(alphabet=string.ascii_uppercase + string.digits, min_size=4, max_size=30))
def test_a_serial_number_tells_or_is_one_of_the_known_junk(text: str) -> None:
    junk = text.casefold() in JUNK_SERIALS or len(set(text)) == 1
    assert (usable_serial(text) is None) is junk


@given(st.lists(_byte, min_size=6, max_size=6))
def test_groups_and_local_addresses_are_nobodys(parts: list[int]) -> None:
    mac = bytes([parts[0] | 2, *parts[1:]]).hex()
    assert telling_mac(mac) is None
    mac = bytes([parts[0] | 1, *parts[1:]]).hex()
    assert telling_mac(mac) is None


@given(st.text(max_size=16))
def test_what_is_no_address_tells_nothing(text: str) -> None:
    known = telling_mac(text)
    assert known is None or (known == text and len(text) == 12)


def test_zeros_ones_and_shared_addresses_are_nobodys() -> None:
    for mac in ("0" * 12, "f" * 12, "00e04c680001", "001122334455", "00005e000101", "3c7c3f000000"):
        assert telling_mac(mac) is None
    assert telling_mac("3c7c3f123456") == "3c7c3f123456"


@given(st.one_of(_junk, _same), st.sampled_from(["0" * 12, "f" * 12, "024c00680001"]))
def test_a_find_that_tells_nothing_is_a_device_of_its_own(serial: str, mac: str) -> None:
    proposal = Proposal(
        id="p1",
        school_code="SCH-A",
        address="10.0.0.9",
        match=Match.new,
        serial=serial,
        mac=mac,
        first_found_at=datetime(2026, 9, 1, tzinfo=UTC),
        found_at=datetime(2026, 9, 1, tzinfo=UTC),
        how="snmp",
        protocol="snmp",
    )
    assert _of_proposal(proposal, None, {}).kind is Contradiction.unknown_device
