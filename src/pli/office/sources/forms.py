"""The forms of the sources, one for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from pli.capture.api import (
    FolderOptions,
    FtpOptions,
    GatewayOptions,
    InputSource,
    MailboxOptions,
    SftpOptions,
    SourceKind,
    SourceSettings,
    clean_networks,
    read_options,
)
from pli.office.access import read_uuid
from pli.office.printers.forms import kind_choices
from pli.office.recipes.offering import offer_recipes
from pli.parties.api import StaffActor

OWN = ""


class SourceForm(forms.Form):
    """What every source is asked."""

    name = forms.CharField(label=_("Nom"), max_length=60, help_text=_("Celui de l’appareil ou du logiciel qui envoie."))
    kind = forms.ChoiceField(label=_("Ce qui en arrive est"))
    recipe = forms.ChoiceField(
        label=_("Traitement"), required=False, help_text=_("La recette que suit ce qui en arrive.")
    )
    asks_first = forms.ChoiceField(
        label=_("À l’arrivée"),
        choices=[
            ("", _("Classer tout seul")),
            ("yes", _("Demander à l’écran : la nature et le client se confirment dans « À traiter »")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    takes_over = forms.BooleanField(
        label=_("Classer désormais en mon nom"),
        required=False,
        help_text=_("Utile quand la personne qui a créé la source a quitté l’équipe."),
    )

    def __init__(
        self,
        *args: object,
        actor: StaffActor,
        source: InputSource | None = None,
        folders: list[Path] | None = None,
        **more: Any,
    ) -> None:
        if source is not None:
            more["initial"] = self.read(source)
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["kind"].choices = kind_choices(actor.organisation_id)  # type: ignore[attr-defined]
        offer_recipes(self, actor, kept=source.recipe_id if source else None)
        if source is None:
            del self.fields["takes_over"]
        self.adjust(source, folders or [])

    def adjust(self, source: InputSource | None, folders: list[Path]) -> None:
        """What depends on the source and on the server."""

    @staticmethod
    def read(source: InputSource) -> dict[str, Any]:
        """The choices a source has now."""
        common = {
            "name": source.name,
            "kind": source.kind,
            "recipe": str(source.recipe_id or ""),
            "asks_first": "yes" if source.asks_first else "",
        }
        return {**source.options, **common}

    def chosen(self, source: InputSource | None) -> SourceSettings:
        """What the person chose."""
        given = self.cleaned_data
        return SourceSettings(
            given["name"],
            self.options(source),
            kind=given["kind"],
            asks_first=bool(given["asks_first"]),
            recipe_id=self._recipe(source),
        )

    def _recipe(self, source: InputSource | None) -> UUID | None:
        if "recipe" in self.cleaned_data:
            return read_uuid(self.cleaned_data["recipe"])
        # No recipe is in use to choose among: nothing was asked, nothing changes.
        return source.recipe_id if source else None

    def options(self, source: InputSource | None) -> Any:
        """What is chosen of this kind of source."""
        raise NotImplementedError


class FolderForm(SourceForm):
    """A watched folder."""

    root = forms.ChoiceField(
        label=_("Dossier"),
        required=False,
        help_text=_("L’administrateur du serveur ouvre d’autres dossiers par PLI_FOLDERS."),
    )
    below = forms.CharField(
        label=_("Sous-dossier"),
        max_length=300,
        required=False,
        help_text=_("Dans le dossier choisi ; vide pour le dossier lui-même."),
    )
    takes_subfolders = forms.BooleanField(label=_("Prendre aussi ce qui est dans ses sous-dossiers"), required=False)
    keeps_done = forms.ChoiceField(
        label=_("Une fois pris, le fichier est"),
        choices=[("", _("Retiré du dossier")), ("yes", _("Déplacé dans son sous-dossier « done »"))],
        widget=forms.RadioSelect,
        required=False,
    )
    is_network = forms.BooleanField(
        label=_("C’est un dossier du réseau (partage SMB ou NFS)"),
        required=False,
        help_text=_("Il est alors relu régulièrement, et un fichier attend dix secondes sans changer."),
    )
    field_order = (
        "name",
        "root",
        "below",
        "takes_subfolders",
        "keeps_done",
        "is_network",
        "kind",
        "recipe",
        "asks_first",
    )

    def adjust(self, source: InputSource | None, folders: list[Path]) -> None:
        choices: list[tuple[str, Any]] = [(OWN, _("Un dossier que Pli crée"))]
        self.fields["root"].choices = choices + [(str(one), str(one)) for one in folders]  # type: ignore[attr-defined]
        if not folders:
            del self.fields["root"], self.fields["below"], self.fields["is_network"]
        if source is None:
            return
        path = read_options(FolderOptions, source.options).path
        self.initial["keeps_done"] = "yes" if source.options.get("keeps_done") else ""
        for folder in folders:
            if path and Path(path).is_relative_to(folder):
                self.initial["root"] = str(folder)
                self.initial["below"] = str(Path(path).relative_to(folder)).removeprefix(".")

    def options(self, source: InputSource | None) -> FolderOptions:
        given = self.cleaned_data
        root, below = given.get("root", OWN), given.get("below", "").strip().strip("/")
        return FolderOptions(
            path=str(Path(root) / below) if root else "",
            takes_subfolders=given["takes_subfolders"],
            keeps_done=bool(given["keeps_done"]),
            is_network=bool(root and given.get("is_network")),
        )


class FtpForm(SourceForm):
    """An FTPS account."""

    allows_plain = forms.BooleanField(
        label=_("Accepter le FTP sans chiffrement"),
        required=False,
        help_text=_(
            "Pour un vieux copieur qui ne sait faire que cela : le mot de passe et les pages circulent alors en clair"
            " sur le réseau."
        ),
    )
    field_order = ("name", "kind", "recipe", "asks_first", "allows_plain")

    def options(self, source: InputSource | None) -> FtpOptions:
        return FtpOptions(allows_plain=self.cleaned_data["allows_plain"])


class SftpForm(SourceForm):
    """An SFTP account."""

    def options(self, source: InputSource | None) -> SftpOptions:
        return SftpOptions()


class GatewayForm(SourceForm):
    """An address of the mail gateway."""

    networks = forms.CharField(
        label=_("Réseaux admis sans mot de passe"),
        max_length=400,
        required=False,
        help_text=_("Pour un copieur qui ne sait pas s’identifier : 192.168.1.0/24, ou l’adresse du copieur."),
    )

    def clean_networks(self) -> str:
        try:
            return clean_networks(self.cleaned_data["networks"])
        except ValueError:
            raise forms.ValidationError(_("Écrivez un réseau ainsi : 192.168.1.0/24.")) from None

    def options(self, source: InputSource | None) -> GatewayOptions:
        return GatewayOptions(networks=self.cleaned_data["networks"])


class MailboxForm(SourceForm):
    """A mailbox."""

    host = forms.CharField(label=_("Serveur IMAP"), max_length=200, help_text=_("Par exemple imap.exemple.fr."))
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(
        label=_("Chiffrement"),
        choices=[("tls", _("TLS dès la connexion (993)")), ("starttls", _("STARTTLS (143)"))],
    )
    user = forms.CharField(label=_("Identifiant"), max_length=200)
    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        strip=False,
    )
    mailbox = forms.CharField(label=_("Dossier de la boîte"), max_length=200, initial="INBOX")
    moves_to = forms.CharField(
        label=_("Déplacer les messages pris dans"),
        max_length=200,
        required=False,
        help_text=_("Un dossier qui existe dans la boîte. Vide : ils restent, marqués comme lus."),
    )
    takes_former = forms.BooleanField(label=_("Prendre aussi les messages déjà présents"), required=False)
    field_order = (
        "name", "host", "port", "security", "user", "password", "mailbox", "moves_to", "takes_former", "kind",
        "recipe", "asks_first",
    )  # fmt: skip

    def adjust(self, source: InputSource | None, folders: list[Path]) -> None:
        if source is not None:
            self.fields["password"].required = False
            self.fields["password"].help_text = _("Vide : le mot de passe en place est gardé.")

    def options(self, source: InputSource | None) -> MailboxOptions:
        given = self.cleaned_data
        return MailboxOptions(
            host=given["host"].strip(),
            port=given["port"],
            security=given["security"],
            user=given["user"],
            mailbox=given["mailbox"],
            moves_to=given["moves_to"],
            takes_former=given["takes_former"],
        )


FORMS: dict[SourceKind, type[SourceForm]] = {
    SourceKind.FOLDER: FolderForm,
    SourceKind.FTP: FtpForm,
    SourceKind.SFTP: SftpForm,
    SourceKind.IMAP: MailboxForm,
    SourceKind.MAIL: GatewayForm,
}
