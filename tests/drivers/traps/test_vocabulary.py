"""Declared traps: the built-in ones, one's own, and mistakes in them."""

import pytest

from drivers.traps.vocabulary import (
    Depth,
    Vocabulary,
    VocabularyError,
    builtin_vocabulary,
    read_traps,
)


def test_the_generic_traps_of_the_standard_are_known():
    kinds = [builtin_vocabulary().meaning(f"1.3.6.1.6.3.1.1.5.{n}").kind for n in range(1, 7)]
    assert kinds == [
        "cold_start",
        "warm_start",
        "link_down",
        "link_up",
        "authentication_failure",
        "unknown",
    ]


def test_version_1_may_put_a_zero_before_the_last_number():
    found = builtin_vocabulary().meaning("1.3.6.1.4.1.2011.5.25.219.2.6.0.3")
    assert found == builtin_vocabulary().meaning("1.3.6.1.4.1.2011.5.25.219.2.6.3")
    assert found.kind == "vendor:huawei_fan_failed"


def test_ones_own_file_replaces_the_vendors(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "vendor: apc\nsource: mine\ntraps:\n  odd: {id: 1.3.6.1.4.1.318.0.99, poll: inventory}\n"
    )
    known = builtin_vocabulary().with_folder(tmp_path)
    assert known.meaning("1.3.6.1.4.1.318.0.99").poll is Depth.inventory
    assert known.meaning("1.3.6.1.4.1.318.0.5").kind == "unknown"
    assert builtin_vocabulary().meaning("1.3.6.1.4.1.318.0.5").kind == "vendor:apc_on_battery"


def test_a_folder_that_is_not_there_adds_nothing(tmp_path):
    assert len(builtin_vocabulary().with_folder(tmp_path / "no")) == len(builtin_vocabulary())


def test_no_two_files_declare_the_same_trap():
    known = builtin_vocabulary()
    files = known._files.values()
    assert len(known) == len(Vocabulary([])) + sum(len(file.traps) for file in files)


@pytest.mark.parametrize(
    "text",
    [
        "vendor: [",
        "vendor: x\nsource: s\ntraps: {a: {id: 1.3.six}}",
        "vendor: x\nsource: s\ntraps: {a: {id: 1.3.6.1, poll: everything}}",
        "vendor: Big Name\nsource: s\ntraps: {}",
        "vendor: x\nsource: s\ntraps: {a: {id: 1.3.6.1, deep: 1}}",
        "#" * 300_000,
    ],
)
def test_a_mistake_says_in_which_file(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(VocabularyError, match=r"mine\.yaml"):
        read_traps(path)
