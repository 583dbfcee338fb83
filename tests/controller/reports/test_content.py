import pytest

from controller.reports.content import ReportKind, decode, encode
from tests.controller.reports.city import content


@pytest.mark.parametrize("kind", ReportKind)
def test_content_comes_back_from_json_as_it_was(kind: ReportKind) -> None:
    made = content(kind=kind)
    assert decode(encode(made)) == made


def test_the_same_content_is_the_same_bytes() -> None:
    assert encode(content()) == encode(decode(encode(content())))


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="report/99"):
        decode(b'{"format": "campus-fleet/report/99"}')
