"""PJLink against a projector of our own, written from the standard's text."""

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import AuthRejected, DriverError, Malformed, NoAnswer, Unreachable
from drivers.pjlink import ProjectorRead, read_projector
from drivers.readings import Component, Identity, Kind

CLASS_1 = {
    "%1POWR": "1",
    "%1CLSS": "1",
    "%1ERST": "000000",
    "%1LAMP": "1234 1",
    "%1INPT": "31",
    "%1NAME": "Room 12",
    "%1INF1": "Projektor AG",
    "%1INF2": "P-100",
    "%1INFO": "no other",
}
CLASS_2 = CLASS_1 | {
    "%1CLSS": "2",
    "%1LAMP": "1234 1 77 0",
    "%1ERST": "210001",
    "%2SNUM": "SN-0042",
    "%2SVER": "2.03",
    "%2FILT": "99",
    "%2RLMP": "L-55",
    "%2RFIL": "F-7",
}
SEED = "498e4a67"


class Projector:
    """Answers as told; knows one password; may misbehave."""

    def __init__(
        self,
        answers: Mapping[str, str],
        *,
        password: str | None = None,
        greeting: bytes | None = None,
        silent_at: str = "",
        hangs_up_at: str = "",
        before: bytes = b"",
        raw: bytes | None = None,
    ) -> None:
        self.asked: list[str] = []
        self.connections = 0
        self._answers = answers
        self._proof = hashlib.md5(f"{SEED}{password}".encode()).hexdigest() if password else ""  # noqa: S324
        default = f"PJLINK 1 {SEED}\r" if password else "PJLINK 0\r"
        self._greeting = default.encode() if greeting is None else greeting
        self._silent_at, self._hangs_up_at = silent_at, hangs_up_at
        self._before, self._raw = before, raw

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(self._greeting)
        proof = self._proof
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                line = (await reader.readuntil(b"\r")).decode().rstrip("\r")
                if not line.startswith(proof):
                    writer.write(b"PJLINK ERRA\r")
                    break
                line, proof = line.removeprefix(proof), ""
                command = line.removesuffix(" ?")
                self.asked.append(command)
                if command == self._hangs_up_at:
                    break
                if command == self._silent_at:
                    continue
                answer = f"{command}={self._answers.get(command, 'ERR1')}\r".encode()
                writer.write(self._before + (answer if self._raw is None else self._raw))
        writer.close()


@contextlib.asynccontextmanager
async def serving(projector: Projector) -> AsyncIterator[int]:
    server = await asyncio.start_server(projector, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def read(projector: Projector, password: str | None = None, **options: float) -> ProjectorRead:
    async def work() -> ProjectorRead:
        async with serving(projector) as port:
            return await read_projector("127.0.0.1", port, password, **options)

    return asyncio.run(asyncio.wait_for(work(), 120))


def values(found: ProjectorRead) -> dict[tuple[str, str], float]:
    return {(r.metric, r.part): r.value for block in found.blocks for r in block}


def test_class_1_tells_power_lamp_conditions_and_who_it_is() -> None:
    projector = Projector(CLASS_1)
    found = read(projector)
    assert values(found) == {
        ("display_on", ""): 1,
        ("display_backlight_hours", "lamp 1"): 1234,
        ("fan_ok", "fan"): 1,
        ("lamp_ok", "lamp"): 1,
        ("condition_ok", "temperature"): 1,
        ("condition_ok", "cover"): 1,
        ("condition_ok", "filter"): 1,
        ("condition_ok", "other"): 1,
    }
    assert found.facts.identity == Identity(
        vendor="Projektor AG",
        kind=Kind.projector,
        model="P-100",
        name="Room 12",
        description="no other",
    )
    assert (found.source, found.faults) == ("DIGITAL 1", ())
    assert found.facts.components == (Component("lamp", "lamp 1"),)
    assert not any(command.startswith("%2") for command in projector.asked)
    assert projector.connections == 1


def test_class_2_adds_serial_version_filter_and_spare_parts() -> None:
    found = read(Projector(CLASS_2, password="secret"), "secret")
    identity = found.facts.identity
    assert (identity.serial, identity.version) == ("SN-0042", "2.03")
    read_values = values(found)
    assert read_values["display_backlight_hours", "lamp 2"] == 77
    assert read_values["filter_hours", "filter"] == 99
    assert read_values["fan_ok", "fan"] == 0  # an error
    assert read_values["lamp_ok", "lamp"] == 0  # a warning
    assert read_values["condition_ok", "other"] == 0
    assert found.facts.components == (
        Component("lamp", "lamp 1", "L-55"),
        Component("lamp", "lamp 2", "L-55"),
        Component("filter", "filter", "F-7"),
    )


def test_standby_is_no_fault() -> None:
    found = read(Projector(CLASS_1 | {"%1POWR": "0", "%1INPT": "ERR3", "%1ERST": "ERR3"}))
    assert values(found)["display_on", ""] == 0
    assert (found.source, found.faults) == (None, ())


@pytest.mark.parametrize(("state", "lit"), [("2", 0), ("3", 0), ("1", 1)])
def test_cooling_and_warming_show_no_picture(state: str, lit: int) -> None:
    assert values(read(Projector(CLASS_1 | {"%1POWR": state})))["display_on", ""] == lit


def test_a_flat_panel_has_no_lamp_and_is_a_display() -> None:
    found = read(Projector(CLASS_1 | {"%1LAMP": "ERR1"}))
    assert found.facts.identity.kind is Kind.display
    assert found.facts.components == ()


def test_a_failure_of_its_own_is_told() -> None:
    found = read(Projector(CLASS_1 | {"%1LAMP": "ERR4"}))
    assert found.faults == ("LAMP: the device reports a failure of its own",)


@pytest.mark.parametrize(
    ("password", "detail"), [(None, "password_needed"), ("wrong", "wrong_password")]
)
def test_passwords_that_do_not_open(password: str | None, detail: str) -> None:
    with pytest.raises(AuthRejected) as error:
        read(Projector(CLASS_1, password="secret"), password)
    assert error.value.detail == detail


def test_a_password_nobody_asked_for_does_no_harm() -> None:
    assert read(Projector(CLASS_1), "secret").faults == ()


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", Malformed),
        (b"PJLINK 7\r", Malformed),
        (b"PJLINK ERRA\r", AuthRejected),
        (b"x" * 10_000, Malformed),
        (b"", NoAnswer),
    ],
)
def test_what_does_not_greet_as_it_should(greeting: bytes, error: type[DriverError]) -> None:
    with pytest.raises(error):
        read(Projector(CLASS_1, greeting=greeting), timeout=30.0 if greeting else 0.3)


def test_silence_at_the_first_question_is_a_timeout() -> None:
    with pytest.raises(NoAnswer):
        read(Projector(CLASS_1, silent_at="%1POWR"), timeout=0.2)


@pytest.mark.parametrize(
    "trouble", [{"silent_at": "%1INF1"}, {"hangs_up_at": "%1INF1"}], ids=["silent", "hangs up"]
)
def test_what_came_before_it_fell_silent_is_kept(trouble: dict[str, str]) -> None:
    projector = Projector(CLASS_1, **trouble)  # type: ignore[arg-type]
    found = read(projector, timeout=2.0 if "silent_at" in trouble else 30.0)
    assert values(found)["display_on", ""] == 1
    assert len(found.faults) == 1
    assert found.faults[0].startswith("INF1: ")
    assert "%1INF2" not in projector.asked


def test_events_told_unasked_are_read_over() -> None:
    found = read(Projector(CLASS_2, before=b"%2LKUP=00:11:22:33:44:55\r%2ERST=000000\r"))
    assert found.faults == ()
    assert found.facts.identity.serial == "SN-0042"


def test_a_device_that_only_says_other_things_is_malformed() -> None:
    with pytest.raises(Malformed):
        read(Projector(CLASS_1, raw=b"%1AVMT=30\r" * 40))


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            asyncio.run(read_projector("127.0.0.1", probe.getsockname()[1], timeout=30.0))
    with pytest.raises(Unreachable):
        asyncio.run(read_projector("no-such-host.invalid", timeout=30.0))


def test_nonsense_values_are_faults_and_never_readings() -> None:
    odd = {"%1POWR": "on", "%1ERST": "00x000", "%1LAMP": "12 1 x", "%1INPT": "99"}
    found = read(Projector(CLASS_2 | odd | {"%2FILT": "-3"}))
    assert values(found) == {}
    assert len(found.faults) == 4


def survives(answers: Mapping[str, str], raw: bytes | None, greeting: bytes | None) -> Any:
    try:
        found = read(Projector(answers, raw=raw, greeting=greeting), "secret", timeout=0.05)
    except DriverError:
        return
    for block in found.blocks:
        assert all(
            value is None or 0 <= value <= 1e6 for c in block.columns.values() for value in c
        )
    assert len(found.faults) < 30


TEXTS = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=40)


def fuzz(answers: dict[str, str], raw: bytes | None, greeting: bytes | None) -> None:
    survives(CLASS_2 | answers, raw, greeting)


MUTATED = {
    "answers": st.dictionaries(st.sampled_from(sorted(CLASS_2)), TEXTS, max_size=6),
    "raw": st.none() | st.none() | st.binary(max_size=60),
    "greeting": st.none() | st.none() | st.binary(max_size=40).map(lambda b: b + b"\r"),
}
test_no_answer_breaks_the_reader = settings(max_examples=60, deadline=None)(given(**MUTATED)(fuzz))
