"""A bank statement read in the sandbox: CAMT.053 (ISO 20022) or CSV. Knows no Django.

What comes out is plain data: the movements that credit the account, each with a key that two statements holding the
same movement agree on.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from pli.kit.errors import PliError

MOST_MOVEMENTS = 20_000
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_COLUMNS = {
    "day": ("date operation", "date de l operation", "date comptable", "date", "booking date", "date valeur"),
    "text": ("libelle", "libelle operation", "designation", "motif", "reference", "details", "label", "description",
             "communication", "libelle complementaire", "informations complementaires"),
    "credit": ("credit", "montant credit", "credit eur", "credit euros"),
    "debit": ("debit", "montant debit", "debit eur", "debit euros"),
    "amount": ("montant", "montant operation", "amount", "montant eur"),
    "currency": ("devise", "currency"),
    "payer": ("emetteur", "nom", "payer", "contrepartie", "debiteur", "nom de la contrepartie"),
}  # fmt: skip


class StatementUnreadable(PliError):
    """Why a statement can't be read; billing says it as its own refusal."""

    code = "BIL-009"
    status = 422
    message = "Ce relevé bancaire n’a pas pu être lu : %(reason)s"
    kept = "Aucun compte n’a été crédité."
    remedy = "Exportez de nouveau le relevé depuis votre banque, en CAMT.053 (XML) ou en CSV."


def prepare_sandbox() -> None:
    """Load what a job needs before it is locked."""

    import defusedxml.ElementTree  # noqa: F401

    _day("2026-01-01")  # reading a date loads a module the first time


def read_statement(files: Mapping[str, BinaryIO]) -> dict[str, Any]:
    """The movements of the statement in ``files["statement"]``: ``form``, ``movements``, ``debits`` (how many).

    :raises StatementUnreadable: when it is neither of the two forms, or too long.
    """
    content = files["statement"].read()
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    found = list(_read_camt(content) if is_xml else _read_csv(content))
    if len(found) > MOST_MOVEMENTS:
        raise StatementUnreadable(reason="il compte plus de 20 000 mouvements.")
    if not found:
        raise StatementUnreadable(reason="aucun mouvement n’y figure.")
    credits = [one for one in found if one["is_credit"]]
    return {
        "form": "CAMT.053" if is_xml else "CSV",
        "movements": _keyed(credits),
        "debits": len(found) - len(credits),
    }


def _keyed(movements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each movement with its key: the bank's own reference, else all it says and which of its like it is."""
    seen: dict[str, int] = {}
    for one in movements:
        said = "|".join([one["account"], one["day"], one["amount"], one["currency"], one["text"], one["payer"]])
        name = one["bank_reference"] and f"{one['account']}|{one['bank_reference']}|{one['amount']}|{one['day']}"
        digest = hashlib.sha256((name or said).encode()).hexdigest()
        seen[digest] = seen.get(digest, 0) + 1
        one["key"] = f"{digest}:{seen[digest]}"
    return movements


def _read_camt(content: bytes) -> Iterator[dict[str, Any]]:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        raise StatementUnreadable(reason="le XML est abîmé.") from None
    statements = [one for one in root.iter() if _tag(one) == "Stmt"]
    if not statements:
        raise StatementUnreadable(reason="ce XML n’est pas un relevé CAMT.053.")
    for statement in statements:
        account = _text(statement, "Acct", "Id", "IBAN") or _text(statement, "Acct", "Id", "Othr", "Id")
        for entry in _children(statement, "Ntry"):
            status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
            if status in ("", "BOOK"):
                yield from _camt_movements(entry, account)


def _camt_movements(entry: Any, account: str) -> Iterator[dict[str, Any]]:
    is_credit = _text(entry, "CdtDbtInd") == "CRDT" and _text(entry, "RvslInd") not in ("true", "1")
    day = (_text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm") or _text(entry, "ValDt", "Dt"))[:10]
    details = [one for holder in _children(entry, "NtryDtls") for one in _children(holder, "TxDtls")]
    amounts = [_camt_amount(one) for one in details]
    whole = next(iter(_children(entry, "Amt")), None)
    # A batch is taken apart only when its parts say their amounts; else it stays one movement.
    parts = details if len(details) > 1 and all(one is not None for one in amounts) else [entry]
    for number, part in enumerate(parts):
        element = whole if part is entry else amounts[number]
        text = " ".join(_texts(part, ("Ustrd", "Ref", "EndToEndId", "AddtlTxInf", "AddtlNtryInf")))
        yield {
            "account": account,
            "day": _day(day),
            "amount": _amount(element.text if element is not None else "", "."),
            "currency": str(element.get("Ccy", "EUR")) if element is not None else "EUR",
            "text": _line(text, 500),
            "payer": _line(next(iter(_texts(part, ("Nm",), under="Dbtr")), ""), 140),
            "bank_reference": _text(part, "Refs", "AcctSvcrRef") or _text(entry, "AcctSvcrRef") * (part is entry),
            "is_credit": is_credit,
        }


def _camt_amount(details: Any) -> Any:
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt")):
        found = _find(details, *path)
        if found is not None:
            return found
    return None


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, name: str) -> list[Any]:
    return [one for one in element if _tag(one) == name]


def _find(element: Any, *path: str) -> Any:
    for name in path:
        found = _children(element, name)
        if not found:
            return None
        element = found[0]
    return element


def _text(element: Any, *path: str) -> str:
    found = _find(element, *path)
    return (found.text or "").strip() if found is not None else ""


def _texts(element: Any, names: tuple[str, ...], *, under: str = "") -> Iterator[str]:
    roots = [one for one in element.iter() if _tag(one) == under] if under else [element]
    for root in roots:
        for one in root.iter():
            if _tag(one) in names and (one.text or "").strip():
                yield one.text.strip()


def _read_csv(content: bytes) -> Iterator[dict[str, Any]]:
    rows = list(csv.reader(io.StringIO(_decode(content), newline=""), delimiter=_separator(content)))
    # Banks put titles and balances above the table: the head is the first line that names a day and an amount.
    heads = ((number, _places(row)) for number, row in enumerate(rows[:40]))
    head = next(
        ((number, found) for number, found in heads if "day" in found and ("amount" in found or "credit" in found)),
        None,
    )
    if head is None:
        raise StatementUnreadable(reason="aucune ligne de titres (date, libellé, montant) n’y figure.")
    start, places = head
    for row in rows[start + 1 :]:
        if any(cell.strip() for cell in row):
            movement = _csv_movement(row, places)
            if movement:
                yield movement


def _places(row: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for column, cell in enumerate(row):
        title = _plain(cell)
        for name, known in _COLUMNS.items():
            if title in known:
                found.setdefault(name, []).append(column)
    return found


def _plain(text: str) -> str:
    """Words without accents, capitals or marks."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in bare).split())


def _csv_movement(row: list[str], places: dict[str, list[int]]) -> dict[str, Any] | None:
    def cells(name: str) -> list[str]:
        return [row[at].strip() for at in places.get(name, []) if at < len(row) and row[at].strip()]

    credit, debit, amount = (next(iter(cells(name)), "") for name in ("credit", "debit", "amount"))
    written, days = credit or amount or debit, cells("day")
    if not written or not days:
        return None  # a total or a note below the table
    value = Decimal(_amount(written, ","))
    return {
        "account": "csv",
        "day": _day(days[0]),
        "amount": str(abs(value)),
        "currency": next(iter(cells("currency")), "EUR").upper()[:3],
        "text": _line(" ".join(cells("text")), 500),
        "payer": _line(" ".join(cells("payer")), 140),
        "bank_reference": "",
        "is_credit": value > 0 and bool(credit or amount),
    }


def _decode(content: bytes) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    if b"\x00" in content:
        raise StatementUnreadable(reason="ce n’est pas un fichier de texte.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, "cp1252")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise StatementUnreadable(reason="son codage n’est pas reconnu.") from None


def _separator(content: bytes) -> str:
    head = _decode(content)[:20_000]
    return max(";\t,|", key=lambda sign: (head.count(sign), sign == ";"))


def _day(written: str) -> str:
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d"):
        try:
            return datetime.strptime(written.strip()[:10], pattern).date().isoformat()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    raise StatementUnreadable(reason="une date n’est pas lisible.")


def _amount(written: str, mark: str) -> str:
    """A positive or negative amount with a dot; ``mark`` is what separates cents when both signs could."""
    plain = re.sub(r"[\s\u00a0\u202f€+']|EUR", "", written or "").replace("\u2212", "-")
    if "," in plain and "." in plain:
        last = max(plain.rfind(","), plain.rfind("."))
        plain = plain[:last].replace(",", "").replace(".", "") + "." + plain[last + 1 :]
    elif mark == ",":
        plain = plain.replace(",", ".")
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,5})?", plain):
        raise StatementUnreadable(reason="un montant n’est pas lisible.")
    try:
        return str(Decimal(plain))
    except InvalidOperation:
        raise StatementUnreadable(reason="un montant n’est pas lisible.") from None


def _line(text: str, most: int) -> str:
    kept = "".join(
        sign if sign >= " " and sign != "\x7f" and not "\ud800" <= sign <= "\udfff" else " " for sign in text
    )
    return " ".join(kept.split())[:most]
