"""Calls to the outside: webhooks, timestamp authorities, carriers. A URL typed by a user must not reach inner services.

Each name is resolved once, every address it has is judged, and the connection goes to a judged address: a second
resolution can't give another answer (DNS rebinding). TLS still checks the name, and ``Host`` still carries it.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pli.kit.errors import PlugError

if TYPE_CHECKING:
    # Half a second and ten megabytes: loaded by the first call, since most processes never make one.
    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

# Cloud metadata services: never a fair target, also where private addresses are allowed.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"))
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
# What a redirect to another origin must not carry along.
_PRIVATE_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization"))


@dataclass(frozen=True)
class OutgoingPolicy:
    """What a call may do. Times in seconds: ``timeout`` for each wait, ``deadline`` for the whole call."""

    allow_private: bool = False
    timeout: float = 10.0
    deadline: float = 30.0
    max_response_bytes: int = 1 << 20
    max_redirects: int = 0
    # The authorities that may vouch for a TLS server; None: those of the machine.
    tls: ssl.SSLContext | None = field(default=None, compare=False)


DEFAULT_POLICY = OutgoingPolicy()


@dataclass(frozen=True)
class OutgoingResponse:
    """What came back, whole: never more than the policy's limit. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    address: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def resolve_name(host: str, port: int) -> list[str]:
    """Every address of ``host``, by the system's resolver.

    :raises OSError: the name does not resolve.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))


def is_public(address: str) -> bool:
    """Whether an address belongs to the public Internet, seen through IPv6 forms that carry an IPv4 address."""
    parsed = ipaddress.ip_address(address)
    return all(item.is_global and not item.is_multicast and item not in _METADATA for item in _faces(parsed))


def is_never_allowed(address: str) -> bool:
    """Addresses refused whatever the policy: cloud metadata, multicast, unspecified, reserved."""
    return any(
        item in _METADATA or item.is_multicast or item.is_unspecified or (item.version == 4 and item.is_reserved)
        for item in _faces(ipaddress.ip_address(address))
    )


def _faces(address: Address) -> list[Address]:
    faces: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return [address.ipv4_mapped]
        if address.sixtofour is not None:
            faces.append(address.sixtofour)
        if address.teredo is not None:
            faces.extend(address.teredo)
        if address in _NAT64 or address in _NAT64_LOCAL or (address in _COMPATIBLE and int(address) > 1):
            faces.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return faces


def send_request(
    method: str,
    url: str,
    *,
    service: str,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    basic_auth: tuple[str, str] | None = None,
    policy: OutgoingPolicy = DEFAULT_POLICY,
    resolve: Resolver = resolve_name,
) -> OutgoingResponse:
    """Make one call and read its whole answer, following at most ``policy.max_redirects`` redirects.

    Any status is an answer: judging it is the caller's. ``service`` names the plug in errors; the URL is never put
    into an error or a log, since webhook addresses carry secrets.

    :raises PlugError: no answer; permanent when the address is refused or malformed, temporary otherwise.
    """
    sent = {
        "accept-encoding": "identity",
        "user-agent": "Pli",
        **{key.lower(): item for key, item in (headers or {}).items()},
    }
    if basic_auth is not None:
        sent["authorization"] = "Basic " + base64.b64encode(":".join(basic_auth).encode()).decode()
    until = time.monotonic() + policy.deadline
    target = _parse(url, service)
    for _ in range(policy.max_redirects + 1):
        response = _send_once(method, target, sent, content, service, policy, resolve, until)
        location = response.headers.get("location")
        if response.status not in _REDIRECTS or not location or policy.max_redirects == 0:
            return response
        following = _parse(str(target.join(location)), service)
        if target.scheme == "https" and following.scheme != "https":
            raise PlugError(service=service, reason="redirection vers une adresse non chiffrée", permanent=True)
        if _origin(following) != _origin(target):
            sent = {key: item for key, item in sent.items() if key not in _PRIVATE_HEADERS}
        if response.status == 303 or (response.status in (301, 302) and method == "POST"):
            method, content = "GET", b""
            sent.pop("content-type", None)
        target = following
    raise PlugError(service=service, reason="trop de redirections", permanent=True)


def _parse(url: str, service: str) -> httpx.URL:
    import httpx

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise PlugError(service=service, reason="adresse mal formée", permanent=True) from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise PlugError(service=service, reason="adresse mal formée", permanent=True)
    return parsed


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _judged_addresses(url: httpx.URL, service: str, policy: OutgoingPolicy, resolve: Resolver) -> Sequence[str]:
    host = url.raw_host.decode("ascii").strip("[]")
    return judge_host(host, _origin(url)[2], service=service, policy=policy, resolve=resolve)


def judge_host(
    host: str, port: int, *, service: str, policy: OutgoingPolicy = DEFAULT_POLICY, resolve: Resolver = resolve_name
) -> Sequence[str]:
    """The addresses of a host, all judged: connect to one of them, never to the name again.

    :raises PlugError: when the name does not resolve, or leads where a call may not go.
    """
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        raise PlugError(service=service, reason="nom introuvable") from None
    if not addresses:
        raise PlugError(service=service, reason="nom introuvable")
    for address in addresses:
        try:
            is_refused = is_never_allowed(address) or not (policy.allow_private or is_public(address))
        except ValueError:
            is_refused = True
        # One inner address among outer ones is a trap, not a spare: the name as a whole is refused.
        if is_refused:
            raise PlugError(service=service, reason="adresse interne refusée", permanent=True)
    return addresses


def _send_once(
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    content: bytes,
    service: str,
    policy: OutgoingPolicy,
    resolve: Resolver,
    until: float,
) -> OutgoingResponse:
    import httpx

    failure: Exception | None = None
    for address in _judged_addresses(url, service, policy, resolve)[:4]:
        left = until - time.monotonic()
        if left <= 0:
            break
        # The transport is used bare: the client above it would log whole URLs.
        verify = policy.tls or ssl.create_default_context()
        with httpx.HTTPTransport(verify=verify, trust_env=False, retries=0) as transport:
            request = httpx.Request(
                method,
                url.copy_with(host=address, fragment=None),
                headers={**headers, "host": url.netloc.decode("ascii")},
                content=content,
                extensions={
                    "timeout": httpx.Timeout(min(policy.timeout, left)).as_dict(),
                    "sni_hostname": url.raw_host.decode("ascii"),
                },
            )
            try:
                return _read(transport.handle_request(request), address, service, policy, until)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
            except httpx.TimeoutException as error:
                raise PlugError(service=service, reason="pas de réponse dans le temps imparti") from error
            except httpx.HTTPError as error:
                raise PlugError(service=service, reason="la connexion a été interrompue") from error
    if isinstance(failure, httpx.ConnectError) and "CERTIFICATE" in str(failure).upper():
        raise PlugError(service=service, reason="certificat TLS refusé") from failure
    raise PlugError(service=service, reason="connexion impossible") from failure


def _read(
    response: httpx.Response, address: str, service: str, policy: OutgoingPolicy, until: float
) -> OutgoingResponse:
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in response.stream:  # type: ignore[union-attr]  # a synchronous transport streams synchronously
            size += len(chunk)
            if size > policy.max_response_bytes:
                raise PlugError(service=service, reason="réponse trop longue", permanent=True)
            if time.monotonic() > until:
                raise PlugError(service=service, reason="pas de réponse dans le temps imparti")
            chunks.append(chunk)
    finally:
        response.close()
    return OutgoingResponse(response.status_code, dict(response.headers), b"".join(chunks), address)
