"""Tables of the inventory. Import tables from here."""

from inventory.models.agent import (
    Agent,
    AgentKey,
    AgentSchool,
    Broker,
    EnrolmentToken,
    EnrolmentTokenSchool,
)
from inventory.models.catalogue import CatalogueModel
from inventory.models.command import (
    AgentCommand,
    CommandAttachment,
    CommandKind,
    CommandState,
    PlanChange,
)
from inventory.models.configuration import ConfigurationText, DeviceConfiguration
from inventory.models.device import (
    Acquisition,
    Credential,
    CredentialKind,
    Device,
    DeviceEvent,
    DeviceMac,
    DeviceReview,
    DeviceState,
    Lifecycle,
    Port,
    Protocol,
)
from inventory.models.equipment_rule import EquipmentBasis, EquipmentRule
from inventory.models.line import BandwidthTarget, Line, Medium, TargetMetric
from inventory.models.money import (
    BudgetEntry,
    BudgetLine,
    DepreciationRule,
    Fund,
    FundEntry,
    PerPupilRule,
    Programme,
    ProgrammeCategory,
    ProgrammeParty,
    ReimbursementClaim,
)
from inventory.models.organisation import (
    Level,
    Organisation,
    School,
    SchoolForm,
    Setting,
    Stage,
)
from inventory.models.page_change import PageChange
from inventory.models.parts import Component, Neighbour
from inventory.models.people import ApiToken, Grant, LoginFailure, Role, User, WebSession
from inventory.models.place import Building, Campus, Room, RoomKind
from inventory.models.proposal import (
    DiscoveryRange,
    DiscoverySettings,
    Match,
    Proposal,
    ProposalState,
)
from inventory.models.quarantine import QuarantinedBatch, QuarantinedBody
from inventory.models.school_change import SchoolChange, SchoolChangeKind
from inventory.models.school_figures import SchoolFigures
from inventory.models.staff import CertificateLevel, StaffMember, StaffRole
from inventory.models.summary import DeviceSearch, SchoolSummary, SummaryTime

__all__ = [
    "Acquisition",
    "Agent",
    "AgentCommand",
    "AgentKey",
    "AgentSchool",
    "ApiToken",
    "BandwidthTarget",
    "Broker",
    "BudgetEntry",
    "BudgetLine",
    "Building",
    "Campus",
    "CatalogueModel",
    "CertificateLevel",
    "CommandAttachment",
    "CommandKind",
    "CommandState",
    "Component",
    "ConfigurationText",
    "Credential",
    "CredentialKind",
    "DepreciationRule",
    "Device",
    "DeviceConfiguration",
    "DeviceEvent",
    "DeviceMac",
    "DeviceReview",
    "DeviceSearch",
    "DeviceState",
    "DiscoveryRange",
    "DiscoverySettings",
    "EnrolmentToken",
    "EnrolmentTokenSchool",
    "EquipmentBasis",
    "EquipmentRule",
    "Fund",
    "FundEntry",
    "Grant",
    "Level",
    "Lifecycle",
    "Line",
    "LoginFailure",
    "Match",
    "Medium",
    "Neighbour",
    "Organisation",
    "PageChange",
    "PerPupilRule",
    "PlanChange",
    "Port",
    "Programme",
    "ProgrammeCategory",
    "ProgrammeParty",
    "Proposal",
    "ProposalState",
    "Protocol",
    "QuarantinedBatch",
    "QuarantinedBody",
    "ReimbursementClaim",
    "Role",
    "Room",
    "RoomKind",
    "School",
    "SchoolChange",
    "SchoolChangeKind",
    "SchoolFigures",
    "SchoolForm",
    "SchoolSummary",
    "Setting",
    "StaffMember",
    "StaffRole",
    "Stage",
    "SummaryTime",
    "TargetMetric",
    "User",
    "WebSession",
]
