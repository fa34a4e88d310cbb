"""Timestamps from an outside authority over HTTP (RFC 3161 §3.4)."""

from __future__ import annotations

import os
from typing import ClassVar

from asn1crypto import algos, cms, core, tsp

from pli.kit.errors import Phrase, PlugError
from pli.kit.outgoing import OutgoingPolicy, OutgoingResponse, Resolver, resolve_name, send_request
from pli.trust.cms_check import BadSignature
from pli.trust.store import TrustStore
from pli.trust.timestamps import LocalTimestamps, TimestampService
from pli.trust.tokens import read_token

SERVICE = "horodatage"
# Refusals that asking again cannot cure: badAlg, badRequest, badDataFormat, unacceptedPolicy, unacceptedExtension.
_PERMANENT = frozenset(("bad_alg", "bad_request", "bad_data_format", "unaccepted_policy", "unaccepted_extensions"))


class TimestampResponse(core.Sequence):  # type: ignore[misc]
    """TimeStampResp with its token optional, as RFC 3161 §2.4.2 has it; asn1crypto's own calls a refusal malformed."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class RemoteTimestamps:
    """A timestamp authority by URL. Its tokens are checked before anybody relies on them."""

    # Room for a token with its authority's chain; the longest met from public authorities is under 8 KiB.
    token_room = 10 * 1024

    def __init__(
        self,
        url: str,
        *,
        username: str = "",
        password: str = "",
        timeout: float = 10.0,
        allow_private: bool = False,
        policy: str = "",
        resolve: Resolver = resolve_name,
    ) -> None:
        self._url = url
        self._auth = (username, password) if username else None
        self._outgoing = OutgoingPolicy(
            allow_private=allow_private, timeout=timeout, deadline=timeout * 2, max_response_bytes=64 * 1024
        )
        self._policy = policy
        self._resolve = resolve

    def timestamp(self, digest: bytes) -> bytes:
        """The DER TimeStampToken of a SHA-256 ``digest``, with nonce, imprint, signature and purpose checked.

        :raises PlugError: no answer (temporary), a refusal or something else than what was asked.
        """
        if len(digest) != 32:
            raise ValueError("a SHA-256 digest has 32 bytes")
        nonce = int.from_bytes(os.urandom(8), "big") | 1 << 63
        response = send_request(
            "POST",
            self._url,
            service=SERVICE,
            headers={"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"},
            content=self._request(digest, nonce),
            basic_auth=self._auth,
            policy=self._outgoing,
            resolve=self._resolve,
        )
        _check_status(response)
        token = _granted(response.content)
        try:
            facts = read_token(token, digest)
        except BadSignature as error:
            raise PlugError(service=SERVICE, reason=Phrase("jeton refusé (%(code)s)", code=error.code)) from error
        if facts.nonce != nonce:
            raise PlugError(service=SERVICE, reason="jeton refusé (réponse à une autre demande)")
        if self._policy and facts.policy != self._policy:
            raise PlugError(service=SERVICE, reason="jeton refusé (autre politique d’horodatage)", permanent=True)
        return token

    def _request(self, digest: bytes, nonce: int) -> bytes:
        fields = {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": digest,
            },
            "nonce": nonce,
            "cert_req": True,
        }
        if self._policy:
            fields["req_policy"] = self._policy
        encoded: bytes = tsp.TimeStampReq(fields).dump()
        return encoded


def _check_status(response: OutgoingResponse) -> None:
    if response.is_success:
        return
    # 4xx is ours to mend, except « slow down » and « try later »; anything else may pass.
    permanent = 400 <= response.status < 500 and response.status not in (408, 425, 429)
    raise PlugError(
        service=SERVICE, reason=Phrase("réponse HTTP %(status)s", status=response.status), permanent=permanent
    )


def _granted(content: bytes) -> bytes:
    try:
        answer = TimestampResponse.load(content, strict=True)
        status = answer["status"]["status"].native
        failures = set(answer["status"]["fail_info"].native or ())
        token: bytes = answer["time_stamp_token"].dump()
    except (ValueError, TypeError, KeyError) as error:
        raise PlugError(service=SERVICE, reason="réponse illisible") from error
    if status not in ("granted", "granted_with_mods"):
        listed = ", ".join(sorted(failures)) or status
        raise PlugError(
            service=SERVICE, reason=Phrase("refus (%(codes)s)", codes=listed), permanent=bool(failures & _PERMANENT)
        )
    if not token:
        raise PlugError(service=SERVICE, reason="réponse sans jeton")
    return token


def timestamp_service(
    store: TrustStore, url: str = "", *, username: str = "", password: str = "", allow_private: bool = False
) -> TimestampService:
    """The authority at ``url``, or the installation's own when there is none."""
    if not url:
        return LocalTimestamps(store)
    return RemoteTimestamps(url, username=username, password=password, allow_private=allow_private)
