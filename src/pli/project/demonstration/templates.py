"""The demonstration's request template: with its own document, a public form, and a list that has gone out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date

from pli.documents.api import create_document, existing_blob_path, read_document, store_bytes
from pli.parties.api import Role, StaffActor
from pli.pdf.api import inspect_pdf
from pli.project.demonstration.papers import make_contract
from pli.project.queue import run_waiting_jobs
from pli.signing.api import (
    BON_POUR_ACCORD,
    FieldRequest,
    Place,
    SignerRequest,
    TemplateContent,
    check_list,
    confirm_list,
    list_templates,
    open_form,
    receive_list,
    save_template,
)

NAME = "Contrat d’entretien annuel"
PEOPLE = """Nom;E-mail;Lieu
Inès Faure;ines.faure@exemple.example;Lyon
Marc Olivier;marc.olivier@exemple.example;Villeurbanne
Adresse oubliée;;Bron
"""


def make_template(staff: Mapping[Role, StaffActor], *, today: date) -> None:
    """Make the template and what goes with it. Skipped when any template is there already."""
    member, manager = staff[Role.MEMBER], staff[Role.MANAGER]
    if list_templates(member) or list_templates(member, is_archived=True):
        return
    pdf = make_contract(["(votre nom)", "(votre adresse)"], "CE-TYPE", today)
    stored = store_bytes([pdf])
    look = inspect_pdf(existing_blob_path(stored.sha256))
    document = create_document(
        member, kind_slug="contract", stored=stored, file_name=f"{NAME}.pdf", title=NAME, page_count=look.page_count
    )
    read_document(document.id)
    last = look.pages[-1]
    client = SignerRequest(
        "Client", "", step=1, has_initials=True, fields=(BON_POUR_ACCORD, FieldRequest("TEXT", "Lieu")),
        marks=(Place(page=look.page_count, x=last.width - 230, y=last.height - 130, width=170, height=68),),
    )  # fmt: skip
    countersigns = SignerRequest("Gérance", "", member_id=manager.member_id, step=2, side="left")
    content = TemplateContent(
        roles=(client, countersigns), document_ids=(document.id,), title=NAME,
        message="Merci de lire puis de signer votre contrat d’entretien.", days=30,
    )  # fmt: skip
    template = save_template(member, NAME, content)
    open_form(member, template.id, most=500)
    made = receive_list(member, template.id, file_name="nouveaux clients.csv", file=io.BytesIO(PEOPLE.encode()))
    check_list(member, made.id, made.mapping)
    confirm_list(member, made.id)
    run_waiting_jobs()
