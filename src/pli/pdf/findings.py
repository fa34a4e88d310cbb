"""What a PDF can carry that a signer does not see, or that could change after signing: one entry per kind.

A finding that blocks must be removed (:func:`pli.pdf.api.flatten_active_content`) or the file refused.
Source: ISO 32000-2 §12 (actions, annotations, forms, signatures) and SECURITY rules «before signing, a file is linted».
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingCode(StrEnum):
    """The kinds of finding, in the order of their gravity."""

    JAVASCRIPT = "javascript"
    LAUNCH = "launch"
    SUBMIT_FORM = "submit_form"
    IMPORT_DATA = "import_data"
    GOTO_REMOTE = "goto_remote"
    AUTOMATIC_ACTION = "automatic_action"
    OTHER_ACTION = "other_action"
    UNSAFE_LINK = "unsafe_link"
    MULTIMEDIA = "multimedia"
    XFA = "xfa"
    XFA_DYNAMIC = "xfa_dynamic"
    EMBEDDED_FILE = "embedded_file"
    OPTIONAL_CONTENT_HIDDEN = "optional_content_hidden"
    ANNOTATION_OVERLAY = "annotation_overlay"
    FORM_OVERLAY = "form_overlay"
    FORM_FIELD_HIDDEN = "form_field_hidden"
    EXTERNAL_STREAM = "external_stream"
    POSTSCRIPT = "postscript"
    ALTERNATE_IMAGE = "alternate_image"
    PAGE_SIZE = "page_size"
    OWNER_PROTECTED = "owner_protected"
    WAS_REPAIRED = "was_repaired"
    CERTIFIED_NO_CHANGE = "certified_no_change"
    SIGNATURES_LOCKED = "signatures_locked"
    # What is worth saying but forbids nothing:
    ALREADY_SIGNED = "already_signed"
    EMPTY_SIGNATURE_FIELD = "empty_signature_field"
    READ_ONLY_FORM = "read_only_form"
    OPTIONAL_CONTENT = "optional_content"
    COMMENT = "comment"
    WEB_LINK = "web_link"
    FACTUR_X = "factur_x"
    FONT_NOT_EMBEDDED = "font_not_embedded"


INFORMATIVE = frozenset(
    {
        FindingCode.ALREADY_SIGNED,
        FindingCode.EMPTY_SIGNATURE_FIELD,
        FindingCode.READ_ONLY_FORM,
        FindingCode.OPTIONAL_CONTENT,
        FindingCode.COMMENT,
        FindingCode.WEB_LINK,
        FindingCode.FACTUR_X,
        FindingCode.FONT_NOT_EMBEDDED,
    }
)
"""Findings that never forbid signing."""

IRREMOVABLE = frozenset(
    {
        FindingCode.XFA_DYNAMIC,
        FindingCode.EXTERNAL_STREAM,
        FindingCode.POSTSCRIPT,
        FindingCode.PAGE_SIZE,
        FindingCode.CERTIFIED_NO_CHANGE,
        FindingCode.SIGNATURES_LOCKED,
    }
)
"""Blocking findings that flattening can't cure."""

FINDING_LABELS: dict[FindingCode, str] = {
    FindingCode.JAVASCRIPT: "Le fichier contient un programme (JavaScript).",
    FindingCode.LAUNCH: "Le fichier peut lancer un programme sur l’ordinateur qui l’ouvre.",
    FindingCode.SUBMIT_FORM: "Le fichier peut envoyer des données à un site.",
    FindingCode.IMPORT_DATA: "Le fichier peut charger des données d’un autre fichier.",
    FindingCode.GOTO_REMOTE: "Le fichier renvoie à un autre fichier, hors du document.",
    FindingCode.AUTOMATIC_ACTION: "Le fichier déclenche une action à l’ouverture ou à l’affichage d’une page.",
    FindingCode.OTHER_ACTION: "Le fichier contient une action qui peut changer ce qui est affiché.",
    FindingCode.UNSAFE_LINK: "Un lien du document ne mène pas à une page web ordinaire.",
    FindingCode.MULTIMEDIA: "Le fichier contient un son, une vidéo ou un objet 3D.",
    FindingCode.XFA: "Le formulaire du fichier utilise un format ancien (XFA) que les lecteurs affichent différemment.",
    FindingCode.XFA_DYNAMIC: "Le contenu est un formulaire XFA dynamique : il ne peut pas être signé tel quel.",
    FindingCode.EMBEDDED_FILE: "Un autre fichier est joint à l’intérieur du PDF.",
    FindingCode.OPTIONAL_CONTENT_HIDDEN: "Une partie du contenu est masquée, ou diffère entre l’écran et l’impression.",
    FindingCode.ANNOTATION_OVERLAY: "Une annotation est posée sur la page et pourrait être déplacée ou retirée.",
    FindingCode.FORM_OVERLAY: "Un champ de formulaire peut encore être modifié.",
    FindingCode.FORM_FIELD_HIDDEN: "Un champ de formulaire est invisible.",
    FindingCode.EXTERNAL_STREAM: "Une partie du contenu se trouve dans un autre fichier.",
    FindingCode.POSTSCRIPT: "Le fichier contient un programme PostScript.",
    FindingCode.ALTERNATE_IMAGE: "Une image a une variante différente pour l’impression.",
    FindingCode.PAGE_SIZE: "Une page a des dimensions impossibles.",
    FindingCode.OWNER_PROTECTED: "Le fichier est protégé contre la modification.",
    FindingCode.WAS_REPAIRED: "Le fichier était abîmé ; il doit être réécrit avant d’être signé.",
    FindingCode.CERTIFIED_NO_CHANGE: "Une signature ou l’auteur a fermé le fichier : il n’en reçoit pas d’autre.",
    FindingCode.SIGNATURES_LOCKED: "Une signature a verrouillé le fichier : il ne peut plus en recevoir d’autre.",
    FindingCode.ALREADY_SIGNED: "Le fichier porte déjà une signature ; elle sera conservée.",
    FindingCode.EMPTY_SIGNATURE_FIELD: "Le fichier contient un emplacement de signature vide.",
    FindingCode.READ_ONLY_FORM: "Le fichier contient un formulaire verrouillé.",
    FindingCode.OPTIONAL_CONTENT: "Le fichier est organisé en calques, tous visibles.",
    FindingCode.COMMENT: "Le fichier contient un commentaire.",
    FindingCode.WEB_LINK: "Le fichier contient des liens vers des pages web.",
    FindingCode.FACTUR_X: "Le fichier est une facture électronique Factur-X.",
    FindingCode.FONT_NOT_EMBEDDED: "Une police n’est pas incluse : l’aspect peut varier d’un lecteur à l’autre.",
}
"""What a screen says of each kind: a French sentence, the msgid of its translation."""


@dataclass(frozen=True)
class Finding:
    """One thing found. ``page`` counts from 1, None when it concerns the whole file; ``detail`` is short and plain."""

    code: FindingCode
    page: int | None
    detail: str
    is_blocking: bool

    @property
    def label(self) -> str:
        """The French sentence for a person."""
        return FINDING_LABELS[self.code]

    @property
    def is_removable(self) -> bool:
        """Whether flattening an unsigned file removes it."""
        return self.code not in IRREMOVABLE


def note(code: FindingCode, page: int | None = None, detail: str = "") -> Finding:
    """A finding with its kind's usual gravity; ``detail`` is cut to 200 printable characters."""
    plain = "".join(character if character.isprintable() else " " for character in detail[:200])
    return Finding(code, page, plain, is_blocking=code not in INFORMATIVE)
