"""What parties tell the journal. Names, codes and addresses of people are personal: beside the chain, erasable."""

from pli.journal.api import declare

ORGANISATION_CREATED = declare("parties.organisation-created", "Une organisation est ouverte.", fields=("slug",))
ORGANISATION_CHANGED = declare(
    "parties.organisation-changed",
    "Les réglages de l’organisation changent ; les anciennes et nouvelles valeurs sont à part.",
    fields=("changed",),
    personal=("before", "after"),
)

MEMBER_INVITED = declare(
    "parties.member-invited", "Un membre est invité dans l’équipe.", fields=("role",), personal=("email", "name")
)
MEMBER_JOINED = declare("parties.member-joined", "Un membre accepte son invitation.", fields=("role",))
MEMBER_ROLE_CHANGED = declare("parties.member-role-changed", "Le rôle d’un membre change.", fields=("before", "after"))
MEMBER_DEACTIVATED = declare("parties.member-deactivated", "Un membre perd son accès ; ses sessions sont closes.")
MEMBER_REACTIVATED = declare("parties.member-reactivated", "Un membre retrouve son accès.")

PARTY_CREATED = declare(
    "parties.party-created", "Une fiche est créée.", fields=("kind", "import_id"), personal=("values",)
)
PARTY_UPDATED = declare(
    "parties.party-updated",
    "Une fiche change ; les anciennes et nouvelles valeurs sont à part.",
    fields=("changed", "import_id"),
    personal=("before", "after"),
)
PARTY_DEACTIVATED = declare("parties.party-deactivated", "Une fiche est désactivée ; rien n’est effacé.")
PARTY_REACTIVATED = declare("parties.party-reactivated", "Une fiche est réactivée.")
CONSENT_CHANGED = declare(
    "parties.consent-changed",
    "Le consentement à l’envoi électronique change, à la date que dit `stated_on`.",
    fields=("before", "after", "stated_on", "import_id"),
)
CONTACT_ADDED = declare(
    "parties.contact-added", "Un contact est ajouté à une fiche.", fields=("contact_id",), personal=("values",)
)
CONTACT_UPDATED = declare(
    "parties.contact-updated",
    "Un contact change.",
    fields=("contact_id", "changed"),
    personal=("before", "after"),
)
CONTACT_DEACTIVATED = declare("parties.contact-deactivated", "Un contact est retiré.", fields=("contact_id",))

PORTAL_ACCESS_OPENED = declare(
    "parties.portal-access-opened",
    "Un accès au portail est ouvert pour une personne.",
    fields=("access_id", "by_letter"),
    personal=("email", "name"),
)
PORTAL_ACCESS_ACTIVATED = declare(
    "parties.portal-access-activated", "La personne active son accès.", fields=("access_id", "by_letter")
)
PORTAL_ACCESS_CLOSED = declare("parties.portal-access-closed", "Un accès au portail est fermé.", fields=("access_id",))
PORTAL_ACCESS_REOPENED = declare("parties.portal-access-reopened", "Un accès fermé est rouvert.", fields=("access_id",))
ACTIVATION_ISSUED = declare(
    "parties.activation-issued",
    "Un lien ou un code d’activation est émis ; les précédents sont annulés. Le secret n’est jamais écrit ici.",
    fields=("purpose", "by_letter", "expires_at"),
)

IMPORT_RECEIVED = declare(
    "parties.import-received",
    "Un fichier de fiches est reçu et conservé.",
    fields=("kind", "sha256", "size"),
    personal=("file_name",),
)
IMPORT_CONFIRMED = declare("parties.import-confirmed", "Un import est confirmé après aperçu.", fields=("counts",))
IMPORT_APPLIED = declare("parties.import-applied", "Un import est terminé.", fields=("counts",))
IMPORT_CANCELLED = declare("parties.import-cancelled", "Un import est abandonné ; rien n’a été écrit.")
