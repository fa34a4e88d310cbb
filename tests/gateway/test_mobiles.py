"""Mobile numbers that nobody knows: asked from the sender by a link, given once, or not in time."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from pli.gateway.api import MailMessage, MailState, RelayState, SenderOptions, cancel_mail, change_options
from pli.gateway.errors import AskOver
from pli.gateway.handling import handle_message
from pli.gateway.mobiles import open_ask
from pli.gateway.models import MobileAsk
from pli.gateway.relaying import sweep_mail
from pli.kit.clock import FrozenClock
from pli.notifications.api import Message
from pli.parties.api import Contact
from pli.signing.api import Ceremony
from tests.gateway.conftest import Post
from tests.gateway.letters import letter, link_in, url_of
from tests.notifications.mail_server import real_server
from tests.pdf import samples
from tests.support.queue import RunJobs


def _asked(post: Post, run_jobs: RunJobs) -> str:
    """Ask Julie and Paul by SMS; the path of the link the sender got."""
    change_options(post.actor, SenderOptions(prefers_sms=True))
    Contact.objects.create(party=post.house.dupont, name="Paul", email="paul@client.example", mobile="+33698765432")
    files = [("devis.pdf", samples.simple_contract(pages=1), "application/pdf")]
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        post.send(letter(post, "*SIGN Devis", files=files).as_bytes(), "julie@client.example", "paul@client.example")
        run_jobs()
    [message] = host.messages
    assert host.envelopes[0].rcpt_tos == [post.email]
    said = message.get_body(("plain",))
    assert said is not None
    assert "julie@client.example" in said.get_content()
    assert "paul@client.example" not in said.get_content()
    assert not Ceremony.objects.exists()
    return "/" + link_in(message, "plain").partition("//")[2].partition("/")[2]


def test_numbers_are_given_once_and_the_request_goes_out(post: Post, run_jobs: RunJobs) -> None:
    path = _asked(post, run_jobs)
    ask = MobileAsk.objects.get()
    token = path.strip("/").rpartition("/")[2]
    assert token not in ask.token_sha256
    client = Client()
    assert "Julie Martin" in client.get(path).content.decode()
    sweep_mail()
    run_jobs()
    assert not Ceremony.objects.exists()
    name = ask.people[0]["id"]
    for wrong in ({}, {name: "01 23 45 67 89"}, {name: "bonjour"}):
        assert client.post(path, wrong).status_code == 422
    assert "La demande part" in client.post(path, {name: "06 12 34 56 78"}).content.decode()
    run_jobs()
    signers = Ceremony.objects.get().signers.order_by("position").values_list("mobile", "code_channel")
    assert list(signers) == [("+33612345678", "SMS"), ("+33698765432", "SMS")]
    assert client.get(path).status_code == client.post(path, {name: "0612345678"}).status_code == 404
    handle_message(ask.message_id)
    assert Ceremony.objects.count() == 1


def test_whoever_has_no_number_may_get_the_code_by_mail(post: Post, run_jobs: RunJobs) -> None:
    path = _asked(post, run_jobs)
    assert Client().post(path, {"by_mail": "1"}).status_code == 200
    run_jobs()
    signers = Ceremony.objects.get().signers.order_by("position").values_list("code_channel", flat=True)
    assert list(signers) == ["EMAIL", "SMS"]


def test_without_an_answer_nothing_leaves_and_the_sender_is_told(post: Post, run_jobs: RunJobs) -> None:
    path = _asked(post, run_jobs)
    ask = MobileAsk.objects.get()
    handle_message(ask.message_id, clock=FrozenClock(ask.expires_at))
    mail = MailMessage.objects.get()
    assert (mail.state, set(mail.recipients.values_list("state", flat=True))) == (
        MailState.REFUSED, {RelayState.CANCELLED},
    )  # fmt: skip
    assert "à temps" in str(Message.objects.get(template="gateway.refused").body)
    assert Client().get(path).status_code == 404
    assert not Ceremony.objects.exists()


def test_withdrawn_meanwhile_its_link_serves_no_more(post: Post, run_jobs: RunJobs) -> None:
    path = _asked(post, run_jobs)
    cancel_mail(post.actor, MailMessage.objects.get().id)
    with pytest.raises(AskOver):
        open_ask(path.strip("/").rpartition("/")[2])
