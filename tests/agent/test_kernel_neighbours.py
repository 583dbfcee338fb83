"""The kernel's own neighbour tables, from real Ethernets where the test may make one."""

import os
import shutil
import struct
import subprocess
import sys

import pytest

from agent.discovery.kernel_neighbours import kernel_neighbours, neighbour_of

SCRIPT = """
set -e
ip link add near type veth peer name far
unshare --net sleep 300 & other=$!
trap 'kill $other' EXIT
# Until it has left, the other process is in this namespace, and moving there moves nothing.
here=$(readlink /proc/self/ns/net)
for _ in $(seq 600); do
    there=$(readlink /proc/$other/ns/net || true)
    [ -n "$there" ] && [ "$there" != "$here" ] && break
    sleep 0.1
done
ip link set far netns $other
ip address add 10.98.0.1/24 dev near
ip address add fd98::1/64 dev near nodad
ip link set near up
inside="nsenter --net=/proc/$other/ns/net"
$inside ip address add 10.98.0.2/24 dev far
$inside ip address add fd98::2/64 dev far nodad
$inside ip link set far up
"$1" - <<'PYTHON'
import socket, time
from agent.discovery.kernel_neighbours import kernel_neighbours
for family, address in ((socket.AF_INET, "10.98.0.2"), (socket.AF_INET6, "fd98::2")):
    socket.socket(family, socket.SOCK_DGRAM).sendto(b"x", (address, 9))
for _ in range(600):
    found = dict(kernel_neighbours())
    if len(found) == 2:
        break
    time.sleep(0.1)
print(sorted(found), len(set(found.values())))
PYTHON
"""


def test_reading_needs_no_privileges_and_never_fails() -> None:
    assert all(len(mac) == 12 for _, mac in kernel_neighbours())


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"),
    reason="needs root, unshare and ip",
)
def test_neighbours_of_both_families_are_there() -> None:
    said = subprocess.run(
        ["unshare", "--net", "sh", "-c", SCRIPT, "sh", sys.executable],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert said.stdout.strip() == "['10.98.0.2', 'fd98::2'] 1", said.stderr


def entry(state: int, address: bytes, mac: bytes) -> bytes:
    message = struct.pack("=BxxxiHBB", 2, 1, state, 0, 1)
    for kind, value in ((1, address), (2, mac)):
        message += struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return message


def test_unresolved_and_odd_entries_are_left_out() -> None:
    address, mac = bytes((10, 0, 0, 9)), bytes(range(6))
    assert list(neighbour_of(entry(0x02, address, mac))) == [("10.0.0.9", "000102030405")]
    for odd in (
        entry(0x01, address, mac),
        entry(0x40, address, mac),
        entry(0x02, address, b""),
        entry(0x02, address[:3], mac),
        entry(0x02, address, mac)[:9],
        entry(0x02, address, mac)[:12] + b"\0\0\1\0",
    ):
        assert list(neighbour_of(odd)) == []
