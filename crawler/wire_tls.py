"""TLS over bytes: what goes in, what comes out, and what the handshake said.

Knows the contexts that we trust with, the peer's certificates, IANA's names, and how to put a failed
handshake in words. Refuses to know sockets and HTTP: ciphertext comes in, plaintext goes out, and the other
way round. It is used instead of asyncio's own layer, because it must tell a close that the peer announced
from a cut (RFC 9112 section 9.8), and keep the certificates of a handshake that failed.
"""

from __future__ import annotations

import _ssl
import contextlib
import ssl
from typing import Any

from archive.domain.model import Tls
from archive.errors import Misuse

_READ_SIZE = 256 * 1024  # what asyncio reads from a socket at once; a page then takes one or two turns

# The suites that Python offers by default for TLS 1.2; those of TLS 1.3 bear IANA's names already.
_IANA_NAMES = {
    "ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305": "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES256-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    "ECDHE-RSA-AES256-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "ECDHE-ECDSA-AES128-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "ECDHE-RSA-AES128-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "DHE-RSA-AES256-GCM-SHA384": "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "DHE-RSA-AES128-GCM-SHA256": "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "DHE-RSA-AES256-SHA256": "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    "DHE-RSA-AES128-SHA256": "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
}

# X509_V_ERR_* of OpenSSL's x509_vfy.h
_VERIFY_WORDS = {
    9: "the certificate is not yet valid",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the certificate chain ends in an unknown self-signed authority",
    20: "the certificate's authority is unknown",
    21: "the certificate's authority is unknown",
    23: "the certificate was revoked",
    62: "the certificate is for another host",
    64: "the certificate is for another address",
}


CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"


def context(ca_bundle: str = "") -> ssl.SSLContext:
    """Verifies chain and host name against the system's authorities and those in the PEM file `ca_bundle`.

    Raises Misuse when that file cannot be read as such.
    """
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION
    # CPython's own default list, said aloud: Debian builds Python with OpenSSL's, which also offers
    # suites with SHA-1, plain RSA, PSK and SRP.
    made.set_ciphers(CIPHERS)
    made.set_alpn_protocols(["http/1.1"])
    # The same on every Python: since 3.13 the default also has VERIFY_X509_STRICT, which turns away
    # certificates that browsers take; a fetch must not fail for that.
    made.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if ca_bundle:
        _load(made, ca_bundle)
    return made


def check_bundle(ca_bundle: str) -> None:
    """Raise Misuse when `ca_bundle` is no PEM file of certificates; much quicker than making a context."""
    _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_bundle)


def _load(into: ssl.SSLContext, ca_bundle: str) -> None:
    try:
        into.load_verify_locations(cafile=ca_bundle)
    except OSError as error:  # ssl.SSLError is one
        raise Misuse(f"ca_bundle: {ca_bundle} is no readable PEM file of certificates: {error}") from error


def failure_words(error: ssl.SSLError) -> str:
    """Why TLS failed, in words: expired, wrong host, unknown authority, or what OpenSSL calls it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_WORDS.get(error.verify_code, f"the certificate is not valid: {error.verify_message}")
    reason = (error.reason or str(error)).lower().replace("_", " ")
    return f"TLS failed: {reason}"


def iana_name(openssl_name: str) -> str:
    """The cipher suite's name in IANA's registry, where we know it."""
    return _IANA_NAMES.get(openssl_name, openssl_name)


class TlsPipe:
    """One side of a TLS connection, as a client. Call `handshake` once, then `receive` with what arrives."""

    def __init__(self, ssl_context: ssl.SSLContext, host: str) -> None:
        self.handshaken = False
        self.closed = False  #: the peer said that it sends no more
        self.failure: ssl.SSLError | None = None  #: what broke the handshake, or the stream later
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = ssl_context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def handshake(self) -> None:
        """Begin or go on with the handshake."""
        try:
            self._ssl.do_handshake()
            self.handshaken = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.failure = error

    def receive(self, ciphertext: bytes) -> bytes:
        """The plaintext in what has arrived; all of it, also when `failure` is set by what follows it."""
        self._incoming.write(ciphertext)
        if not self.handshaken:
            self.handshake()
        return self._plaintext() if self.handshaken else b""

    def _plaintext(self) -> bytes:
        pieces = []
        try:
            while piece := self._ssl.read(_READ_SIZE):
                pieces.append(piece)
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except ssl.SSLError as error:
            self.failure = error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def send(self, plaintext: bytes) -> None:
        """Encrypt; `outgoing` has the result."""
        self._ssl.write(plaintext)

    def close(self) -> None:
        """Say goodbye (close_notify) in `outgoing`, without waiting for the peer's."""
        with contextlib.suppress(ssl.SSLError):  # the peer's answer is missing, or there is nobody to say it to
            self._ssl.unwrap()

    def outgoing(self) -> bytes:
        """The ciphertext to be sent now."""
        return self._outgoing.read()

    def describe(self, *, verified: bool = True) -> Tls | None:
        """What the handshake said; None when not even a certificate came.

        After a failed handshake (`verified=False`) OpenSSL tells the cipher only for TLS 1.3, where it is
        agreed on before the certificate comes; protocol and cipher are empty otherwise.
        """
        chain, cipher = self._chain(), self._ssl.cipher()
        if not chain and not verified:
            return None
        name, version = (cipher[0], self._ssl.version() or cipher[1]) if cipher else ("", "")
        return Tls(
            protocol=version.lower().replace("tlsv", "tls/"),
            cipher=iana_name(name),
            chain=chain,
            verified=verified,
            alpn=self._ssl.selected_alpn_protocol() or "",
        )

    def _chain(self) -> tuple[bytes, ...]:
        """The certificates as the peer sent them, in DER; public since Python 3.13, below it before."""
        source: Any = self._ssl if hasattr(self._ssl, "get_unverified_chain") else self._ssl._sslobj  # type: ignore[attr-defined]
        chain = source.get_unverified_chain() or ()
        return tuple(cert if isinstance(cert, bytes) else cert.public_bytes(_ssl.ENCODING_DER) for cert in chain)
