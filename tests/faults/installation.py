"""A whole Pli in a folder of its own, with the mailbox and the timestamp service it is set to, ours to take away."""

from __future__ import annotations

import http.server
import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller

from pli.project.postgres import free_port
from pli.trust.api import LocalTimestamps, TrustStore
from tests.project.server import Server
from tests.support.ceremonies import drawn_signature
from tests.support.template import give_tables

_MAKE_COMPANY = "from pli.project.demonstration import make_company; print(make_company().token)"


class Mailbox:
    """A mail server; what it received stays when it goes away."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self._controller: Controller | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 2.0.0 OK"

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        if self._controller:
            self._controller.stop(no_assert=True)
            self._controller = None

    def texts(self, to: str) -> list[str]:
        """The texts sent to an address, oldest first."""
        return [_text(one) for one in list(self.messages) if to in str(one["To"])]


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


class Timestamps:
    """An RFC 3161 service over HTTP, answering 503 while it is down."""

    def __init__(self) -> None:
        self.port = free_port()
        self.is_down = False
        self.store: TrustStore | None = None
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.set()
                outer.may_answer.wait(15)
                if outer.is_down or outer.store is None:
                    self.send_error(503)
                    return
                answer = LocalTimestamps(outer.store).respond(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: object) -> None:
                """Nothing to say."""

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Installation(Server):
    """``pli serve`` with one worker and one web process."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.mailbox = Mailbox()
        self.timestamps = Timestamps()

    def environment(self, **more: str) -> dict[str, str]:
        services = {
            "PLI_MAIL_URL": f"smtp://127.0.0.1:{self.mailbox.port}/?tls=none",
            "PLI_TSA_URL": f"http://127.0.0.1:{self.timestamps.port}/",
        }
        return super().environment(PLI_WORKER_PROCESSES="1", **services, **more)

    def begin(self) -> None:
        """Run with our own services, for a company without papers. Its tables are there: a first start is not ours."""
        self.home.mkdir(mode=0o755)
        give_tables(self.home)
        self.timestamps.store = TrustStore(self.home)
        self.timestamps.store.ensure()
        self.mailbox.open()
        self._serve()
        made = subprocess.run(
            [sys.executable, "-m", "pli.project.cli", "manage", "shell", "--verbosity", "0", "-c", _MAKE_COMPANY],
            env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        self.token = made.stdout.split()[-1]

    def _serve(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pli.project.cli", "serve"],
                env=self.environment(), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self.wait(lambda: "Pli est prêt" in self.said())

    def end(self) -> None:
        self.stop()
        self.mailbox.close()
        self.timestamps.close()

    def kill(self, name: str) -> None:
        """Kill -9 one part, as its process number was written down."""
        number = next((pid for one, pid in self.members().items() if one.startswith(name)), None)
        if number is not None:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                return

    def api(self, method: str, path: str, **how: Any) -> httpx.Response:
        """One call of the API, tried again while the web process is being replaced."""
        headers = {"Authorization": f"Bearer {self.token}", **how.pop("headers", {})}
        return self.until(lambda: self._call(method, path, headers, how))

    def _call(self, method: str, path: str, headers: dict[str, str], how: dict[str, Any]) -> httpx.Response | None:
        try:
            url = f"http://127.0.0.1:{self.port}/api/v1{path}"
            answer = httpx.request(method, url, headers={"Host": "localhost", **headers}, timeout=40, **how)
        except httpx.TransportError:
            return None
        return None if answer.status_code in (500, 502, 503) else answer

    def until(self, look: Callable[[], Any], seconds: float = 60) -> Any:
        """What ``look`` finds, as soon as it finds something; a server that takes longer fails the test."""
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if found:
                return found
            assert time.monotonic() < deadline, f"not in {seconds} s; {self.said()[-1500:]}"
            time.sleep(0.15)

    # The journey, in a few words

    def ask(self, key: str, content: bytes, email: str) -> str:
        """A document sent and a signature asked of one person; the request's id."""
        sent = self.api(
            "PUT", f"/captures/by-key/{key}?wait=30", content=content, headers={"Content-Type": "application/pdf"}
        )
        assert sent.status_code == 201, sent.text
        document = self.until(lambda: self.api("GET", f"/captures/{sent.json()['id']}").json()["document_id"])
        order = {
            "document_ids": [document],
            "signers": [{"name": "Julie Martin", "email": email}],
            "deadline": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 9 * 86_400)),
        }
        made = self.api("POST", "/ceremonies", json=order, headers={"Idempotency-Key": f"ask-{key}"})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def state(self, ceremony_id: str) -> str:
        return str(self.api("GET", f"/ceremonies/{ceremony_id}").json()["state"])

    def link(self, email: str) -> str:
        """The path of the last link an address received."""
        found = self.until(lambda: re.findall(r"/s/[A-Za-z0-9_-]{43}", "\n".join(self.mailbox.texts(email))))
        return str(found[-1])


class Visitor:
    """A signer's browser."""

    def __init__(self, at: Installation, email: str) -> None:
        self.at, self.email = at, email
        self.path = at.link(email)
        self.browser = httpx.Client(base_url=f"http://localhost:{at.port}", timeout=40)

    def _post(self, tail: str, **fields: str) -> httpx.Response:
        def send() -> httpx.Response | None:
            try:
                if "csrftoken" not in self.browser.cookies:
                    self.browser.get(self.path)
                form = {**fields, "csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}
                answer = self.browser.post(self.path + tail, data=form)
            except (httpx.TransportError, KeyError):
                return None
            return None if answer.status_code in (500, 502, 503) else answer

        answer: httpx.Response = self.at.until(send)
        return answer

    def arrive(self) -> dict[str, str]:
        """Open the link, type the code; the form of the signing page, filled in."""
        assert self._post("/start").status_code == 302
        code = self.at.until(lambda: [c for t in self.at.mailbox.texts(self.email) if "/s/" not in t
                                      for c in re.findall(r"\b\d{6}\b", t)])[-1]  # fmt: skip
        assert self._post("/code", code=code).status_code == 302
        page = self.browser.get(self.path + "/read").text
        digest = re.search(r'name="papers_digest" value="([0-9a-f]{64})"', page)
        assert digest, page[:2000]
        import base64

        ink = "data:image/png;base64," + base64.b64encode(drawn_signature()).decode()
        box = {"mark_page": "1", "mark_x1": "300", "mark_y1": "100", "mark_x2": "470", "mark_y2": "168"}
        return {"consent": "yes", "papers_digest": digest[1], "signature_kind": "drawn", "signature_png": ink, **box}

    def sign(self, form: dict[str, str]) -> None:
        assert self._post("/sign", **form).status_code == 302

    def outcome(self) -> str:
        """What the signer's last page says."""
        return self.browser.get(self.path + "/done").text


@contextmanager
def begun(home: Path) -> Iterator[Installation]:
    """An installation that is surely gone at the end."""
    made = Installation(home)
    try:
        made.begin()
        yield made
    finally:
        made.end()
