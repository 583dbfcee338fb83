"""SNMPv1 and v2c messages and the PDUs all versions share (RFC 1157, 1901, 3416); both roles.

The manager builds requests and reads responses; the simulator's agents read requests
(:func:`parse_request`) and build responses (:func:`build_response`). Version 3 wraps the same
PDUs, see :mod:`drivers.snmp.security`.

Decoded variable bindings stay three parallel lists, and OIDs stay bytes ("keys", an OID with
tag and length): most of a manager's time goes into them, and most keys are only ever compared.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from drivers.base import Oid, Value
from drivers.snmp.ber import (
    ABSENT,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    UNSIGNED,
    BerError,
    decode_oid,
    decode_value,
    encode_integer,
    encode_oid,
    encode_tlv,
    encode_value,
    expect,
    read_integer,
    read_string,
    read_tlv,
)

V1: Final = 0
V2C: Final = 1
V3: Final = 3

GET: Final = 0xA0
GET_NEXT: Final = 0xA1
RESPONSE: Final = 0xA2
SET: Final = 0xA3
GET_BULK: Final = 0xA5
REPORT: Final = 0xA8

_LONG_FORM: Final = 0x80
_NEGATIVE: Final = 0x80
_LONGEST_INTEGER: Final = 9

#: One variable binding as callers write it: OID, tag, value.
VarBind: TypeAlias = tuple[Oid, int, Value | None]


#: error-status of RFC 3416 section 3, by number, under the names people know from their tools.
_STATUS_NAMES: Final = (
    *("noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess"),
    *("wrongType", "wrongLength", "wrongEncoding", "wrongValue", "noCreation"),
    *("inconsistentValue", "resourceUnavailable", "commitFailed", "undoFailed"),
    *("authorizationError", "notWritable", "inconsistentName"),
)
NO_ERROR: Final = 0
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
GEN_ERR: Final = 5
NO_ACCESS: Final = 6
AUTHORIZATION_ERROR: Final = 16


def status_name(status: int) -> str:
    """The name of an error-status, or ``error 99`` for one nobody defined."""
    return _STATUS_NAMES[status] if 0 <= status < len(_STATUS_NAMES) else f"error {status}"


#: The heads of nearly every response: up to the community's length, and from the PDU on. That
#: its list of variable bindings ends with the datagram vouches for the lengths skipped here.
_LENGTH: Final = rb"(?:\x82..|\x81.|[\x00-\x7f])"
_USUAL_HEAD: Final = re.compile(
    rb"\x30" + _LENGTH + rb"\x02\x01([\x00\x01])\x04([\x00-\x7f])", re.DOTALL
)
_USUAL_RESPONSE: Final = re.compile(
    rb"\xa2" + _LENGTH + rb"\x02\x04([\x40-\x7f]...)\x02\x01([\x00-\x7f])\x02\x01([\x00-\x7f])"
    rb"\x30(?:\x82(..)|\x81(.)|([\x00-\x7f]))",
    re.DOTALL,
)


@dataclass(slots=True)
class Pdu:
    """A decoded PDU: its variable bindings as parallel lists.

    Args:
        keys: OIDs with tag and length, as they came.
        exceptional: some tag is NULL, noSuchObject, noSuchInstance or endOfMibView.
        size: octets of the variable bindings.
        attempts: requests it took to get it.
    """

    type: int
    request_id: int
    error_status: int
    error_index: int
    keys: list[bytes] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    values: list[Value | None] = field(default_factory=list)
    exceptional: bool = False
    size: int = 0
    attempts: int = 1

    def varbinds(self) -> list[VarBind]:
        """The variable bindings with decoded OIDs."""
        return list(zip(map(decode_oid, self.keys), self.tags, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Request:
    """What a manager asked, as an agent sees it (v1 and v2c).

    ``non_repeaters`` and ``max_repetitions`` are 0 unless ``pdu_type`` is ``GET_BULK``.
    """

    version: int
    community: bytes
    pdu_type: int
    request_id: int
    non_repeaters: int
    max_repetitions: int
    oids: tuple[Oid, ...]


# --- decoding ----------------------------------------------------------------------------


def decode_varbinds(data: bytes, position: int, end: int, pdu: Pdu) -> None:
    """Append the variable bindings between ``position`` and ``end`` to ``pdu``.

    The first branch is what devices send: every length in one octet. The rest goes the long
    way. Whatever is inconsistent ends in :class:`BerError`, and ``pdu`` is then of no use.
    """
    pdu.size += end - position
    add_key = pdu.keys.append
    add_tag = pdu.tags.append
    add_value = pdu.values.append
    from_bytes = int.from_bytes
    try:
        while position < end:
            start = position + 2
            size = data[position + 1]
            middle = start + 2 + data[position + 3]
            length = data[middle + 1]
            following = start + size
            if (
                middle + 2 + length == following
                and data[position] == SEQUENCE
                and data[start] == OBJECT_IDENTIFIER
                and size < _LONG_FORM
            ):
                tag = data[middle]
                if tag in UNSIGNED and 0 < length <= _LONGEST_INTEGER:
                    if length == 1:
                        add_value(data[middle + 2])
                    else:
                        add_value(from_bytes(data[middle + 2 : following], "big"))
                elif tag == INTEGER and length == 1 and data[middle + 2] < _NEGATIVE:
                    add_value(data[middle + 2])
                else:
                    add_value(decode_value(tag, data[middle + 2 : following]))
                    if tag in ABSENT:
                        pdu.exceptional = True
                add_tag(tag)
                add_key(data[start:middle])
                position = following
            else:
                position = _decode_varbind(data, position, end, pdu)
    except IndexError:
        raise BerError("variable bindings cut off") from None
    if position != end:
        raise BerError("variable bindings longer than their list")


def _decode_varbind(data: bytes, position: int, end: int, pdu: Pdu) -> int:
    """As :func:`decode_varbinds` for one binding of any form; where the next one begins."""
    start, stop = expect(data, position, end, SEQUENCE)
    first, last = expect(data, start, stop, OBJECT_IDENTIFIER)
    tag, begin, finish = read_tlv(data, last, stop)
    if finish != stop:
        raise BerError("a variable binding with something behind its value")
    pdu.keys.append(encode_tlv(OBJECT_IDENTIFIER, data[first:last]))
    pdu.tags.append(tag)
    pdu.values.append(decode_value(tag, data[begin:finish]))
    pdu.exceptional |= tag in ABSENT
    return stop


def open_pdu(data: bytes, position: int, end: int) -> tuple[Pdu, int, int]:
    """The head of the PDU at ``position``, and where its variable bindings begin and end.

    For GETBULK, ``error_status`` holds non-repeaters and ``error_index`` max-repetitions.
    """
    kind, start, stop = read_tlv(data, position, end)
    if not GET <= kind <= REPORT or kind == 0xA4:  # noqa: PLR2004 (the v1 trap has another head)
        raise BerError(f"tag 0x{kind:02x} is not a PDU's")
    request_id, start = read_integer(data, start, stop)
    status, start = read_integer(data, start, stop)
    index, start = read_integer(data, start, stop)
    first, last = expect(data, start, stop, SEQUENCE)
    return Pdu(kind, request_id, status, index), first, last


def decode_pdu(data: bytes, position: int, end: int) -> Pdu:
    """The whole PDU at ``position``.

    Raises:
        BerError: it cannot be read.
    """
    pdu, first, last = open_pdu(data, position, end)
    decode_varbinds(data, first, last, pdu)
    return pdu


def peek_version(data: bytes) -> tuple[int, int, int]:
    """The version of a message, and where what follows it begins and ends.

    Octets behind the message are ignored, as some devices pad their datagrams.
    """
    start, stop = expect(data, 0, len(data), SEQUENCE)
    version, start = read_integer(data, start, stop)
    return version, start, stop


def open_message(data: bytes) -> tuple[int, Pdu, int, int]:
    """A message as a manager receives it: version, head of the PDU, and where the rest lies.

    For v1 and v2c "the rest" is the variable bindings; for v3 it is everything behind the
    version, and the PDU is an empty one. The community is not looked at: replies are matched
    by request id and source address.

    Raises:
        BerError: it is no SNMP message.
    """
    opened = _USUAL_HEAD.match(data)
    if opened is not None:
        head = _USUAL_RESPONSE.match(data, opened.end() + opened[2][0])
        if head is not None:
            request_id, status, index, longer, long, short = head.groups()
            first = head.end()
            if first + int.from_bytes(longer or long or short, "big") == len(data):
                request = int.from_bytes(request_id, "big")
                pdu = Pdu(RESPONSE, request, status[0], index[0], [], [], [])
                return opened[1][0], pdu, first, len(data)
    version, position, end = peek_version(data)
    if version == V3:
        return version, Pdu(0, 0, 0, 0), position, end
    if version not in (V1, V2C):
        raise BerError(f"version {version} is not SNMP's")
    _, position = expect(data, position, end, OCTET_STRING)
    pdu, first, last = open_pdu(data, position, end)
    return version, pdu, first, last


def decode_message(data: bytes) -> tuple[int, bytes, Pdu]:
    """Version, community and PDU of a v1 or v2c message.

    Raises:
        BerError: it is not one.
    """
    version, position, end = peek_version(data)
    if version not in (V1, V2C):
        raise BerError(f"version {version} is neither v1 nor v2c")
    community, position = read_string(data, position, end)
    pdu = decode_pdu(data, position, end)
    return version, community, pdu


# --- encoding ----------------------------------------------------------------------------


def encode_null_varbinds(keys: Iterable[bytes]) -> bytes:
    """The variable-bindings list of a request: every key with NULL."""
    parts = [
        b"\x30" + bytes((len(key) + 2,)) + key + b"\x05\x00"
        if len(key) < 126  # noqa: PLR2004 (the sequence's length fits one octet)
        else encode_tlv(SEQUENCE, key + b"\x05\x00")
        for key in keys
    ]
    return encode_tlv(SEQUENCE, b"".join(parts))


def encode_varbinds(varbinds: Iterable[VarBind]) -> bytes:
    """The variable-bindings list of a response.

    Raises:
        BerError: a value does not go with its tag.
    """
    return encode_tlv(
        SEQUENCE,
        b"".join(
            encode_tlv(SEQUENCE, encode_oid(oid) + encode_value(tag, value))
            for oid, tag, value in varbinds
        ),
    )


def encode_pdu(kind: int, request_id: int, first: int, second: int, varbinds: bytes) -> bytes:
    """A PDU around an encoded variable-bindings list.

    ``first`` and ``second`` are error-status and error-index, or non-repeaters and
    max-repetitions of a GETBULK.
    """
    return encode_tlv(
        kind,
        encode_integer(request_id) + encode_integer(first) + encode_integer(second) + varbinds,
    )


def encode_message(version: int, community: bytes, pdu: bytes) -> bytes:
    """A v1 or v2c message around an encoded PDU."""
    return encode_tlv(SEQUENCE, encode_integer(version) + encode_tlv(OCTET_STRING, community) + pdu)


# --- the agent's side --------------------------------------------------------------------


def parse_request(datagram: bytes) -> Request:
    """What a manager asks, v1 or v2c.

    Raises:
        BerError: not an SNMP v1/v2c request; an agent drops it in silence.
    """
    version, community, pdu = decode_message(datagram)
    if pdu.type not in (GET, GET_NEXT, GET_BULK, SET) or (pdu.type == GET_BULK and not version):
        raise BerError(f"PDU 0x{pdu.type:02x} is not a request of this version")
    bulk = pdu.type == GET_BULK
    return Request(
        version=version,
        community=community,
        pdu_type=pdu.type,
        request_id=pdu.request_id,
        non_repeaters=max(0, pdu.error_status) if bulk else 0,
        max_repetitions=max(0, pdu.error_index) if bulk else 0,
        oids=tuple(map(decode_oid, pdu.keys)),
    )


def build_response(
    request: Request,
    varbinds: Sequence[VarBind],
    error_status: int = 0,
    error_index: int = 0,
) -> bytes:
    """The answer to ``request``, with its version, community and request id.

    Args:
        request: what was asked.
        varbinds: (OID, tag, value) each; an exception is (OID, ``END_OF_MIB_VIEW``, None).
        error_status: of RFC 3416 (``TOO_BIG``, ``GEN_ERR``, ...); 0 is no error.
        error_index: the place, from 1, of the binding that failed.

    Raises:
        BerError: a value does not go with its tag.
    """
    pdu = encode_pdu(
        RESPONSE, request.request_id, error_status, error_index, encode_varbinds(varbinds)
    )
    return encode_message(request.version, request.community, pdu)
