"""What SQLite's planner is told of the tables: how many rows a city has, and how many fit a key.

Nobody runs ``ANALYZE`` on a register in service, and without any figures SQLite takes every key to
fit ten rows: of 200,000 devices it looked up those that are healthy, 168,000, to find the first 50
by name. Figures of a city that was measured are planted instead (SQLite's manual recommends it as
"pre-populating the ``sqlite_stat1`` table"), at every upgrade, so that all registers are read by
the same plans. In a small one a city's plan costs nothing worth a thought.

PostgreSQL looks by itself.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, text

#: By table and index: rows of the table, then how many of them are alike in the first column of the
#: index, in the first two, and so on.
FIGURES: Mapping[str, Mapping[str, str]] = {
    "device": {
        "ix_device_address_name_id": "200000 1 1 1",
        "ix_device_asset_number": "200000 1",
        "ix_device_catalogue_id": "200000 200",
        "ix_device_kind_name_id": "200000 50000 2000 1",
        "ix_device_kind_status_rank_name_id": "200000 50000 25000 2000 1",
        "ix_device_name_id": "200000 2000 1",
        "ix_device_out_of_service": "4000 4000 2000 1",
        "ix_device_purchased_on_name_id": "180000 55 28 1",
        "ix_device_room_id": "200000 5",
        "ix_device_school_code": "200000 100",
        "ix_device_school_code_kind_lifecycle": "200000 100 25 20 20 5",
        "ix_device_school_code_lifecycle_status_rank": "200000 100 50 17",
        "ix_device_serial": "200000 1",
        "ix_device_status_rank_name_id": "200000 40000 2000 1",
        "ix_device_vendor_name_id": "200000 4000 1000 1",
        "ix_device_warranty_until_name_id": "180000 55 28 1",
        "sqlite_autoindex_device_1": "200000 1",
    },
    "device_state": {
        "ix_device_state_agent_id": "196000 98",
        "ix_device_state_attached_device_id": "196000 10",
        "ix_device_state_failing": "2000 1",
        "ix_device_state_school_code": "196000 98",
        "ix_device_state_since_device_id": "196000 1 1",
        "sqlite_autoindex_device_state_1": "196000 1",
    },
    "device_mac": {
        "ix_device_mac_mac": "200000 1",
        "sqlite_autoindex_device_mac_1": "200000 1 1",
    },
    "device_event": {
        "ix_device_event_device_id_at": "200000 1 1",
        "ix_device_event_school_code": "200000 100",
        "sqlite_autoindex_device_event_1": "200000 1",
    },
    "school": {
        "ix_school_lead_school_code": "2000 10",
        "ix_school_organisation_code": "2000 20",
        "ix_school_path": "2000 1",
        "ix_school_successor_code": "2000 100",
        "sqlite_autoindex_school_1": "2000 1",
    },
    "room": {
        "ix_room_building_id": "40000 20",
        "ix_room_school_code": "40000 20",
        "sqlite_autoindex_room_1": "40000 1",
    },
    "port": {
        "sqlite_autoindex_port_1": "480000 24 1",
    },
    "alert": {
        "ix_alert_cleared_at": "202000 1",
        "ix_alert_device_id": "202000 1",
        "ix_alert_line_id": "202000 100",
        "ix_alert_open_school_code_severity": "2000 1 1",
        "ix_alert_opened_at_id": "202000 1 1",
        "ix_alert_school_code": "202000 101",
        "ix_alert_subject": "202000 1",
        "ix_alert_ticket_id": "202000 4",
        "uq_alert_open": "2000 1 1 1",
        "sqlite_autoindex_alert_1": "202000 1",
    },
    "ticket": {
        "ix_ticket_assignee_id": "62000 124",
        "ix_ticket_device_id": "62000 1",
        "ix_ticket_fault_key": "62000 1",
        "ix_ticket_line_id": "62000 30",
        "ix_ticket_number": "62000 1",
        "ix_ticket_resolved_at": "62000 1",
        "ix_ticket_school_code": "62000 31",
        "ix_ticket_severity_opened_at_number": "62000 31000 1 1",
        "uq_ticket_school_code_record_number": "4000 2 1",
        "ix_ticket_state": "62000 20667",
        "sqlite_autoindex_ticket_1": "62000 1",
    },
    "ticket_event": {
        "ix_ticket_event_ticket_id": "186000 3",
    },
    "proposal": {
        "ix_proposal_school_code_state": "20000 10 10",
        "ix_proposal_serial": "20000 10",
        "ix_proposal_state_first_found_at": "20000 10000 1 1",
        "uq_proposal_school_code_address": "20000 10 1",
        "sqlite_autoindex_proposal_1": "20000 1",
    },
    "agent_command": {
        "ix_agent_command_agent_id_created_at": "40000 20 1",
        "ix_agent_command_school_code": "40000 20",
        "ix_agent_command_state": "40000 8000",
        "ix_agent_command_subject_created_at": "40000 1 1",
        "sqlite_autoindex_agent_command_1": "40000 1",
    },
}


def plant(connection: Connection) -> None:
    """Tell SQLite about a city; the caller commits. Only of indices that are there."""
    # Makes the table of figures where there is none: no statement of ours may.
    connection.execute(text("ANALYZE alembic_version"))
    there = set(connection.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'index'")))
    connection.execute(text("DELETE FROM sqlite_stat1"))
    connection.execute(
        text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :figures)"),
        [
            {"table": table, "index": index, "figures": figures}
            for table, indices in FIGURES.items()
            for index, figures in indices.items()
            if index in there
        ],
    )
    connection.execute(text("ANALYZE sqlite_schema"))
