"""What is searched of the register of ``tests.register``, written by SQL."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from tests.register import COUNTIES, TOWNSHIPS, Rows, Size


def fill_documents(connection: Connection, size: Size) -> None:
    """What is searched of the devices, with as many of its terms as tests ask for; PostgreSQL.

    A second for a city, where ``inventory.search.upkeep`` takes minutes to write all terms of all.
    """
    rows = Rows(connection, datetime.now(UTC))
    index = connection.scalar(
        text("SELECT pg_get_indexdef(CAST('ix_search_document_terms' AS regclass))")
    )
    rows.trust()
    connection.execute(text("DROP INDEX ix_search_document_terms"))
    serial, of_school = "'sn' || i", f"i / {size.devices}"
    place = f"({of_school}) * {COUNTIES * TOWNSHIPS} / {size.schools} / {TOWNSHIPS}"
    parts = " || ' ' || ".join(f"substr({serial}, {begin}, 3)" for begin in range(1, 7))
    rows.add(
        "search_document",
        size.all_devices,
        {
            "kind": "'device'",
            "ref": rows.numbered("d"),
            "school_code": rows.numbered("S", of_school, 4),
            "words": f"'device' || (i % {size.devices}) || chr(10) || {serial} || chr(10) ||"
            " CASE WHEN i % 3 < 2 THEN 'huawei' ELSE 'vendor' || (i % 50) END",
            "terms": "'#device dev evi vic ice ^de <de @/3300/ @/3300/' ||"
            f" {rows.numbered('33', place, 2)} || 'c/ ' || {parts} ||"
            " CASE WHEN i % 3 < 2 THEN ' hua uaw awe wei =huawei'"
            " ELSE ' ven end ndo dor =vendor' || (i % 50) END",
        },
    )
    connection.execute(text(index or ""))
    rows.analyse()
