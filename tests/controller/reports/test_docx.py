"""The document as a word processor opens it: page, fonts, parts, and the order XML asks for."""

import io
import re
import zipfile
from typing import Any

import docx as word
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from lxml import etree
from msgspec.structs import replace

from controller.language import language
from controller.reports.content import ReportKind
from controller.reports.docx import docx
from tests.controller.reports.city import content, issued

#: Children in the order of ECMA-376 (17.3.1.26, 17.4.59, 17.6.17), so far as reports have them.
_ORDER = {
    "pPr": [
        *("pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "numPr", "pBdr"),
        *("tabs", "snapToGrid", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl"),
        "sectPr",
    ],
    "tblPr": ["tblW", "jc", "tblBorders", "tblLayout", "tblCellMar"],
    "tcPr": ["tcW", "gridSpan", "shd"],
    "trPr": ["cantSplit", "tblHeader"],
    "sectPr": [
        "Reference",
        "type",
        "pgSz",
        "pgMar",
        "pgNumType",
        "cols",
        "titlePg",
        "docGrid",
    ],
}


@pytest.fixture(scope="module")
def opened() -> Any:
    return word.Document(io.BytesIO(docx(issued(content(kind=ReportKind.year)), language("zh_CN"))))


def test_the_page_is_that_of_official_documents(opened: Any) -> None:
    page = opened.sections[0]
    margins = (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    for found, wanted in zip(margins, (Mm(37), Mm(35), Mm(28), Mm(26)), strict=True):
        assert abs(found - wanted) < Mm(1)
    assert abs(page.page_width - Mm(210)) < Mm(1)
    assert abs(page.page_height - Mm(297)) < Mm(1)
    grid = page._sectPr.find(qn("w:docGrid"))
    assert int(grid.get(qn("w:linePitch"))) * 22 == pytest.approx(225 / 25.4 * 1440, rel=0.01)
    assert grid.get(qn("w:type")) == "lines"
    closer = opened.styles["Official body"].element.rPr.find(qn("w:spacing"))
    character = 16 + int(closer.get(qn("w:val"))) / 20
    assert 156 / 25.4 * 72 // character == 28


def test_fonts_and_sizes_are_those_of_official_documents(opened: Any) -> None:
    for name, font, size in (
        ("Official title", "方正小标宋简体", 22),
        ("Official body", "仿宋_GB2312", 16),
        ("Official heading 1", "黑体", 16),
    ):
        style = opened.styles[name]
        assert style.element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == font
        assert style.font.size == Pt(size)
    with zipfile.ZipFile(io.BytesIO(docx(content(2), language("en")))) as parts:
        table = parts.read("word/fontTable.xml").decode()
    assert '<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋,' in table


def test_number_signer_issuer_day_seal_and_annexes_are_there(opened: Any) -> None:
    lines = [one.text for one in opened.paragraphs]
    text = "\n".join(lines)
    assert lines[0] == "嘉兴市教育局"
    assert "嘉教〔2026〕18号\t签发人：王强" in text
    assert "嘉兴市教育信息化年度发展报告" in lines
    assert lines.index("嘉兴市教育局", 1) + 1 == lines.index("2026年10月20日")
    for said in ("一、结果", "附件：1. 所用标准", "附件 1", "盖章处"):
        assert said in text, said
    assert "草稿" not in opened.sections[0].header.paragraphs[0].text
    footers = (opened.sections[0].footer, opened.sections[0].even_page_footer)
    assert [
        "".join(node.text for node in footer._element.iter(qn("w:t"))) for footer in footers
    ] == ["— 1 —"] * 2


def test_tables_hold_the_numbers(opened: Any) -> None:
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    for said in ("93.25 / 93.25", "41/42 · 41/42", "99.91%", "58.33%", "80.5%"):
        assert said in cells, said


def test_a_draft_says_so_in_both_languages() -> None:
    for code, said in (("zh_CN", "草稿"), ("en", "Draft")):
        made = word.Document(io.BytesIO(docx(content(2), language(code))))
        assert said in made.sections[0].header.paragraphs[0].text


def test_elements_stand_in_the_order_programs_insist_on() -> None:
    made = content(2)
    first = made.schools[0]
    named = replace(first, school=replace(first.school, name="<w:p>&\x07小学"))
    file = docx(replace(made, schools=(named, made.schools[1])), language("zh_CN"))
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        assert parts.testzip() is None
        files = [name for name in parts.namelist() if name.endswith(".xml")]
        roots = {name: etree.fromstring(parts.read(name)) for name in files}
    assert "<w:p>&小学" in "".join(roots["word/document.xml"].itertext())
    for parent, order in _ORDER.items():
        # Beside what python-docx ships: its own tables' styles are as Word wrote them.
        for name in ("word/document.xml", "word/header1.xml", "word/footer1.xml"):
            for element in roots[name].iter(qn(f"w:{parent}")):
                names = [etree.QName(child).localname for child in element]
                # Headers and footers may stand in any order before the others.
                plain = [re.sub("^(header|footer)Reference", "Reference", name) for name in names]
                places = [order.index(name) for name in plain]
                assert places == sorted(places), etree.tostring(element)


def test_charts_are_pictures_with_words_and_the_imprint_closes_the_paper(opened: Any) -> None:
    pictures = list(opened.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == len(opened.inline_shapes) > 2
    assert "达标 14，" in pictures[0].get("descr")
    assert all(one.get("descr") for one in pictures)
    made = content(2)
    told = replace(made, head=replace(made.head, copies_to="市财政局", is_draft=False))
    last = word.Document(io.BytesIO(docx(told, language("zh_CN")))).tables[-1]
    assert last.rows[0].cells[0].text == "抄送：市财政局。"
    cells = [cell.text for cell in opened.tables[-1].rows[0].cells]
    assert cells == ["嘉兴市教育局", "2026年10月20日印发"]
