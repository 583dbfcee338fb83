"""A report as a word processor's document, laid out as official documents are, to be edited."""

import io
import re
from collections.abc import Sequence
from datetime import datetime, time
from xml.sax.saxutils import escape

import docx as word
from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.text.paragraph import Paragraph as Written

from controller.language import N_, Language
from controller.reports.charts import Bars, Lines, said
from controller.reports.content import ReportContent
from controller.reports.document import Block, Document, Grid, Heading, Paragraph, document
from controller.reports.imprint import imprint_xml, space_above
from controller.reports.official import RED, SIZE_3, flipped, lay_out, number_pages, upright
from controller.reports.pictures import pictures

#: What no XML holds (XML 1.0, 2.2).
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Widths of the type area in twentieths of a point: upright and on its side.
_WIDE, _WIDER = 8_844, 12_756
#: Millimetres a chart is wide.
_PICTURE = 154
#: Rows of a table that is not broken between two pages.
_SHORT = 8
_GREY = RGBColor(0x86, 0x8E, 0x96)
_BORDER = '<w:{side} w:val="single" w:sz="4" w:space="0" w:color="868E96"/>'
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


def docx(content: ReportContent, lang: Language) -> bytes:
    """The report as DOCX: what a bureau edits, numbers, signs and seals."""
    told = document(content, lang)
    made = word.Document()
    lay_out(made)
    _describe(made, content, told)
    _Pages(made, told, lang).write()
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


class _Pages:
    """The parts of one document, in their order."""

    def __init__(self, made: Docx, told: Document, lang: Language) -> None:
        self._made = made
        self._told = told
        self._lang = lang
        self._pictures = iter(
            pictures([one for one in told.body if isinstance(one, Bars | Lines)], lang)
        )

    def write(self) -> None:
        self._head()
        for block in self._told.body:
            self._block(block, _WIDE)
        self._signature()
        number_pages(self._made.sections[0])
        self._mark()
        for number, annex in enumerate(self._told.annexes, 1):
            self._annex(number, annex)
        self._imprint()

    def _head(self) -> None:
        """Mark of the issuer in red, document number and signer above a red line, the title."""
        told, say = self._told, self._lang.gettext
        mark = self._line(told.issuer, "Official mark")
        mark.paragraph_format.space_before = Pt(70)
        mark.runs[0].font.color.rgb = RED
        self._line("", "Official body")
        number = told.number or say(N_("(document number)"))
        signer = say(N_("Signed by {name}")).format(name=told.signer or "　　　")
        line = self._line(f"　{number}\t{signer}　", "Official number")
        line.paragraph_format.tab_stops.add_tab_stop(Pt(_WIDE / 20), WD_TAB_ALIGNMENT.RIGHT)
        _underline(line)
        for _ in range(2):
            self._line("", "Official body")
        self._line(f"{told.place}{_between(self._lang)}{told.title}", "Official title")
        self._line(told.period, "Official subtitle")
        self._line("", "Official body")

    def _signature(self) -> None:
        """The annexes by name, then who issues it and when, with room for the seal."""
        told, say = self._told, self._lang.gettext
        self._line("", "Official body")
        colon = ": " if self._lang.code == "en" else "："
        for number, annex in enumerate(told.annexes, 1):
            title = annex[0].text if isinstance(annex[0], Heading) else ""
            before = f"{say(N_('Annexes'))}{colon}" if number == 1 else "　　　"
            line = self._line(f"{before}{number}. {title}", "Official body")
            line.paragraph_format.keep_with_next = True
        for _ in range(3):
            self._line("", "Official body").paragraph_format.keep_with_next = True
        for text, grey in (
            (say(N_("(place for the seal)")), True),
            (told.issuer, False),
            (told.day, False),
        ):
            line = self._line(text, "Official signature")
            line.paragraph_format.right_indent = SIZE_3 * 4
            line.paragraph_format.keep_with_next = text != told.day
            if grey:
                line.runs[0].font.color.rgb = _GREY

    def _annex(self, number: int, annex: Sequence[Block]) -> None:
        wide = any(isinstance(block, Grid) and len(block.head) > 6 for block in annex)  # noqa: PLR2004
        section = self._made.add_section(WD_SECTION.NEW_PAGE)
        (flipped if wide else upright)(section)
        label = self._lang.gettext(N_("Annex {number}")).format(number=number)
        self._line(label, "Official annex")
        for block in annex:
            if isinstance(block, Heading):
                self._line(block.text, "Official title")
            else:
                self._block(block, _WIDER if wide else _WIDE)

    def _mark(self) -> None:
        """A draft says so on every page."""
        if self._told.mark:
            section = self._made.sections[0]
            for header in (section.header, section.even_page_header):
                header.is_linked_to_previous = False
                line = header.paragraphs[0]
                line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                run = line.add_run(self._told.mark)
                run.bold = True
                run.font.color.rgb = RED

    def _block(self, block: Block, width: int) -> None:
        match block:
            case Heading(text, level):
                self._line(text, f"Official heading {level}")
            case Paragraph(text):
                self._line(text, "Official body")
            case Grid():
                self._made.element.body.insert_element_before(
                    parse_xml(table_xml(block, width)), "w:sectPr"
                )
                self._line("", "Official cell")
            case Bars() | Lines():
                self._picture(block)

    def _picture(self, chart: Bars | Lines) -> None:
        """A chart as a picture; the table below has the same numbers, and can be edited."""
        picture = next(self._pictures, None)
        if picture is None:
            return
        line = self._line("", "Official cell")
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.keep_with_next = True
        shown = line.add_run().add_picture(io.BytesIO(picture), width=Mm(_PICTURE))
        about = shown._inline.docPr
        about.set("descr", _NOT_XML.sub("", said(chart, self._lang)))

    def _imprint(self) -> None:
        """What stands at the foot of the last page (版记), which is an even one."""
        told = self._told
        copies, printer, printed = (
            _NOT_XML.sub("", one) for one in (told.copies, told.printer, told.printed)
        )
        upright(self._made.add_section(WD_SECTION.EVEN_PAGE))
        above = self._line("", "Official cell").paragraph_format
        above.space_before = Twips(space_above(copies))
        self._made.element.body.insert_element_before(
            parse_xml(imprint_xml(copies, printer, printed, _WIDE)), "w:sectPr"
        )
        self._line("", "Official cell")

    def _line(self, text: str, style: str) -> Written:
        return self._made.add_paragraph(_NOT_XML.sub("", text), style)


def table_xml(told: Grid, width: int) -> str:
    """A table as WordprocessingML: its head repeated on every page, no row broken between two.

    Args:
        told: its texts.
        width: twentieths of a point, shared out by the columns' weights.
    """
    whole = sum(told.weights)
    widths = [int(width * weight / whole) for weight in told.weights]
    borders = "".join(_BORDER.format(side=side) for side in _SIDES)
    columns = "".join(f'<w:gridCol w:w="{one}"/>' for one in widths)
    rows = [_row(told.head, widths, ["center"] * len(widths), head=True, last=not told.rows)]
    sides = ["right" if right else "left" for right in told.right]
    # A short table stays on one page, and of a long one more than a row at the foot of it.
    together = len(told.rows) - 1 if len(told.rows) <= _SHORT else 2
    rows += [
        _row(row, widths, sides, head=False, last=number >= together)
        for number, row in enumerate(told.rows)
    ]
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="40" w:type="dxa"/>'
        '<w:right w:w="40" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    cells: Sequence[str], widths: Sequence[int], sides: Sequence[str], *, head: bool, last: bool
) -> str:
    """A row; unless it is a ``last`` one, it stays on the page of the next."""
    kind = "<w:cantSplit/><w:tblHeader/>" if head else "<w:cantSplit/>"
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F1F3F5"/>' if head else ""
    beside = "" if last else "<w:keepNext/>"
    bold = "<w:rPr><w:b/></w:rPr>" if head else ""
    written = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="Officialcell"/>{beside}<w:snapToGrid w:val="0"/>'
        f'<w:jc w:val="{side}"/></w:pPr><w:r>{bold}'
        f'<w:t xml:space="preserve">{escape(_NOT_XML.sub("", cell))}</w:t></w:r></w:p></w:tc>'
        for cell, width, side in zip(cells, widths, sides, strict=True)
    )
    return f"<w:tr><w:trPr>{kind}</w:trPr>{written}</w:tr>"


def _underline(line: Written) -> None:
    """The red line below the document number."""
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="12" w:space="11"'
        f' w:color="{RED}"/></w:pBdr>'
    )
    properties = line._p.get_or_add_pPr()
    # Borders stand right behind the style (ECMA-376, 17.3.1.26).
    properties.insert(1, border)


def _describe(made: Docx, content: ReportContent, told: Document) -> None:
    about = made.core_properties
    about.title, about.author = f"{told.title} {told.place}", told.issuer
    about.comments = about.keywords = about.last_modified_by = ""
    about.created = about.modified = datetime.combine(content.head.made_on, time())
    about.revision = content.head.edition


def _between(lang: Language) -> str:
    return ": " if lang.code == "en" else ""
