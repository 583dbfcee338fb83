from drivers.ssh.configuration import changed_since, cleaned, configuration_of, unified_diff
from drivers.ssh.masking import Masker
from drivers.ssh.platform import platform_named

CISCO = platform_named("cisco_ios").configuration
MASKER = Masker(b"k" * 32)


def backup(text, taken_at=0):
    return configuration_of(cleaned(text, CISCO, MASKER), taken_at)


def test_a_new_time_stamp_is_no_change():
    old = backup("! Last configuration change at 08:00\nhostname a\nntp clock-period 1\nend\n", 1)
    new = backup("! Last configuration change at 09:00\nhostname a\nntp clock-period 2\nend\n", 2)
    assert old.sha256 == new.sha256
    assert changed_since(old, new) is None
    assert unified_diff(old, new) == ""


def test_a_change_tells_what_and_between_when():
    old = backup("hostname a\ninterface Gi1\n shutdown\nend\n", 1_000)
    new = backup("hostname b\ninterface Gi1\nend\n", 2_000)
    change = changed_since(old, new)
    assert (change.since, change.taken_at) == (1_000, 2_000)
    assert (change.before, change.after) == (old.sha256, new.sha256)
    assert (change.added, change.removed) == (1, 2)
    assert "-hostname a\n+hostname b\n" in change.diff
    assert unified_diff(old, new) == change.diff


def test_a_changed_password_is_a_change_that_does_not_tell_it():
    old, new = backup("enable secret 5 aaa-1\nend\n"), backup("enable secret 5 bbb-2\nend\n")
    change = changed_since(old, new)
    assert (change.added, change.removed) == (1, 1)
    assert "aaa-1" not in change.diff
    assert "bbb-2" not in change.diff


def test_line_ends_blanks_and_terminal_codes_are_no_change():
    assert backup("hostname a\r\nend\r\n").sha256 == backup("\n\x1b[42Dhostname a  \nend").sha256


def test_a_huge_difference_is_cut_and_says_so():
    old = backup("\n".join(f"line {number}" for number in range(4_000)))
    new = backup("\n".join(f"other {number}" for number in range(4_000)))
    change = changed_since(old, new)
    assert change.diff.count("\n") == 5_001
    assert change.diff.endswith("more lines\n")
    assert (change.added, change.removed) == (4_000, 4_000)
