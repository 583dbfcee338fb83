"""PJLink, class 1 and 2 (JBMIA, versions 1.04 and 2.00): what projectors and displays tell.

One TCP connection on port 4352. The device speaks first and may ask for a password, which is sent
as the MD5 digest of its random number and the password before the first command. Commands are
``%1POWR ?``, answers ``%1POWR=1``; ``ERR1`` to ``ERR4`` say why there is none.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from drivers.errors import AuthRejected, DriverError, Malformed, NoAnswer, Unreachable
from drivers.readings import Block, Component, Facts, Identity, Kind

PORT: Final = 4352
#: The standard allows 136 octets a line; what is longer is no PJLink.
_LONGEST_LINE: Final = 512
_LONGEST_TEXT: Final = 128
_MOST_LAMPS: Final = 8
_MOST_HOURS: Final = 1_000_000
#: Lines of other commands (class 2 tells of events unasked) that are read over.
_MOST_STRAY_LINES: Final = 16
#: PJLink's own words for what an input is; its number follows.
_INPUTS: Final = {
    "1": "RGB",
    "2": "VIDEO",
    "3": "DIGITAL",
    "4": "STORAGE",
    "5": "NETWORK",
    "6": "INTERNAL",
}
#: Digits of ERST in their order: 0 is well, 1 a warning, 2 an error.
_CONDITIONS: Final = ("fan", "lamp", "temperature", "cover", "filter", "other")


class _NoValue(Exception):
    """The device answered with an error: {0}."""


@dataclass(frozen=True, slots=True)
class ProjectorRead:
    """One reading of a projector or display.

    Args:
        facts: identity, and lamps and filter as components; None when not asked for.
        blocks: ``display_on``; ``display_backlight_hours`` a lamp; ``fan_ok``, ``lamp_ok`` and
            ``condition_ok`` of temperature, cover, filter, other; ``filter_hours``.
        faults: what could not be read though it should have been.
        source: the input shown, such as ``DIGITAL 1``; None in standby.
    """

    facts: Facts | None
    blocks: tuple[Block, ...]
    faults: tuple[str, ...] = ()
    source: str | None = None


async def read_projector(
    address: str,
    port: int = PORT,
    password: str | None = None,
    *,
    timeout: float = 5.0,  # noqa: ASYNC109  (of one answer, not of the call)
    identity: bool = True,
) -> ProjectorRead:
    """Read a device once, over one connection.

    Args:
        address: IPv4 or IPv6 address, or a host name.
        port: TCP port.
        password: at most 32 characters; None where the device asks for none.
        timeout: seconds one answer is waited for; the standard allows it two to ten.
        identity: ask who it is as well, and not only how it is.

    Raises:
        NoAnswer: nothing came in time.
        Unreachable: no connection.
        AuthRejected: ``password_needed`` or ``wrong_password``.
        Malformed: this is no PJLink.
    """
    reader, writer = await _connect(address, port, timeout)
    line = _Line(reader, writer, timeout)
    try:
        await line.greet(password)
        return await _Reading(line, identity).take()
    except (ConnectionError, asyncio.IncompleteReadError):
        raise NoAnswer("the device closed the connection") from None
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _connect(
    address: str, port: int, seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.open_connection(address, port, limit=_LONGEST_LINE)
    except TimeoutError:
        raise NoAnswer("no connection in time") from None
    except OSError as error:
        raise Unreachable((error.strerror or str(error)).lower()) from None


class _Line:
    """Commands and answers, one after the other."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
    ) -> None:
        self._reader, self._writer = reader, writer
        self._seconds = seconds
        self._digest = b""

    async def greet(self, password: str | None) -> None:
        """Read what the device says first, and make ready to prove the password."""
        words = (await self._receive()).split(" ")
        if words == ["PJLINK", "ERRA"]:
            raise AuthRejected("wrong_password")
        if words == ["PJLINK", "0"]:
            return
        if len(words) != 3 or words[:2] != ["PJLINK", "1"]:  # noqa: PLR2004
            raise Malformed("the device does not speak PJLink")
        if not password:
            raise AuthRejected("password_needed")
        # MD5 is what the standard says; it keeps the password itself off the wire, no more.
        proof = hashlib.md5(words[2].encode() + password.encode(), usedforsecurity=False)
        self._digest = proof.hexdigest().encode()

    async def ask(self, command: str) -> str:
        """The value of a query such as ``%1POWR``.

        Raises:
            _NoValue: the device has none, or not now.
        """
        self._writer.write(self._digest + f"{command} ?\r".encode())
        self._digest = b""
        head = f"{command}="
        for _ in range(_MOST_STRAY_LINES):
            answer = await self._receive()
            if answer == "PJLINK ERRA":
                raise AuthRejected("wrong_password")
            # Some devices answer a class 2 question with class 1, or in small letters.
            if answer[2 : len(head)].upper() == head[2:] and answer.startswith("%"):
                value = answer[len(head) :].strip()
                if re.fullmatch("ERR[1-4]", value):
                    raise _NoValue(value)
                return value
        raise Malformed("only answers to other questions came")

    async def _receive(self) -> str:
        try:
            async with asyncio.timeout(self._seconds):
                raw = await self._reader.readuntil(b"\r")
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        except asyncio.LimitOverrunError:
            raise Malformed("a line that does not end") from None
        return raw.strip(b"\r\n\0 ").decode("utf-8", "replace")


@dataclass(slots=True)
class _Reading:
    """What has been read so far over one line."""

    line: _Line
    wants_identity: bool
    faults: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    ended: bool = False

    async def take(self) -> ProjectorRead:
        # The first question decides whether the device can be read at all.
        power = await self._first("%1POWR")
        two = (await self._value("%1CLSS") or "") >= "2"
        blocks = [*self._power(power)]
        blocks += self._conditions(await self._value("%1ERST"))
        hours = self._lamps(await self._value("%1LAMP"))
        blocks += _block("display_backlight_hours", hours)
        source = _source(await self._value("%1INPT"))
        if two:
            blocks += _block("filter_hours", self._filter(await self._value("%2FILT")))
        facts: Facts | None = None
        # Facts cut short would overwrite better ones.
        if self.wants_identity:
            found = Facts(
                await self._identity(two=two), components=await self._parts(hours, two=two)
            )
            facts = None if self.ended else found
        return ProjectorRead(facts, tuple(blocks), tuple(self.faults), source)

    async def _parts(self, hours: list[tuple[str, float]], *, two: bool) -> tuple[Component, ...]:
        lamp = await self._text("%2RLMP") if two and hours else None
        dust = await self._text("%2RFIL") if two else None
        lamps = [Component("lamp", name, lamp) for name, _ in hours]
        return (*lamps, *([Component("filter", "filter", dust)] if dust else []))

    async def _first(self, command: str) -> str | None:
        try:
            return await self.line.ask(command)
        except _NoValue as error:
            self._note(command, str(error))
            return None

    async def _value(self, command: str) -> str | None:
        """A value, or None; once the device falls silent nothing more is asked."""
        if self.ended:
            return None
        try:
            return await self.line.ask(command)
        except _NoValue as error:
            self._note(command, str(error))
        except AuthRejected:
            raise
        except DriverError as error:
            self.faults.append(f"{command[2:]}: {error.code.value}")
            self.ended = True
        except (ConnectionError, asyncio.IncompleteReadError):
            self.faults.append(f"{command[2:]}: connection closed")
            self.ended = True
        return None

    def _note(self, command: str, error: str) -> None:
        self.missing[command] = error
        # ERR1: it has no such thing. ERR2, ERR3: not in this state. ERR4: it is broken.
        if error == "ERR4":
            self.faults.append(f"{command[2:]}: the device reports a failure of its own")

    async def _text(self, command: str) -> str | None:
        value = await self._value(command)
        printable = "".join(filter(str.isprintable, value or ""))[:_LONGEST_TEXT].strip()
        return printable or None

    async def _identity(self, *, two: bool) -> Identity:
        name = await self._text("%1NAME")
        vendor = await self._text("%1INF1")
        model = await self._text("%1INF2")
        description = await self._text("%1INFO")
        serial = await self._text("%2SNUM") if two else None
        version = await self._text("%2SVER") if two else None
        # A device without lamps says so: a flat panel, that is, or a laser's light source.
        lampless = self.missing.get("%1LAMP") == "ERR1"
        filterless = not two or self.missing.get("%2FILT") == "ERR1"
        kind = Kind.display if lampless and filterless else Kind.projector
        return Identity(
            vendor=vendor,
            kind=kind,
            model=model,
            serial=serial,
            version=version,
            name=name,
            description=description,
        )

    def _power(self, value: str | None) -> Sequence[Block]:
        if value is None:
            return ()
        if value not in ("0", "1", "2", "3"):
            self.faults.append(f"POWR: {value[:20]!r}")
            return ()
        # 2 is cooling down, 3 warming up: there is no picture yet, or no more.
        return _block("display_on", [("", float(value == "1"))])

    def _conditions(self, value: str | None) -> Sequence[Block]:
        if value is None:
            return ()
        if not re.fullmatch("[012]{6}", value):
            self.faults.append(f"ERST: {value[:20]!r}")
            return ()
        well = {name: float(digit == "0") for name, digit in zip(_CONDITIONS, value, strict=True)}
        fan, lamp = well.pop("fan"), well.pop("lamp")
        return [
            *_block("fan_ok", [("fan", fan)]),
            *_block("lamp_ok", [("lamp", lamp)]),
            *_block("condition_ok", list(well.items())),
        ]

    def _lamps(self, value: str | None) -> list[tuple[str, float]]:
        words = (value or "").split()
        if len(words) % 2 or len(words) > 2 * _MOST_LAMPS:
            self.faults.append("LAMP: not pairs of hours and state")
            return []
        hours = [_hours(word) for word in words[::2]]
        if None in hours:
            self.faults.append("LAMP: not hours")
        return [(f"lamp {n}", each) for n, each in enumerate(hours, 1) if each is not None]

    def _filter(self, value: str | None) -> list[tuple[str, float]]:
        hours = None if value is None else _hours(value)
        if value is not None and hours is None:
            self.faults.append("FILT: not hours")
        return [] if hours is None else [("filter", hours)]


def _block(metric: str, values: Sequence[tuple[str, float]]) -> Sequence[Block]:
    if not values:
        return ()
    return (Block(tuple(part for part, _ in values), {metric: [value for _, value in values]}),)


def _hours(text: str) -> float | None:
    """Whole hours; more than a century of them are none."""
    if not re.fullmatch("[0-9]{1,7}", text) or int(text) > _MOST_HOURS:
        return None
    return float(text)


def _source(value: str | None) -> str | None:
    if value is None or not re.fullmatch("[1-6][1-9A-Z]", value):
        return None
    return f"{_INPUTS[value[0]]} {value[1]}"
