"""A report as PDF, to be printed and signed: cover, result, method, charts, tables, signatures."""

from pathlib import Path

import msgspec

from controller.language import N_, Language
from controller.printing.typesetting import typeset
from controller.reports.content import ReportContent
from controller.reports.document import document
from controller.reports.pictures import CHARTS

_TEMPLATE = Path(__file__).with_name("report.typ")
_WORDS = {
    "signer": N_("Signed by"),
    "seal": N_("Place for the seal"),
    "drawn_up": N_("Drawn up by"),
    "reviewed": N_("Reviewed by"),
    "date": N_("Date"),
    "annexes": N_("Annexes"),
    "annex": N_("Annex {number}"),
}


def pdf(content: ReportContent, lang: Language) -> bytes:
    """The report in one language; a draft has its mark across every page.

    Raises:
        FontMissing: Chinese cannot be written.
    """
    made = msgspec.to_builtins(document(content, lang))
    return typeset(
        _TEMPLATE,
        {
            **made,
            "lang": "zh" if lang.code == "zh_CN" else "en",
            "pages": lang.gettext(N_("Page {number} of {all}")),
            "words": {name: lang.gettext(text) for name, text in _WORDS.items()},
        },
        CHARTS,
    )
