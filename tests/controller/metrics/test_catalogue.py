"""Numbers of series, whatever order devices and parts come in."""

import random

import numpy as np
import pytest

from controller.metrics import blocks as blocks_module
from controller.metrics.blocks import WAYS, BlockNumbers
from controller.metrics.catalogue import Catalogue
from drivers.readings import Block

Name = tuple[str, str, str]


def names_in(subject: str, block: Block) -> list[Name]:
    return [(subject, metric, part) for metric in block.columns for part in block.parts]


def block_of(parts: tuple[str, ...], metrics: tuple[str, ...]) -> Block:
    return Block(parts, {metric: [0.0] * len(parts) for metric in metrics})


def drawn(seed: int, count: int) -> list[tuple[str, Block]]:
    """Devices that send the same blocks again, others, and ones with more or fewer parts."""
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    parts, metrics = [f"g{n}" for n in range(8)], [f"m{n}" for n in range(5)]
    return [
        (
            f"d{draw.randrange(6)}",
            block_of(
                tuple(draw.sample(parts, draw.randrange(1, 5))),
                tuple(draw.sample(metrics, draw.randrange(1, 4))),
            ),
        )
        for _ in range(count)
    ]


def numbered(
    catalogue: Catalogue, blocks: BlockNumbers, group: list[tuple[str, Block]]
) -> list[int]:
    numbers = blocks.numbers(
        [catalogue.subject(subject) for subject, _ in group],
        [blocks.shape(block) for _, block in group],
        np.array([len(block.parts) * len(block.columns) for _, block in group], dtype=np.int64),
    )
    return [int(number) for number in numbers]


@pytest.mark.parametrize("remembered", [3, 1_000_000])
def test_a_series_has_one_number_for_ever(remembered: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "REMEMBERED", remembered)
    catalogue = Catalogue()
    blocks = BlockNumbers(catalogue)
    known: dict[Name, int] = {}
    stored: list[tuple[int, str, str, str]] = []
    sent = drawn(7, 600)

    for start in range(0, len(sent), 20):
        group = sent[start : start + 20]
        numbers = numbered(catalogue, blocks, group)
        names = [name for one in group for name in names_in(*one)]
        for name, number in zip(names, numbers, strict=True):
            assert known.setdefault(name, number) == number
        stored += catalogue.take_fresh()

    assert sorted(known.values()) == list(range(1, len(catalogue) + 1))
    assert {(subject, m, p): number for number, subject, m, p in stored} == known
    assert all(catalogue.name(number) == name for name, number in known.items())
    assert_same_answers(catalogue, known)

    # As after a restart, with the rows of two files that hold some series both.
    subjects, pairs = sorted({n[0] for n in known}), sorted({n[1:] for n in known})
    rows = [*known.items(), *list(known.items())[:30]]
    random.Random(3).shuffle(rows)  # noqa: S311 - not for secrets
    again = Catalogue()
    again.restore(
        subjects,
        pairs,
        (
            np.array([number for _, number in rows], dtype=np.int32),
            np.array([subjects.index(name[0]) for name, _ in rows], dtype=np.int32),
            np.array([pairs.index(name[1:]) for name, _ in rows], dtype=np.int32),
        ),
    )
    assert_same_answers(again, known)
    assert len(again) == len(catalogue)
    names = [name for one in sent for name in names_in(*one)]
    assert numbered(again, BlockNumbers(again), sent) == [known[name] for name in names]
    assert again.take_fresh() == []
    following = again.numbers([("d0", "new", ""), ("d0", "new", ""), sorted(known)[0]]).tolist()
    assert following == [len(known) + 1, len(known) + 1, known[sorted(known)[0]]]


def assert_same_answers(catalogue: Catalogue, known: dict[Name, int]) -> None:
    for subject in {name[0] for name in known}:
        own = sorted((number, *name[1:]) for name, number in known.items() if name[0] == subject)
        assert list(catalogue.find(subject, ["m1", "m2"])) == [
            one for one in own if one[1] in ("m1", "m2")
        ]
        assert list(catalogue.find(subject, ["m1"], ["g3"])) == [
            one for one in own if one[1:] == ("m1", "g3")
        ]
    of_m1 = {name: number for name, number in known.items() if name[1] == "m1"}
    assert catalogue.numbers_of("m1").tolist() == sorted(of_m1.values())
    assert catalogue.numbers_of("m1", ["d1", "d9"]).tolist() == sorted(
        number for name, number in of_m1.items() if name[0] == "d1"
    )
    chosen = [("d1", "g1"), ("d2", "g2"), ("d9", "g1"), ("d1", "g99")]
    assert catalogue.numbers_of("m1", ["d1"], chosen).tolist() == sorted(
        number for name, number in of_m1.items() if (name[0], name[2]) == ("d1", "g1")
    )
    assert catalogue.numbers_of("nothing").tolist() == []
    assert list(catalogue.find("nobody", ["m1"])) == []


def test_numbers_nobody_has_are_refused() -> None:
    catalogue = Catalogue()
    catalogue.restore(
        ["d1"],
        [("m", "")],
        (np.array([7], dtype=np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32)),
    )

    assert catalogue.name(7) == ("d1", "m", "")
    for number in (-1, 0, 6, 8, 5_000):
        with pytest.raises(KeyError):
            catalogue.name(number)
    assert catalogue.numbers([("d1", "m", ""), ("d2", "m", "")]).tolist() == [7, 8]
    assert catalogue.numbers_of("m").tolist() == [7, 8]


def test_a_device_with_more_shapes_than_are_remembered_keeps_its_numbers() -> None:
    catalogue = Catalogue()
    blocks = BlockNumbers(catalogue)
    shapes = [("d1", block_of((f"g{n}", "g0"), ("m",))) for n in range(1, 3 * WAYS)]

    first = numbered(catalogue, blocks, shapes)

    assert numbered(catalogue, blocks, shapes) == first
    assert [number for one in shapes for number in numbered(catalogue, blocks, [one])] == first


def test_a_block_without_anything_in_it_has_no_numbers() -> None:
    catalogue = Catalogue()
    blocks = BlockNumbers(catalogue)

    assert numbered(catalogue, blocks, []) == []
    empty = [("d1", block_of((), ("m",))), ("d1", block_of(("g1",), ())), ("d1", Block((), {}))]
    assert numbered(catalogue, blocks, [*empty, ("d1", block_of(("g1",), ("m",)))]) == [1]


def test_many_subjects_are_found_as_each_by_itself() -> None:
    catalogue = Catalogue()
    names = [
        (f"d{n}", f"m{m}", part) for m in (1, 2) for n in range(99) for part in ("a", "b", "c")
    ]
    numbers = dict(zip(names, catalogue.numbers(names).tolist(), strict=True))
    some = [f"d{n}" for n in range(20, 150)]
    expected = [numbers[f"d{n}", "m2", part] for n in range(20, 99) for part in ("a", "c")]
    assert catalogue.numbers_of("m2", some, without=["b", "x"]).tolist() == sorted(expected)
    assert catalogue.numbers_of("m3", some).tolist() == []
    ports = [(f"d{n}", "abcx"[n % 4]) for n in range(150)]
    expected = [numbers[one, "m1", part] for one, part in ports if (one, "m1", part) in numbers]
    assert catalogue.numbers_of("m1", only=ports).tolist() == sorted(expected)
    found = catalogue.numbers_of("m1", some, only=ports)
    assert [catalogue.name(number) for number in found.tolist()] == list(catalogue.names(found))
    assert {subject for subject, _, _ in catalogue.names(found)} <= set(some)
