import io
import re

import pytest
from pypdf import PdfReader

from controller.language import language
from controller.reports.content import ReportKind
from controller.reports.pdf import pdf
from tests.controller.reports.city import content, issued


def _text(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


@pytest.mark.parametrize("code", ["zh_CN", "en"])
def test_numbers_on_paper_are_those_of_the_content(code: str) -> None:
    told = _text(pdf(content(), language(code)))
    # 14 of 24 that are not exempt, by hand.
    for said in ("58.33%", "93.25/93.25", "40.5/40.5", "41/42·41/42", "99.91%", "2,000"):
        assert said in told, said
    assert ("草稿" if code == "zh_CN" else "Draft") in told
    assert (
        "共26所学校，其中14所达标，2所不达标" if code == "zh_CN" else "Of26schools14comply"
    ) in told


def test_an_issued_annual_report_has_its_chapters_and_no_mark() -> None:
    told = _text(pdf(issued(content(kind=ReportKind.year)), language("zh_CN")))
    assert "草稿" not in told
    for said in (
        "教育信息化年度发展报告",
        "2026年",
        "嘉教〔2026〕18号",
        "王强",
        "设备",
        "运行维护",
        "附件",
    ):
        assert said in told, said
