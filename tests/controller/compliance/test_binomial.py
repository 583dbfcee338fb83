"""The table of the verdict's definition, and what makes it one."""

from fractions import Fraction
from math import comb

import pytest

from controller.compliance.binomial import firm_fail_up_to, firm_pass_from

RULE = Fraction(4, 5)


@pytest.mark.parametrize(
    ("tests", "firm_pass", "firm_fail"), [(14, 14, 8), (42, 39, 28), (168, 144, 125)]
)
def test_the_table_of_the_definition(tests: int, firm_pass: int, firm_fail: int) -> None:
    assert firm_pass_from(tests, RULE) == firm_pass
    assert firm_fail_up_to(tests, RULE) == firm_fail


def test_few_tests_prove_nothing_good_and_two_nothing_bad() -> None:
    assert [firm_pass_from(tests, RULE) for tests in (0, 1, 13)] == [None, None, None]
    assert [firm_fail_up_to(tests, RULE) for tests in (0, 1, 2, 3)] == [None, None, 0, 0]


@pytest.mark.parametrize("share", [RULE, Fraction(9, 10), Fraction(1, 2), Fraction(853, 1000)])
def test_counts_are_the_first_and_last_within_five_per_cent(share: Fraction) -> None:
    for tests in (14, 42, 57, 168):
        chances = [comb(tests, k) * share**k * (1 - share) ** (tests - k) for k in range(tests + 1)]
        above, below = firm_pass_from(tests, share), firm_fail_up_to(tests, share)
        if above is not None:
            assert sum(chances[above:]) <= Fraction(1, 20) < sum(chances[above - 1 :])
        if below is not None:
            assert sum(chances[: below + 1]) <= Fraction(1, 20) < sum(chances[: below + 2])


def test_one_more_pass_never_crosses_a_bound_the_wrong_way() -> None:
    for tests in range(2, 200):
        fail, following = firm_fail_up_to(tests, RULE), firm_fail_up_to(tests + 1, RULE)
        assert fail is not None
        assert following is not None
        assert fail <= following <= fail + 1
        firm = firm_pass_from(tests, RULE)
        if firm is not None:
            assert (firm_pass_from(tests + 1, RULE) or 0) <= firm + 1
