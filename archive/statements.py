"""The words of an evidence bundle: a README for a stranger, and a statement for the person who will sign. Pure.

Says what the records show and how to check it without us, and where that ends. The statement follows the U.S.
Federal Rules of Evidence 901(b)(9) and 902(13) and (14) and the criteria of the Berkeley Protocol; it is a form
with the facts filled in, and no advice.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive import bundles
from archive.domain.times import stamp

WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the words are filled with."""

    finding: str
    summary: str
    at: datetime
    url: str
    outlet: str
    title: str
    fetches: Sequence[Mapping[str, Any]]  #: as the capture log has them
    software: Mapping[str, Any]
    records: int
    key: str
    heads: Sequence[tuple[str, str, int]]  #: where its files lie, when it was signed, over how many records
    tokens: Sequence[str]
    files: Sequence[str]


README = """\
Evidence of {finding}

  {title}
  {url}
  Outlet   {outlet}
  Found    {at} UTC
  Finding  {summary}

{what}

WHAT IS IN IT

{files}

HOW TO CHECK IT

1. With Stet, which needs nothing but this file, no network and no archive:

       stet verify --offline FILE.zip

2. Without Stet, in the unpacked folder, with sha256sum and openssl 3. Each line that begins with
   $ is a command; behind it stands what it must print.

   No file was changed since the manifest was signed:

       $ sha256sum --check --quiet manifest-sha256.txt
       $ openssl pkeyutl -verify -pubin -inkey tree-heads.public.pem -rawin \\
           -in manifest-sha256.txt -sigfile manifest-sha256.txt.sig
         Signature Verified Successfully

   The key is the archive's. Ask the archive for the digest of its key by another way than this
   bundle, and compare:

       $ openssl pkey -pubin -in tree-heads.public.pem -outform DER | sha256sum
         {key_hex}  -

   The heads of the log were signed with it:

{heads}
{stamps}
   The records are in captures.wacz, a ZIP file in which nothing is compressed twice. Each record
   is one gzip member; proofs.json says for each where it lies ("file", "offset"), which number it
   is in the log ("index"), and which hashes lead from it to the root of the head ("path", lowest
   first). The leaf is SHA-256 over a zero byte and the uncompressed record; a node is SHA-256
   over the byte 1 and the two hashes below it; left and right follow from "index" and the head's
   size as RFC 9162, section 2.1.3.2, says. By hand, for the first record:

       $ unzip -q -o captures.wacz -d captures
       $ {{ printf '\\0'; tail -c +{first_from} captures/{first_file} | head -c {first_length} \\
           | gzip -dc; }} | sha256sum
         {first_leaf}  -

   which is the "leaf" of the first entry of proofs.json. An entry of "extensions" shows in the
   same way (RFC 9162, section 2.1.4.2) that the log under one head is the beginning of the log
   under the next: nothing was taken out or put in between.

WHAT IT PROVES, AND WHAT NOT

{limits}
"""

_FILES = {
    "README.txt": "this text",
    "statement.txt": "a form of statement and certification for the person who answers for the archive",
    "finding.json": "what was found, and the fetches that it rests on",
    "capture-log.txt": "each of these fetches, failures too: time, answer, TLS, records; .json for programs",
    "diff.html": "the change, marked word by word, for a browser; diff.txt the same as text",
    "text-before.txt": "the story as it read before, as the extractor found it in the page",
    "text-after.txt": "the story as it read afterwards",
    bundles.PACKAGE: "the records themselves as WACZ 1.1.1; https://replayweb.page shows the pages",
    bundles.PROOFS: "for each record, that it is in the archive's log",
    "heads/": "the signed heads of that log",
    bundles.TIMESTAMPS: "RFC 3161 answers of timestamp authorities on heads",
    bundles.PUBLIC_KEY: "the archive's public key",
    bundles.MANIFEST: "the SHA-256 of every file but itself and its signature, .sig",
}

_WHAT = (
    "This bundle was made by Stet, which fetches news pages as any reader's program would, without "
    "logging in, and keeps each request and each answer byte for byte as they were on the wire, together "
    "with the connection's certificates and with every attempt that failed. A change is the step between "
    "two captures whose texts differ when the same program reads both. An article is held to be taken down only "
    "after several fetches over some time have found it gone while other pages of its outlet were there; these "
    "stand in the capture log as well. What is called moved is there at another address; what is called barred "
    "or unreachable could not be seen, and is not said to be gone. A restoration is the step by which what had "
    "been taken down was found there again."
)

_LIMITS = (
    (
        "That these records are what the archive wrote: no byte can be changed without the digests, the log "
        "and the signature showing it."
    ),
    (
        "That they were in the archive's log when its head was signed, and that the log only grew since. The "
        "times of heads and fetches are by the archive's own clock; a timestamp by an authority is by the "
        "authority's, and proves that the record was there at the latest then. Who believes no clock of the "
        "archive can rely on that."
    ),
    (
        "It does not prove who holds the key: get the digest of the key by another way. Nor does it prove "
        "that the outlet served the same page to everybody: it shows what was served to the archive, from the"
        " address and with the certificate that the capture log names. TLS lets nobody prove to others what a"
        " server sent."
    ),
    (
        "The extracted text and the marks of the diff are made by programs for people to read. Where it "
        "matters, look at the page itself in captures.wacz."
    ),
    (
        "A page that could not be fetched (time-out, block page, paywall) is never counted as changed or "
        "removed; such attempts are in the capture log and are called unreachable or barrier."
    ),
    (
        "Where the capture log says of a fetch that it was imported, another archive captured it. Its date and "
        "its bytes are as that archive gave them; the proofs show since when they are held here."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRecord:
    """Where a reader can try a proof by hand."""

    file: str
    offset: int
    length: int
    leaf: str


def readme(facts: Facts, first: FirstRecord) -> str:
    """The README of a bundle."""
    there = {*facts.files, "README.txt", "statement.txt", bundles.PACKAGE, bundles.PROOFS, "heads/"}
    there |= {bundles.PUBLIC_KEY, bundles.MANIFEST, *([bundles.TIMESTAMPS] if facts.tokens else [])}
    files = [f"  {name:<24} {words}" for name, words in _FILES.items() if name in there]
    return README.format(
        finding=facts.finding,
        title=_line(facts.title),
        url=_line(facts.url),
        outlet=facts.outlet,
        at=stamp(facts.at),
        summary=_line(facts.summary),
        what=textwrap.fill(_WHAT, WIDTH),
        files="\n".join(files),
        key_hex=facts.key.removeprefix("sha256:"),
        heads="\n".join(_head_commands(facts)),
        stamps=_stamps(facts),
        first_file=first.file,
        first_from=first.offset + 1,
        first_length=first.length,
        first_leaf=first.leaf,
        limits="\n\n".join(
            textwrap.fill(words, WIDTH, initial_indent="- ", subsequent_indent="  ") for words in _LIMITS
        ),
    )


def _head_commands(facts: Facts) -> list[str]:
    lines = []
    for stem, moment, size in facts.heads:
        lines.append(f"       # {size} records, {moment} UTC")
        lines.append(
            f"       $ openssl pkeyutl -verify -pubin -inkey tree-heads.public.pem -rawin"
            f" -in {stem}.txt -sigfile {stem}.sig"
        )
        lines.append("         Signature Verified Successfully")
    return lines


def _stamps(facts: Facts) -> str:
    if not facts.tokens:
        return (
            "\n   No timestamp authority has witnessed these heads: their times are by the archive's own clock.\n"
        )
    lines = [
        "",
        "   Timestamp authorities saw them. roots.pem is the authority's root certificate, which you get from the",
        "   authority itself, and not from this bundle:",
        "",
    ]
    sizes = {f"{size:012}": stem for stem, _, size in facts.heads}
    for name in facts.tokens:
        stem = sizes.get(name[:12], "heads/…")
        lines.append(
            f"       $ openssl ts -verify -in {bundles.TIMESTAMPS}{name} -data {stem}.signed.txt -CAfile roots.pem"
        )
        lines.append("         Verification: OK")
    return "\n".join([*lines, ""])


def _line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


STATEMENT = """\
STATEMENT AND CERTIFICATION (FORM)

  A form in which the facts of this bundle are filled in. Blanks, ____, are for the person who
  signs, who must strike out whatever is not within that person's own knowledge. It follows the
  U.S. Federal Rules of Evidence 901(b)(9) (evidence about a process or system), 902(13) (records
  generated by an electronic process or system) and 902(14) (data copied from an electronic
  device, by a process of digital identification), and the criteria of the Berkeley Protocol on
  Digital Open Source Investigations. Rules differ between courts; this is no legal advice.

I, ____ (name), ____ (position, organisation, address), state:

1. Who I am. I answer for the archive described below. My training and experience: ____

2. The system. The archive is kept by {software}, on the computer named {hosts}, on behalf of
   {operators}. It fetches web pages with the User-Agent
{agents}
   It keeps, for each fetch, the bytes of the request and of the answer as they were on the
   network, the time, the peer's address, the result of checking the server's certificate, and the
   certificates, as WARC records (ISO 28500:2017), and flushes them to the disk before anything
   else is done with them. Fetches that fail are kept likewise. The settings in force when this
   bundle was made have the SHA-256 {settings}.

3. The process produces an accurate result (901(b)(9), 902(13)). The records are written by the
   system in the course of its regular operation, without a person choosing or editing what an
   answer contains. Each record has a SHA-256 digest; all records are leaves of a Merkle tree (RFC
   9162), whose heads are signed with the archive's key, {key}. I know that the system worked
   properly at the times concerned because: ____

4. The finding. {finding_sentence}

   It rests on these fetches, all of which are in the bundle:

{fetches}

5. The copies (902(14)). The {records} records in captures.wacz are copies, byte for byte, of the
   records in the archive. They were identified by their SHA-256 digests: the manifest names the
   digest of each file, and for each record a proof shows that it is in the archive's log. I
   compared them by running 'stet verify --offline' on ____ (date), with the result: ____

6. The criteria of the Berkeley Protocol.
   Authenticity       each record is proven against the signed log; see 3 and 5.
   Availability       at the last fetch above, the address answered as is stated there. Today: ____
   Identity           the pages came from {hosts_of_pages}; addresses and certificates: capture-log.txt
   Persistence        the archive's own copy is kept at ____ by ____
   Renderability      captures.wacz opens in ReplayWeb.page and other readers of WACZ 1.1.1.
   Understandability  README.txt tells what each file is; language of the page, and who translated it: ____

7. Chain of custody. The evidentiary copy is this file, with the SHA-256 ____ (of the ZIP file).
   Working copies: ____

   Date and time         From                  To                    Purpose               Signature
   ____                  ____                  ____                  ____                  ____
   ____                  ____                  ____                  ____                  ____

8. I have no interest in the outcome except: ____

I certify that the foregoing is true and correct to the best of my knowledge. ____ (For use in the
United States: "I declare under penalty of perjury that the foregoing is true and correct", 28
U.S.C. 1746.)

Signature ____                         Place and date ____
"""


def statement(facts: Facts) -> str:
    """The form, filled in as far as the records tell."""
    warcinfos = list(facts.software["warc_files"].values())
    return STATEMENT.format(
        software=_each(warcinfos, "software"),
        hosts=_each(warcinfos, "hostname"),
        operators=_each(warcinfos, "operator"),
        agents="\n".join(f"     {one}" for one in _each(warcinfos, "http-header-user-agent").split("; also ")),
        settings=facts.software["settings"]["sha256"],
        key=facts.key,
        finding_sentence=textwrap.fill(
            f"On {stamp(facts.at)} UTC the system found of {_line(facts.url)} (outlet {facts.outlet}):"
            f" {_line(facts.summary)}",
            WIDTH,
            subsequent_indent="   ",
            break_long_words=False,
        ),
        fetches="\n".join(_fetch(one) for one in facts.fetches),
        records=facts.records,
        hosts_of_pages=", ".join(sorted({one["url"].split("/")[2] for one in facts.fetches})),
    )


def _each(warcinfos: Sequence[Mapping[str, str]], name: str) -> str:
    """The values that the files have, each once."""
    values = dict.fromkeys(_line(one.get(name, "not said")) for one in warcinfos)
    return "; also ".join(values) or "not said"


def _fetch(one: Mapping[str, Any]) -> str:
    answer = f"HTTP {one['status']}" if one["status"] else (one["trouble"] or "no answer").replace("_", " ")
    tls = one["tls"]
    secure = "no TLS" if tls is None else f"{tls['protocol']}, {'verified' if tls['verified'] else 'NOT verified'}"
    source = one.get("imported")
    other = "\n     NOT fetched by this system, but imported: 2 and 3 above do not hold for it" if source else ""
    told = (
        f"\n     (from {_line(source['from'])}, {source.get('digest') or source.get('record', '')})"
        if source
        else ""
    )
    return (
        f"   Fetch {one['fetch']}, {one['began']}, {answer}, from {one['ip'] or 'no address'}, {secure}\n"
        f"     {one['role']}; record {one['records'][0]['id']}{other}{told}"
    )
