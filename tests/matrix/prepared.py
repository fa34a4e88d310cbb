"""One template of requests, and what is made from it, for the matrix."""

from __future__ import annotations

from typing import Any

from pli.signing.api import SignerRequest, TemplateContent, save_template
from tests.support.people import House


def made_prepared(house: House, document: Any) -> dict[str, str]:
    """A template of one role on a document, and its address."""
    content = TemplateContent(roles=(SignerRequest("Client", "", side="left"),), document_ids=(document.id,))
    template = save_template(house.chloe, "Contrat type", content)
    return {"template_id": str(template.id)}
