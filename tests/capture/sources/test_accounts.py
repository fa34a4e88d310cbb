"""Sources: who makes them, who sees what, and what of a password is ever kept or shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from pli.capture.api import (
    Capture,
    CaptureState,
    FolderOptions,
    FtpOptions,
    InputSource,
    MailboxOptions,
    SftpOptions,
    SourceKind,
    SourceProblem,
    SourceSettings,
    change_source,
    create_source,
    dismiss_capture,
    get_source,
    last_problems,
    renew_source_secret,
    sftp_fingerprints,
    sources_for,
)
from pli.capture.errors import MailboxUnreachable, SecretLost, SourceNameTaken, TransferIncomplete, UnableToTake
from pli.capture.sources.arrivals import find_account, receive_drop
from pli.capture.sources.naming import decode_name, final_name, is_temporary
from pli.capture.sources.problems import KEPT, forget_problem, note_parked, note_problem
from pli.capture.sources.secrets import open_secret
from pli.documents.api import store_bytes
from pli.kit.clock import FrozenClock
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.gate import BAN_SECONDS, FORGIVEN, WINDOW_SECONDS, Gate
from pli.kit.passwords import new_login
from pli.parties.api import Account, Member, StaffActor
from tests.capture.ipp.conftest import make_pdf
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.stopped import park_files

pytestmark = pytest.mark.django_db
COPIER = SourceSettings("Copieur", FtpOptions(), kind="invoice")


@pytest.fixture
def house(db: None) -> House:
    return make_house()


def _as(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def test_administrators_and_managers_make_them_and_nobody_else_sees_them(house: House) -> None:
    source, _ = create_source(house.bruno, chosen=COPIER)
    for actor in (house.chloe, house.denis):
        with pytest.raises(NotAllowed):
            create_source(actor, chosen=SourceSettings("Autre", FtpOptions()))
    with pytest.raises(NotFound):
        get_source(house.chloe, source.id)
    assert get_source(house.denis, source.id) == source
    with pytest.raises(NotAllowed):
        change_source(house.denis, source.id, is_active=False)
    with pytest.raises(NotFound):
        get_source(make_house("riviere").alice, source.id)
    with pytest.raises(SourceNameTaken):
        create_source(house.alice, chosen=COPIER)
    assert not sources_for(house.portal).exists()


def test_a_password_opens_its_own_door_until_it_is_renewed(house: House) -> None:
    source, secret = create_source(house.bruno, chosen=COPIER)
    assert source.login
    assert find_account(SourceKind.FTP, source.login, secret) == source
    for channel, login, word in (
        (SourceKind.SFTP, source.login, secret), (SourceKind.FTP, source.login, ""), (SourceKind.FTP, "x\0", secret),
        (SourceKind.FTP, source.login, secret + "a"), (SourceKind.FTP, "", secret),
    ):  # fmt: skip
        assert find_account(channel, login, word) is None
    _, renewed = renew_source_secret(house.alice, source.id)
    assert find_account(SourceKind.FTP, source.login, secret) is None
    assert find_account(SourceKind.FTP, source.login, renewed)
    Member.objects.filter(id=house.bruno.member_id).update(is_active=False)
    assert find_account(SourceKind.FTP, source.login, renewed) is None, "its member has left"
    change_source(house.alice, source.id, takes_over=True)
    found = find_account(SourceKind.FTP, source.login, renewed)
    assert found and found.member_id == house.alice.member_id


def test_a_mailbox_password_is_sealed_for_its_source_alone(house: House) -> None:
    chosen = SourceSettings("Boîte", MailboxOptions(host="imap.example", user="scan"))
    source, secret = create_source(house.bruno, chosen=chosen, password="été 2026")
    assert secret == "" and source.secret_sealed and "été".encode() not in bytes(source.secret_sealed)
    assert open_secret(source.id, source.secret_sealed) == "été 2026"
    other, _ = create_source(house.bruno, chosen=SourceSettings("B", MailboxOptions(host="h")), password="x")
    with pytest.raises(SecretLost):
        open_secret(other.id, source.secret_sealed)
    with pytest.raises(NotFound):
        renew_source_secret(house.bruno, source.id)
    InputSource.objects.filter(id=source.id).update(position={"uid": 9})
    change_source(house.bruno, source.id, chosen=chosen)
    source.refresh_from_db()
    assert source.position == {"uid": 9} and open_secret(source.id, source.secret_sealed) == "été 2026"
    elsewhere = SourceSettings("Boîte", MailboxOptions(host="imap2.example", user="scan"))
    assert change_source(house.bruno, source.id, chosen=elsewhere).position == {}, "another box is read from its start"


def test_the_screens_show_the_password_once(house: House) -> None:
    client = _as(house.bruno)
    form = {"name": "Copieur", "kind": "invoice", "asks_first": ""}
    made = client.post(reverse("sources:new", args=["ftp"]), form)
    source = InputSource.objects.get()
    page = made.content.decode()
    assert made.status_code == 200 and source.login and source.login in page and "no-store" in made["Cache-Control"]
    shown = client.get(reverse("sources:show", args=[source.id])).content.decode()
    assert source.login in shown and "8021" in shown and "Canon" in shown and "Ricoh" in shown
    renewed = client.post(reverse("sources:renew", args=[source.id])).content.decode()
    secrets = [one for one in renewed.split('"') if len(one) == 20 and one.isalnum() and find_account(
        SourceKind.FTP, source.login, one)]  # fmt: skip
    assert secrets and secrets[0] not in shown and secrets[0] not in client.get(
        reverse("sources:show", args=[source.id])
    ).content.decode()  # fmt: skip
    assert client.post(reverse("sources:new", args=["ftp"]), form).status_code == 422
    assert client.get(reverse("sources:new", args=["telex"])).status_code == 404
    client.post(reverse("sources:change", args=[source.id]), {**form, "name": "Autre", "allows_plain": "on"})
    client.post(reverse("sources:switch", args=[source.id]))
    source.refresh_from_db()
    assert (source.name, source.options, source.is_active) == ("Autre", {"allows_plain": True}, False)
    listed = _as(house.denis).get(reverse("sources:list")).content.decode()
    assert "Autre" in listed and "Éteinte" in listed and reverse("sources:new", args=["ftp"]) not in listed


def test_each_kind_has_its_form_and_its_page(house: House) -> None:
    client = _as(house.alice)
    more = {
        "folder": {"takes_subfolders": "on", "keeps_done": "yes"},
        "sftp": {},
        "imap": {"host": "imap.example", "port": "993", "security": "tls", "user": "scan", "password": "x",
                 "mailbox": "INBOX"},
    }  # fmt: skip
    for door, fields in more.items():
        url = reverse("sources:new", args=[door])
        assert client.get(url).status_code == 200
        answer = client.post(url, {"name": f"Source {door}", "kind": "other", "asks_first": "yes", **fields})
        assert answer.status_code in (200, 302), answer.content.decode()[-3000:]
    pages = [client.get(reverse("sources:show", args=[one.id])).content.decode() for one in InputSource.objects.all()]
    assert any("inbox/source-folder-" in page for page in pages)
    assert any(sftp_fingerprints()[0] in page for page in pages)
    for one in InputSource.objects.all():
        assert client.get(reverse("sources:change", args=[one.id])).status_code == 200


def test_a_problem_shows_until_it_is_over_or_seen_to(house: House, run_jobs: RunJobs) -> None:
    source, _ = create_source(house.bruno, chosen=COPIER)
    note_problem(source.id, TransferIncomplete(name="<b>scan</b>.pdf"))
    page = _as(house.alice).get(reverse("todo:list")).content.decode()
    assert "s’est interrompu" in page and "&lt;b&gt;scan" in page and "<b>scan" not in page
    assert "interrompu" not in _as(house.chloe).get(reverse("todo:list")).content.decode()
    _drop(source)
    source.refresh_from_db()
    assert source.problem_code == "", "what came next shows that it is over"
    note_problem(source.id, UnableToTake(name="a.pdf", reason="il est vide"))
    _drop(source, "b.pdf")
    source.refresh_from_db()
    assert source.problem_code == "CAP-012", "somebody has to look at that one"
    _as(house.bruno).post(reverse("sources:dismiss", args=[source.id]), {"next": "todo"})
    source.refresh_from_db()
    assert source.problem_code == ""


def test_the_last_twenty_problems_are_listed_with_what_became_of_them(house: House, run_jobs: RunJobs) -> None:
    source, _ = create_source(house.bruno, chosen=COPIER)
    place = reverse("sources:show", args=[source.id])
    assert "Rien n’a été refusé jusqu’ici" in _as(house.bruno).get(place).content.decode()
    for number in range(KEPT + 5):
        note_problem(source.id, TransferIncomplete(name=f"scan-{number}.pdf"), file_name=f"scan-{number}.pdf")
    stored = store_bytes([b"%PDF-1.4 rubbish"])
    capture, _ = receive_drop(source, stored=stored, sent_name="illisible.pdf", media_type="application/pdf")
    run_jobs()
    kept = [one.file_name for one in last_problems(source)]
    assert kept == ["illisible.pdf", *(f"scan-{number}.pdf" for number in range(KEPT + 4, 5, -1))]
    assert SourceProblem.objects.filter(source=source).count() == KEPT
    page = _as(house.denis).get(place).content.decode()
    link = f"{reverse('todo:list')}#file-{capture.id}"
    assert link in page and "scan-24.pdf" in page and "scan-5.pdf" not in page
    assert f'id="file-{capture.id}"' in _as(house.denis).get(reverse("todo:list")).content.decode()
    dismiss_capture(house.bruno, capture.id)
    page = _as(house.denis).get(place).content.decode()
    assert link not in page and "Depuis : Écarté" in page
    assert _as(house.chloe).get(place).status_code == 403
    assert _as(make_house("autre").alice).get(place).status_code == 404


def test_a_trouble_that_lasts_is_one_line_and_stays_when_it_is_over(house: House) -> None:
    source, _ = create_source(house.bruno, chosen=COPIER)
    silence = MailboxUnreachable(name="Boîte", reason="délai dépassé")
    for instant in (8, 9, 10):
        note_problem(source.id, silence, clock=FrozenClock(datetime(2020, 11, 23, instant, tzinfo=UTC)))
    [one] = last_problems(source)
    assert (one.times, one.first_at.hour, one.last_at.hour, one.file_name) == (3, 8, 10, "")
    shown = _as(house.bruno).get(reverse("sources:show", args=[source.id])).content.decode()
    assert "3 fois, la première" in shown
    forget_problem(source.id)
    assert [one.times for one in last_problems(source)] == [3]
    # A file parked anew for the same reason is the same line; a name written to deceive is only a name.
    [capture] = park_files(house.bruno, 1, source=source)
    note_parked(capture)
    note_parked(capture)
    note_problem(source.id, silence, file_name="../<b>scan\udcff\u202e.pdf")
    assert [(one.times, one.file_name) for one in last_problems(source)] == [
        (1, "bscan.pdf"), (2, "scan-000.pdf"), (3, "")
    ]  # fmt: skip
    note_parked(Capture(organisation_id=source.organisation_id, file_name="sans-source.pdf"))
    assert SourceProblem.objects.count() == 3


def _drop(source: InputSource, name: str = "a.pdf") -> Capture:
    stored = store_bytes([make_pdf(name)])
    return receive_drop(source, stored=stored, sent_name=name, media_type="application/pdf")[0]


def test_a_source_that_asks_leaves_its_scans_to_somebody(house: House, run_jobs: RunJobs) -> None:
    chosen = SourceSettings("Accueil", SftpOptions(), kind="invoice", asks_first=True)
    source, _ = create_source(house.bruno, chosen=chosen)
    first, second = _drop(source, "a.pdf"), _drop(source, "b.pdf")
    run_jobs()
    client = _as(house.chloe)
    page = client.get(reverse("todo:list")).content.decode()
    assert reverse("todo:confirm", args=[first.id]) in page and "Accueil" in page
    url = reverse("todo:confirm", args=[first.id])
    assert client.get(url).status_code == 200
    assert client.get(reverse("todo:page", args=[first.id])).status_code == 200
    client.post(url, {"kind": "quote", "party": "Dupont SARL (C001)", "title": "Toit"})
    client.post(reverse("todo:aside", args=[second.id]))
    run_jobs()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (CaptureState.FILED, CaptureState.DISMISSED)
    assert first.document and first.document.party_id == house.dupont.id and first.document.title == "Toit"
    assert client.get(url).status_code == 404
    assert _as(make_house("riviere").alice).get(url).status_code == 404


def test_a_folder_keeps_its_place_when_its_name_changes(house: House) -> None:
    source, _ = create_source(house.bruno, chosen=SourceSettings("Couloir", FolderOptions()))
    before = source.options["folder"]
    changed = change_source(house.bruno, source.id, chosen=SourceSettings("Grenier", FolderOptions(keeps_done=True)))
    assert changed.options["folder"] == before and changed.options["keeps_done"]


class _Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_guesser_waits_longer_then_stays_out_for_a_while() -> None:
    time = _Time()
    gate = Gate(time)
    assert [gate.fail("10.0.0.9") for _ in range(FORGIVEN)] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert gate.is_banned("10.0.0.9") and not gate.is_banned("10.0.0.8")
    time.now += BAN_SECONDS + WINDOW_SECONDS + 1
    assert not gate.is_banned("10.0.0.9") and gate.fail("10.0.0.9") == 1.0
    gate.succeed("10.0.0.9")
    assert gate.fail("10.0.0.9") == 1.0, "one mistake by somebody who knows is forgotten"
    for number in range(12_000):
        gate.fail(f"10.1.{number // 250}.{number % 250}")
    assert len(gate._tries) <= 10_001, "a flood from everywhere does not fill the memory"


@given(st.text(min_size=1, max_size=80))
def test_names_are_readable_whatever_they_are(name: str) -> None:
    assert final_name(name) and decode_name(name)
    login = new_login(name)
    assert len(login) <= 24 and login.isascii() and " " not in login and "/" not in login


@pytest.mark.parametrize(
    ("name", "final"),
    [("a.pdf.tmp", "a.pdf"), ("a.PDF.FILEPART", "a.PDF"), (".a.pdf", "a.pdf"), ("a.pdf~", "a.pdf"), (".tmp", "tmp")],
)
def test_temporary_names_and_what_they_become(name: str, final: str) -> None:
    assert is_temporary(name) and final_name(name) == final
    assert not is_temporary("a.pdf") and final_name("template.pdf") == "template.pdf"
