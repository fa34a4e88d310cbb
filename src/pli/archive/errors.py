"""What the archive refuses."""

from __future__ import annotations

from pli.kit.errors import PliError


class UnableToArchive(PliError):
    """Stored bytes are not what their name promises: nothing is archived, somebody must look."""

    code = "ARC-001"
    status = 500
    message = "Un fichier conservé ne correspond plus à son empreinte (%(sha256)s)."
    remedy = "Prévenez la personne qui gère le serveur : une sauvegarde permet de le remettre."
