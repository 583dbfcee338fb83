"""The wire format, held by golden files: what an older box sent is still understood.

To make the files of a new version: ``python tests/drivers/test_wire.py``. Never change the files
of an old one.
"""

from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from drivers.plan import (
    Broker,
    Cadence,
    Discovery,
    LineTest,
    MqttAccess,
    NamedAccess,
    Plan,
    SnmpAccess,
    SshAccess,
    Target,
)
from drivers.readings import (
    WIRE_VERSION,
    AgentStatus,
    Batch,
    Block,
    Component,
    Facts,
    Identity,
    Kind,
    MalformedBatch,
    Neighbour,
    Outcome,
    Poll,
    Port,
    decode_batch,
    encode_batch,
)

GOLDEN = Path(__file__).parent / "wire"

BATCH = Batch(
    version=1,
    agent="a0000000000000001",
    epoch="e5f2",
    sequence=42,
    created_at=1_780_000_000_000,
    polls=(
        Poll(
            subject="d0000000000000001",
            school="330483-01",
            taken_at=1_780_000_000_123,
            outcome=Outcome.partial,
            detail="entPhysicalTable: genErr",
            blocks=(
                Block(
                    ("GE0/0/1", "GE0/0/2"), {"port_up": [1.0, 0.0], "port_in_errors": [0.5, None]}
                ),
                Block(("",), {"cpu_ratio": [0.12]}),
            ),
            facts=Facts(
                identity=Identity(vendor="Huawei", kind=Kind.switch, model="S1", serial="X1"),
                ports=(Port(index=5, name="GE0/0/1", oper="up", in_octets=2**63),),
                components=(Component(class_="chassis", name="slot 0", serial="X1"),),
                neighbours=(Neighbour(local_port="GE0/0/1", remote_name="教学楼二层"),),
            ),
        ),
        Poll(
            subject="l0000000000000001",
            school="330483-01",
            taken_at=1_780_000_001_000,
            outcome=Outcome.timeout,
            blocks=(Block(("centre",), {"speedtest_download_bits_per_second": [0.0]}),),
        ),
    ),
    status=AgentStatus(version="0.1.0", started_at=1_779_999_000_000, spool_batches=3),
)

PLAN = Plan(
    revision="9f",
    agent="a0000000000000001",
    schools=("330483-01", "330483-02"),
    targets=(
        Target(
            id="d0000000000000001",
            school="330483-01",
            address="127.1.0.1",
            port=1161,
            snmp=SnmpAccess(version="3", user="u", auth="SHA-256:s", priv="AES-128:s"),
            uplink="GE0/0/1",
        ),
        Target(id="d2", school="330483-02", mqtt=MqttAccess(profile="whiteboard", client="wb-1")),
    ),
    brokers=(Broker(url="mqtt://127.0.0.1:1883", username="agent", password="p"),),
    line_tests=(LineTest(line="l1", school="330483-01", server="http://127.0.0.1:8080/speedtest"),),
    cadence=Cadence(reachability=5.0),
)


def test_the_golden_batch_is_still_understood() -> None:
    assert decode_batch((GOLDEN / "batch-v1.msgpack.zst").read_bytes()) == BATCH


def test_the_golden_batch_is_what_we_write() -> None:
    golden = zstandard.decompress((GOLDEN / "batch-v1.msgpack.zst").read_bytes(), 1 << 20)

    assert msgspec.msgpack.encode(BATCH) == golden, "the wire changed: new WIRE_VERSION, new file"


def test_the_golden_plan_is_still_understood_and_what_we_write() -> None:
    golden = (GOLDEN / "plan-v1.msgpack").read_bytes()

    assert msgspec.msgpack.decode(golden, type=Plan) == PLAN
    assert msgspec.msgpack.encode(PLAN) == golden


def test_a_field_of_a_newer_version_is_ignored() -> None:
    raw = msgspec.msgpack.decode(msgspec.msgpack.encode(BATCH))
    raw["weather"] = "sunny"

    body = zstandard.compress(msgspec.msgpack.encode(raw))

    assert decode_batch(body) == BATCH


def test_another_version_is_refused() -> None:
    body = encode_batch(msgspec.structs.replace(BATCH, version=WIRE_VERSION + 1))

    with pytest.raises(MalformedBatch, match="wire version"):
        decode_batch(body)


def test_a_body_that_unpacks_to_too_much_is_refused_without_unpacking_it() -> None:
    # A small window, as a streaming compressor writes it: the frame does not tell its size.
    small_window = zstandard.ZstdCompressionParameters(window_log=17)
    stream = zstandard.ZstdCompressor(compression_params=small_window).compressobj()
    bomb = stream.compress(bytes(64 << 20)) + stream.flush()

    with pytest.raises(MalformedBatch, match="unpacks to more than"):
        decode_batch(bomb, max_bytes=1 << 20)


def test_a_body_that_says_it_is_too_long_is_believed() -> None:
    with pytest.raises(MalformedBatch, match="more than 1048576 bytes"):
        decode_batch(zstandard.compress(bytes(64 << 20)), max_bytes=1 << 20)


def test_a_body_that_asks_for_a_large_window_is_refused() -> None:
    large = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=large).compressobj()
    body = packer.compress(bytes(64 << 20)) + packer.flush()  # its length is not said ahead
    with pytest.raises(MalformedBatch, match="not zstd"):
        decode_batch(body, max_bytes=1 << 20)


def test_a_truncated_body_is_refused() -> None:
    body = encode_batch(BATCH)

    with pytest.raises(MalformedBatch):
        decode_batch(body[: len(body) // 2])


def test_access_to_a_command_line_travels_whole_and_shows_no_secret() -> None:
    access = SshAccess(
        user="backup",
        platform="huawei_vrp",
        password="geheim-1",
        enable="geheim-2",
        private_key="geheim-3",
        port=2222,
        backup_every_seconds=3600.0,
        protected_ports=("GigabitEthernet0/0/1",),
        watched=True,
    )
    target = Target(id="d1", school="330483-01", address="127.1.0.1", ssh=access)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(target), type=Target) == target
    assert "geheim" not in repr(target)
    # A plan of before knows log-ins for backups only.
    assert not SshAccess("backup", "huawei_vrp").watched


def test_where_to_look_for_devices_travels_whole() -> None:
    looked_for = Discovery(
        school="330483-01",
        ranges=("10.1.0.0/22", "fd00:1::/64"),
        hosts=("10.1.0.0/22",),
        exclude=("10.1.3.0/24",),
        seeds=("10.1.0.1",),
        credentials=(NamedAccess("c1", SnmpAccess(community="look")),),
        ports=(161, 1161),
        crawl=False,
        packets_per_second=50.0,
        every_seconds=3600.0,
    )
    plan = msgspec.structs.replace(PLAN, discovery=(looked_for,))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=Plan) == plan


@given(st.binary(max_size=300))
def test_any_bytes_either_decode_or_are_refused(body: bytes) -> None:
    for candidate in (body, zstandard.compress(body)):
        try:
            decode_batch(candidate)
        except MalformedBatch:
            continue


def test_a_block_yields_readings_and_leaves_gaps_out() -> None:
    block = BATCH.polls[0].blocks[0]

    assert [(r.metric, r.part, r.value) for r in block] == [
        ("port_up", "GE0/0/1", 1.0),
        ("port_up", "GE0/0/2", 0.0),
        ("port_in_errors", "GE0/0/1", 0.5),
    ]
    assert len(block) == 3


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / f"batch-v{WIRE_VERSION}.msgpack.zst").write_bytes(encode_batch(BATCH))
    (GOLDEN / f"plan-v{WIRE_VERSION}.msgpack").write_bytes(msgspec.msgpack.encode(PLAN))
