"""The command line, its settings, its words, its small parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from pli.kit.checks import CheckState
from pli.project import cli, doctor, first_start, logs, speech, translations
from pli.project.config import config
from pli.project.faults import PortTaken, SettingsContradict
from pli.project.first_start import Step, run_first_start


@pytest.fixture(autouse=True)
def _fresh_config() -> object:
    config.cache_clear()
    yield
    config.cache_clear()


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    for name in cli.command_names():
        assert f"  {name} " in said
    assert {"serve", "web", "worker", "migrate", "manage", "doctor", "backup", "restore"} <= set(cli.command_names())
    assert cli.main(["nonsense"]) == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"PLI_PORT": "80a"},
        {"PLI_PORT": "70000"},
        {"PLI_TLS_CERT": "/a"},
        {"PLI_TLS": "yes"},
        {"PLI_TLS": "own", "PLI_TLS_CERT": "/a", "PLI_TLS_KEY": "/b"},
        {"PLI_BASE_URL": "pli.example.fr"},
    ],
)
def test_senseless_settings_stop_the_start(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsContradict):
        config()


def test_own_tls_changes_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLI_TLS", "own")
    assert config().base_url == "https://localhost:8000"


def test_a_fault_says_what_happened_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "language", lambda: "fr")
    said = speech.explain(PortTaken(host="127.0.0.1", port=8000, variable="PLI_PORT", suggestion=8001))
    assert said.splitlines()[0].startswith("RUN-003  Le port 8000") and "PLI_PORT=8001" in said


@pytest.mark.parametrize(("value", "expected"), [("C.UTF-8", "fr"), ("fr_FR.UTF-8", "fr"), ("en_GB.UTF-8", "en")])
def test_the_terminal_chooses_the_language(value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", value)
    assert speech.language() == expected


done: list[str] = []


def one(home: Path) -> None:
    done.append(f"one {home.name}")


def two(home: Path) -> None:
    done.append("two")


def test_first_start_steps_run_once(tmp_path: Path) -> None:
    done.clear()
    steps = (
        Step("one", f"{__name__}:one"),
        Step("two", f"{__name__}:two", is_repeated=True),
        Step("demo", f"{__name__}:two", only_demonstration=True),
    )
    assert run_first_start(tmp_path, demonstration=False, steps=steps) == ["one", "two"]
    assert run_first_start(tmp_path, demonstration=True, steps=steps) == ["two", "demo"]
    assert done == [f"one {tmp_path.name}", "two", "two", "two"]
    assert set(json.loads((tmp_path / "first_start.json").read_text())) == {"one", "two", "demo"}


def test_the_steps_and_checks_listed_exist() -> None:
    for step in first_start.STEPS:
        assert callable(step.load())


@pytest.mark.django_db
def test_the_doctor_examines_and_survives_a_broken_check() -> None:
    found = {check.name: check for check in doctor.examine()}
    assert found["database"].state is CheckState.OK and found["clock"].state is CheckState.OK
    # No worker runs under the tests.
    assert found["worker"].state is CheckState.FAIL and found["worker"].cure
    (broken,) = doctor.examine(["pli.project.checks:none_such"])
    assert broken.state is CheckState.FAIL


@pytest.mark.django_db
def test_health_names_the_part_that_is_down(client: Client) -> None:
    answer = client.get("/healthz")
    body = answer.json()
    assert answer.status_code == 503 and body["status"] == "unavailable"
    assert body["parts"]["database"]["status"] == "ok" and body["parts"]["worker"]["status"] == "failed"
    assert client.post("/healthz").status_code == 405


def test_a_log_never_grows_beyond_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 1000)
    log = logs.RotatingLog(tmp_path / "web.log")
    for number in range(100):
        log.write(f"{number:099d}\n".encode())
    log.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["web.log", *(f"web.log.{n}" for n in range(1, 6))]
    assert all(path.stat().st_size <= 1100 for path in tmp_path.iterdir())


def test_messages_are_found_in_code_and_templates() -> None:
    code = "class E(PliError):\n    message = 'Plein.'\nx = _('Un')\ny = ngettext('a', 'b', n)\nz = pgettext('c', 'd')"
    assert set(translations.messages_of_python(code)) == {(None, "Plein."), (None, "Un"), (None, "a"), ("c", "d")}
    template = (
        '{% load i18n %}{% translate "Bonjour l’ami" %}{% blocktranslate %}Il y a {{ n }} jours{% endblocktranslate %}'
    )
    found = set(translations.messages_of_template(template))
    assert (None, "Bonjour l’ami") in found and (None, "Il y a %(n)s jours") in found
