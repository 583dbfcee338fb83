"""What a killed agent had gathered: found again, whole as far as it was written, and only once."""

import asyncio
import os

import pytest

from agent.uplink.batcher import Batcher
from agent.uplink.draft import Draft
from agent.uplink.spool import Spool
from drivers.readings import Event, decode_batch

EVENT = Event("d1", "S1", 1_700_000_000_000, "cold_start")


def left_in(folder, after=0):
    return list(Draft(folder, after=after).left_over())


def batches_in(spool):
    found = []
    while (batch := spool.oldest()) is not None:
        found.append(decode_batch(batch.body))
        spool.done(batch.sequence)
    return found


def gather(folder, *polls):
    """As a process that is killed before its batch is full."""
    draft = Draft(folder)
    for poll in polls:
        draft.add(poll=poll)
    draft.add(report=EVENT)
    os.close(draft._file)


def test_what_was_gathered_is_found_again_and_then_gone(tmp_path, poll):
    gather(tmp_path, poll(1), poll(2))
    (left,) = left_in(tmp_path)
    assert left.polls == (poll(1), poll(2))
    assert left.reports == (EVENT,)
    assert left_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 40])
def test_a_record_that_was_cut_off_ends_the_file_and_no_more(tmp_path, poll, cut):
    gather(tmp_path, poll(1))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole + (whole * 2)[:cut])
    (left,) = left_in(tmp_path)
    assert left.polls == (poll(1),)


def test_damage_costs_what_is_behind_it(tmp_path, poll):
    gather(tmp_path, poll(1))
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + b"\0\0\0\4\xc1\xc1\xc1\xc1" + b"\xff" * 9)
    (left,) = left_in(tmp_path)
    assert left.polls == (poll(1),)


def test_a_kill_between_spool_and_draft_puts_nothing_into_the_spool_twice(tmp_path, disk, poll):
    async def run(spool, *polls):
        draft = Draft(tmp_path, after=spool.last_draft())
        batcher = Batcher(spool, disk, agent="a1", draft=draft, max_seconds=60)
        rescued = await batcher.recover()
        for one in polls:
            batcher.keep(one)
        batcher.report(EVENT)
        await batcher.close()
        return rescued

    def begin():
        return Spool(tmp_path / "spool.db", max_bytes=1 << 20, max_days=1)

    gather(tmp_path, poll(1))
    (path,) = tmp_path.glob("draft-*")
    gathered = path.read_bytes()
    with begin() as spool:
        assert asyncio.run(run(spool, poll(2))) == 1
    assert list(tmp_path.glob("draft-*")) == []
    path.write_bytes(gathered)  # as if the kill had come before it was forgotten
    with begin() as spool:
        assert asyncio.run(run(spool)) == 0
        taken = [p.taken_at for batch in batches_in(spool) for p in batch.polls]
    assert taken == [poll(1).taken_at, poll(2).taken_at]
    assert list(tmp_path.glob("draft-*")) == []


def test_a_disk_that_takes_nothing_costs_the_draft_alone(tmp_path, disk, poll):
    async def scenario(spool):
        draft = Draft(tmp_path / "not there")
        batcher = Batcher(spool, disk, agent="a1", draft=draft, max_seconds=60)
        batcher.keep(poll(1))
        await batcher.close()

    with Spool(tmp_path / "spool.db", max_bytes=1 << 20, max_days=1) as spool:
        asyncio.run(scenario(spool))
        assert len(batches_in(spool)) == 1
