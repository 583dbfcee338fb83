"""Every query over the inventory, each within the caller's scope. Import repositories from here."""

from inventory.repositories.agents import AgentRepository, BrokerRepository
from inventory.repositories.audit import AuditRepository
from inventory.repositories.calendars import CalendarRepository
from inventory.repositories.credentials import CredentialRepository
from inventory.repositories.devices import DeviceRepository, DeviceRow, DeviceSort
from inventory.repositories.equipment import EquipmentRuleRepository
from inventory.repositories.lines import LineRepository
from inventory.repositories.organisations import OrganisationRepository
from inventory.repositories.people import ApiTokenRepository, UserRepository, WebSessionRepository
from inventory.repositories.places import BuildingRepository, CampusRepository
from inventory.repositories.plans import PlanRepository
from inventory.repositories.ports import PortRepository
from inventory.repositories.proposals import (
    DiscoveryRepository,
    ProposalRepository,
    ProposalRow,
)
from inventory.repositories.rooms import RoomRepository
from inventory.repositories.school_records import (
    SchoolChangeRepository,
    SchoolFiguresRepository,
    StaffRepository,
)
from inventory.repositories.schools import SchoolRepository
from inventory.repositories.scoped import MAX_PAGE, Page, Repository

__all__ = [
    "MAX_PAGE",
    "AgentRepository",
    "ApiTokenRepository",
    "AuditRepository",
    "BrokerRepository",
    "BuildingRepository",
    "CalendarRepository",
    "CampusRepository",
    "CredentialRepository",
    "DeviceRepository",
    "DeviceRow",
    "DeviceSort",
    "DiscoveryRepository",
    "EquipmentRuleRepository",
    "LineRepository",
    "OrganisationRepository",
    "Page",
    "PlanRepository",
    "PortRepository",
    "ProposalRepository",
    "ProposalRow",
    "Repository",
    "RoomRepository",
    "SchoolChangeRepository",
    "SchoolFiguresRepository",
    "SchoolRepository",
    "StaffRepository",
    "UserRepository",
    "WebSessionRepository",
]
