"""Our codec against pyasn1 and pysnmp, and against bytes nobody meant."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api, rfc1902

from drivers.base import Oid, Value
from drivers.plan import SnmpAccess
from drivers.snmp import ber
from drivers.snmp.ber import BerError
from drivers.snmp.message import (
    GET,
    GET_BULK,
    RESPONSE,
    TOO_BIG,
    Pdu,
    VarBind,
    build_response,
    decode_message,
    decode_varbinds,
    encode_message,
    encode_null_varbinds,
    encode_pdu,
    open_message,
    parse_request,
    peek_version,
    status_name,
)
from drivers.snmp.security import Authority, discovery, open_envelope, security_of

NUMBERS = st.integers(0, 2**32 - 1)
OIDS = st.builds(
    lambda first, second, rest: (first, second % 40 if first < 2 else second, *rest),
    st.integers(0, 2),
    st.integers(0, 47),
    st.lists(NUMBERS, max_size=40),
)
VALUES: dict[int, tuple[st.SearchStrategy[Any], Callable[[Any], Any]]] = {
    ber.INTEGER: (st.integers(-(2**31), 2**31 - 1), rfc1902.Integer32),
    ber.OCTET_STRING: (st.binary(max_size=300), rfc1902.OctetString),
    ber.OBJECT_IDENTIFIER: (OIDS, rfc1902.ObjectIdentifier),
    ber.IP_ADDRESS: (st.binary(min_size=4, max_size=4), rfc1902.IpAddress),
    ber.COUNTER32: (NUMBERS, rfc1902.Counter32),
    ber.GAUGE32: (NUMBERS, rfc1902.Gauge32),
    ber.TIME_TICKS: (NUMBERS, rfc1902.TimeTicks),
    ber.OPAQUE: (st.binary(max_size=40), rfc1902.Opaque),
    ber.COUNTER64: (st.integers(0, 2**64 - 1), rfc1902.Counter64),
}
TAGGED = st.sampled_from(sorted(VALUES)).flatmap(
    lambda tag: st.tuples(st.just(tag), VALUES[tag][0])
)
VARBINDS = st.lists(st.builds(lambda oid, tagged: (oid, *tagged), OIDS, TAGGED), max_size=30)
#: pyasn1 spends an octet more on these than X.690 8.3.2 allows.
WIDER_IN_PYASN1 = frozenset(-(1 << bits) for bits in (7, 15, 23, 31))
REQUEST_IDS = st.integers(0, 2**31 - 1)


def ask(kind: int, oids: list[Oid], request_id: int = 77, first: int = 0, second: int = 0) -> bytes:
    keys = map(ber.encode_oid, oids)
    pdu = encode_pdu(kind, request_id, first, second, encode_null_varbinds(keys))
    return encode_message(1, b"public", pdu)


@given(TAGGED)
@example((ber.INTEGER, -128))
@example((ber.INTEGER, -(2**31)))
def test_values_are_encoded_as_pysnmp_does(tagged: tuple[int, Value]) -> None:
    tag, value = tagged
    ours, theirs = ber.encode_value(tag, value), encoder.encode(VALUES[tag][1](value))
    if value in WIDER_IN_PYASN1:
        assert (len(ours) + 1, decoder.decode(ours)) == (len(theirs), decoder.decode(theirs))
    else:
        assert ours == theirs


@given(TAGGED)
def test_values_survive_a_round_trip(tagged: tuple[int, Value]) -> None:
    tag, value = tagged
    encoded = ber.encode_value(tag, value)
    found, start, stop = ber.read_tlv(encoded, 0, len(encoded))
    assert found == tag
    assert stop == len(encoded)
    assert ber.decode_value(tag, encoded[start:stop]) == value


@given(REQUEST_IDS, VARBINDS, st.integers(0, 18), st.integers(0, 30))
def test_pysnmp_reads_our_responses(
    request_id: int, varbinds: list[VarBind], status: int, index: int
) -> None:
    request = parse_request(ask(GET, [(1, 3)], request_id))
    datagram = build_response(request, varbinds, status, index)
    message, rest = decoder.decode(datagram, asn1Spec=api.v2c.Message())
    pdu = api.v2c.apiMessage.get_pdu(message)
    assert not rest
    assert api.v2c.apiPDU.get_request_id(pdu) == request_id
    assert api.v2c.apiPDU.get_error_status(pdu) == status
    found = api.v2c.apiPDU.get_varbinds(pdu)
    assert [tuple(oid) for oid, _ in found] == [oid for oid, _, _ in varbinds]
    for (_, theirs), (_, tag, ours) in zip(found, varbinds, strict=True):
        assert theirs == VALUES[tag][1](ours)


@given(REQUEST_IDS, VARBINDS)
def test_we_read_pysnmps_responses(request_id: int, varbinds: list[VarBind]) -> None:
    pdu = api.v2c.ResponsePDU()
    api.v2c.apiPDU.set_defaults(pdu)
    api.v2c.apiPDU.set_request_id(pdu, request_id)
    api.v2c.apiPDU.set_varbinds(
        pdu, [(rfc1902.ObjectName(oid), VALUES[tag][1](value)) for oid, tag, value in varbinds]
    )
    message = api.v2c.Message()
    api.v2c.apiMessage.set_defaults(message)
    api.v2c.apiMessage.set_community(message, "public")
    api.v2c.apiMessage.set_pdu(message, pdu)
    version, community, found = decode_message(encoder.encode(message))
    assert (version, community, found.type) == (1, b"public", RESPONSE)
    assert found.request_id == request_id
    assert found.varbinds() == varbinds


@given(VARBINDS, st.integers(0x40000000, 0x7FFFFFFF))
def test_the_quick_way_through_a_response_agrees_with_the_long_one(
    varbinds: list[VarBind], request_id: int
) -> None:
    datagram = build_response(parse_request(ask(GET, [(1, 3)], request_id)), varbinds, TOO_BIG, 3)
    version, pdu, first, last = open_message(datagram)
    decode_varbinds(datagram, first, last, pdu)
    assert (version, b"public", pdu) == decode_message(datagram)


@given(OIDS, st.integers(0, 127), st.integers(0, 127))
def test_an_agent_reads_what_a_manager_asks(oid: Oid, first: int, second: int) -> None:
    request = parse_request(ask(GET_BULK, [oid, (1, 3, 6)], 5, first, second))
    assert request.oids == (oid, (1, 3, 6))
    assert (request.non_repeaters, request.max_repetitions) == (first, second)


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (ber.COUNTER32, b"\xff\xff\xff\xff", 2**32 - 1),  # without the leading zero
        (ber.COUNTER64, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (ber.INTEGER, b"\x00\x00\x00\x05", 5),  # padded
        (ber.INTEGER, b"", 0),
        (ber.INTEGER, b"\xff", -1),
        (ber.OBJECT_IDENTIFIER, b"", (0, 0)),
        (ber.END_OF_MIB_VIEW, b"", None),
    ],
)
def test_sloppy_devices_are_understood(tag: int, content: bytes, value: Value | None) -> None:
    assert ber.decode_value(tag, content) == value
    varbind = ber.encode_tlv(0x30, ber.encode_oid((1, 3)) + ber.encode_tlv(tag, content))
    pdu = Pdu(RESPONSE, 1, 0, 0)
    decode_varbinds(varbind, 0, len(varbind), pdu)
    assert pdu.values == [value]
    assert pdu.exceptional == (value is None)


@pytest.mark.parametrize(
    ("tag", "value"),
    [(ber.COUNTER32, -1), (ber.OCTET_STRING, 5), (ber.INTEGER, b"5"), (0x99, 1)],
)
def test_a_value_that_does_not_go_with_its_tag_is_refused(tag: int, value: Value) -> None:
    with pytest.raises(BerError):
        ber.encode_value(tag, value)


@pytest.mark.parametrize("oid", [(1, 40), (3, 1), (1, 3, -1)])
def test_impossible_oids_are_refused(oid: Oid) -> None:
    with pytest.raises(BerError):
        ber.encode_oid(oid)


def test_statuses_have_the_names_of_the_standard() -> None:
    names = [status_name(number) for number in (0, 5, 18, 99)]
    assert names == ["noError", "genErr", "inconsistentName", "error 99"]


def readers() -> list[Callable[[bytes], object]]:
    user = security_of(SnmpAccess(version="3", user="plain"), Authority())

    def version3(data: bytes) -> object:
        _, start, end = peek_version(data)
        return user.open(data, open_envelope(data, start, end), 0.0)  # type: ignore[union-attr]

    def manager(data: bytes) -> object:
        _, pdu, first, last = open_message(data)
        decode_varbinds(data, first, last, pdu)
        return pdu.varbinds()

    return [manager, decode_message, parse_request, version3]


def mutated(data: bytes, chance: random.Random) -> bytes:
    octets = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(octets))
        match chance.randrange(4):
            case 0:
                octets[at] = chance.randrange(256)
            case 1:
                del octets[at : at + chance.randint(1, 8)]
            case 2:
                octets[at:at] = chance.randbytes(chance.randint(1, 8))
            case _:
                octets[at] ^= 1 << chance.randrange(8)
        if not octets:
            break
    return bytes(octets)


@settings(max_examples=60, deadline=None)
@given(VARBINDS, st.integers(0, 2**32))
def test_mutated_datagrams_raise_nothing_but_the_codecs_error(
    varbinds: list[VarBind], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (mutations, no secrets)
    request = parse_request(ask(GET, [(1, 3)], 0x40000001))
    for whole in (build_response(request, varbinds), discovery(7), ask(GET_BULK, [(1, 3, 6)])):
        for read in readers():
            for _ in range(20):
                try:
                    read(mutated(whole, chance))
                except BerError:
                    continue


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_the_codecs_error(data: bytes) -> None:
    for read in readers():
        try:
            read(data)
        except BerError:
            continue
