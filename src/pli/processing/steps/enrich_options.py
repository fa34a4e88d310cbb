"""What the step « enrich » can be told; every field's words are shown in the recipe's editor."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pli.processing.plugs import Box

Pages = Literal["all", "first", "next", "last"]
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_PAGES = "all : toutes. first : la première. next : toutes sauf la première. last : la dernière."


def _file(title: str, description: str) -> Any:
    return Field(default="", title=title, description=description, json_schema_extra={"control": "file"})


def _choice(default: str, title: str, description: str) -> Any:
    return Field(default=default, title=title, description=description, json_schema_extra={"control": "choice"})


def _flag(title: str, description: str, *, default: bool = False) -> Any:
    return Field(default=default, title=title, description=description, json_schema_extra={"control": "flag"})


def _number(default: float, low: float, high: float, title: str, description: str) -> Any:
    return Field(
        default=default, ge=low, le=high, title=title, description=description, json_schema_extra={"control": "number"}
    )


def _box(default: Box, title: str, description: str) -> Any:
    return Field(default=default, title=title, description=description, json_schema_extra={"control": "box"})


class EnrichOptions(BaseModel):
    """What to add. A recipe may have several of these steps: one by rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[str, ...] = Field(
        default=(),
        title="Seulement pour ces natures",
        description="Rien de choisi : pour tous les documents de la recette.",
        json_schema_extra={"control": "kind"},
    )

    letterhead_first: str = _file(
        "Papier à en-tête", "Un PDF posé sous la première page ; sa 2e page va aux suivantes."
    )
    letterhead_next: str = _file("Papier des pages suivantes", "Un autre PDF pour les pages après la première.")
    letterhead_over: bool = _flag("Par-dessus", "Le papier est posé par-dessus la page au lieu d’être dessous.")
    letterhead_fit: Literal["scale", "crop"] = _choice(
        "scale", "Ajustement", "scale : réduit ou agrandi pour tenir. crop : à sa taille, depuis le haut à gauche."
    )

    text: str = Field(
        default="",
        max_length=300,
        title="Texte à écrire",
        description="Avec des champs : #numero#, #client#, #date#, #titre#, #page#, #pages#…",
        json_schema_extra={"control": "text"},
    )
    text_box: Box = _box((0.1, 0.95, 0.9, 0.98), "Place du texte", "La ligne est écrite au milieu de la hauteur.")
    text_align: Literal["left", "center", "right"] = _choice(
        "center", "Alignement", "left : à gauche. center : au centre. right : à droite."
    )
    text_size: float = _number(9, 4, 200, "Taille du texte", "En points.")
    text_angle: float = _number(0, -180, 180, "Inclinaison du texte", "En degrés, vers la gauche.")
    text_colour: str = Field(
        default="#000000",
        title="Couleur du texte",
        description="Par exemple #003366.",
        json_schema_extra={"control": "text"},
    )
    text_strength: float = _number(
        100, 5, 100, "Force du texte", "En % : une teinte plus claire, sans transparence, pour rester PDF/A-1b."
    )
    text_bold: bool = _flag("Texte gras", "Écrit en gras.")
    text_under: bool = _flag("Texte sous la page", "Comme un filigrane : ce que dit la page reste lisible.")
    text_pages: Pages = _choice("all", "Pages du texte", _PAGES)

    image: str = _file("Image ou tampon", "Un PNG, un JPEG ou un PDF d’une page.")
    image_box: Box = _box((0.65, 0.03, 0.95, 0.12), "Place de l’image", "L’image garde ses proportions.")
    image_angle: float = _number(0, -180, 180, "Inclinaison de l’image", "En degrés, vers la gauche.")
    image_strength: float = _number(100, 5, 100, "Force de l’image", "En % : une image plus claire, sans transparence.")
    image_under: bool = _flag("Image sous la page", "Ce que dit la page reste lisible.")
    image_pages: Pages = _choice("first", "Pages de l’image", _PAGES)

    verso: str = _file("Verso", "Un PDF imprimé au dos, comme des conditions générales.")
    verso_where: Literal["each", "end"] = _choice(
        "each", "Place du verso", "each : après chaque page. end : une fois, à la fin."
    )

    attachment: str = _file("Annexe", "Un PDF ajouté au document, comme les conditions générales d’un devis.")
    attachment_how: Literal["merged", "beside"] = _choice(
        "merged", "Envoi de l’annexe", "merged : à la fin du même fichier. beside : dans un fichier à côté."
    )
    attachment_name: str = Field(
        default="",
        max_length=100,
        title="Nom de l’annexe",
        description="Le nom du fichier quand elle est à côté.",
        json_schema_extra={"control": "text"},
    )

    @field_validator("letterhead_first", "letterhead_next", "image", "verso", "attachment")
    @classmethod
    def _is_a_resource(cls, value: str) -> str:
        if value and not _SHA256.match(value):
            raise ValueError("Choisissez un fichier de la recette.")
        return value

    @field_validator("text_box", "image_box")
    @classmethod
    def _is_a_box(cls, value: Box) -> Box:
        if not (0 <= value[0] < value[2] <= 1 and 0 <= value[1] < value[3] <= 1):
            raise ValueError("Cette zone sort de la page.")
        return value

    @field_validator("text_colour")
    @classmethod
    def _is_a_colour(cls, value: str) -> str:
        if not _COLOUR.match(value):
            raise ValueError("Une couleur s’écrit comme #003366.")
        return value


def colour_of(value: str) -> tuple[float, float, float]:
    """``#003366`` as shares of red, green and blue."""
    red, green, blue = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
