"""What a refusal says, and in which tongue."""

from __future__ import annotations

import pickle

from django.utils.translation import gettext, override

from pli.kit.errors import Phrase, fill_sentence
from pli.signing.errors import UnableToSend, UnableToSignFile
from pli.signing.sending_rules import check_signer_address


def test_a_phrase_is_its_french_sentence() -> None:
    phrase = Phrase("la clé RSA de %(bits)s bits est trop courte", bits=1024)
    assert phrase == "la clé RSA de 1024 bits est trop courte"
    again = pickle.loads(pickle.dumps(phrase))  # noqa: S301 - our own
    assert (again, again.msgid, again.places) == (phrase, phrase.msgid, {"bits": 1024})


def test_a_reason_is_translated_with_its_places_and_a_title_never() -> None:
    words = {"« %(title)s » refusé : %(reason)s": "“%(title)s” refused: %(reason)s", "Devis": "Quote"}
    words |= {"page %(n)s vide": "page %(n)s empty"}
    sentence = "« %(title)s » refusé : %(reason)s"
    details = {"title": "Devis", "reason": Phrase("page %(n)s vide", n=3)}
    assert fill_sentence(sentence, details, lambda text: words.get(text, text)) == "“Devis” refused: page 3 empty"


def test_a_percent_sign_in_a_sentence_without_places_is_left_alone() -> None:
    assert fill_sentence("100 % lu", {}, lambda text: text) == "100 % lu"


def test_refusals_of_a_request_speak_english_to_who_reads_english() -> None:
    error = UnableToSend(reason=check_signer_address("Julie", "no", "", "EMAIL"))
    with override("en"):
        assert fill_sentence(error.message, error.details, gettext) == "The e-mail address of Julie is not valid."
    nested = UnableToSignFile(title="Bail", reason=Phrase("Ce PDF est protégé par un mot de passe."))
    with override("en"):
        said = fill_sentence(nested.message, nested.details, gettext)
    assert said == "“Bail” cannot be signed as it is: This PDF is protected by a password."
