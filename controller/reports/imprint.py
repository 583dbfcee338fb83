"""The imprint of an official document (版记, GB/T 9704-2012, 7.4): copies, printer, day."""

from xml.sax.saxutils import escape

from docx.oxml.ns import nsdecls

#: Lines of 0.35 mm above and below, of 0.25 mm between, in eighths of a point.
_THICK, _THIN = 8, 6
_SIZE_4 = 28
#: 225 mm; a line of the imprint, and room for rounding: twentieths of a point.
_HIGH, _LINE_HIGH, _SPARE = 12_756, 480, 1_800
#: Of size 4 in one line.
_CHARACTERS = 28
_LINE = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'
_NONE = '<w:{side} w:val="nil"/>'


def imprint_xml(copies: str, printer: str, printed: str, width: int) -> str:
    """The imprint as a table as wide as the text.

    Args:
        copies: who else is sent the paper; empty: the line is left out.
        printer: who prints it.
        printed: when.
        width: twentieths of a point.
    """
    borders = "".join(
        (_LINE if size else _NONE).format(side=side, size=size)
        for side, size in (
            ("top", _THICK), ("left", 0), ("bottom", _THICK), ("right", 0),
            ("insideH", _THIN), ("insideV", 0),
        )
    )  # fmt: skip
    half = width // 2
    rows = _row(_cell(copies, half * 2, "left", span=2)) if copies else ""
    rows += _row(_cell(printer, half, "left") + _cell(printed, half, "right"))
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{half * 2}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{half}"/><w:gridCol w:w="{half}"/></w:tblGrid>'
        f"{rows}</w:tbl>"
    )


def space_above(copies: str) -> int:
    """What stands empty above the imprint on a page of its own, in twentieths of a point.

    Programs disagree on tables that are fastened to the foot of a page, and agree on this.
    """
    lines = -(-len(copies) // _CHARACTERS) + 1
    return _HIGH - lines * _LINE_HIGH - _SPARE


def _row(cells: str) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(text: str, width: int, side: str, span: int = 1) -> str:
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    size = f'<w:rPr><w:sz w:val="{_SIZE_4}"/><w:szCs w:val="{_SIZE_4}"/></w:rPr>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}</w:tcPr>'
        '<w:p><w:pPr><w:pStyle w:val="Officialcell"/><w:keepNext/><w:snapToGrid w:val="0"/>'
        f'<w:spacing w:line="{_LINE_HIGH}" w:lineRule="exact"/>'
        '<w:ind w:leftChars="100" w:left="280" w:rightChars="100" w:right="280"/>'
        f'<w:jc w:val="{side}"/></w:pPr><w:r>{size}'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )
