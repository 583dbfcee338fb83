"""Gathering polls: bounds in readings and time, cutting what is too large, a full disk."""

import asyncio

import pytest

from agent.uplink.batcher import Batcher, memory_spool
from agent.uplink.cutting import split_poll, weight
from agent.uplink.spool import Spool, SpoolFull
from drivers.readings import AgentStatus, Block, Facts, Identity, Outcome, Port, decode_batch


def batches_in(spool):
    found = []
    while (batch := spool.oldest()) is not None:
        found.append(decode_batch(batch.body))
        spool.done(batch.sequence)
    return found


def test_a_batch_never_exceeds_its_readings_and_loses_none(spool, disk, poll):
    async def scenario():
        batcher = Batcher(spool, disk, agent="a1", max_readings=100)
        for number in range(40):
            batcher.keep(poll(number, ports=13))
            await batcher.room()
        await batcher.close()

    asyncio.run(scenario())
    batches = batches_in(spool)
    assert all(sum(map(weight, batch.polls)) <= 100 for batch in batches)
    assert [p.taken_at % 1000 for batch in batches for p in batch.polls] == list(range(40))
    assert [batch.sequence for batch in batches] == list(range(1, len(batches) + 1))


def test_time_ends_a_batch_too(spool, disk, poll):
    async def scenario():
        stored = asyncio.Event()
        batcher = Batcher(spool, disk, agent="a1", max_seconds=0.05, stored=stored.set)
        batcher.keep(poll())
        async with asyncio.timeout(60):
            await stored.wait()

    asyncio.run(scenario())
    assert len(batches_in(spool)) == 1


def test_one_poll_larger_than_a_batch_is_cut_by_its_parts(spool, disk, poll):
    async def scenario():
        batcher = Batcher(spool, disk, agent="a1", max_readings=100)
        batcher.keep(poll(ports=500))
        await batcher.close()

    asyncio.run(scenario())
    batches = batches_in(spool)
    assert len(batches) == 11
    assert sum(weight(p) for batch in batches for p in batch.polls) == 1001
    assert {p.taken_at for batch in batches for p in batch.polls} == {1_700_000_000_000}


def test_cutting_keeps_every_reading_and_gives_facts_to_the_first(poll):
    facts = Facts(Identity(name="sw"), ports=(Port(1),))
    whole = poll(ports=50, facts=facts)
    whole = type(whole)(
        whole.subject,
        whole.school,
        whole.taken_at,
        whole.outcome,
        blocks=(*whole.blocks, Block(("",), {"uptime_seconds": [5.0]})),
        facts=facts,
    )
    pieces = split_poll(whole, 20)
    assert sorted(r for p in pieces for r in map(tuple, map(_plain, p.readings()))) == sorted(
        map(_plain, whole.readings())
    )
    assert [p.facts for p in pieces] == [facts] + [None] * (len(pieces) - 1)


def _plain(reading):
    return reading.metric, reading.part, reading.value


def test_the_box_says_how_it_is_with_every_batch(spool, disk, poll):
    async def scenario():
        status = AgentStatus("1.2", 5, spool_batches=7)
        batcher = Batcher(spool, disk, agent="a1", status=lambda: status)
        batcher.keep(poll())
        await batcher.close()

    asyncio.run(scenario())
    (batch,) = batches_in(spool)
    assert batch.status.spool_batches == 7


def test_a_full_disk_is_said_once_and_costs_no_reading(spool, disk, poll, monkeypatch, caplog):
    real_put, refuge = spool.put, memory_spool()

    def full(*args, **kwargs):
        raise SpoolFull("database or disk is full")

    async def scenario():
        batcher = Batcher(spool, disk, agent="a1", max_readings=9, refuge=refuge)
        monkeypatch.setattr(spool, "put", full)
        for number in range(3):
            batcher.keep(poll(number))
        await batcher.close()
        assert refuge.depth[0] == 3
        monkeypatch.setattr(spool, "put", real_put)
        batcher.keep(poll(9))
        await batcher.close()

    with caplog.at_level("INFO"):
        asyncio.run(scenario())
    assert (spool.depth[2], refuge.depth) == (0, (0, 0, 0))
    batches = batches_in(spool)
    assert sorted(p.taken_at % 1000 for batch in batches for p in batch.polls) == [0, 1, 2, 9]
    assert len({(batch.epoch, batch.sequence) for batch in batches}) == 4
    assert [r.levelname for r in caplog.records] == ["ERROR", "INFO"]


def test_memory_stays_bounded_while_the_disk_takes_nothing_and_drops_are_counted(
    disk, poll, tmp_path
):
    (tmp_path / "spool.db").mkdir()
    spool = Spool(tmp_path / "spool.db", max_bytes=1 << 20, max_days=14)
    refuge = Spool(None, max_bytes=20_000, max_days=1)

    async def scenario():
        batcher = Batcher(spool, disk, agent="a1", refuge=refuge, max_readings=81)
        for number in range(400):
            batcher.keep(poll(number, ports=40))
            await batcher.room()
        await batcher.close()

    asyncio.run(scenario())
    batches, size, dropped = refuge.depth
    assert size <= 20_000
    assert batches + dropped == 400
    assert refuge.dropped_readings == 81 * dropped


def test_two_polls_of_one_moment_are_never_at_one_time(spool, disk, poll):
    async def scenario():
        batcher = Batcher(spool, disk, agent="a1")
        for subject in ("d1", "d1", "d2", "d1"):
            batcher.keep(poll(7, subject=subject))
        batcher.keep(poll(5_000, subject="d1"))
        batcher.keep(poll(100, subject="d1"))
        await batcher.close()

    asyncio.run(scenario())
    (batch,) = batches_in(spool)
    times = [(p.subject, p.taken_at % 100_000) for p in batch.polls]
    assert times == [("d1", 7), ("d1", 8), ("d2", 7), ("d1", 9), ("d1", 5_000), ("d1", 100)]


def test_how_a_poll_of_a_device_ended_is_a_reading_of_its_own(spool, disk, poll):
    async def scenario():
        batcher = Batcher(spool, disk, agent="a1")
        batcher.keep(poll(1, outcome=Outcome.timeout, blocks=()))
        batcher.keep(poll(2, beside=True))
        batcher.keep(poll(3), of_device=False)
        await batcher.close()

    asyncio.run(scenario())
    (batch,) = batches_in(spool)
    outcomes = [[r.value for r in p.readings() if r.metric == "poll_outcome"] for p in batch.polls]
    assert outcomes == [[2.0], [], []]


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_no_piece_is_larger_than_the_limit_allows(poll, limit):
    for piece in split_poll(poll(ports=30), limit):
        assert weight(piece) <= max(limit, 2)
