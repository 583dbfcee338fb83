"""``python -m tools.fuzz.guided [-runs=N] [-max_total_time=S]``: atheris looks for new paths.

Coverage-guided, for what takes octets: the SNMP codec, text, traps' envelopes, PJLink values,
paths, templates' documents, masking. The first octet chooses. Arguments are libFuzzer's.
"""

import json
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["drivers"]):
    from drivers.mqtt.paths import BadPath, parse_path
    from drivers.snmp.ber import BerError
    from drivers.snmp.message import (
        decode_message,
        decode_varbinds,
        open_message,
        parse_request,
        peek_version,
    )
    from drivers.snmp.security import open_envelope
    from drivers.snmp.text import decode_text
    from drivers.ssh.masking import Masker
    from drivers.ssh.rows import is_refusal
    from drivers.traps.receiver import engine_and_user

_MASKER = Masker(b"k" * 32)


def _manager(data: bytes) -> None:
    _, pdu, first, last = open_message(data)
    decode_varbinds(data, first, last, pdu)
    pdu.varbinds()


def _version_3(data: bytes) -> None:
    _, start, end = peek_version(data)
    open_envelope(data, start, end)


def _path(data: bytes) -> None:
    path, _, document = data.partition(b"\0")
    try:
        list(parse_path(path.decode(errors="replace")).rows(json.loads(document)))
    except (BadPath, ValueError, RecursionError):
        return


def _mask(data: bytes) -> None:
    text = data.decode(errors="replace")
    _MASKER.mask(text)
    is_refusal(text)


_READERS: tuple[Callable[[bytes], object], ...] = (
    _manager,
    _version_3,
    parse_request,
    decode_message,
    engine_and_user,
    decode_text,
    _path,
    _mask,
)


def one_input(data: bytes) -> None:
    """What the fuzzer calls; only the documented error may come out."""
    if not data:
        return
    try:
        _READERS[data[0] % len(_READERS)](data[1:])
    except BerError:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
