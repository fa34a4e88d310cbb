"""How the statement of a tracked sending becomes a readable sheet; it changes no fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pli.pdf.evidence import both_times, grouped

_MOST_ROWS = 200
_WORDS = {
    "fr": {
        "title": "Envoi électronique suivi avec preuves", "number": "Numéro d’envoi",
        "kinds": {
            "deposited": "Bon de dépôt", "received": "Preuve de réception", "declined": "Preuve de refus",
            "unclaimed": "Preuve de non-réclamation", "undelivered": "Constat de non-remise",
        },
        "said": {
            "deposited": "Le serveur de messagerie a pris l’avis destiné à cette personne ; l’envoi l’attend.",
            "received": "Cette personne a ouvert le lien qui lui était adressé et a reçu l’envoi.",
            "declined": "Cette personne a ouvert le lien qui lui était adressé et a refusé l’envoi.",
            "unclaimed": "Cette personne n’a ni reçu ni refusé l’envoi avant la fin du délai.",
            "undelivered": "L’avis destiné à cette personne n’a pas pu lui être remis.",
        },
        "sender": "Expéditeur", "recipient": "Destinataire", "siren": "SIREN", "content": "Contenu de l’envoi",
        "subject": "Objet", "message": "Message d’origine (SHA-256)", "size": "Taille en octets", "files": "Fichiers",
        "dates": "Dates", "paris": "Heure de Paris", "utc": "UTC", "event": "Événement", "ip": "Adresse IP",
        "transport": "Acheminement de l’avis", "server": "Réponse du serveur suivant", "tries": "Essais",
        "service": "Par", "reason": "Motif", "consent": "Accord du destinataire", "trace": "Chronologie",
        "journal": "Inscriptions au journal de preuve", "rank": "Rang", "chain": "Empreinte chaînée",
        "verify": "Vérifier ce fichier", "page": "Page", "hidden": "D’autres lignes se trouvent dans la pièce jointe.",
        "attached": "Les mêmes faits sont joints à ce fichier sous une forme lisible par un programme. "
        "Il est scellé et horodaté.",
        "instants": {
            "accepted": "Message reçu de l’expéditeur", "prepared": "Avis préparé", "deposited": "Avis déposé",
            "last_day": "Dernier jour pour le recevoir", "closed": "Clos", "made": "Preuve établie",
        },
        "acts": {
            "prepared": "Avis préparé", "deposited": "Déposé auprès du serveur suivant", "received": "Reçu",
            "declined": "Refusé", "unclaimed": "Non réclamé", "undelivered": "Non remis", "read_again": "Lu de nouveau",
            "downloaded": "Fichier téléchargé", "withdrawn": "Retiré", "delivered": "Remis (avis du serveur)",
        },
    },
    "en": {
        "title": "Tracked electronic sending with proofs", "number": "Sending number",
        "kinds": {
            "deposited": "Deposit receipt", "received": "Proof of reception", "declined": "Proof of refusal",
            "unclaimed": "Proof of non-collection", "undelivered": "Statement of non-delivery",
        },
        "said": {
            "deposited": "The mail server took the notice for this person; the sending awaits them.",
            "received": "This person opened the link addressed to them and received the sending.",
            "declined": "This person opened the link addressed to them and declined the sending.",
            "unclaimed": "This person neither received nor declined the sending before its last day.",
            "undelivered": "The notice for this person could not be delivered.",
        },
        "sender": "Sender", "recipient": "Recipient", "siren": "SIREN", "content": "Content of the sending",
        "subject": "Subject", "message": "Original message (SHA-256)", "size": "Size in bytes", "files": "Files",
        "dates": "Dates", "paris": "Paris time", "utc": "UTC", "event": "Event", "ip": "IP address",
        "transport": "Transport of the notice", "server": "Next server’s reply", "tries": "Tries",
        "service": "By", "reason": "Reason", "consent": "The recipient’s agreement", "trace": "Chronology",
        "journal": "Entries in the evidence journal", "rank": "Rank", "chain": "Chained digest",
        "verify": "Verify this file", "page": "Page", "hidden": "More lines are in the attachment.",
        "attached": "The same facts are attached to this file in a form a program can read. "
        "It is sealed and timestamped.",
        "instants": {
            "accepted": "Message taken from the sender", "prepared": "Notice prepared", "deposited": "Notice deposited",
            "last_day": "Last day to receive it", "closed": "Closed", "made": "Proof made",
        },
        "acts": {
            "prepared": "Notice prepared", "deposited": "Deposited with the next server", "received": "Received",
            "declined": "Declined", "unclaimed": "Not collected", "undelivered": "Not delivered",
            "read_again": "Read again", "downloaded": "File downloaded", "withdrawn": "Withdrawn",
            "delivered": "Delivered (server’s notice)",
        },
    },
}  # fmt: skip
# What a reader of the sheet needs of an act; the rest is in the attached data.
_TOLD = ("email", "file_name", "reason", "server_reply")


def tracked_sheet(record: Mapping[str, Any], *, language: str = "fr") -> dict[str, Any]:
    """What the template ``tracked_record`` needs to show ``record`` (schema ``pli.tracked/1``)."""
    language = "en" if language.startswith("en") else "fr"
    words: dict[str, Any] = _WORDS[language]
    content, transport = record["content"], record["transport"]
    rows = list(record["trace"])
    return {
        "language": language,
        "words": {name: word for name, word in words.items() if isinstance(word, str)},
        "kind": words["kinds"][record["kind"]],
        "said": words["said"][record["kind"]],
        "law": record["not_registered_mail"],
        "number": record["number"],
        "app": f"{record['application']['name']} {record['application']['version']}",
        "sender": _lines(
            record["organisation"]["name"], _siren(record["organisation"]["siren"]), record["sender"]["name"],
            record["sender"]["email"],
        ),
        "recipient": _lines(record["recipient"]["name"], record["recipient"]["email"]),
        "content": {
            "subject": _short(content["subject"]) or "—", "digest": grouped(content["sha256"]),
            "size": str(content["size"]),
            "files": [
                [_short(one["file_name"]), one["readable_size"], grouped(one["sha256"])]
                for one in content["files"][:_MOST_ROWS]
            ],
        },
        "dates": [
            [words["instants"][name], both_times(value)] for name, value in record["instants"].items() if value
        ],
        "transport": [
            [words[name], said]
            for name, said in (
                ("service", transport["provider"]), ("tries", str(transport["tries"])),
                ("server", _short(transport["server_reply"])),
            )
            if said
        ],
        "reason": _short(record["reason"]),
        "consent": str((record["consent"] or {}).get("text", "")),
        "trace": [
            {"at": both_times(row["at"]), "what": words["acts"].get(row["what"], row["what"]), "ip": row["ip"],
             "detail": ", ".join(_short(row["detail"][name]) for name in _TOLD if row["detail"].get(name)),
             "agent": _short(row["user_agent"])}
            for row in rows[:_MOST_ROWS]
        ],
        "is_cut": len(rows) > _MOST_ROWS or len(content["files"]) > _MOST_ROWS,
        "journal": [
            [both_times(row["at"]), row["name"], str(row["position"] or "—"), grouped(row["chain_hash"])]
            for row in record["journal"][:_MOST_ROWS]
        ],
        "verify_url": record["verify_url"],
    }  # fmt: skip


def _siren(said: str) -> str:
    return f"SIREN {said}" if said else ""


def _lines(*said: str) -> list[str]:
    return [_short(one) for one in said if one]


def _short(said: Any) -> str:
    text = str(said or "")
    return text if len(text) <= 300 else text[:299] + "…"
