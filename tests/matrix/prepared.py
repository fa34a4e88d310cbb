"""One template of requests, and what is made from it, for the matrix."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from pli.signing.api import SignerRequest, TemplateContent, check_list, open_form, receive_list, save_template
from tests.support.people import House


def made_prepared(house: House, document: Any) -> dict[str, str]:
    """A template of one role on a document, a list for it ready to go, and their addresses."""
    content = TemplateContent(roles=(SignerRequest("Client", "", side="left"),), document_ids=(document.id,))
    template = save_template(house.chloe, "Contrat type", content)
    people = io.BytesIO("Nom;E-mail\nZoé;zoe@client.example\n".encode())
    sending = receive_list(house.chloe, template.id, file_name="liste.csv", file=people)
    check_list(house.chloe, sending.id, sending.mapping)
    return {"template_id": str(template.id), "list_id": str(sending.id)}


def made_form(template_id: str, house: House) -> dict[str, dict[str, str]]:
    """The address of its public form, by the routes that have it."""
    token = open_form(house.chloe, UUID(template_id)).token
    return {"public-form:show": {"token": token}, "public-form:sent": {"token": token}}
