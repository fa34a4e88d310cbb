"""What a party's fields may hold. Values come as typed; they leave clean, with what is wrong beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret

from pli.parties.problems import Problem

PARTY_FIELDS = (
    "code",
    "name",
    "siren",
    "siret",
    "vat_number",
    "ibans",
    "email",
    "email_quotes",
    "email_invoices",
    "email_reminders",
    "mobile",
    "language",
)
MOST_IBANS = 5
IBAN_SEPARATOR = ", "
CONTACT_FIELDS = ("name", "email", "mobile", "job_title")
_LIMITS = {"code": 40, "name": 200, "vat_number": 20, "email": 254, "job_title": 100}
_LANGUAGES = {
    "fr": "fr",
    "français": "fr",
    "francais": "fr",
    "french": "fr",
    "en": "en",
    "anglais": "en",
    "english": "en",
}


class Wrong(Exception):
    """A value is wrong; ``problem`` says why. Only inside this module and the forms that use it."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Checked:
    """Clean values, what forbids to save them, and what only deserves a look."""

    values: dict[str, str]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def clean_siren(value: str) -> str:
    """Nine digits with Luhn's key (Insee). :raises Wrong:"""
    digits = _digits(value)
    try:
        return str(fr_siren.validate(digits))
    except NumberError:
        raise Wrong("siren", value=value) from None


def clean_siret(value: str) -> str:
    """Fourteen digits with Luhn's key; La Poste's own sum to a multiple of five (Insee). :raises Wrong:"""
    digits = _digits(value)
    try:
        return str(fr_siret.validate(digits))
    except NumberError:
        raise Wrong("siret", value=value) from None


def clean_vat(value: str) -> str:
    """An intra-community VAT number, country letters first (Directive 2006/112/EC art. 215). :raises Wrong:"""
    try:
        return str(vat.validate(value.replace("\u00a0", " ")))
    except NumberError:
        raise Wrong("vat_number", value=value) from None


def clean_ibans(value: str) -> str:
    """Bank accounts (ISO 13616), check digits and the country's length; several behind commas or semicolons. Kept
    without spaces, behind a comma and a space. :raises Wrong:"""
    found: list[str] = []
    for part in value.replace(";", ",").split(","):
        if not part.strip():
            continue
        try:
            # Not the country's own rules beyond: some are lists of banks, which age.
            found.append(str(iban.validate(part.replace("\u00a0", " "), check_country=False)))
        except NumberError:
            raise Wrong("iban", value=part.strip()) from None
    if len(found) > MOST_IBANS:
        raise Wrong("too_many_ibans", limit=str(MOST_IBANS))
    return IBAN_SEPARATOR.join(dict.fromkeys(found))


def clean_email(value: str) -> str:
    """An e-mail address, its domain in small letters. :raises Wrong:"""
    local, _, domain = value.rpartition("@")
    address = f"{local}@{domain.lower()}"
    try:
        validate_email(address)
    except ValidationError:
        raise Wrong("email", value=value) from None
    if len(address) > _LIMITS["email"]:
        raise Wrong("too_long", limit="254")
    return address


def clean_mobile(value: str) -> str:
    """A mobile number in E.164, read as a French one when it has no country code. :raises Wrong:"""
    import phonenumbers
    from phonenumbers import PhoneNumberType

    try:
        number = phonenumbers.parse(value, "FR")
    except phonenumbers.NumberParseException:
        raise Wrong("mobile", value=value) from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise Wrong("mobile", value=value)
    if phonenumbers.number_type(number) not in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        raise Wrong("not_mobile", value=value)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def readable_mobile(mobile: str) -> str:
    """An E.164 number as a person in France writes it: ``06 12 34 56 78``, or ``00 32 …`` abroad.

    It never starts with « + », which a spreadsheet would take for a formula.
    """
    if not mobile:
        return ""
    import phonenumbers

    number = phonenumbers.parse(mobile, None)
    return str(phonenumbers.format_out_of_country_calling_number(number, "FR"))


def clean_language(value: str) -> str:
    """``fr`` or ``en``. :raises Wrong:"""
    try:
        return _LANGUAGES[value.casefold()]
    except KeyError:
        raise Wrong("language", value=value) from None


_CLEANERS: dict[str, Callable[[str], str]] = {
    "siren": clean_siren,
    "siret": clean_siret,
    "vat_number": clean_vat,
    "ibans": clean_ibans,
    "email": clean_email,
    "email_quotes": clean_email,
    "email_invoices": clean_email,
    "email_reminders": clean_email,
    "mobile": clean_mobile,
    "language": clean_language,
}


def check_party(values: Mapping[str, str]) -> Checked:
    """Check a party's fields, each alone and then together; absent fields stay absent."""
    clean, problems = _check_fields({name: values[name] for name in PARTY_FIELDS if name in values})
    problems += [Problem(name, "required") for name in ("code", "name") if clean.get(name) == ""]
    if "language" in clean and not clean["language"]:
        clean["language"] = "fr"
    warnings: list[Problem] = []
    siren, siret, number = clean.get("siren", ""), clean.get("siret", ""), clean.get("vat_number", "")
    spoiled = {problem.field for problem in problems}
    if siret and not spoiled & {"siren", "siret"}:
        if not siren:
            siren = clean["siren"] = siret[:9]
        elif siret[:9] != siren:
            problems.append(Problem("siret", "siret_of_other_siren", {"siren": siren}))
    if siren and number.startswith("FR") and number[4:] != siren and "vat_number" not in spoiled:
        warnings.append(Problem("vat_number", "vat_of_other_siren", {"siren": siren}))
    return Checked(clean, tuple(problems), tuple(warnings))


def check_contact(values: Mapping[str, str]) -> Checked:
    """Check a contact's fields."""
    clean, problems = _check_fields({name: values[name] for name in CONTACT_FIELDS if name in values})
    if clean.get("name") == "":
        problems.append(Problem("name", "required"))
    return Checked(clean, tuple(problems))


def _check_fields(values: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    clean: dict[str, str] = {}
    problems: list[Problem] = []
    for name, raw in values.items():
        value = " ".join(raw.split())
        clean[name] = value
        try:
            if not is_storable(raw):
                raise Wrong("unreadable")
            if value and name in _CLEANERS:
                clean[name] = _CLEANERS[name](value)
            if len(value) > _LIMITS.get(name, 254):
                raise Wrong("too_long", limit=str(_LIMITS.get(name, 254)))
        except Wrong as wrong:
            problems.append(Problem(name, wrong.code, wrong.details))
    return clean, problems


def is_storable(text: str) -> bool:
    """Whether a text can be kept and shown: no control characters (NUL least of all), no lone surrogates."""
    return not any((c < " " and c not in "\t\n\r") or c in "\x7f\ufffd" or "\ud800" <= c <= "\udfff" for c in text)


def _digits(value: str) -> str:
    """Digits without the spaces, dots and no-break spaces people put between them."""
    kept = "".join(value.split()).replace(".", "").replace("-", "")
    return kept if kept.isascii() else "x"
