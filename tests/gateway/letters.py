"""Messages as a mail program writes them, and what is read in those that arrive."""

from __future__ import annotations

import email.policy
import re
from email.message import EmailMessage
from typing import Any

from tests.gateway.conftest import Post
from tests.notifications.mail_server import Letters

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def letter(post: Post, subject: str, **more: Any) -> EmailMessage:
    """To Julie, copy to Paul: text in two forms, a picture in it, and ``files``."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = post.email
    message["To"] = "Julie Martin <julie@client.example>"
    message["Cc"] = "Paul Durand <Paul@client.example>"
    message["Subject"] = subject
    message["Message-ID"] = "<devis-41@mercier.example>"
    message.set_content("Bonjour,\nvoici le devis promis, à signer.\n", cte=more.get("cte"))
    message.add_alternative(
        '<html><body class="x"><p>Voici le devis <img src="cid:logo"> promis, à signer.</p></body></html>',
        subtype="html", cte=more.get("cte"),
    )  # fmt: skip
    parts: Any = message.get_payload()
    parts[1].add_related(PNG, "image", "png", cid="<logo>", disposition="inline", filename="logo.png")
    for name, content, kind in more.get("files", ()):
        message.add_attachment(content, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return message


def url_of(host: Letters) -> str:
    return f"smtp://127.0.0.1:{host.port}/?tls=none"


def link_in(message: EmailMessage, form: str) -> str:
    body = message.get_body((form,))
    assert body is not None
    found = re.search(r"https?://[^\s\"<]+", str(body.get_content()))
    assert found is not None
    return found.group(0)
