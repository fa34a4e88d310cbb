"""What steps, their choices and their rules are called on screen: the steps themselves are free of Django."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

Text = str | Promise

STAGES: dict[str, Text] = {
    "read": _("Lire les pages"),
    "split": _("Découper le fichier"),
    "make": _("Pour chaque document"),
}
STEPS_SAID: dict[str, Text] = {
    "ocr": _("Reconnaît les mots des pages scannées, qui ne sont que des images."),
    "split": _("Sépare les documents qui arrivent à la suite dans un même fichier."),
    "identify": _("Trouve la nature du document et le modèle de lecture qui lui convient."),
    "index": _("Lit les dates, numéros et montants, et reconnaît le client ou le fournisseur."),
    "facturx": _("Lit la facture électronique jointe au PDF."),
    "facturx-make": _("Fabrique la facture électronique Factur-X avec les valeurs lues."),
    "facturx-read": _("Lit la facture électronique jointe au PDF."),
    "enrich": _("Ajoute votre en-tête, vos conditions générales ou un tampon."),
    "pdfa": _("Met le document au format d’archivage PDF/A, lisible dans trente ans."),
    "seal": _("Appose le cachet de votre organisation : toute modification se verra."),
}
KNOWLEDGE: dict[str, Text] = {
    "text": _("le texte des pages"),
    "pieces": _("le découpage"),
    "kind": _("la nature"),
    "facts": _("les métadonnées"),
    "party": _("le client ou le fournisseur"),
    "pdfa": _("le format PDF/A"),
    "seal": _("le cachet"),
}
_PAGES: dict[str, Text] = {
    "all": _("Toutes les pages"),
    "first": _("La première"),
    "next": _("Toutes sauf la première"),
    "last": _("La dernière"),
}
CHOICES: dict[str, dict[str, Text]] = {
    "split.by": {
        "changing-text": _("Un texte qui change (un numéro de facture)"),
        "text": _("Un texte qui paraît (« Page 1 »)"),
        "pages": _("Un nombre de pages"),
        "blank": _("Une page blanche"),
        "barcode": _("Une feuille à code-barres ou QR code"),
        "bookmark": _("Les signets du fichier"),
    },
    "seal.level": {
        "B-B": _("B-B : le cachet seul"),
        "B-T": _("B-T : le cachet et un horodatage"),
    },
    "ocr.language": {"fra": _("Français"), "eng": _("Anglais"), "fra+eng": _("Français et anglais")},
    "pdfa.part": {
        "1b": _("PDF/A-1b, lu partout"),
        "2b": _("PDF/A-2b, admet la transparence"),
        "3b": _("PDF/A-3b, admet des pièces jointes"),
    },
    "pdfa.otherwise": {
        "next": _("Essayer la partie suivante, puis garder le document tel quel"),
        "keep": _("Garder le document tel quel"),
        "park": _("Le mettre de côté dans « À traiter »"),
    },
    "letterhead_fit": {"scale": _("Réduire ou agrandir pour tenir"), "crop": _("À sa taille, depuis le haut à gauche")},
    "text_align": {"left": _("À gauche"), "center": _("Au centre"), "right": _("À droite")},
    "text_pages": _PAGES,
    "image_pages": _PAGES,
    "verso_where": {"each": _("Après chaque page"), "end": _("Une fois, à la fin")},
    "attachment_how": {"merged": _("À la fin du même fichier"), "beside": _("Dans un fichier à côté")},
    "how": {
        "zone": _("Dans une zone dessinée"),
        "anchor": _("À côté d’un libellé"),
        "pattern": _("Un motif, n’importe où sur la page"),
        "block": _("Toutes les lignes d’une zone (une adresse)"),
        "barcode": _("Dans un code-barres ou un QR code"),
    },
    "side": {"right": _("À sa droite"), "below": _("Dessous"), "left": _("À sa gauche"), "above": _("Dessus")},
}
# The parts of rules, which the steps keep without words: (control, label).
RULE_PARTS: dict[str, tuple[str, Text]] = {
    "kind": ("kind", _("Nature")),
    "layout": ("layout", _("Modèle de lecture")),
    "keywords": ("words", _("Mots présents sur la page, séparés par des virgules")),
    "barcode": ("pattern", _("Code-barres (motif)")),
    "channel": ("text", _("Canal d’arrivée")),
    "queue": ("text", _("Imprimante ou compte")),
    "file_name": ("text", _("Nom du fichier (* et ? permis)")),
    "field": ("field", _("Métadonnée")),
    "how": ("choice", _("Où la lire")),
    "page": ("number", _("Page (1 la première, -1 la dernière, 0 toutes)")),
    "box": ("box", _("Zone")),
    "anchor": ("text", _("Libellé")),
    "side": ("choice", _("De quel côté du libellé")),
    "pattern": ("pattern", _("Motif à reconnaître")),
}
# Which parts of a reading rule say something for which way of reading.
RULE_NEEDS: dict[str, tuple[str, ...]] = {
    "box": ("zone", "block"),
    "anchor": ("anchor",),
    "side": ("anchor",),
    "pattern": ("zone", "anchor", "pattern", "barcode"),
}
ANY = ("*",)
# Options that say something only for some values of another one: (the other, its values; ANY for anything said).
RELEVANT: dict[str, tuple[str, tuple[str, ...]]] = {
    "split.box": ("by", ("changing-text", "text")),
    "split.pattern": ("by", ("changing-text", "text", "barcode")),
    "split.every": ("by", ("pages",)),
    "split.keeps_separators": ("by", ("blank", "barcode")),
    "split.joins_previous": ("by", ("changing-text",)),
    **{f"enrich.letterhead_{part}": ("letterhead_first", ANY) for part in ("next", "over", "fit")},
    **{
        f"enrich.text_{part}": ("text", ANY)
        for part in ("box", "align", "size", "angle", "colour", "strength", "bold", "under", "pages")
    },
    **{f"enrich.image_{part}": ("image", ANY) for part in ("box", "angle", "strength", "under", "pages")},
    "enrich.verso_where": ("verso", ANY),
    "enrich.attachment_how": ("attachment", ANY),
    "enrich.attachment_name": ("attachment", ANY),
    "seal.page": ("is_visible", ("on",)),
    "seal.box": ("is_visible", ("on",)),
}


def step_name(step: Any) -> str:
    """A step's own name, in the reader's language."""
    return str(step.name_en if (get_language() or "").startswith("en") else step.name_fr)


def step_said(step: Any) -> str:
    """One plain sentence; for a step of a third party the first line of its own description."""
    told = STEPS_SAID.get(step.slug)
    if told is not None:
        return str(told)
    return translate(str(getattr(step, "about_fr", "") or ""))


def say_knowledge(what: object) -> str:
    """Needs or gives, in words."""
    known = sorted(str(one) for one in what)  # type: ignore[attr-defined]
    return ", ".join(str(KNOWLEDGE.get(one, one)) for one in known)


def choice_word(slug: str, option: str, value: str) -> str:
    """How a choice is said; as the step names it when it is a third party's."""
    words = CHOICES.get(f"{slug}.{option}") or CHOICES.get(option) or {}
    return str(words.get(value, value))
