"""Lists put what is loudest first by the words that are stored."""

from alerts.severity import Severity


def test_the_words_of_severities_sort_from_the_loudest() -> None:
    assert sorted(Severity) == [Severity.critical, Severity.warning]
