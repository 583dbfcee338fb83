"""The farm's quick answers are those of an ordinary simulated agent."""

import socket
import subprocess
import sys

from drivers.simulate.farm import Farm, switch_cells
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.simulate.responder import SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.snmp.ber import encode_oid
from drivers.snmp.message import (
    GET,
    GET_BULK,
    V2C,
    decode_message,
    encode_message,
    encode_null_varbinds,
    encode_pdu,
)

NOW = 1_700_000_000.0
COLUMN = (1, 3, 6, 1, 2, 1, 2, 2, 1, 8)
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
LIVING, DEAD = bytes([127, 1, 0, 2]), bytes([127, 1, 0, 32])


def request(kind: int, oid: tuple[int, ...], number: int, repetitions: int = 0) -> bytes:
    varbinds = encode_null_varbinds([encode_oid(oid)])
    return encode_message(V2C, b"public", encode_pdu(kind, number, 0, repetitions, varbinds))


def test_answers_are_those_of_an_agent_with_the_id_that_was_asked() -> None:
    tree = MibTree(switch_cells(5, NOW - 100))
    farm = Farm(tree)
    agent = SnmpAgent("one", "", "public", tree, Power(SchoolDay(0.0), 0.0))
    for number in (0x40000001, 0x7FFFFFF1):
        for asked in (request(GET, UPTIME, number), request(GET_BULK, COLUMN, number, 3)):
            came = farm.answer(asked, LIVING, NOW)
            assert came == agent.answer(asked, NOW)
            assert came is not None
            assert decode_message(came)[2].request_id == number


def test_an_id_written_longer_than_it_needs_be_is_answered() -> None:
    farm = Farm(MibTree(switch_cells(1, NOW - 100)))
    asked = request(GET, UPTIME, 0x40000001).replace(b"\x40\0\0\1", b"\0\0\0\7")
    came = farm.answer(asked, LIVING, NOW)
    assert came is not None
    assert decode_message(came)[2].request_id == 7


def test_the_dead_and_the_lost_get_no_answer() -> None:
    draws = iter([0.005, 0.5, 0.5])
    farm = Farm(MibTree(switch_cells(1, NOW)), dead=20, loss=0.01, draw=lambda: next(draws))
    asked = request(GET, UPTIME, 0x40000001)
    assert farm.answer(asked, DEAD, NOW) is None
    assert farm.answer(asked, LIVING, NOW) is None
    assert farm.answer(asked, LIVING, NOW) is not None
    assert farm.answer(b"garbage", LIVING, NOW) is None


def test_every_address_is_a_switch_until_the_input_ends() -> None:
    command = [sys.executable, "-m", "drivers.simulate.farm", "--ports", "2", "--delay", "1:2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as farm:
        assert farm.stdout is not None
        assert farm.stdin is not None
        port = int(farm.stdout.readline())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(60)
            asking.sendto(request(GET, UPTIME, 0x40000001), ("127.9.8.57", port))
            _, sender = asking.recvfrom(2048)
        assert sender == ("127.9.8.57", port)
        farm.stdin.close()
        assert farm.wait(60) == 0
