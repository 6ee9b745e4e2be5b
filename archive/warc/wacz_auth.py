"""Who stands for a WACZ file: anonymous signatures as wacz-auth 0.1.0 has them, made and checked.

The specification wants ECDSA and says no more; what counts is what ArchiveWeb.page writes and ReplayWeb.page
checks: curve P-384 with SHA-256 over the text `sha256:…`, the key in DER (SubjectPublicKeyInfo), the signature
as r and s one after the other. The nonce is derived from what is signed (RFC 6979), so the same package gets the
same signature. Knows one key, in the home's folder of keys; refuses to know what the package holds.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from archive.errors import Misuse
from archive.warc.files import bytes_of, failed, write_new

PRIVATE_KEY: Final = "wacz.key.pem"
PUBLIC_KEY: Final = "wacz.public.pem"

_HALF: Final = 48
"""Bytes of r and of s on P-384."""

_SIGNED: Final = ("hash", "created", "software", "version", "signature", "publicKey")
"""What an anonymous signature holds, all of it and nothing else."""


def signing_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The key in `folder`, made at first use: PKCS#8 PEM with mode 0600, the public key beside it.

    As with the key of the tree heads, a lost one is never silently replaced. Raises `Misuse` for a key that
    cannot be used and `EnvironmentFailed`.
    """
    private, public = folder / PRIVATE_KEY, folder / PUBLIC_KEY
    try:
        if not private.exists():
            if public.exists():
                raise Misuse(f"{private}: is missing, its public key is there; put it back from a backup")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # another process was quicker; its key is the key
                write_new(private, _private_pem(ec.generate_private_key(ec.SECP384R1())), 0o600)
        if private.stat().st_mode & 0o077:
            raise Misuse(
                f"{private}: others can read it; run 'chmod 600' on it, and replace it if somebody may have"
            )
        key = _load(private)
        if not public.exists():
            with contextlib.suppress(FileExistsError):
                write_new(public, public_pem(key), 0o644)
    except OSError as error:
        raise failed(folder, "cannot keep the signing key", error) from error
    return key


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key as openssl reads it."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(bytes_of(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP384R1):
        raise Misuse(f"{path}: is no P-384 key in PEM without a password; put it back from a backup")
    return key


def sign(digest: str, created: str, *, key: ec.EllipticCurvePrivateKey, software: str) -> dict[str, str]:
    """The `signedData` for a package whose datapackage.json has this `digest`."""
    der = key.sign(digest.encode("ascii"), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return {
        "hash": digest,
        "created": created,
        "software": software,
        "version": "0.1.0",
        "signature": base64.b64encode(r.to_bytes(_HALF) + s.to_bytes(_HALF)).decode(),
        "publicKey": base64.b64encode(_der(key.public_key())).decode(),
    }


def _der(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def fault_of(signed: object, digest: str) -> str:
    """What is wrong with `signedData` over `digest`, in a few words; empty where nothing is.

    That it is right says only that one key stands for the package. Whose key it is must be known from elsewhere.
    """
    if not isinstance(signed, Mapping) or set(signed) != set(_SIGNED):
        return "is no anonymous signature as wacz-auth 0.1.0 has it"
    if signed["hash"] != digest:
        return "is over another datapackage.json"
    try:
        raw = base64.b64decode(signed["signature"], validate=True)
        der_key = base64.b64decode(signed["publicKey"], validate=True)
        key = serialization.load_der_public_key(der_key)
        if not isinstance(key, ec.EllipticCurvePublicKey) or len(raw) != 2 * _HALF:
            return "is not by an ECDSA key on P-384"
        if _der(key) != der_key:  # X9.62 has a second way to write a point; a key has one digest only
            return "has its key in an unusual form"
        der = encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
        key.verify(der, digest.encode("ascii"), ec.ECDSA(hashes.SHA256()))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "cannot be read"
    except InvalidSignature:
        return "does not fit; the package was changed or the signature forged"
    return ""
