"""The tables of the plugin, all named `orcid_plugin_*`, on metadata of their own.

Every row says which site and, where it belongs to one, which environment (Registry) it is of. Times are UTC. Columns
named `*_hash` hold the SHA-256 of a random secret or a keyed hash, columns named `sealed_*` hold ciphertext of
`encryption.Keyring`.
"""

from orcid_plugin.store.tables.base import Base, UtcDateTime, now
from orcid_plugin.store.tables.outbox import (
    DUE_DELIVERY,
    DUE_TASK,
    OPEN_DELIVERY,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Item,
    RecordClaim,
    ReviewGroup,
    Task,
    TaskState,
)
from orcid_plugin.store.tables.people import (
    UNUSED_ATTEMPT,
    Attempt,
    Authorship,
    Conflict,
    Connection,
    ConnectionState,
    Invitation,
    InvitationLink,
    InvitationReason,
    InvitationState,
    OptOut,
)
from orcid_plugin.store.tables.publications import (
    UNPLANNED_PUBLICATION,
    PublicationOrcid,
    PublicationState,
    Section,
    StoredPublication,
)
from orcid_plugin.store.tables.sites import SiteRow, StoredCredentials
from orcid_plugin.store.tables.trail import AuditEvent, Call

__all__ = [
    "DUE_DELIVERY",
    "DUE_TASK",
    "OPEN_DELIVERY",
    "UNPLANNED_PUBLICATION",
    "UNUSED_ATTEMPT",
    "Attempt",
    "AuditEvent",
    "Authorship",
    "Base",
    "Call",
    "Conflict",
    "Connection",
    "ConnectionState",
    "Delivery",
    "DeliveryAction",
    "DeliveryState",
    "Invitation",
    "InvitationLink",
    "InvitationReason",
    "InvitationState",
    "Item",
    "OptOut",
    "PublicationOrcid",
    "PublicationState",
    "RecordClaim",
    "ReviewGroup",
    "Section",
    "SiteRow",
    "StoredCredentials",
    "StoredPublication",
    "Task",
    "TaskState",
    "UtcDateTime",
    "now",
]
