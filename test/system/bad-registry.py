#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A registry for the tests that misbehaves on purpose.

bad-registry.py LAYOUT CERTIFICATE KEY LOG

Serves the image that is tagged "image" (and the index tagged "index") in the OCI layout LAYOUT under every
repository name; the name says what goes wrong. Listens on three loopback ports: plain http, https, and https
again as "another host". Prints the three numbers in one line, then serves until it is killed. /web-token gives
out tokens for a real registry. Each request is one line in LOG: listener, path, "bearer" or "anonymous".
"""

import base64
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

LAYOUT, CERTIFICATE, KEY, LOG = sys.argv[1:5]
TOKEN = "dG9rZW4-for.the_tests"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
PORTS = {}


def blob(digest):
    with open(os.path.join(LAYOUT, "blobs", *digest.split(":")), "rb") as f:
        return f.read()


def tagged(tag):
    with open(os.path.join(LAYOUT, "index.json"), "rb") as f:
        for entry in json.load(f)["manifests"]:
            if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag:
                return blob(entry["digest"])
    return None


def flipped(data):
    """The same length, another digest; still JSON if it was, for no brace or quote is changed."""
    at = data.rfind(b"sha256:") + len(b"sha256:") if b"sha256:" in data else len(data) // 2
    return data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :]


def edited(data, **changes):
    document = json.loads(data)
    for key, value in changes.items():
        document.pop(key, None)
        if value is not None:
            document[key] = value
    return json.dumps(document).encode()


SCHEMA1 = json.dumps({"schemaVersion": 1, "name": "x", "tag": "1", "architecture": "amd64", "fsLayers": [], "history": [],
                      "signatures": []}).encode()

# What becomes of a manifest on its way out, by repository.
MANIFESTS = {
    "not-json": lambda m: b"<html>this is a login page</html>",
    "empty-manifest": lambda m: b"",
    "duplicate-keys": lambda m: b'{"schemaVersion":2,' + m.lstrip()[1:],
    "duplicate-keys-escaped": lambda m: b'{"\\u0073chemaVersion":2,' + m.lstrip()[1:],
    "trailing-bytes": lambda m: m + b"{}",
    "schema1": lambda m: SCHEMA1,
    "artifact": lambda m: edited(m, artifactType="application/vnd.example.sbom",
                                 config={**json.loads(m)["config"], "mediaType": "application/vnd.oci.empty.v1+json"}),
    "both-kinds": lambda m: edited(m, mediaType=None, manifests=[]),
    "no-layers": lambda m: edited(m, layers=None),
    "foreign-layer": lambda m: edited(m, layers=[
        {**layer, "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"} for layer in json.loads(m)["layers"]]),
    "zip-layer": lambda m: edited(m, layers=[{**layer, "mediaType": "application/zip"} for layer in json.loads(m)["layers"]]),
    "huge-config": lambda m: edited(m, config={**json.loads(m)["config"], "size": 1 << 40}),
    "changed-manifest": flipped,
}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def web_token(service, scopes):
    """A token as a real registry wants it, signed with our TLS key; good for reading "busybox" only."""
    with open(CERTIFICATE) as f:
        certificate = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", f.read(), re.S)[1]
    header = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(certificate.split())]}
    now = int(time.time())
    claims = {
        "iss": "test", "sub": "", "aud": service, "iat": now, "nbf": now - 10, "exp": now + 300, "jti": str(time.time_ns()),
        "access": [{"type": "repository", "name": "busybox", "actions": ["pull"]}] if "repository:busybox:pull" in scopes else [],
    }
    text = base64url(json.dumps(header).encode()) + "." + base64url(json.dumps(claims).encode())
    command = ["openssl", "dgst", "-sha256", "-sign", KEY]
    signature = subprocess.run(command, input=text.encode(), check=True, capture_output=True).stdout
    return text + "." + base64url(signature)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    # -- answers ---------------------------------------------------------------------------------------------------

    def answer(self, status, body=b"", kind="application/octet-stream", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True

    def challenge(self, scheme="Bearer"):
        realm = self.url("https" if self.tls else "http", "/token")
        self.answer(401, b"{}", WWW_Authenticate=f'{scheme} realm="{realm}",service="test",scope="repository:{self.repository}:pull"')

    def endless(self, piece):
        """Until the client has had enough."""
        self.send_response(200)
        self.send_header("Content-Type", MANIFEST_TYPE)
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(piece)

    def url(self, listener, path):
        return f"{'http' if listener == 'http' else 'https'}://127.0.0.1:{PORTS[listener]}{path}"

    # -- requests --------------------------------------------------------------------------------------------------

    @property
    def tls(self):
        return self.server.listener != "http"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        bearer = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        known = "bearer" if "Authorization" in self.headers else "anonymous"
        with open(LOG, "a") as f:
            f.write(f"{self.server.listener} {self.path} {known}\n")

        match = re.fullmatch(r"/v2/([a-z0-9/-]+)/(manifests|blobs)/(.+)", url.path)
        try:
            query = urllib.parse.parse_qs(url.query)
            if url.path == "/token":
                self.token(query["scope"][0].split(":")[1])
            elif url.path == "/web-token":
                self.answer(200, json.dumps({"token": web_token(query["service"][0], query["scope"])}).encode())
            elif match:
                self.repository = match[1]
                self.registry(match[2], match[3], bearer)
            else:
                self.answer(404)
        except FileNotFoundError:
            self.answer(404)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def token(self, repository):
        answers = {
            "endless-token": lambda: self.endless(b'{"token":"' + b"A" * 4096),
            "bad-token": lambda: self.answer(200, json.dumps({"token": "x\r\nX-Injected: y"}).encode()),
            "no-token": lambda: self.answer(200, b"{}"),
            "denied-token": lambda: self.answer(403, b'{"details":"secret"}'),
            "access-token": lambda: self.answer(200, json.dumps({"access_token": TOKEN}).encode()),
        }
        answers.get(repository, lambda: self.answer(200, json.dumps({"token": TOKEN}).encode()))()

    WANT_TOKEN = ("token", "access-token", "unauthorized", "endless-token", "bad-token", "no-token", "denied-token", "redirect-token")

    def registry(self, kind, name, bearer):
        if self.repository == "basic":
            return self.challenge("Basic")
        if self.repository == "bad-challenge":
            return self.answer(401, WWW_Authenticate='Bearer realm="never ends')
        if self.repository == "elsewhere-token":
            return self.answer(401, WWW_Authenticate='Bearer realm="http://198.51.100.1/token",service="test"')
        if self.repository in self.WANT_TOKEN and (not bearer or self.repository == "unauthorized"):
            return self.challenge()
        if self.repository == "busy":
            return self.answer(503, b"come back later")

        return self.manifest(name) if kind == "manifests" else self.blob(name)

    def manifest(self, name):
        if self.repository == "endless-manifest":
            return self.endless(b" " * 65536)
        if self.repository == "big-headers":
            return self.answer(200, **{f"X-{i}": "x" * 8000 for i in range(40)})
        if self.repository == "redirect-loop":
            return self.answer(302, Location=self.path)
        if self.repository == "redirect-file":
            return self.answer(302, Location="file:///etc/passwd")

        body = tagged(name) if ":" not in name else blob(name)
        if body is None:
            return self.answer(404)

        lies = MANIFESTS.get(self.repository)
        # Behind an index only the manifest below it is changed, so that it is the index's digest that is not met.
        if lies and not (name == "index" and self.repository == "changed-manifest"):
            body = lies(body)
        # Nobody should believe either header.
        self.answer(200, body, INDEX_TYPE, Docker_Content_Digest="sha256:" + "0" * 64)

    def blob(self, digest):
        body = blob(digest)
        half = len(body) // 2
        fault = self.repository
        if len(body) < 1000 and fault != "changed-config":
            return self.answer(200, body)  # the config: this is about layers

        if fault in ("changed-layer", "changed-config"):
            self.answer(200, flipped(body))
        elif fault == "cut-layer":
            self.answer(200, body[:half], length=len(body))
            self.hang_up()
        elif fault == "short-layer":
            self.answer(200, body[:half])
        elif fault == "long-layer":
            self.answer(200, body + b"more")
        elif fault == "no-length-short":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body[:half])
            self.hang_up()
        elif fault == "endless-layer":
            self.endless(body)
        elif fault == "stalled-layer":
            self.answer(200, body[:half], length=len(body))
            self.wfile.flush()
            time.sleep(30)
            self.hang_up()
        elif fault == "missing-layer":
            self.answer(404)
        elif fault == "redirect-token":
            self.answer(307, Location=self.url("other", self.path.replace(fault, "storage")))
        elif fault == "redirect-http":
            self.answer(307, Location=self.url("http", self.path.replace(fault, "storage")))
        else:
            self.answer(200, body)


def listen(name, tls):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.listener = name
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, KEY)
        # The handshake belongs into the thread of the connection: a client that speaks http must not stop the others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *args: None
    PORTS[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


listen("http", False)
listen("https", True)
listen("other", True)
print(PORTS["http"], PORTS["https"], PORTS["other"], flush=True)
threading.Event().wait()
