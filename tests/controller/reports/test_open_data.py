import io
import zipfile

from msgspec.structs import replace

from controller.language import language
from controller.reports.content import encode
from controller.reports.open_data import open_data
from controller.reports.tables import csv, json
from tests.controller.reports.city import content


def _opened(made: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        return {name: parts.read(name).decode("utf-8-sig") for name in parts.namelist()}


def test_open_data_are_tables_with_what_every_column_means() -> None:
    files = _opened(open_data(content()))
    meanings = [line.split(",")[:2] for line in files["dictionary.csv"].splitlines()[1:]]
    for name, text in files.items():
        if name.endswith(".csv") and name != "dictionary.csv":
            for column in text.splitlines()[0].split(","):
                assert [name, column] in meanings
    assert "第1小学,Primary School 1,330411" in files["schools.csv"]
    assert "93250000.0" in files["targets.csv"]
    assert "许可" in files["LICENCE.txt"]


def test_open_data_tell_of_no_people_and_of_no_words_of_theirs() -> None:
    secret = "10.20.30.40 SN-5544332211 张三"
    made = content()
    planted = replace(
        made,
        head=replace(made.head, signed_by=secret),
        tolerances=tuple(replace(one, adopted_by=secret) for one in made.tolerances),
        exclusions=tuple(
            replace(one, reason=secret, approved_by=secret) for one in made.exclusions
        ),
        exemptions=tuple(
            replace(one, reason=secret, approved_by=secret) for one in made.exemptions
        ),
        standards=tuple(replace(one, confirmed=(secret,)) for one in made.standards),
    )
    assert secret.encode() in encode(planted)
    text = "".join(_opened(open_data(planted)).values())
    for word in (*secret.split(), "李梅"):
        assert word not in text


def test_the_same_content_is_the_same_file() -> None:
    assert open_data(content()) == open_data(content())


def test_a_table_has_a_mark_of_its_bytes_and_no_formulas() -> None:
    made = content(3)
    first = made.schools[0]
    evil = replace(first, school=replace(first.school, name="=1+1"))
    text = csv(replace(made, schools=(evil, *made.schools[1:])), language("zh_CN"))
    assert text.startswith(b"\xef\xbb\xbf")
    lines = text.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("学校编码,学校,")
    assert lines[1].startswith("SCH-00000,'=1+1,秀洲区")
    assert ",93.25," in lines[1]
    assert len(lines) == 4


def test_json_is_all_of_the_content() -> None:
    assert "campus-fleet/report/1" in json(content()).decode()
