"""The entrance of parties: organisations, people and actors."""

from pli.parties.actors import Actor, PortalActor, StaffActor, SystemActor
from pli.parties.models import (
    Account,
    Address,
    Consent,
    Contact,
    Member,
    Organisation,
    Party,
    PartyKind,
    PortalAccess,
    Role,
)

__all__ = [
    "Account",
    "Actor",
    "Address",
    "Consent",
    "Contact",
    "Member",
    "Organisation",
    "Party",
    "PartyKind",
    "PortalAccess",
    "PortalActor",
    "Role",
    "StaffActor",
    "SystemActor",
]
