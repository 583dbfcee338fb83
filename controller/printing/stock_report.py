"""The report of a stock-taking as PDF: what was counted, line by line, and who signed it."""

from collections.abc import Sequence
from pathlib import Path

from starlette.responses import Response

from controller.errors import FleetError
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.stocktaking import ReportPage, ResultRow, report_page
from controller.printing.typesetting import typeset

#: Lines a PDF takes; typesetting more keeps everybody waiting. The CSV file has them all.
MOST_LINES = 5_000
_TEMPLATE = Path(__file__).with_name("stock_report.typ")
_HEAD = (
    N_("No."),
    N_("Device"),
    N_("Result"),
    N_("Should stand in"),
    N_("Seen in"),
    N_("Seen"),
    N_("Decision"),
)
_SIGNED = (N_("Counted by"), N_("Person in charge"))


class TooManyLines(FleetError):
    """More lines than are typeset at once."""

    status = 422
    code = "too_many_lines"
    title = N_("The request does not fit")
    message = N_("The report has {count} lines, and a PDF takes {most}. Save it as CSV.")


def stock_report_pdf(look: Look, campaign_id: str) -> Response:
    """The lines the reader may see; the digest at the foot is that of the signed CSV file.

    Raises:
        NotFound: no such campaign touches a school of the reader's.
        TooManyLines: more than ``MOST_LINES``.
        FontMissing: Chinese cannot be written.
    """
    page = report_page(look, campaign_id)
    if len(page.rows) > MOST_LINES:
        raise TooManyLines(count=len(page.rows), most=MOST_LINES)
    translate, campaign = look.lang.gettext, page.campaign
    name = translate(N_("Stock-taking report: %(name)s")) % {"name": campaign.name}
    digest = f"SHA-256 {campaign.digest}" if campaign.digest else translate(N_("Not signed yet"))
    pdf = typeset(
        _TEMPLATE,
        {
            "lang": "zh" if look.lang.code == "zh_CN" else "en",
            "title": name,
            "digest": digest,
            "pages": translate(N_("Page {number} of {all}")),
            "facts": _facts(look, page),
            "head": [translate(text) for text in _HEAD],
            "rows": [_cells(look, row) for row in page.rows],
            "signatures": [translate(text) for text in _SIGNED],
        },
    )
    headers = {
        "Content-Disposition": f'inline; filename="stocktaking-{campaign.id}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _facts(look: Look, page: ReportPage) -> Sequence[tuple[str, str]]:
    campaign, lang = page.campaign, look.lang
    begun = f"{lang.moment(campaign.started_at)} · {page.people[campaign.started_by]}"
    counts = [f"{lang.gettext(text)} {lang.number(number)}" for _, text, _, number in page.counts]
    facts = [(N_("School"), "、".join(page.schools)), (N_("Begun"), begun)]
    if campaign.finished_at and campaign.finished_by:
        done = f"{lang.moment(campaign.finished_at)} · {page.people[campaign.finished_by]}"
        facts.append((N_("Finished"), done))
    facts.append((N_("Results"), "  ".join(counts)))
    if campaign.signed_at:
        signed = f"{campaign.signed_name} · {lang.moment(campaign.signed_at)}"
        facts.append((N_("Signature"), signed))
    return [(lang.gettext(label), text) for label, text in facts]


def _cells(look: Look, row: ResultRow) -> Sequence[str]:
    one, lang = row.result, look.lang
    numbers = " · ".join(filter(None, (one.asset_number, one.serial)))
    seen = lang.moment(one.seen_at) if one.seen_at else "—"
    decision = lang.gettext(row.decision) if row.decision else "—"
    return [
        str(one.position),
        "\n".join(filter(None, (one.name or one.code, numbers))),
        lang.gettext(row.outcome),
        one.expected_room or "—",
        one.seen_room or "—",
        "\n".join(filter(None, (seen, row.counted_by))),
        "\n".join(filter(None, (decision, row.decided_by, one.note))),
    ]
