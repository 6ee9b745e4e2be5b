"""Timestamp authorities for tests: openssl's own, behind a real HTTP server on loopback."""

from __future__ import annotations

import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

OPENSSL = shutil.which("openssl")

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
SIGNER = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
STAMPS = "extendedKeyUsage=critical,timeStamping\n"
CONFIG = """
[service]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
certs = {folder}/middle.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = {digests}
accuracy = secs:1, millisecs:500
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*args, data=None, status=0):
    done = subprocess.run([OPENSSL, *map(str, args)], input=data, capture_output=True, timeout=30)
    assert done.returncode == status, done.stderr.decode()
    return done.stdout + done.stderr


class TimestampAuthority:
    """Openssl's timestamp authority: a root, an authority below it, and below that the one who signs.

    Its answers carry both certificates below the root in openssl's order, which is not that of DER.
    """

    def __init__(self, folder, name, *, digests="sha256"):
        folder.mkdir()
        self.folder, self.name = folder, name
        (folder / "serial").write_text("1000\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder, digests=digests))
        self.certify("root", CA, by="root")
        self.certify("middle", CA, by="root")
        self.certify("signer", SIGNER + STAMPS, by="middle")

    @property
    def root(self):
        return self.folder / "root.pem"

    def certify(self, who, extensions, *, by):
        at = self.folder
        (at / f"{who}.ext").write_text(extensions)
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", at / f"{who}.key")
        subject = f"/O={self.name}/CN=The {who}, whose name is {'long' * len(who)}"
        openssl("req", "-new", "-key", at / f"{who}.key", "-subj", subject, "-out", at / f"{who}.csr")
        signed_by = ["-signkey", at / f"{who}.key"]
        if by != who:
            signed_by = ["-CA", at / f"{by}.pem", "-CAkey", at / f"{by}.key", "-CAcreateserial"]
        out = ["-days", 3650, "-extfile", at / f"{who}.ext", "-out", at / f"{who}.pem"]
        openssl("x509", "-req", "-in", at / f"{who}.csr", *signed_by, *out)

    def answer(self, query):
        answered = self.folder / "answered.tsr"
        config = ["-config", self.folder / "tsa.cnf", "-section", "service"]
        openssl("ts", "-reply", *config, "-queryfile", self.asked(query), "-out", answered)
        return answered.read_bytes()

    def asked(self, query):
        path = self.folder / "asked.tsq"
        path.write_bytes(query)
        return path


class Desk:
    """A loopback HTTP server at which each path has its own way of answering a query."""

    def __init__(self, ways, tls=None):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path, self.headers["Content-Type"], self.headers["Host"]))
                status, body = ways[self.path](query)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "/first")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.asked = asked = []
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
