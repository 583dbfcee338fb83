"""Words for what the audit trail names by table and column, and its values as people read them.

A table or column without a word is called by its name: a new one is in the trail before anybody
finds words for it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum
from sqlmodel import SQLModel

from controller.language import N_, Language
from controller.words.terms import word
from inventory.audit.values import MASK
from inventory.models import ChangeAction, ChangeOrigin

ACTIONS: Mapping[ChangeAction, str] = {
    ChangeAction.insert: N_("Added"),
    ChangeAction.update: N_("Changed"),
    ChangeAction.delete: N_("Removed"),
}
ORIGINS: Mapping[ChangeOrigin, str] = {
    ChangeOrigin.page: N_("Console page"),
    ChangeOrigin.api: N_("API"),
    ChangeOrigin.cli: N_("Command"),
    ChangeOrigin.import_: N_("Import"),
}
TABLES: Mapping[str, str] = {
    "agent": N_("Agent"),
    "agent_school": N_("Schools of an agent"),
    "api_token": N_("API token"),
    "app_user": N_("User"),
    "attachment": N_("Attachment"),
    "broker": N_("Broker"),
    "building": N_("Building"),
    "campus": N_("Campus"),
    "catalogue_model": N_("Catalogue model"),
    "credential": N_("Credential"),
    "custom_field": N_("Field of one's own"),
    "device": N_("Device"),
    "device_mac": N_("Hardware address"),
    "duty_shift": N_("Duty roster"),
    "discovery_range": N_("Searched network"),
    "discovery_settings": N_("Discovery settings"),
    "life_step": N_("Step of a life"),
    "line": N_("Line"),
    "notify_channel": N_("Channel"),
    "notify_preference": N_("What you are told"),
    "maintenance_window": N_("Maintenance window"),
    "organisation": N_("Bureau"),
    "proposal": N_("Discovered device"),
    "role_grant": N_("Role of a user"),
    "room": N_("Room"),
    "school": N_("School"),
    "silence": N_("Silence"),
    "ticket": N_("Ticket"),
    "report_edition": N_("Report edition"),
    "edition_step": N_("Step of a report edition"),
    "edition_appeal": N_("Appeal against a report"),
    "edition_scan": N_("Scan of a report"),
}
FIELDS: Mapping[str, str] = {
    "acquisition": N_("Acquisition"),
    "address": N_("Address"),
    "asset_class": N_("Asset class"),
    "asset_number": N_("Asset number"),
    "building": N_("Building"),
    "catalogue_id": N_("Catalogue model"),
    "classes": N_("Classes"),
    "credential_id": N_("Credential"),
    "custodian": N_("Custodian"),
    "custom_fields": N_("Fields of one's own"),
    "driver": N_("Driver"),
    "end_of_sale": N_("End of sale"),
    "end_of_security_patches": N_("End of security patches"),
    "end_of_support": N_("End of support"),
    "expected_life_months": N_("Expected life in months"),
    "funding_source": N_("Funding source"),
    "is_personal": N_("Personal device"),
    "kind": N_("Kind"),
    "lifecycle": N_("Life cycle"),
    "list_price_cny": N_("List price (CNY)"),
    "mac": N_("Hardware address"),
    "model": N_("Model"),
    "mqtt_client": N_("MQTT id"),
    "mqtt_profile": N_("MQTT layout"),
    "name": N_("Name"),
    "ping": N_("Echo requests"),
    "price_cny": N_("Price (CNY)"),
    "protocol": N_("Watched by"),
    "purchased_on": N_("Purchased on"),
    "reason": N_("Reason"),
    "room_id": N_("Room"),
    "school_code": N_("School"),
    "serial": N_("Serial number"),
    "service_port": N_("Port number"),
    "ssh_credential_id": N_("Log-in"),
    "ssh_platform": N_("Platform"),
    "ssh_port": N_("SSH port"),
    "students": N_("Students"),
    "supplier": N_("Supplier"),
    "teachers": N_("Teachers"),
    "vendor": N_("Vendor"),
    "version": N_("Version"),
    "warranty_until": N_("Warranty until"),
}


def table_word(name: str) -> str:
    """The message id of a table."""
    return TABLES.get(name, name)


def field_word(name: str) -> str:
    """The message id of a column."""
    return FIELDS.get(name, name)


def value_text(table: str, column: str, value: Any, lang: Language) -> str:
    """A value of the trail in the reader's words; ``—`` for none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return lang.gettext(N_("Yes")) if value else lang.gettext(N_("No"))
    if value == MASK or not isinstance(value, str):
        return str(value)
    known = _enumeration(table, column)
    try:
        return lang.gettext(word(known(value))) if known is not None else value
    except (KeyError, ValueError):
        # A value of a release before, or one nobody has a word for.
        return value


def _enumeration(table: str, column: str) -> type[StrEnum] | None:
    its = SQLModel.metadata.tables.get(table)
    kind = its.columns[column].type if its is not None and column in its.columns else None
    found = kind.enum_class if isinstance(kind, Enum) else None
    return found if found is not None and issubclass(found, StrEnum) else None
