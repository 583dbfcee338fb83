"""What wraps a PDU: a community (v1, v2c) or a user (v3, RFC 3412 and 3414); manager's side."""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from drivers.errors import AuthRejected
from drivers.plan import SnmpAccess
from drivers.snmp.ber import (
    OCTET_STRING,
    SEQUENCE,
    BerError,
    decode_oid,
    encode_integer,
    encode_tlv,
    expect,
    read_integer,
    read_string,
)
from drivers.snmp.message import GET, REPORT, V1, V2C, V3, Pdu, decode_pdu
from drivers.snmp.usm import DecryptionFailed, User, user_of

_FLAG_AUTH = 1
_FLAG_PRIV = 2
_FLAG_REPORTABLE = 4
_MAX_MESSAGE = 65_507
_LATEST: Final = 0x7FFFFFFF
_USM = 3
#: usmStats (RFC 3414): what a report says, by the number behind 1.3.6.1.6.3.15.1.1.
_USM_STATS: Final = (1, 3, 6, 1, 6, 3, 15, 1, 1)
NOT_IN_TIME_WINDOW: Final = "not_in_time_window"
UNKNOWN_ENGINE: Final = "unknown_engine"
_REPORTS: Final = {
    1: "unsupported_security_level",
    2: NOT_IN_TIME_WINDOW,
    3: "unknown_user",
    4: UNKNOWN_ENGINE,
    5: "wrong_digest",
    6: "decryption_error",
}
#: Reports of other modules (RFC 3412, 3413), by their whole OID.
_OTHER_REPORTS: Final = {
    (1, 3, 6, 1, 6, 3, 12, 1, 4, 0): "unavailable_context",
    (1, 3, 6, 1, 6, 3, 12, 1, 5, 0): "unknown_context",
    (1, 3, 6, 1, 6, 3, 11, 2, 1, 1, 0): "unknown_security_model",
    (1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0): "unknown_pdu_handler",
}


@dataclass(slots=True)
class Authority:
    """What we know of a device's SNMPv3 engine: its name, and its clock when we last heard it."""

    engine_id: bytes = b""
    boots: int = 0
    time: int = 0
    heard_at: float = 0.0

    def clock(self, now: float) -> int:
        """The engine's seconds since its last boot, by our clock."""
        return min(self.time + int(now - self.heard_at), _LATEST)

    def heard(self, engine_id: bytes, boots: int, time: int, now: float) -> None:
        self.engine_id, self.boots, self.time, self.heard_at = engine_id, boots, time, now


class Community:
    """v1 and v2c. One object for equal accesses."""

    __slots__ = ("head", "version")

    def __init__(self, version: int, community: bytes) -> None:
        self.version = version
        self.head = encode_integer(version) + encode_tlv(OCTET_STRING, community)

    def seal(self, request_id: int, kind: int, rest: bytes) -> bytes:
        """A message; ``rest`` is the PDU behind its request id."""
        pdu = encode_tlv(kind, b"\x02\x04" + request_id.to_bytes(4, "big") + rest)
        return encode_tlv(SEQUENCE, self.head + pdu)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An SNMPv3 message, opened as far as that goes without keys."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    signature: bytes
    signature_at: int
    salt: bytes
    body_at: int
    end: int


def open_envelope(data: bytes, position: int, end: int) -> Envelope:
    """Read the headers of a v3 message; ``position`` is behind its version.

    Raises:
        BerError: they cannot be read, or the security model is not USM.
    """
    start, stop = expect(data, position, end, SEQUENCE)
    message_id, start = read_integer(data, start, stop)
    _, start = read_integer(data, start, stop)
    flags, start = read_string(data, start, stop)
    model, start = read_integer(data, start, stop)
    if len(flags) != 1 or model != _USM:
        raise BerError("not the User-based Security Model")
    first, last = expect(data, stop, end, OCTET_STRING)
    start, inner = expect(data, first, last, SEQUENCE)
    engine_id, start = read_string(data, start, inner)
    boots, start = read_integer(data, start, inner)
    time, start = read_integer(data, start, inner)
    if not (0 <= boots <= _LATEST and 0 <= time <= _LATEST):
        raise BerError("an engine's clock beyond RFC 3414")
    _, start = read_string(data, start, inner)
    signature, start = read_string(data, start, inner)
    signature_at = start - len(signature)
    salt, start = read_string(data, start, inner)
    return Envelope(
        message_id, flags[0], engine_id, boots, time, signature, signature_at, salt, last, end
    )


class UserSecurity:
    """v3 for one user at one device.

    Freshness: a reply counts only with our outstanding message id under the user's digest, so
    the engine's clock is taken from every such reply, also when it went back. Cheap devices
    that lose their boot counter would otherwise be called down after every restart.
    """

    __slots__ = ("authority", "proven", "user")

    version: Final = V3

    def __init__(self, user: User, authority: Authority) -> None:
        self.user = user
        self.authority = authority
        #: Something deciphered has come: the privacy secret is right.
        self.proven = False

    def seal(
        self,
        request_id: int,
        kind: int,
        rest: bytes,
        now: float,
        *,
        stale: bool = False,
        contextless: bool = False,
    ) -> bytes:
        """A signed and, where the user has privacy, enciphered message.

        With ``stale`` it carries a clock outside every time window: a device reports that
        before it deciphers anything, which tells a wrong privacy secret from silence.
        With ``contextless`` it is for the device's own objects, whatever the user's context.
        """
        user, authority = self.user, self.authority
        keys = user.keys_at(authority.engine_id)
        boots, time = (0, 0) if stale else (authority.boots, authority.clock(now))
        pdu = encode_tlv(kind, b"\x02\x04" + request_id.to_bytes(4, "big") + rest)
        body = encode_tlv(
            SEQUENCE,
            encode_tlv(OCTET_STRING, authority.engine_id)
            + encode_tlv(OCTET_STRING, b"" if contextless else user.context)
            + pdu,
        )
        salt = b""
        flags = _FLAG_REPORTABLE
        if user.auth is not None:
            flags |= _FLAG_AUTH
        if user.priv is not None:
            flags |= _FLAG_PRIV
            body, salt = user.encrypt(keys.priv, boots, time, body)
            body = encode_tlv(OCTET_STRING, body)
        blank = bytes(user.auth[1]) if user.auth is not None else b""
        tail = encode_tlv(OCTET_STRING, salt)
        message = _assemble(
            request_id,
            flags,
            engine_id=authority.engine_id,
            boots=boots,
            time=time,
            name=user.name,
            signature=blank,
            tail=tail,
            body=body,
        )
        if not blank:
            return message
        at = len(message) - len(body) - len(tail) - len(blank)
        return message[:at] + user.sign(keys.auth, message) + message[at + len(blank) :]

    def open(self, data: bytes, envelope: Envelope, now: float) -> Pdu:
        """The PDU of a message whose id matched; learns the engine's clock.

        Raises:
            BerError: it cannot be read, or its signature is wrong or missing.
            DecryptionFailed: it is ours but cannot be deciphered.
        """
        user = self.user
        signed = bool(envelope.flags & _FLAG_AUTH) and user.auth is not None
        keys = user.keys_at(envelope.engine_id) if signed else None
        if keys is not None:
            blank = bytes(len(envelope.signature))
            at = envelope.signature_at
            whole = data[:at] + blank + data[at + len(blank) : envelope.end]
            if not hmac.compare_digest(user.sign(keys.auth, whole), envelope.signature):
                raise BerError("a wrong signature")
        body_at, end = envelope.body_at, envelope.end
        if envelope.flags & _FLAG_PRIV:
            if keys is None or user.priv is None:
                raise BerError("enciphered, but this user has no privacy")
            first, last = expect(data, body_at, end, OCTET_STRING)
            data = user.decrypt(
                keys.priv, envelope.boots, envelope.time, envelope.salt, data[first:last]
            )
            body_at, end = 0, len(data)
        try:
            start, stop = expect(data, body_at, end, SEQUENCE)
            _, start = read_string(data, start, stop)
            _, start = read_string(data, start, stop)
            pdu = decode_pdu(data, start, stop)
        except BerError:
            if envelope.flags & _FLAG_PRIV:
                raise DecryptionFailed("deciphered to nothing that can be read") from None
            raise
        level = (_FLAG_AUTH if user.auth else 0) | (_FLAG_PRIV if user.priv else 0)
        if pdu.type != REPORT and envelope.flags & level != level:
            raise BerError("less secure than what was asked")
        if pdu.type != REPORT:
            self.proven = True
        self.authority.heard(envelope.engine_id, envelope.boots, envelope.time, now)
        return pdu


def discovery(message_id: int) -> bytes:
    """RFC 3414 section 4: an empty request that makes an engine report its name and clock."""
    pdu = encode_tlv(GET, encode_integer(message_id) + b"\x02\x01\x00\x02\x01\x00\x30\x00")
    body = encode_tlv(SEQUENCE, b"\x04\x00\x04\x00" + pdu)
    return _assemble(message_id, _FLAG_REPORTABLE, tail=b"\x04\x00", body=body)


def _assemble(
    message_id: int,
    flags: int,
    *,
    engine_id: bytes = b"",
    boots: int = 0,
    time: int = 0,
    name: bytes = b"",
    signature: bytes = b"",
    tail: bytes,
    body: bytes,
) -> bytes:
    header = encode_tlv(
        SEQUENCE,
        encode_integer(message_id)
        + encode_integer(_MAX_MESSAGE)
        + bytes((OCTET_STRING, 1, flags))
        + encode_integer(_USM),
    )
    parameters = encode_tlv(
        SEQUENCE,
        encode_tlv(OCTET_STRING, engine_id)
        + encode_integer(boots)
        + encode_integer(time)
        + encode_tlv(OCTET_STRING, name)
        + encode_tlv(OCTET_STRING, signature)
        + tail,
    )
    return encode_tlv(
        SEQUENCE,
        encode_integer(V3) + header + encode_tlv(OCTET_STRING, parameters) + body,
    )


def report_reason(pdu: Pdu) -> str:
    """What a report complains of: ``unknown_user``, ``wrong_digest``, ...; its OID if unknown."""
    if not pdu.keys:
        return "an empty report"
    try:
        oid = decode_oid(pdu.keys[0])
    except BerError:
        return "a malformed report"
    size = len(_USM_STATS)
    number = oid[size] if oid[:size] == _USM_STATS and len(oid) > size else 0
    known = _REPORTS.get(number) or _OTHER_REPORTS.get(oid)
    return known or "report " + ".".join(map(str, oid))


@lru_cache(maxsize=1024)
def _community(version: int, community: str) -> Community:
    return Community(version, community.encode())


def security_of(access: SnmpAccess, authority: Authority) -> Community | UserSecurity:
    """What wraps the PDUs of a session.

    Raises:
        AuthRejected: the access cannot work (unknown version or protocol, no user).
    """
    if access.version == "3":
        return UserSecurity(user_of(access), authority)
    versions = {"1": V1, "2c": V2C}
    if access.version not in versions:
        raise AuthRejected(f"unknown SNMP version {access.version}")
    return _community(versions[access.version], access.community)
