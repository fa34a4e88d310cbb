"""Lists from spreadsheets: kind files, hostile files, previews, applying, reports, and the way back."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pli.journal.api import Event
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.transitions import UnableToMove
from pli.parties import api
from pli.parties.api import Organisation, PartyFilter, PartyImport, PartyKind, Role, StaffActor, UnableToReadTable
from pli.parties.importing.columns import guess_columns
from pli.parties.importing.escaping import escape_cell, restore_cell
from pli.parties.importing.reading import read_table
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db
LIST = "Code client;Raison sociale;SIRET;Courriel;Portable;Adresse;CP;Ville;Consentement;Contact;E-mail du contact\n"
ROWS = (
    "C1;Dupont & Fils;73282932000074;contact@dupont.example;0612345678;1 rue A;1000;Bourg;oui;Julie;julie@d.example\n"
    "C2;Durand;;;;;;;;;\n"
)


def table(text: str | bytes) -> list[list[str]]:
    return [line.cells for line in read_table(io.BytesIO(text if isinstance(text, bytes) else text.encode()))]


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def preview(actor: StaffActor, content: bytes, name: str = "liste.csv", **options: object) -> PartyImport:
    made = api.receive_import(actor=actor, kind=PartyKind.CLIENT, file_name=name, file=io.BytesIO(content))
    api.preview_import(actor=actor, import_id=made.id, mapping=made.mapping, **options)
    api.run_check(made.id)
    return api.get_import(actor, made.id)


def apply(actor: StaffActor, content: bytes) -> PartyImport:
    made = preview(actor, content)
    api.confirm_import(actor=actor, import_id=made.id)
    api.run_import(made.id)
    return api.get_import(actor, made.id)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_encodings_and_separators_of_spreadsheets(encoding: str, separator: str) -> None:
    text = separator.join(["Code", "Nom"]) + "\r\n" + separator.join(["É1", '"Hélène; ""Œuvre"", fils"']) + "\r\n"
    assert table(text.encode(encoding)) == [["Code", "Nom"], ["É1", 'Hélène; "Œuvre", fils']]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n;;;\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "old_excel"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "not_a_table"),
        (b"PK\x03\x04 no zip at all", "damaged"),
        (b"Code;Nom\nA;\x81\x8d\n", "encoding"),
        (b"\xff\xfeA\x00\x00\xd8", "encoding"),
        (b";".join([b"x"] * 1_000_000), "too_many_columns"),
        (b"x" * (20 * 1024 * 1024 + 1), "too_big"),
        (b"Code;Nom\n" + b"a;b\n" * 100_001, "too_many_lines"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnableToReadTable) as refusal:
        table(content)
    assert refusal.value.reason == reason


def rezip(content: bytes, part: str, replacement: Callable[[bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, replacement(data) if name == part else data)
    return target.getvalue()


_SHEET = "xl/worksheets/sheet1.xml"
_DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("part", "replacement", "reason"),
    [
        (_SHEET, lambda xml: xml.replace(b"</sheetData>", b" " * (210 * 1024 * 1024) + b"</sheetData>"), "bomb"),
        (_SHEET, lambda xml: _DOCTYPE + xml, "bomb"),
        ("xl/workbook.xml", lambda xml: _DOCTYPE + xml, "bomb"),
        (_SHEET, lambda xml: xml.replace(b"</row>", b"<c/>" * 1_000_000 + b"</row>", 1), "too_many_columns"),
        (_SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"<d>" * 500), "bomb"),
        (_SHEET, lambda xml: xml[: len(xml) // 2], "damaged"),
        ("xl/workbook.xml", lambda xml: b"<nothing/>", "empty"),
    ],
    ids=["zip-bomb", "entities", "entities-in-workbook", "columns", "depth", "cut", "no-book"],
)
def test_a_hostile_workbook_is_refused_fast(part: str, replacement: Callable[[bytes], bytes], reason: str) -> None:
    hostile = rezip(workbook(["Code", "Nom"], ["A", "B"]), part, replacement)
    begun = time.monotonic()
    with pytest.raises(UnableToReadTable) as refusal:
        table(hostile)
    assert refusal.value.reason == reason
    assert time.monotonic() - begun < 20


def test_a_lying_cell_reference_does_not_make_a_million_columns() -> None:
    hostile = rezip(workbook(["Code", "Nom"], ["A", "B"]), _SHEET, lambda xml: xml.replace(b'r="B2"', b'r="XFD2"'))
    assert table(hostile)[0] == ["Code", "Nom"]


def test_formulas_are_not_evaluated() -> None:
    assert table(workbook(["Code", "Nom"], ["A", "=1+1"], ["B", '=HYPERLINK("http://evil.example")']))[1:] == [
        ["A"],
        ["B"],
    ]


def test_cells_read_as_people_read_them() -> None:
    import datetime

    rows = table(workbook(["Code", "a", "b", "c"], [75001.0, 1.5, True, datetime.date(2026, 12, 31)]))
    assert rows[1] == ["75001", "1.5", "oui", "31/12/2026"]


def test_the_upload_runs_in_the_sandbox(alice: StaffActor) -> None:
    hostile = rezip(workbook(["Code", "Nom"], ["A", "B"]), _SHEET, lambda xml: _DOCTYPE + xml)
    with pytest.raises(UnableToReadTable) as refusal:
        preview(alice, hostile, "liste.xlsx")
    assert refusal.value.reason == "bomb"
    assert not PartyImport.objects.exists()
    made = preview(alice, workbook(["Code", "Nom"], ["A1", "Aé"]), "liste.xlsx")
    assert made.state == "CHECKED"
    assert made.lines.get().name == "Aé"


def test_headers_are_known_in_french_and_english() -> None:
    assert guess_columns(LIST.strip().split(";")) == {
        "code": 0, "name": 1, "siret": 2, "email": 3, "mobile": 4, "line_1": 5, "postcode": 6, "city": 7,
        "consent": 8, "contact_name": 9, "contact_email": 10,
    }  # fmt: skip
    assert guess_columns(["Customer code", "Company name", "VAT number", "E-mail", "ZIP code", "Town", "?"]) == {
        "code": 0, "name": 1, "vat_number": 2, "email": 3, "postcode": 4, "city": 5,
    }  # fmt: skip


def test_bank_accounts_come_by_a_column_and_go_back_the_same(alice: StaffActor) -> None:
    rows = b"code;nom;IBAN\nF1;Papeterie;FR14 2004 1010 0505 0001 3M02 606\nF2;Bois;FR00 1234\n"
    made = preview(alice, rows)
    assert made.mapping["ibans"] == 2
    assert api.count_outcomes(made) == {"CREATE": 1, "UPDATE": 0, "UNCHANGED": 0, "ERROR": 1}
    assert made.lines.get(outcome="ERROR").problems[0][:2] == ["ibans", "iban"]
    api.confirm_import(actor=alice, import_id=made.id)
    api.run_import(made.id)
    party = api.find_party(alice, PartyKind.CLIENT, "F1")
    assert party is not None and party.bank_accounts == ("FR1420041010050500013M02606",)
    assert api.count_outcomes(preview(alice, rows))["UNCHANGED"] == 1


def test_nothing_is_written_before_confirmation(alice: StaffActor) -> None:
    made = preview(alice, (LIST + ROWS).encode())
    assert api.count_outcomes(made) == {"CREATE": 2, "UPDATE": 0, "UNCHANGED": 0, "ERROR": 0}
    assert not api.Party.objects.exists()
    api.cancel_import(actor=alice, import_id=made.id)
    api.run_import(made.id)
    assert not api.Party.objects.exists()
    with pytest.raises(UnableToMove):
        api.confirm_import(actor=alice, import_id=made.id)
    assert bytes(PartyImport.objects.get().content) == (LIST + ROWS).encode(), "the file is kept"


def test_an_import_creates_then_finds_nothing_to_do_then_updates(alice: StaffActor) -> None:
    assert apply(alice, (LIST + ROWS).encode()).state == "APPLIED"
    party = api.find_party(alice, PartyKind.CLIENT, "C1")
    assert party is not None
    assert (party.siren, party.mobile, party.consent) == ("732829320", "+33612345678", "ACCEPTED")
    assert [c.email for c in api.list_contacts(alice, party.id)] == ["julie@d.example"]
    assert api.count_outcomes(preview(alice, (LIST + ROWS).encode()))["UNCHANGED"] == 2
    moved = ROWS.replace("Dupont & Fils", "Dupont SA").replace("julie@d", "jm@d")
    made = preview(alice, (LIST + moved).encode())
    line = made.lines.get(outcome="UPDATE")
    assert line.changes == [
        ["name", "Dupont & Fils", "Dupont SA"],
        ["contact_email", "julie@d.example", "jm@d.example"],
    ]
    api.confirm_import(actor=alice, import_id=made.id)
    api.run_import(made.id)
    party.refresh_from_db()
    assert party.name == "Dupont SA"
    assert api.list_parties(alice, q="dupont sa").items == (party,)
    assert [c.email for c in api.list_contacts(alice, party.id)] == ["jm@d.example"]
    told = Event.objects.filter(subject_type="party", subject_id=party.id).order_by("id")
    assert [event.name for event in told] == [
        "parties.party-created", "parties.consent-changed", "parties.party-updated",
    ]  # fmt: skip


def test_errors_are_said_line_by_line_and_the_rest_goes_on(alice: StaffActor) -> None:
    text = (
        "code;nom;email;mobile\nA1;Bon;;\nA2;Faux;pas une adresse;\n;Sans code;;\nA1;Encore;;\nA4;Nul\x00;;\n"
        f"{'x' * 60};Long;;\n"
    )
    made = apply(alice, text.encode())
    errors = {line.number: [problem[:2] for problem in line.problems] for line in made.lines.filter(outcome="ERROR")}
    assert errors == {
        3: [["email", "email"]],
        4: [["code", "required"]],
        5: [["code", "code_repeated"]],
        6: [["name", "unreadable"]],
        7: [["code", "too_long"]],
    }
    assert [party.code for party in api.list_parties(alice).items] == ["A1"]


def test_an_empty_cell_erases_only_when_asked(alice: StaffActor) -> None:
    apply(alice, (LIST + ROWS).encode())
    text = b"code;nom;email\nC1;Dupont & Fils;\n"
    assert preview(alice, text).lines.get().outcome == "UNCHANGED"
    line = preview(alice, text, clears_empty=True).lines.get()
    assert line.changes == [["email", "contact@dupont.example", ""]]


def test_what_changed_since_the_preview_is_seen_when_applying(alice: StaffActor) -> None:
    made = preview(alice, (LIST + ROWS).encode())
    api.create_party(actor=alice, kind=PartyKind.CLIENT, values={"code": "C2", "name": "Créé entre-temps"})
    api.confirm_import(actor=alice, import_id=made.id)
    api.run_import(made.id)
    line = made.lines.get(code="C2")
    assert (line.outcome, line.changes) == ("UPDATE", [["name", "Créé entre-temps", "Durand"]])


def test_a_killed_job_goes_on_where_it_was(alice: StaffActor, monkeypatch: pytest.MonkeyPatch) -> None:
    from pli.parties.importing import applying

    monkeypatch.setattr(applying, "APPLY_CHUNK", 10)
    text = "code;nom\n" + "".join(f"K{n};Nom {n}\n" for n in range(25))
    made = preview(alice, text.encode())
    api.confirm_import(actor=alice, import_id=made.id)
    assert applying._apply_chunk(made.id, applying.SYSTEM_CLOCK)
    assert api.Party.objects.count() == 10
    api.run_check(made.id)  # a check that comes late does nothing
    api.run_import(made.id)
    api.run_import(made.id)
    assert api.Party.objects.count() == 25
    assert Event.objects.filter(name="parties.party-created").count() == 25
    assert Event.objects.filter(name="parties.import-applied").count() == 1


def test_the_jobs_are_deferred_and_run(alice: StaffActor, run_jobs: RunJobs) -> None:
    file = io.BytesIO((LIST + ROWS).encode())
    made = api.receive_import(actor=alice, kind=PartyKind.CLIENT, file_name="l.csv", file=file)
    api.preview_import(actor=alice, import_id=made.id, mapping=made.mapping)
    run_jobs()
    assert api.get_import(alice, made.id).state == "CHECKED"
    api.confirm_import(actor=alice, import_id=made.id)
    run_jobs()
    made = api.get_import(alice, made.id)
    assert (made.state, made.done, made.total) == ("APPLIED", 2, 2)


def test_an_import_belongs_to_its_organisation_and_to_those_who_may(
    alice: StaffActor, bob: StaffActor, atelier: Organisation, staff: Callable[..., StaffActor]
) -> None:
    made = preview(alice, (LIST + ROWS).encode())
    for attempt in (
        lambda: api.get_import(bob, made.id),
        lambda: api.confirm_import(actor=bob, import_id=made.id),
        lambda: api.cancel_import(actor=bob, import_id=made.id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert api.list_imports(bob) == []
    for role in (Role.MEMBER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            preview(staff(atelier, role), (LIST + ROWS).encode())
    assert preview(staff(atelier, Role.MANAGER), (LIST + ROWS).encode())


@pytest.mark.parametrize("mapping", [{"code": 0}, {"code": 0, "name": 0}, {"code": 0, "name": 99}])
def test_columns_that_can_not_serve_are_refused(alice: StaffActor, mapping: dict[str, int]) -> None:
    made = api.receive_import(
        actor=alice, kind=PartyKind.CLIENT, file_name="l.csv", file=io.BytesIO((LIST + ROWS).encode())
    )
    with pytest.raises(api.UnableToMapColumns):
        api.preview_import(actor=alice, import_id=made.id, mapping=mapping)


def test_the_report_is_safe_to_open(alice: StaffActor, tmp_path: Path) -> None:
    made = preview(alice, b"code;nom;email\n=cmd|' /C calc'!A0;+SUM(1);@x\n")
    api.export_report(made, tmp_path / "r.xlsx")
    sheet = load_workbook(tmp_path / "r.xlsx").worksheets[0]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not any(cell[0] in "=+-@\t" for cell in cells)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@given(st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    assert restore_cell(escape_cell(text)) == text
    assert not escape_cell(text).startswith(("=", "+", "-", "@", "\t", "\x00"))


_WORDS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and "\ufffd" not in text
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(_WORDS, min_size=1, max_size=4), code=_WORDS)
def test_what_is_exported_comes_back_unchanged(alice: StaffActor, tmp_path: Path, names: list[str], code: str) -> None:
    with transaction.atomic():
        for n, name in enumerate(names):
            values = {"code": f"{code}{n}", "name": name, "mobile": "+32470123456", "line_1": name, "city": name,
                      "country": "BE", "email": "a@b.example"}  # fmt: skip
            api.create_party(actor=alice, kind=PartyKind.CLIENT, values=values)
        target = tmp_path / "export.xlsx"
        wanted = PartyFilter(is_active=None)
        assert api.export_parties(alice, kind=PartyKind.CLIENT, wanted=wanted, target=target) == len(names)
        made = preview(alice, target.read_bytes(), "export.xlsx")
        assert api.count_outcomes(made) == {"CREATE": 0, "UPDATE": 0, "UNCHANGED": len(names), "ERROR": 0}
        transaction.set_rollback(True)


def test_fifty_thousand_lines_are_read_and_planned(alice: StaffActor) -> None:
    text = "code;nom;email;ville;cp\n" + "".join(
        f"N{n};Société {n};c{n}@exemple.example;Lyon;69001\n" for n in range(50_000)
    )
    made = preview(alice, text.encode())
    assert made.state == "CHECKED"
    assert api.count_outcomes(made)["CREATE"] == 50_000
