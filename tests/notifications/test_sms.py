"""SMS: alphabets, segments, sender names, and the wording that stays within one."""

from __future__ import annotations

import pytest

from pli.notifications.api import Recipient
from pli.notifications.merge import as_text
from pli.notifications.outgoing import segments_of
from pli.notifications.secret_values import reveal_secrets
from pli.notifications.sms import BadSenderName, check_sender_name, count_segments, is_gsm7, sender_name, to_gsm7

from .conftest import Ask


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 160, 3), ("я" * 70, 1), ("я" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2), ("ê" * 71, 2),
    ],
)  # fmt: skip
def test_segments_are_counted_as_operators_do(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_french_goes_into_gsm7_and_greek_goes_whole() -> None:
    assert to_gsm7("L’hôtel « Forêt » : ça coûte 5 € – œuvre…") == 'L\'hotel "Foret" : ca coute 5 € - oeuvre...'
    assert to_gsm7("Ωμέγα привет") == "Ωμέγα привет"
    assert is_gsm7(to_gsm7("Benoît Lefèvre"))


@pytest.mark.parametrize(
    ("name", "sender"), [("Atelier Mercier", "AtelierMerc"), ("Été & Cie", "EteCie"), ("3M", "3M")]
)
def test_a_sender_name_is_made_of_the_organisations(name: str, sender: str) -> None:
    assert sender_name(name) == sender


@pytest.mark.parametrize("name", ["123456", "", "Atelier Mercier", "Été", "abcdefghijkl"])
def test_a_bad_sender_name_is_refused(name: str) -> None:
    with pytest.raises(BadSenderName):
        check_sender_name(name)


@pytest.mark.django_db
def test_a_long_title_does_not_make_two_sms(ask: Ask) -> None:
    message = ask(
        template="signature.code_sms", channel="SMS", to=Recipient("Julie", "06 12 34 56 78"),
        fields={"document": "Devis « Rénovation de la forêt » " * 8}, secrets={"code": "482913"},
    )  # fmt: skip
    text = as_text(segments_of(message), reveal_secrets(message))
    assert (message.to_address, message.segments, count_segments(text)) == ("+33612345678", 1, 1)
    assert text.startswith("482913 : votre code")
