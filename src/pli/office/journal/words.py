"""Each event in the words of the people who read the journal. The rooms' own meanings are for developers."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pli.journal.api import declared

Text = str | Promise

ROOMS: dict[str, Text] = {
    "archive": _("Archives"), "capture": _("Fichiers reçus"), "delivery": _("Envois"), "documents": _("Documents"),
    "journal": _("Journal"), "notifications": _("Messages"), "parties": _("Clients, tiers et équipe"),
    "processing": _("Traitements"),
    "signing": _("Signatures et cachet"), "api": _("API"), "gateway": _("Courriels"),
    "billing": _("Compte prépayé"), "quotes": pgettext_lazy("several", "Devis"),
}  # fmt: skip
WORDS: dict[str, Text] = {
    "api.token-issued": _("Jeton d’API créé"),
    "api.token-revoked": _("Jeton d’API révoqué"),
    "api.webhook-added": _("Webhook ajouté"),
    "api.webhook-changed": _("Webhook modifié"),
    "api.webhook-disabled": _("Webhook arrêté après des échecs répétés"),
    "api.webhook-removed": _("Webhook supprimé"),
    "api.webhook-secret-rotated": _("Secret de webhook renouvelé"),
    "archive.blob-found-damaged": _("Fichier conservé trouvé abîmé ou absent"),
    "archive.document-archived": _("Document vérifié, numéroté et archivé"),
    "billing.account-changed": _("Réglages du compte prépayé modifiés"),
    "billing.balance-empty": _("Compte prépayé épuisé"),
    "billing.balance-restored": _("Compte prépayé de nouveau crédité"),
    "billing.balance-low": _("Compte prépayé bientôt épuisé"),
    "billing.entry-booked": _("Écriture portée au compte prépayé"),
    "billing.invoice-issued": _("Facture du mois établie"),
    "billing.money-settled": _("Règlement reçu attribué ou mis de côté"),
    "billing.price-set": _("Prix fixé"),
    "billing.seller-changed": _("Coordonnées du vendeur modifiées"),
    "billing.statement-read": _("Relevé de banque lu"),
    "gateway.account-changed": _("Compte d’envoi par courriel modifié"),
    "gateway.account-created": _("Compte d’envoi par courriel créé"),
    "gateway.account-secret-renewed": _("Mot de passe d’envoi par courriel renouvelé"),
    "gateway.file-downloaded": _("Fichier téléchargé par son lien"),
    "gateway.link-carried": _("Lien de signature parti avec un courriel"),
    "gateway.mail-accepted": _("Courriel accepté par la passerelle"),
    "gateway.mail-bounced": _("Courriel revenu"),
    "gateway.mail-cancelled": _("Courriel annulé avant son départ"),
    "gateway.mail-failed": _("Courriel non remis"),
    "gateway.mail-refused": _("Courriel refusé par la passerelle"),
    "gateway.mail-relayed": _("Courriel transmis"),
    "gateway.mail-reported": _("Nouvelles d’un courriel transmis"),
    "gateway.mobiles-asked": _("Numéros de mobile demandés à l’expéditeur"),
    "gateway.mobiles-given": _("Numéros de mobile donnés par l’expéditeur"),
    "gateway.tracked-closed": _("Envoi suivi : issue connue"),
    "gateway.tracked-deposited": _("Envoi suivi déposé"),
    "gateway.tracked-proven": _("Preuve d’un envoi suivi établie"),
    "quotes.quote-accepted": _("Devis accepté"),
    "quotes.quote-expired": _("Devis sans réponse à sa date limite"),
    "quotes.quote-passed": _("Devis passé à un collègue du client"),
    "quotes.quote-read": _("Devis ouvert par le client"),
    "quotes.quote-refused": _("Devis refusé"),
    "quotes.quote-sent": _("Devis envoyé"),
    "quotes.quote-signed": _("Devis signé et scellé"),
    "quotes.quote-withdrawn": _("Devis retiré"),
    "capture.capture-confirmed": _("Impression confirmée"),
    "capture.capture-dismissed": _("Fichier reçu écarté"),
    "capture.capture-filed": _("Fichier reçu devenu un document"),
    "capture.capture-held": _("Fichier reçu à confirmer"),
    "capture.capture-parked": _("Fichier reçu en attente d’une personne"),
    "capture.capture-passed": _("Fichier reçu confié à une recette"),
    "capture.capture-received": _("Fichier reçu et conservé"),
    "capture.capture-repeated": _("Même fichier reçu de nouveau"),
    "capture.capture-renamed": _("Fichier renommé par son expéditeur"),
    "capture.source-changed": _("Source de numérisation modifiée"),
    "capture.source-created": _("Source de numérisation créée"),
    "capture.source-secret-renewed": _("Mot de passe d’une source renouvelé"),
    "capture.printer-address-renewed": _("Adresse d’imprimante renouvelée"),
    "capture.printer-changed": _("Imprimante modifiée"),
    "capture.printer-created": _("Imprimante créée"),
    "delivery.delivery-abandoned": _("Envoi en échec mis de côté"),
    "delivery.delivery-failed": _("Envoi échoué"),
    "delivery.delivery-handed": _("Envoi confié au transporteur"),
    "delivery.delivery-made": _("Envoi remis"),
    "delivery.delivery-retried": _("Envoi relancé"),
    "documents.blob-damaged": _("Fichier conservé abîmé"),
    "documents.document-classified": _("Document reclassé"),
    "documents.document-filed": _("Document classé"),
    "documents.document-moved": _("Document changé de répertoire"),
    "documents.document-published": _("Document visible dans le portail"),
    "documents.facts-changed": _("Métadonnées modifiées"),
    "documents.folder-created": _("Répertoire créé"),
    "documents.grant-changed": _("Droits d’un répertoire modifiés"),
    "documents.kind-saved": _("Nature de document créée ou modifiée"),
    "documents.rendition-added": _("Nouvelle version d’un fichier conservée"),
    "journal.personal-erased": _("Données personnelles d’une entrée effacées"),
    "notifications.message-cancelled": _("Message annulé avant son départ"),
    "notifications.message-failed": _("Message échoué"),
    "notifications.message-resent": _("Message renvoyé à la demande"),
    "notifications.message-sent": _("Message pris par le serveur"),
    "notifications.template-changed": _("Texte d’un message modifié"),
    "parties.activation-issued": _("Lien ou code d’activation émis"),
    "parties.consent-changed": _("Consentement à l’envoi électronique modifié"),
    "parties.contact-added": _("Contact ajouté"),
    "parties.contact-deactivated": _("Contact retiré"),
    "parties.contact-updated": _("Contact modifié"),
    "parties.import-applied": _("Import terminé"),
    "parties.import-cancelled": _("Import abandonné"),
    "parties.import-confirmed": _("Import confirmé"),
    "parties.import-received": _("Fichier d’import reçu"),
    "parties.member-deactivated": _("Accès d’un membre retiré"),
    "parties.member-invited": _("Membre invité"),
    "parties.member-joined": _("Invitation acceptée"),
    "parties.member-reactivated": _("Accès d’un membre rendu"),
    "parties.member-role-changed": _("Rôle d’un membre modifié"),
    "parties.organisation-changed": _("Réglages de l’organisation modifiés"),
    "parties.organisation-created": _("Organisation ouverte"),
    "parties.party-created": _("Fiche créée"),
    "parties.party-deactivated": _("Fiche désactivée"),
    "parties.party-reactivated": _("Fiche réactivée"),
    "parties.party-updated": _("Fiche modifiée"),
    "parties.portal-access-activated": _("Accès au portail activé"),
    "parties.portal-access-closed": _("Accès au portail fermé"),
    "parties.portal-access-opened": _("Accès au portail ouvert"),
    "parties.portal-access-reopened": _("Accès au portail rouvert"),
    "processing.pages-attached": _("Pages rattachées à un document"),
    "processing.layout-saved": _("Modèle de lecture enregistré"),
    "processing.piece-completed": _("Document complété à la main"),
    "processing.piece-dismissed": _("Document en traitement écarté"),
    "processing.piece-parked": _("Document en traitement en attente d’une personne"),
    "processing.piece-retried": _("Document traité de nouveau"),
    "processing.piece-to-index": _("Document à indexer"),
    "processing.pieces-filed": _("Documents issus d’un traitement classés"),
    "processing.recipe-saved": _("Recette enregistrée"),
    "processing.resource-added": _("Fichier de recette ajouté"),
    "processing.resource-switched": _("Fichier de recette proposé ou retiré"),
    "processing.run-cancelled": _("Traitement annulé"),
    "processing.run-finished": _("Traitement terminé"),
    "processing.run-parked": _("Traitement en attente d’une personne"),
    "processing.run-resumed": _("Reste d’un traitement repris"),
    "processing.run-retried": _("Traitement relancé"),
    "processing.run-split": _("Fichier lu et découpé"),
    "processing.run-started": _("Traitement commencé"),
    "signing.ceremony-completed": _("Demande de signature terminée : tout est scellé"),
    "signing.ceremony-expired": _("Demande de signature expirée"),
    "signing.ceremony-refused": _("Demande de signature refusée"),
    "signing.ceremony-sent": _("Demande de signature envoyée"),
    "signing.ceremony-withdrawn": _("Demande de signature retirée"),
    "signing.code-refused": _("Code refusé"),
    "signing.code-sent": _("Code envoyé à un signataire"),
    "signing.evidence-made": _("Fichier de preuve établi et scellé"),
    "signing.evidence-renewed": _("Horodatage de la preuve renouvelé"),
    "signing.form-closed": _("Formulaire public fermé"),
    "signing.form-paused": _("Formulaire public à l’arrêt"),
    "signing.form-opened": _("Formulaire public ouvert"),
    "signing.list-cancelled": _("Envoi en nombre abandonné"),
    "signing.list-confirmed": _("Envoi en nombre confirmé"),
    "signing.list-done": _("Envoi en nombre terminé"),
    "signing.list-resumed": _("Envoi en nombre repris"),
    "signing.list-stopped": _("Envoi en nombre arrêté"),
    "signing.mark-side-chosen": _("Place de signature changée"),
    "signing.template-archived": _("Modèle de demande archivé"),
    "signing.template-restored": _("Modèle de demande remis en service"),
    "signing.template-saved": _("Modèle de demande enregistré"),
    "signing.key-paired": _("Poste associé à la clé d’un membre"),
    "signing.key-revoked": _("Poste d’un membre qui n’est plus associé"),
    "signing.own-signature-asked": _("Document donné au poste d’un membre pour être signé"),
    "signing.own-signature-made": _("Document signé par la clé d’un membre"),
    "signing.own-signature-refused": _("Signature refusée sur le poste d’un membre"),
    "signing.revision-sealed": _("Signature scellée dans le fichier"),
    "signing.seal-delayed": _("Scellement remis à plus tard"),
    "signing.seal-device-chosen": _("Cachet d’un dispositif choisi"),
    "signing.seal-failed": _("Scellement impossible sans intervention"),
    "signing.seal-imported": _("Certificat de cachet importé"),
    "signing.seal-renewed": _("Cachet de Pli renouvelé"),
    "signing.in-person-awaited": _("Signataire attendu sur place"),
    "signing.in-person-opened": _("Signature ouverte en présence du signataire"),
    "signing.signer-approved": _("Accord d’un approbateur"),
    "signing.signer-delegated": _("Signataire remplacé par un autre"),
    "signing.signer-invited": _("Signataire invité"),
    "signing.signer-opened": _("Lien ouvert par un signataire"),
    "signing.signer-refused": _("Refus d’un signataire"),
    "signing.signer-signed": _("Signature d’un signataire"),
    "signing.signer-verified": _("Signataire identifié par son code"),
}
SUBJECTS: dict[str, Text] = {
    "account": _("Compte"), "api-token": _("Jeton d’API"), "capture": _("Fichier reçu"),
    "ceremony": _("Demande de signature"), "delivery": _("Envoi"), "document": _("Document"),
    "event": _("Entrée du journal"), "filing": _("Dépôt d’archive"), "folder": _("Répertoire"),
    "import": _("Import"), "kind": _("Nature de document"), "member": _("Membre"), "organisation": _("Organisation"),
    "party": _("Fiche"), "piece": _("Document en traitement"),
    "recipe": _("Recette"), "resource": _("Fichier de recette"), "run": pgettext_lazy("of one file", "Traitement"),
    "signer": _("Signataire"), "template": _("Modèle de message"), "webhook": _("Webhook"),
    "blob": _("Fichier"), "activation": _("Activation"),
    "bank_file": _("Relevé de la banque"), "invoice": _("Facture"), "layout": _("Modèle de lecture"),
    "mail": _("Courriel"), "mail_account": _("Compte d’envoi"), "money": _("Versement"), "price": _("Prix"),
    "printer": _("Imprimante"), "quote": _("Devis"), "seller": _("Vendeur"), "sending-list": _("Envoi en nombre"),
    "signing-template": _("Modèle de demande"), "source": _("Source de numérisation"),
}  # fmt: skip


def event_words(name: str) -> Text:
    """What happened; the developers' meaning for a type this list does not know, then its name."""
    if name in WORDS:
        return WORDS[name]
    kind = declared().get(name)
    return kind.meaning if kind else name


def subject_words(subject_type: str) -> Text:
    """What kind of thing it happened to."""
    return SUBJECTS.get(subject_type, subject_type)


def event_choices() -> list[tuple[Text, list[tuple[str, Text]]]]:
    """Every type of the running code under its room, for a filter: ``room.*`` first."""
    rooms: dict[str, list[tuple[str, Text]]] = {}
    for name in declared():
        room = name.partition(".")[0]
        if room in ROOMS:
            rooms.setdefault(room, []).append((name, event_words(name)))
    return [
        (ROOMS[room], [(f"{room}.*", _("Tout : %(room)s") % {"room": ROOMS[room]}), *kinds])
        for room, kinds in rooms.items()
    ]


def names_matching(text: str) -> tuple[str, ...]:
    """The types whose words hold every word of ``text``, in the reader's language."""
    wanted = text.casefold().split()
    return tuple(
        name for name in declared() if wanted and all(word in str(event_words(name)).casefold() for word in wanted)
    )
