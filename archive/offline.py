"""`stet verify --offline`: one file from anybody, checked by itself.

Opens no home and no database, and connects to nobody. Says what the check found and, as plainly, what it rests
on: whose key, whose clock, whose roots.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from archive import bundles
from archive.bundles import Report
from archive.domain.times import stamp
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.output import clean_lines, json_line, say, tell
from archive.warc.heads import public_key


def verify(bundle: Path, *, key: Path | None, roots: Path | None, as_json: bool) -> None:
    """Check `bundle`, an evidence bundle or a WACZ file, and tell each flaw; raises `NothingFound` for one.

    `key` is a public key that the bundle must be signed with, `roots` a PEM file of timestamp authorities' roots.
    """
    report = bundles.check(
        bundle,
        expected=public_key(key) if key is not None else None,
        roots=_roots(roots) if roots is not None else (),
    )
    for flaw in report.flaws:
        if as_json:
            tell(json_line({"file": flaw.file, "offset": flaw.offset, "kind": flaw.kind, "what": flaw.what}))
        else:
            tell(clean_lines(str(flaw)))
    if report.flaws:
        count = len(report.flaws)
        raise NothingFound(f"{bundle}: {count} fault{'' if count == 1 else 's'}, named above; it proves nothing")
    _say(bundle, report, expected=key is not None)


def _say(bundle: Path, report: Report, *, expected: bool) -> None:
    if not report.bundle:
        by = f"signed with the key {report.key}" if report.key else "not signed"
        say(f"{bundle}: no fault in {report.records} records, {by}; a WACZ file proves nothing of their age")
        return
    heads = len(report.heads)
    say(f"{bundle}: no fault; {report.records} records, each in the log under {heads} signed heads")
    whose = "the key that you gave" if expected else "ask the archive, by another way, whether this is its key"
    say(f"signed with the key {report.key}: {whose}")
    for one in report.stamps:
        off = f" (to within {one.stamp.accuracy.total_seconds():g} s)" if one.stamp.accuracy else ""
        roots = "the bundle's own roots, which are only as good as where it came from"
        by = "the roots that you gave" if one.given else roots
        say(f"{one.name}: there at {stamp(one.stamp.time)} UTC{off}, says {one.stamp.signer}; judged by {by}")
    for name in report.unjudged:
        say(f"{name}: not judged; give the authority's root certificates with --roots FILE")
    if not report.stamps:
        say("no timestamp counts here: the times are by the archive's own clock")


def _roots(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise EnvironmentFailed(f"{path}: cannot be read: {error.strerror}; name another file") from error
    except ValueError:
        raise Misuse(f"{path}: holds no certificates in PEM; get the authority's roots anew") from None
