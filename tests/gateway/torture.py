"""Messages as the world writes them, and worse: made by hand, after the shapes of RFC 2045–2049, 2231 and 8551.

Each is complete, with CR LF; its subject is ``Essai``. None comes from anybody's mailbox.
"""

from __future__ import annotations

import base64
from functools import reduce

_HEAD = (
    b"Received: from a.example by b.example; Sun, 22 Nov 2026 08:00:00 +0100\r\n"
    b"From: =?iso-8859-1?Q?Andr=E9?= Pirard <andre@mercier.example>\r\nTo: julie@client.example\r\n"
    b"Subject: Essai\r\nMessage-ID: <torture@mercier.example>\r\nMIME-Version: 1.0\r\n"
)
_PNG = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).replace(b"\n", b"\r\n")
_PDF = base64.encodebytes(b"%PDF-1.4\n" + b"objet " * 40).replace(b"\n", b"\r\n")
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour, texte.\r\n"


def _mixed(*parts: bytes, kind: bytes = b"mixed", mark: bytes = b"b") -> bytes:
    lines = b"".join(b"--" + mark + b"\r\n" + part for part in parts)
    return b"Content-Type: multipart/" + kind + b'; boundary="' + mark + b'"\r\n\r\n' + lines + b"--" + mark + b"--\r\n"


def _file(kind: bytes, name: bytes, body: bytes, *more: bytes) -> bytes:
    return (
        b"Content-Type: " + kind + b"\r\n" + b"".join(line + b"\r\n" for line in more)
        + b"Content-Disposition: attachment; " + name + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
    )  # fmt: skip


def _pdf(name: bytes) -> bytes:
    return _file(b"application/pdf", name, _PDF)


_CALENDAR = (
    b"Content-Type: text/calendar; charset=utf-8; method=REQUEST; name=invite.ics\r\n\r\n"
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_HTML = (
    b'Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Bonjour <img src="cid:logo"></p></body></html>\r\n'
)
_CTE = b"\r\nContent-Transfer-Encoding: "
_PLAIN = b"Content-Type: text/plain"
_LOGO = (
    b"Content-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + _PNG
)
_INNER = b"Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: *SIGN dedans\r\n\r\nMessage joint.\r\n"
_SIGNED = _mixed(
    b"Content-Type: text/plain\r\n\r\nTexte sign=E9  \r\n",
    _file(b"application/pkcs7-signature", b"filename=smime.p7s", _PDF), kind=b"signed; micalg=sha-256",
)  # fmt: skip

SAMPLES: dict[str, bytes] = {
    "nothing but a body": _HEAD + b"\r\nBonjour\r\n",
    "no body": _HEAD,
    "no mime header": _HEAD.replace(b"MIME-Version: 1.0\r\n", b"") + b"\r\n8 bits \xe9\xe8\xff sans le dire\r\n",
    "mbox line and dots": _HEAD + b"\r\nFrom here\r\n.\r\n..\r\n...suite\r\n",
    "trailing blanks": _HEAD + b"\r\nblancs   \r\n\t\r\n\r\n\r\n",
    "longest line": _HEAD + b"\r\n" + b"x" * 990 + b"\r\n",
    "alternative": _HEAD + _mixed(_TEXT, _HTML, kind=b"alternative"),
    "related in alternative in mixed": _HEAD
    + _mixed(
        _mixed(_TEXT, _mixed(_HTML, _LOGO, kind=b"related", mark=b"in.ner"), kind=b"alternative", mark=b"al"),
        _pdf(b"filename=devis.pdf"),
    ),
    "boundary that begins another": _HEAD + _mixed(_mixed(_TEXT, _HTML, kind=b"alternative", mark=b"bb"), _LOGO),
    "boundary of odd signs": _HEAD + _mixed(_TEXT, _LOGO, mark=b"=_'()+_,-./:=?x y"),
    "preamble and epilogue": _HEAD
    + _mixed(_TEXT, _LOGO).replace(b"\r\n\r\n--b", b"\r\n\r\nPr\xe9ambule\r\n--b", 1) + b"fin\r\n",
    "boundary in the text": _HEAD + _mixed(_TEXT + b"--bravo\r\n --b\r\n--b-\r\n", _LOGO),
    "never closed": _HEAD + _mixed(_TEXT, _LOGO).removesuffix(b"--b--\r\n"),
    "no boundary said": _HEAD + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n" + _TEXT + b"--b--\r\n",
    "boundary with blanks after": _HEAD + _mixed(_TEXT, _LOGO).replace(b"--b\r\n", b"--b \t\r\n"),
    "no parts": _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n",
    "empty parts": _HEAD + _mixed(b"\r\n", b"\r\n", _TEXT),
    "ten deep": _HEAD + reduce(lambda inner, n: _mixed(inner, mark=b"m%d" % n), range(10), _TEXT),
    "rfc 2231 name in pieces": _HEAD
    + _mixed(_TEXT, _pdf(b"filename*0*=utf-8''d%C3%A9;\r\n filename*1*=tail%20;\r\n filename*2=s.pdf")),
    "rfc 2047 in a name": _HEAD + _mixed(_TEXT, _pdf(b"filename=\"=?utf-8?B?w6l0w6kucGRm?=\"")),
    "raw 8 bits in a name": _HEAD + _mixed(_TEXT, _pdf(b"filename=\"\xe9t\xe9.pdf\"")),
    "name of nasty signs": _HEAD + _mixed(_TEXT, _pdf(b"filename=\"../../a\\\"b;c.pdf\"")),
    "two content types": _HEAD + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nlequel ?\r\n",
    "folded and commented head": _HEAD
    + b"Content-Type: text/plain (rien\r\n d'autre);\r\n\tcharset=\"utf-8\"\r\n\r\nBonjour\r\n",
    "unknown encoding": _HEAD + _PLAIN + _CTE + b"x-rot13\r\n\r\nObawbhe\r\n",
    "wrong base64": _HEAD + _PLAIN + _CTE + b"base64\r\n\r\nQm9u*am91\r\ncg\r\n",
    "wrong quoted-printable": _HEAD + _PLAIN + _CTE + b"quoted-printable\r\n\r\n=E9=ZZ=\r\n=\r\n",
    "utf-16 text": _HEAD + _PLAIN + b"; charset=utf-16" + _CTE + b"base64\r\n\r\n/v8AQgBvAG4=\r\n",
    "latin-1 in 8bit": _HEAD
    + _PLAIN + b"; charset=iso-8859-1" + _CTE + b"8bit\r\n\r\n\xe9t\xe9\r\n",
    "iso-2022-jp": _HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$3\x1b(B\r\n",
    "format flowed": _HEAD
    + b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n> cit \r\n> suite\r\n-- \r\nmoi\r\n",
    "html with a comment first": _HEAD
    + b"Content-Type: text/html\r\n\r\n<!-- <body> --><HTML><BODY\r\n bgcolor=x><p>a\r\n",
    "winmail.dat": _HEAD
    + _mixed(_TEXT, _file(b"application/ms-tnef; name=winmail.dat", b"filename=winmail.dat", _PNG)),
    "s/mime signed": _HEAD + _SIGNED,
    "s/mime opaque": _HEAD
    + b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
    + b"Content-Transfer-Encoding: base64\r\n\r\n" + _PDF,
    "pgp encrypted": _HEAD
    + _mixed(b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
             b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n", kind=b"encrypted"),
    "forwarded message": _HEAD + _mixed(_TEXT, _INNER),
    "only a forwarded message": _HEAD + _INNER,
    "invitation": _HEAD + _mixed(_TEXT, _HTML, _CALENDAR, kind=b"alternative"),
    "only an invitation": _HEAD + _CALENDAR,
    "only a picture": _HEAD + _LOGO,
    "a delivery report": _HEAD
    + _mixed(_TEXT, b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n",
             kind=b"report; report-type=delivery-status"),
    "digest": _HEAD + _mixed(b"\r\nSubject: un\r\n\r\nun\r\n", b"\r\nSubject: deux\r\n\r\ndeux\r\n", kind=b"digest"),
    "inline pdf of apple mail": _HEAD
    + _mixed(_TEXT, b"Content-Type: application/pdf; x-unix-mode=0644; name=a.pdf\r\nContent-Disposition: inline\r\n"
             b"Content-Transfer-Encoding: base64\r\n\r\n" + _PDF, _TEXT),
    "external body": _HEAD
    + _mixed(_TEXT, b"Content-Type: message/external-body; access-type=URL; URL=\"x\"\r\n\r\n\r\n"),
}  # fmt: skip
