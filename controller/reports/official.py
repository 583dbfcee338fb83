"""The layout of official documents (党政机关公文格式, GB/T 9704-2012): page, fonts, styles.

A4 with a type area of 156 mm by 225 mm: 37 mm above it, 28 mm at the binding edge; 22 lines of 28
characters of size 3 (16 pt); title size 2 (22 pt); page numbers of size 4 (14 pt) between dashes,
at the outer edge.
"""

from typing import Any, NamedTuple

from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor

#: Chinese fonts by what they are for, each with what stands in for it where it is not installed.
SONG, FANG_SONG, HEI, KAI, SHU_SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
FALLBACKS = {
    SONG: "小标宋体,华文中宋,Noto Serif CJK SC",
    FANG_SONG: "仿宋,FangSong,华文仿宋,Noto Serif CJK SC",
    HEI: "SimHei,Noto Sans CJK SC",
    KAI: "楷体,KaiTi,华文楷体,Noto Serif CJK SC",
    SHU_SONG: "SimSun,Noto Serif CJK SC",
}
_LATIN = "Times New Roman"
SIZE_2, SIZE_3, SIZE_4, SMALL = Pt(22), Pt(16), Pt(14), Pt(9)
RED = RGBColor(0xC8, 0x10, 0x2E)
#: 225 mm by 22 lines; what 28 characters of 16 pt are set closer by to fit 156 mm: twentieths of a
#: point. A grid of characters would do it, too, but programs disagree on characters wider than it.
LINE_PITCH, CLOSER = 580, -5
_LINE = Pt(LINE_PITCH / 20)


class _Look(NamedTuple):
    """A paragraph style: Chinese font, size, where it stands, and how far it is indented."""

    font: str
    size: Any = SIZE_3
    align: Any = WD_ALIGN_PARAGRAPH.JUSTIFY
    indent: int = 0
    heading: int | None = None


STYLES = {
    "Official mark": _Look(SONG, Pt(36), WD_ALIGN_PARAGRAPH.CENTER),
    "Official number": _Look(FANG_SONG, align=WD_ALIGN_PARAGRAPH.LEFT),
    "Official title": _Look(SONG, SIZE_2, WD_ALIGN_PARAGRAPH.CENTER),
    "Official subtitle": _Look(KAI, align=WD_ALIGN_PARAGRAPH.CENTER),
    "Official body": _Look(FANG_SONG, indent=2),
    "Official heading 1": _Look(HEI, indent=2, heading=0),
    "Official heading 2": _Look(KAI, indent=2, heading=1),
    "Official annex": _Look(HEI, align=WD_ALIGN_PARAGRAPH.LEFT, heading=0),
    "Official signature": _Look(FANG_SONG, align=WD_ALIGN_PARAGRAPH.RIGHT),
    "Official cell": _Look(FANG_SONG, SMALL, WD_ALIGN_PARAGRAPH.LEFT),
}


def lay_out(made: Docx) -> None:
    """Give a new document the page, the fonts and the styles."""
    defaults = made.styles.element.find(qn("w:docDefaults"))
    fonts = defaults.find(f".//{qn('w:rFonts')}")
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    _set_fonts(fonts, FANG_SONG)
    for name, look in STYLES.items():
        _add_style(made, name, look)
    _name_fallbacks(made)
    made.settings.odd_and_even_pages_header_footer = True
    upright(made.sections[0])


def upright(section: Section) -> None:
    """The page of the text, with its grid of lines."""
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    _set_edges(section)


def flipped(section: Section) -> None:
    """A page for wide tables, the binding edge above."""
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin, section.bottom_margin = Mm(28), Mm(26)
    section.left_margin, section.right_margin = Mm(35), Mm(37)
    _set_edges(section)


def number_pages(section: Section) -> None:
    """Page numbers between dashes: at the right of odd pages, at the left of even ones."""
    for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph._p.getparent().replace(paragraph._p, parse_xml(_page_number(align)))


def _page_number(align: str) -> str:
    side = "w:rightChars" if align == "right" else "w:leftChars"
    size = int(SIZE_4.pt * 2)
    run = (
        f'<w:rPr><w:rFonts w:ascii="{SHU_SONG}" w:hAnsi="{SHU_SONG}" w:eastAsia="{SHU_SONG}"/>'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
    )
    return (
        f'<w:p {nsdecls("w")}><w:pPr><w:ind {side}="100"/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r>{run}<w:t xml:space="preserve">— </w:t></w:r>'
        f'<w:fldSimple w:instr="PAGE"><w:r>{run}<w:t>1</w:t></w:r></w:fldSimple>'
        f'<w:r>{run}<w:t xml:space="preserve"> —</w:t></w:r></w:p>'
    )


def _set_edges(section: Section) -> None:
    """The page number stands 7 mm below the type area; 22 lines of 28 characters."""
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(
        parse_xml(f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="{LINE_PITCH}"/>')
    )


def _add_style(made: Docx, name: str, look: _Look) -> None:
    style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = made.styles["Normal"]
    style.quick_style = True
    style.font.name = _LATIN
    style.font.size = look.size
    properties = style.element.get_or_add_rPr()
    _set_fonts(properties.find(qn("w:rFonts")), look.font)
    if look.size == SIZE_3:
        closer = parse_xml(f'<w:spacing {nsdecls("w")} w:val="{CLOSER}"/>')
        properties.insert_element_before(closer, "w:w", "w:kern", "w:position", "w:sz")
    layout = style.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.alignment = look.align
    if look.size == SMALL:
        layout.line_spacing = 1.0
    elif look.size <= SIZE_2:
        layout.line_spacing = _LINE
    if look.heading is not None:
        layout.keep_with_next = True
        level = parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="{look.heading}"/>')
        style.element.get_or_add_pPr().append(level)
    if look.indent:
        layout.first_line_indent = look.size * look.indent
        indent = style.element.pPr.find(qn("w:ind"))
        indent.set(qn("w:firstLineChars"), str(100 * look.indent))


def _set_fonts(fonts: Any, chinese: str) -> None:
    for place in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{place}"), _LATIN)
    fonts.set(qn("w:eastAsia"), chinese)


def _name_fallbacks(made: Docx) -> None:
    """Say which fonts may stand in for those that are not installed."""
    part = made.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for name, others in FALLBACKS.items()
    )
    table = f'<?xml version="1.0" encoding="UTF-8"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
    part._blob = table.encode()
