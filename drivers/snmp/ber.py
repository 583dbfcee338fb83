"""BER as SNMP uses it: tags, lengths, integers, OIDs, values; both directions.

Definite lengths only, as RFC 3417 section 8 demands. Decoding is lenient where devices are
known to be sloppy and nothing is lost by it (padded integers, unsigned numbers without the
leading zero, empty integers); it never raises anything but :class:`BerError`.
"""

from typing import Final

from drivers.base import Oid, Value

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TIME_TICKS: Final = 0x43
OPAQUE: Final = 0x44
COUNTER64: Final = 0x46
UINTEGER32: Final = 0x47
NO_SUCH_OBJECT: Final = 0x80
NO_SUCH_INSTANCE: Final = 0x81
END_OF_MIB_VIEW: Final = 0x82

UNSIGNED: Final = frozenset({COUNTER32, GAUGE32, TIME_TICKS, COUNTER64, UINTEGER32})
STRINGS: Final = frozenset({OCTET_STRING, IP_ADDRESS, OPAQUE})
#: Tags that stand where a value would, and say that there is none.
ABSENT: Final = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW})

_LONG_FORM = 0x80
_MAX_LENGTH_BYTES = 4
_MAX_INTEGER_BYTES = 9  # Counter64 with its leading zero


class BerError(ValueError):
    """The bytes are not BER as SNMP uses it."""


def encode_length(length: int) -> bytes:
    """The length octets, in the shortest form."""
    if length < _LONG_FORM:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((_LONG_FORM | len(octets),)) + octets


def encode_tlv(tag: int, content: bytes) -> bytes:
    """Tag, length, content."""
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    return bytes((tag,)) + encode_length(length) + content


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """Shortest two's complement; an unsigned type gets a leading zero where it needs one."""
    return encode_tlv(tag, value.to_bytes(_signed_size(value), "big", signed=True))


def _signed_size(value: int) -> int:
    return (value if value >= 0 else ~value).bit_length() // 8 + 1


def encode_oid_content(oid: Oid) -> bytes:
    """The content octets of an OID, without tag and length.

    Raises:
        BerError: a number is negative, or the first two do not fit one sub-identifier.
    """
    if len(oid) < 2:  # noqa: PLR2004 (X.690: the first two numbers share one octet)
        oid = (*oid, 0, 0)[:2]
    first, second, *rest = oid
    if not (0 <= first <= 2 and (first == 2 or second < 40)):  # noqa: PLR2004 (X.690 8.19.4)
        raise BerError(f"an OID cannot begin with {first}.{second}")
    octets = bytearray()
    for number in (first * 40 + second, *rest):
        if number < 0:
            raise BerError("a negative number in an OID")
        if number < _LONG_FORM:
            octets.append(number)
            continue
        septets = [number & 0x7F]
        number >>= 7  # noqa: PLW2901
        while number:
            septets.append(number & 0x7F | 0x80)
            number >>= 7  # noqa: PLW2901
        octets.extend(reversed(septets))
    return bytes(octets)


def encode_oid(oid: Oid) -> bytes:
    """An OID with tag and length: what the engine uses as a cursor and calls a key."""
    return encode_tlv(OBJECT_IDENTIFIER, encode_oid_content(oid))


def encode_value(tag: int, value: Value | None) -> bytes:
    """One value with its tag: int for numbers, bytes for strings, a tuple for an OID.

    Raises:
        BerError: the value does not go with the tag.
    """
    if tag in ABSENT:
        return bytes((tag, 0))
    if isinstance(value, int) and (tag == INTEGER or (tag in UNSIGNED and value >= 0)):
        return encode_integer(value, tag)
    if isinstance(value, bytes) and tag in STRINGS:
        return encode_tlv(tag, value)
    if isinstance(value, tuple) and tag == OBJECT_IDENTIFIER:
        return encode_oid(value)
    raise BerError(f"a {type(value).__name__} cannot have tag 0x{tag:02x}")


def read_tlv(data: bytes, position: int, end: int) -> tuple[int, int, int]:
    """Tag, and where the content begins and ends, of the element at ``position``.

    Raises:
        BerError: it does not lie within ``end``.
    """
    if position + 2 > end:
        raise BerError("cut off")
    tag = data[position]
    length = data[position + 1]
    start = position + 2
    if length & _LONG_FORM:
        size = length & 0x7F
        if not 0 < size <= _MAX_LENGTH_BYTES or start + size > end:
            raise BerError("a length that cannot be read")
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > end:
        raise BerError("an element longer than what holds it")
    return tag, start, start + length


def expect(data: bytes, position: int, end: int, tag: int) -> tuple[int, int]:
    """Begin and end of the content of the element at ``position``, which must have ``tag``."""
    found, start, stop = read_tlv(data, position, end)
    if found != tag:
        raise BerError(f"tag 0x{found:02x} where 0x{tag:02x} belongs")
    return start, stop


def read_integer(data: bytes, position: int, end: int) -> tuple[int, int]:
    """A signed INTEGER at ``position``, and where the next element begins."""
    start, stop = expect(data, position, end, INTEGER)
    if stop - start > _MAX_INTEGER_BYTES:
        raise BerError("an integer of more than 64 bits")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def read_string(data: bytes, position: int, end: int) -> tuple[bytes, int]:
    """An OCTET STRING at ``position``, and where the next element begins."""
    start, stop = expect(data, position, end, OCTET_STRING)
    return data[start:stop], stop


def decode_numbers(content: bytes) -> tuple[int, ...]:
    """The numbers of base-128 octets: what is left of an OID behind a column's own.

    Raises:
        BerError: the last number is cut off.
    """
    numbers = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if octet < _LONG_FORM:
            numbers.append(number)
            number = 0
    if content and content[-1] >= _LONG_FORM:
        raise BerError("an OID whose last number is cut off")
    return tuple(numbers)


def decode_oid_content(content: bytes) -> Oid:
    """The OID of its content octets; no octets at all is 0.0, as net-snmp reads it."""
    if not content:
        return (0, 0)
    head, *rest = decode_numbers(content)
    if head < 80:  # noqa: PLR2004 (X.690 8.19.4: 2.x takes everything from 80 on)
        return (head // 40, head % 40, *rest)
    return (2, head - 80, *rest)


def decode_oid(key: bytes) -> Oid:
    """The OID of a key, that is of an OID with tag and length."""
    start, stop = expect(key, 0, len(key), OBJECT_IDENTIFIER)
    return decode_oid_content(key[start:stop])


def decode_value(tag: int, content: bytes) -> Value | None:
    """The value of content octets; ``None`` for NULL and for the exceptions of RFC 3416.

    Raises:
        BerError: a tag SNMP does not have, or a number of more than 64 bits.
    """
    if tag in STRINGS:
        return content
    if tag == OBJECT_IDENTIFIER:
        return decode_oid_content(content)
    if tag in ABSENT:
        return None
    if len(content) > _MAX_INTEGER_BYTES:
        raise BerError("a number of more than 64 bits")
    if tag == INTEGER:
        return int.from_bytes(content, "big", signed=True)
    if tag in UNSIGNED:
        return int.from_bytes(content, "big")
    raise BerError(f"tag 0x{tag:02x} is not a value's")
