"""QR labels as PDF: sheets of A4, and single labels for label printers."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import segno

from controller.errors import FleetError
from controller.language import N_
from controller.printing.typesetting import typeset

#: A person prints a school at a time; 200,000 on one sheet are a mistake.
MOST_LABELS = 2_000
#: Any of the eight may be used; to weigh them against each other takes longer than all the rest.
_MASK = 3
_TEMPLATE = Path(__file__).with_name("labels.typ")


class TooManyLabels(FleetError):
    """More labels than anybody prints at once."""

    status = 422
    code = "too_many_labels"
    title = N_("The request does not fit")
    message = N_("{count} devices fit, and at most {most} labels are printed at once. Filter them.")


@dataclass(frozen=True, slots=True)
class Paper:
    """What labels are printed on; all lengths are mm.

    Args:
        columns, rows: labels on a page; one by one on a label printer.
        margin_x, margin_y: between the edge of the page and the labels.
    """

    width: float
    height: float
    columns: int = 1
    rows: int = 1
    margin_x: float = 0.0
    margin_y: float = 0.0


#: By the name that is asked for. Sheets are those on sale: 24 of 70 x 37 mm, 14 of 99 x 38 mm,
#: 65 of 38 x 21 mm.
PAPERS = {
    "a4-24": Paper(210, 297, 3, 8, 0, 0.5),
    "a4-14": Paper(210, 297, 2, 7, 6, 15.3),
    "a4-65": Paper(210, 297, 5, 13, 9.75, 10.7),
    "40x30": Paper(40, 30),
    "50x30": Paper(50, 30),
    "60x40": Paper(60, 40),
    "70x50": Paper(70, 50),
}
DEFAULT_PAPER = "a4-24"


@dataclass(frozen=True, slots=True)
class Label:
    """One label.

    Args:
        number: asset number; empty where a device has none.
        name: of the device.
        school: its name.
        url: what the QR code holds.
        hint: what scanning it is good for.
    """

    number: str
    name: str
    school: str
    url: str
    hint: str = ""


def labels_pdf(labels: Sequence[Label], paper: Paper, *, skip: int = 0) -> bytes:
    """The labels in their order, as PDF.

    Args:
        labels: at most ``MOST_LABELS``.
        paper: what they are printed on.
        skip: places of the first sheet that are used up.

    Raises:
        FontMissing: Chinese cannot be written.
        TooManyLabels: there are more.
    """
    if len(labels) > MOST_LABELS:
        raise TooManyLabels(count=len(labels), most=MOST_LABELS)
    data = {
        "paper": {
            "width": paper.width,
            "height": paper.height,
            "columns": paper.columns,
            "rows": paper.rows,
            "margin_x": paper.margin_x,
            "margin_y": paper.margin_y,
        },
        "skip": skip,
        "labels": [
            {
                "number": one.number,
                "name": one.name,
                "school": one.school,
                "hint": one.hint,
                "qr": _qr(one.url),
            }
            for one in labels
        ],
    }
    return typeset(_TEMPLATE, data)


def _qr(text: str) -> list[int]:
    """Bytes of a PNG of a QR code, a pixel a module: typst takes it in a tenth of an SVG's time.

    Its quiet zone is part of it; a quarter of the code may be scratched.
    """
    kept = BytesIO()
    code = segno.make(text, error="q", micro=False, boost_error=False, mask=_MASK)
    code.save(kept, kind="png", border=4, scale=1)
    return list(kept.getvalue())
