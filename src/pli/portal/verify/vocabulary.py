"""Each code a verification can give, in words; a test holds this list against the verifier's own sources."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CHANGES = {
    "page_content_changed": _("le contenu d’une page a été changé"),
    "pages_replaced": _("des pages ont été ajoutées, retirées ou remplacées"),
    "annotation_added": _("quelque chose a été posé sur une page"),
    "annotation_changed": _("une annotation a été changée"),
    "appearance_changed": _("l’apparence d’un champ ou d’une signature a été changée"),
    "signature_field_changed": _("le cadre d’une signature a été changé"),
    "form_changed": _("le formulaire a été changé"),
    "form_field_added": _("un champ de formulaire a été ajouté"),
    "form_field_changed": _("un champ de formulaire a été changé"),
    "font_changed": _("une police a été changée : les mêmes caractères peuvent se lire autrement"),
    "layers_changed": _("des calques ont été changés : ce qui était caché peut être montré"),
    "names_changed": _("des scripts, des destinations ou des fichiers joints ont été changés"),
    "catalog_changed": _("le comportement du document a été changé"),
    "catalog_replaced": _("un autre document a pris la place de celui qui a été signé"),
    "document_information_changed": _("le titre ou l’auteur a été changé"),
    "trailer_changed": _("la structure du fichier a été changée"),
    "object_changed": _("un élément du fichier a été changé"),
    "object_removed": _("un élément du fichier a été retiré"),
    "hidden_object_revealed": _("un contenu préparé et caché avant la signature a été montré après"),
    "drawn_over_certification": _("une signature a été dessinée par-dessus le document certifié"),
    "signature_after_lock": _("une signature a été ajoutée alors que celle-ci verrouillait le fichier"),
    "trailing_bytes": _("des données ont été ajoutées à la fin du fichier"),
    "unexplained_revision": _("une version a été ajoutée sans signature"),
    "later_revision_unreadable": _("ce qui a été ajouté ensuite ne peut pas être lu"),
}
ADDITIONS = {
    "signature_added": _("une autre signature"),
    "timestamp_added": _("un horodatage du document"),
    "validation_data_added": _("des données de validation à long terme"),
    "field_filled": _("un champ vide rempli et signé avec la signature suivante"),
}
_BAD_STRUCTURE = _("la signature est mal construite")
_BAD_RANGE = _("la signature ne couvre pas le document comme elle le doit")
_BAD_TIMESTAMP = _("l’horodatage ne tient pas")
_UNKNOWN_FORM = _("cette forme de signature n’est pas connue de Pli")
REASONS = {
    "not_a_pdf": _("ce fichier n’est pas un PDF"),
    "encrypted": _("ce fichier est protégé par un mot de passe"),
    "unreadable": _("ce fichier est abîmé et n’a pas pu être lu"),
    "damaged_structure": _("la structure de ce fichier est abîmée"),
    "too_heavy": _("ce fichier est trop gros ou trop complexe pour être vérifié"),
    "too_many_revisions": _("ce fichier a trop de versions pour être vérifié"),
    "signature_removed": _("une signature a été retirée du fichier"),
    "modified_after_signing": _("il a été modifié après signature"),
    "digest_mismatch": _("son contenu ne correspond plus à sa signature"),
    "signature_invalid": _("la signature n’a pas été faite par la clé du certificat"),
    "signature_altered": _("la signature a été réécrite après coup"),
    "byte_range_missing": _BAD_RANGE,
    "byte_range_wrong": _BAD_RANGE,
    "revision_not_covered": _BAD_RANGE,
    "contents_mismatch": _BAD_STRUCTURE,
    "contents_missing": _("la signature est vide"),
    "contents_padded": _BAD_STRUCTURE,
    "cms_malformed": _BAD_STRUCTURE,
    "cms_too_large": _BAD_STRUCTURE,
    "not_signed_data": _BAD_STRUCTURE,
    "attribute_repeated": _BAD_STRUCTURE,
    "content_type_mismatch": _BAD_STRUCTURE,
    "digest_algorithm_mismatch": _BAD_STRUCTURE,
    "attribute_unknown": _("la signature porte des données que rien ne protège"),
    "several_signers": _UNKNOWN_FORM,
    "unsupported_algorithm": _UNKNOWN_FORM,
    "unsupported_format": _UNKNOWN_FORM,
    "weak_algorithm": _("elle repose sur un algorithme trop faible aujourd’hui, tel que SHA-1"),
    "certificate_missing": _("la signature ne porte pas son certificat"),
    "certificate_not_bound": _("rien ne lie la signature à son certificat"),
    "certificate_substituted": _("le certificat n’est pas celui avec lequel on a signé"),
    "certificate_revoked": _("le certificat a été révoqué"),
    "certificate_unknown": _("l’autorité qui a délivré le certificat n’est pas connue de ce serveur"),
    "certificate_not_for_signing": _("le certificat n’est pas fait pour signer des documents"),
    "timestamp_invalid": _BAD_TIMESTAMP,
    "timestamp_of_something_else": _BAD_TIMESTAMP,
    "not_a_timestamp": _BAD_TIMESTAMP,
    "not_a_timestamp_certificate": _("l’horodatage vient d’un certificat qui n’est pas fait pour cela"),
    "authority_unknown": _("l’autorité d’horodatage n’est pas connue de ce serveur"),
    "authority_revoked": _("le certificat de l’autorité d’horodatage a été révoqué"),
}
