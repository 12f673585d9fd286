#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A registry for the tests that misbehaves on purpose.

bad-registry.py LAYOUT CERTIFICATE KEY LOG

Serves the images that are tagged in the OCI layout LAYOUT under every repository name. The first component of the name says what
goes wrong ("fine" and all unknown ones: nothing); further ones are there to have a fresh start, for much goes wrong a few times
only: "drop-layer/again". "basic" as one of them wants a user and password. Listens on three loopback ports: plain http, https,
and https again as "another host". Prints the three numbers in one line, then serves until it is killed. /web-token gives out
tokens for a real registry. "stalled-for-now" lasts as long as there is a file LOG.stall.

Repositories that begin with "referrers" have the referrers API: what is in the layout with the right subject. Those that begin with
"signatures" have the signature extension: what was PUT is given back; an image can be pushed there if the layout has it. Below
/lookaside are the files of the directory LOG.lookaside.

Each request is one line in LOG: listener, method, path, "anonymous", "basic" or "bearer", and those of the headers Range,
If-Range and If-None-Match that there are, as "range=…" and so on.
"""

import base64
import collections
import email.utils
import hashlib
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
USER, PASSWORD, IDENTITY_TOKEN = "alice", "s3cr3t-of-alice", "1dentity-t0ken"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
SCHEMA1_TYPE = "application/vnd.docker.distribution.manifest.v1+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SMALL = 1000  # bytes: no layer
REQUESTS_PER_TOKEN = 3  # of "token-expires"
PORTS = {}


class Counter:
    """Counts what happened before, in all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()

    def next(self, *key):
        """How often this was asked before: 0, 1, …"""
        with self.lock:
            self.counts[key] += 1
            return self.counts[key] - 1


seen = Counter()
signatures = collections.defaultdict(list)  # of the signature extension, by path


# -- documents -----------------------------------------------------------------------------------------------------


def blob(digest):
    with open(os.path.join(LAYOUT, "blobs", *digest.split(":")), "rb") as f:
        return f.read()


def tagged(tag):
    with open(os.path.join(LAYOUT, "index.json"), "rb") as f:
        for entry in json.load(f)["manifests"]:
            if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag:
                return blob(entry["digest"])
    raise FileNotFoundError(tag)


def referrers():
    """All manifests with a subject: (subject, descriptor)."""
    directory = os.path.join(LAYOUT, "blobs", "sha256")
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), "rb") as f:
            data = f.read(65536)
        if data.startswith(b"{") and b'"subject"' in data:
            manifest = json.loads(data)
            descriptor = {"mediaType": MANIFEST_TYPE, "digest": "sha256:" + name, "size": len(data),
                          "artifactType": manifest.get("artifactType", manifest["config"]["mediaType"])}
            if "annotations" in manifest:
                descriptor["annotations"] = manifest["annotations"]
            yield manifest["subject"]["digest"], descriptor


def media_type(document):
    return INDEX_TYPE if b'"manifests"' in document else MANIFEST_TYPE


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


def edited_layers(data, **changes):
    return edited(data, layers=[{**layer, **changes} for layer in json.loads(data)["layers"]])


def edited_config(data, **changes):
    return edited(data, config={**json.loads(data)["config"], **changes})


def repeated(data, key, number):
    """With `number` copies of the first element of a list."""
    return edited(data, **{key: json.loads(data)[key][:1] * number})


SCHEMA1 = json.dumps({"schemaVersion": 1, "name": "x", "tag": "1", "architecture": "amd64", "fsLayers": [], "history": [],
                      "signatures": []}).encode()

# What becomes of a manifest on its way out, by repository.
MANIFESTS = {
    "not-json": lambda m: b"<html>this is a login page</html>",
    "empty-manifest": lambda m: b"",
    "cut-manifest": lambda m: m[: len(m) // 2],
    "deep-json": lambda m: b"[" * 100000,
    "duplicate-keys": lambda m: b'{"schemaVersion":2,' + m.lstrip()[1:],
    "duplicate-keys-escaped": lambda m: b'{"\\u0073chemaVersion":2,' + m.lstrip()[1:],
    "trailing-bytes": lambda m: m + b"{}",
    "schema1": lambda m: SCHEMA1,
    "artifact": lambda m: edited_config(edited(m, artifactType="application/vnd.example.sbom"),
                                        mediaType="application/vnd.oci.empty.v1+json"),
    "helm-chart": lambda m: edited_layers(edited_config(m, mediaType="application/vnd.cncf.helm.config.v1+json"),
                                          mediaType="application/vnd.cncf.helm.chart.content.v1.tar+gzip"),
    "both-kinds": lambda m: edited(m, mediaType=None, manifests=[]),
    "no-layers": lambda m: edited(m, layers=None),
    "many-layers": lambda m: repeated(m, "layers", 513),
    "many-entries": lambda m: repeated(m, "manifests", 1025) if b'"manifests"' in m else m,
    "foreign-layer": lambda m: edited_layers(m, mediaType="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
    "zip-layer": lambda m: edited_layers(m, mediaType="application/zip"),
    "huge-config": lambda m: edited_config(m, size=1 << 40),
    "huge-layer": lambda m: edited_layers(m, size=1 << 62),
    "sha1": lambda m: edited_config(m, digest="sha1:" + "0" * 40),
    "path-digest": lambda m: edited_config(m, digest="sha256:../../../../etc/passwd"),
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


# -- the server ----------------------------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    # -- answers ---------------------------------------------------------------------------------------------------

    repository = ""

    def head(self, status, length, headers):
        if self.path == "/v2/" or self.repository.startswith("signatures"):
            headers = {"X-Registry-Supports-Signatures": 1, **headers}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_response(status)
        for name, value in {"Content-Type": "application/octet-stream", "Content-Length": length, **headers}.items():
            if value is not None:
                self.send_header(name, str(value))
        self.end_headers()

    def body(self, data):
        if self.command != "HEAD":
            self.wfile.write(data)

    def answer(self, status, body=b"", length=None, **headers):
        self.head(status, len(body) if length is None else length, headers)
        self.body(body)

    def json(self, **document):
        self.answer(200, json.dumps(document).encode(), Content_Type="application/json")

    def error(self, status, code, **headers):
        self.answer(status, json.dumps({"errors": [{"code": code, "message": "no"}]}).encode(), **headers)

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True

    def stall(self):
        self.wfile.flush()
        time.sleep(30)
        self.close_connection = True

    def redirect(self, listener):
        self.answer(307, Location=self.url(listener, self.path.replace(self.fault, "storage")))

    def wanted(self, etag):
        """The first byte that is asked for by Range and, where it is there, If-Range; 0 if all are."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", etag)
        return int(match[1]) if match and condition == etag else 0

    def serve(self, body, etag, first=None, limit=None, then=None):
        """As RFC 9110 has it, but for what the caller insists on: where to begin, how much to send before hanging up."""
        first = self.wanted(etag) if first is None else first
        if first >= len(body) > 0:
            return self.answer(416, Content_Range=f"bytes */{len(body)}")
        rest = body[first:]
        content_range = f"bytes {first}-{len(body) - 1}/{len(body)}" if first > 0 else None
        self.head(206 if first > 0 else 200, len(rest), {"ETag": etag, "Accept-Ranges": "bytes", "Content-Range": content_range})
        self.body(rest[:limit])
        if limit is not None and limit < len(rest):
            (then or self.hang_up)()

    def endless(self, piece):
        """Until the client has had enough."""
        self.head(200, None, {"Content-Type": INDEX_TYPE})
        self.close_connection = True
        while True:
            self.wfile.write(piece)

    def url(self, listener, path):
        return f"{'http' if listener == 'http' else 'https'}://127.0.0.1:{PORTS[listener]}{path}"

    # -- requests --------------------------------------------------------------------------------------------------

    @property
    def authorization(self):
        return self.headers.get("Authorization", "")

    def note(self):
        words = [self.server.listener, self.command, self.path, self.authorization.split(" ")[0].lower() or "anonymous"]
        words += [f"{name.lower()}={self.headers[name]}" for name in ("Range", "If-Range", "If-None-Match") if name in self.headers]
        with open(LOG, "a") as f:
            f.write(" ".join(words) + "\n")

    def do_GET(self):
        self.note()
        try:
            self.route(urllib.parse.urlsplit(self.path))
        except FileNotFoundError:
            self.error(404, "NAME_UNKNOWN")
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_HEAD = do_GET

    def do_PUT(self):
        self.note()
        body = self.posted()
        if self.path.startswith("/extensions/v2/"):
            signatures[self.path].append(json.loads(body))
        self.answer(201, Docker_Content_Digest="sha256:" + hashlib.sha256(body).hexdigest())

    def posted(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size + 2)[:-2]
        self.rfile.readline()
        return body

    def do_POST(self):
        self.note()
        form = urllib.parse.parse_qs(self.posted().decode())
        refreshed = form.get("grant_type") == ["refresh_token"] and form.get("refresh_token") == [IDENTITY_TOKEN]
        if self.path != "/token" or not refreshed or "service" not in form or "scope" not in form:
            return self.error(401, "UNAUTHORIZED")
        self.json(access_token=TOKEN, refresh_token="another-" + IDENTITY_TOKEN)

    def route(self, url):
        query = urllib.parse.parse_qs(url.query)
        match = re.fullmatch(r"/(?:extensions/)?v2/([a-z0-9/-]+)/(manifests|blobs|referrers|signatures)/([^/]+)", url.path)
        if url.path == "/v2/":
            self.base()
        elif url.path == "/token":
            self.token(query["scope"][0].split(":")[1] if "scope" in query else "login")
        elif url.path == "/web-token":
            self.json(token=web_token(query["service"][0], query.get("scope", [])))
        elif match:
            self.repository, kind, name = match.groups()
            self.fault = self.repository.split("/")[0]
            if self.is_allowed() and not self.is_busy():
                {"manifests": self.manifest, "blobs": self.blob, "referrers": self.referrers, "signatures": self.signatures}[kind](name)
        elif url.path.startswith("/lookaside"):
            self.lookaside(url.path)
        else:
            self.answer(404)

    def base(self):
        """/v2/ is what logins are tried with."""
        self.repository = "login"
        if self.authorization in (BASIC, f"Bearer {TOKEN}"):
            self.json()
        else:
            self.challenge()

    # -- who may ask -----------------------------------------------------------------------------------------------

    WANT_TOKEN = ("token", "access-token", "unauthorized", "endless-token", "bad-token", "no-token", "denied-token", "redirect-token",
                  "identity-token", "token-basic")

    def challenge(self, scheme="Bearer", more=""):
        if scheme == "Basic":
            value = 'Basic realm="the tests"'
        else:
            realm = self.url("https" if self.server.listener != "http" else "http", "/token")
            value = f'Bearer realm="{realm}",service="test",scope="repository:{self.repository}:pull"{more}'
        self.error(401, "UNAUTHORIZED", WWW_Authenticate=value)
        return False

    def is_allowed(self):
        if self.fault == "redirect-basic" or "basic" in self.repository.split("/"):
            return self.authorization == BASIC or self.challenge("Basic")
        if self.fault == "bad-challenge":
            self.error(401, "UNAUTHORIZED", WWW_Authenticate='Bearer realm="never ends')
            return False
        if self.fault == "elsewhere-token":
            self.error(401, "UNAUTHORIZED", WWW_Authenticate='Bearer realm="http://198.51.100.1/token",service="test"')
            return False
        if self.fault == "unauthorized":
            return self.challenge()
        if self.fault == "token-expires":
            match = re.fullmatch(rf"Bearer {re.escape(TOKEN)}\.(\d+)", self.authorization)
            if match and seen.next("token", match[1]) < REQUESTS_PER_TOKEN:
                return True
            return self.challenge(more=',error="invalid_token"' if match else "")
        if self.fault in self.WANT_TOKEN and self.authorization != f"Bearer {TOKEN}":
            return self.challenge()
        return True

    def token(self, repository):
        fault = repository.split("/")[0]
        if fault == "endless-token":
            self.endless(b'{"token":"' + b"A" * 4096)
        elif fault == "bad-token":
            self.json(token="x\r\nX-Injected: y")
        elif fault == "no-token":
            self.json()
        elif fault == "denied-token":
            self.answer(403, b'{"details":"secret"}')
        elif fault == "access-token":
            self.json(access_token=TOKEN)
        elif fault == "token-expires":
            self.json(token=f"{TOKEN}.{seen.next('tokens')}", expires_in=300)
        elif fault == "identity-token" or fault in ("token-basic", "login") and self.authorization != BASIC:
            self.error(401, "UNAUTHORIZED", WWW_Authenticate='Basic realm="the tests"')
        else:
            self.json(token=TOKEN)

    def is_busy(self):
        first = seen.next("busy", self.repository, self.path) == 0
        if self.fault == "busy-once" and first:
            self.error(503, "UNAVAILABLE", Retry_After="1")
        elif self.fault == "busy-date" and first:
            self.error(429, "TOOMANYREQUESTS", Retry_After=email.utils.formatdate(time.time() + 2, usegmt=True))
        elif self.fault == "busy-day":
            self.error(429, "TOOMANYREQUESTS", Retry_After="86400")
        elif self.fault == "busy-forever":
            self.error(429, "TOOMANYREQUESTS", Retry_After="0")
        elif self.fault == "busy" or self.fault == "mirror-down":
            self.error(503, "UNAVAILABLE")
        else:
            return False
        return True

    # -- manifests -------------------------------------------------------------------------------------------------

    def manifest(self, name):
        by_digest = ":" in name
        body = blob(name) if by_digest else tagged(name)
        fault = self.fault

        if fault == "endless-manifest":
            return self.endless(b" " * 65536)
        if fault == "big-headers":
            return self.answer(200, **{f"X-{i}": "x" * 8000 for i in range(40)})
        if fault == "redirect-loop":
            return self.answer(302, Location=self.path)
        if fault == "redirect-file":
            return self.answer(302, Location="file:///etc/passwd")
        if fault == "mirror" and not by_digest:
            return self.error(404, "MANIFEST_UNKNOWN")
        if fault == "tag-moves" and not by_digest and seen.next("tag", self.repository, name) > 0:
            body += b"\n"
        # Behind an index only the manifest below it is changed, so that it is the index's digest that is not met.
        if fault in MANIFESTS and not (name == "index" and fault == "changed-manifest"):
            body = MANIFESTS[fault](body)

        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        etag = f'"{digest}"'  # as docker-registry has it
        headers = {"ETag": etag, "Docker-Content-Digest": digest, "Content-Type": media_type(body)}
        if fault == "lying-headers":  # nobody should believe these
            headers.update({"Docker-Content-Digest": "sha256:" + "0" * 64, "Content-Type": SCHEMA1_TYPE})
        if etag in self.headers.get("If-None-Match", ""):
            return self.head(304, None, headers)
        self.answer(200, body, **headers)

    # -- signatures ------------------------------------------------------------------------------------------------

    def page(self, descriptors, **headers):
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": descriptors}
        self.answer(200, json.dumps(index).encode(), Content_Type=INDEX_TYPE, **headers)

    def referrers(self, digest):
        fault = self.fault
        found = [d for subject, d in referrers() if subject == digest or fault == "referrers-lie"]
        page = int((urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("page") or ["0"])[0])
        path = self.path.split("?")[0]

        status = re.fullmatch(r"referrers-(\d+)", fault)
        if not fault.startswith("referrers"):
            self.error(404, "NOT_FOUND")
        elif status:
            self.error(int(status[1]), "NO")
        elif fault == "referrers-html":
            self.answer(200, b"<html>404 not found</html>", Content_Type="text/html")
        elif fault == "referrers-endless":
            self.endless(b" " * 65536)
        elif fault == "referrers-unnamed":
            self.page([{k: v for k, v in d.items() if k != "artifactType"} for d in found])
        elif fault == "referrers-paged":
            more = {"Link": f'<{path}?page={page + 1}>; rel="next"'} if page + 1 < len(found) else {}
            self.page(found[page : page + 1], **more)
        elif fault == "referrers-circle":
            self.page(found, Link=f'<{path}?page={page + 1}>; rel="next"')
        elif fault == "referrers-elsewhere":
            self.page(found[:1], Link=f'<{self.url("other", path)}?page=1>; rel="next"')
        elif fault in ("referrers-many", "referrers-too-many"):
            number = 10000 if fault == "referrers-too-many" else 1000
            self.page([{"mediaType": MANIFEST_TYPE, "artifactType": BUNDLE_TYPE, "size": 1, "digest": f"sha256:{i:064x}"}
                       for i in range(number)])
        else:
            self.page(found)

    def signatures(self, digest):
        status = re.fullmatch(r"signatures-(\d+)", self.fault)
        if status:
            self.error(int(status[1]), "NO")
        elif self.fault == "signatures-html":
            self.answer(200, b"<html>")
        elif self.fault == "signatures-endless":
            self.endless(b" " * 65536)
        elif self.fault == "signatures-hostile":
            good = {"schemaVersion": 2, "name": digest + "@0", "type": "atomic", "content": base64.b64encode(b"\x90good").decode()}
            other = "sha256:" + "0" * 64
            self.json(signatures=[None, {}, {**good, "content": "%"}, {**good, "content": ""}, {**good, "name": other + "@0"},
                                  {**good, "schemaVersion": 1}, {**good, "type": "sigstore"}, good,
                                  {**good, "content": base64.b64encode(b"\0sigstore-json\n{}").decode()},
                                  {**good, "content": base64.b64encode(b"\x90" * (256 * 1024 + 1)).decode()}])
        else:
            self.json(signatures=signatures[self.path])

    def lookaside(self, path):
        status = re.match(r"/lookaside-(\d+)/", path)
        if status:
            return self.error(int(status[1]), "NO")
        if path.startswith("/lookaside-html/"):
            return self.answer(200, b"<html>")
        if path.startswith("/lookaside-endless/"):
            return self.endless(b"\x90" * 65536)
        with open(LOG + ".lookaside" + path[len("/lookaside"):], "rb") as f:
            self.answer(200, f.read())

    # -- blobs -----------------------------------------------------------------------------------------------------

    def blob(self, digest):
        body = blob(digest)
        etag = f'"{digest}"'
        if self.fault == "mirror-no-blobs":
            return self.error(404, "BLOB_UNKNOWN")
        if self.fault == "changed-config" and len(body) < SMALL:
            return self.serve(flipped(body), etag)
        if len(body) < SMALL or self.fault not in self.BLOBS:
            return self.serve(body, etag)  # the config: the rest is about layers
        self.BLOBS[self.fault](self, body, etag, seen.next("blob", self.repository, digest))

    # What becomes of a layer: BODY and its ETAG, and how often it was asked for before.

    def without_length(self, body):
        self.head(200, None, {})
        self.body(body)
        self.hang_up()

    def slowly(self, body, etag):
        """In about two seconds."""
        first = self.wanted(etag)
        step = 1 + len(body) // 20
        self.serve(body, etag, first, limit=0, then=lambda: None)
        for at in range(first, len(body), step):
            self.body(body[at : at + step])
            time.sleep(0.1)

    def second_answer(self, body, etag, number, answer):
        """Half of it; and when asked again, `answer` with the first byte that is wanted."""
        if number == 0:
            self.serve(body, etag, limit=len(body) // 2)
        else:
            answer(self.wanted(etag))

    def lying_range(self, body, etag, first):
        """Says what was asked for, and sends the bytes from another place."""
        self.answer(206, body[: len(body) - first], ETag=etag, Content_Range=f"bytes {first}-{len(body) - 1}/{len(body)}")

    def bad_range(self, body, etag, first):
        """206 with a Content-Range that is none."""
        self.answer(206, body[first:], ETag=etag, Content_Range="bytes 18446744073709551616-/-1")

    def changed_etag(self, body, etag, number):
        """Another validator, and another blob until the drop: what came first must be thrown away."""
        if number == 0:
            self.serve(flipped(body), etag.replace("sha256", "old"), limit=len(body) // 2 + 100)
        else:
            self.serve(body, etag)

    BLOBS = {
        "changed-layer": lambda self, body, etag, n: self.serve(flipped(body), etag),
        "cut-layer": lambda self, body, etag, n: self.serve(body, None, 0, limit=len(body) // 2),
        "short-layer": lambda self, body, etag, n: self.answer(200, body[: len(body) // 2]),
        "long-layer": lambda self, body, etag, n: self.answer(200, body + b"more"),
        "no-length": lambda self, body, etag, n: self.without_length(body),
        "no-length-short": lambda self, body, etag, n: self.without_length(body[: len(body) // 2]),
        "endless-layer": lambda self, body, etag, n: self.endless(body),
        "stalled-layer": lambda self, body, etag, n: self.serve(
            body, etag, limit=max(0, len(body) // 2 - self.wanted(etag)), then=self.stall),
        "stalled-for-now": lambda self, body, etag, n: self.serve(
            body, etag, limit=len(body) // 2 if os.path.exists(LOG + ".stall") else None, then=self.stall),
        "slow-drip": lambda self, body, etag, n: self.slowly(body, etag),
        "missing-layer": lambda self, body, etag, n: self.error(404, "BLOB_UNKNOWN"),
        "error-layer": lambda self, body, etag, n: self.error(500, "UNKNOWN"),
        "redirect-token": lambda self, body, etag, n: self.redirect("other"),
        "redirect-basic": lambda self, body, etag, n: self.redirect("other"),
        "redirect-http": lambda self, body, etag, n: self.redirect("http"),
        "drop-layer": lambda self, body, etag, n: self.serve(body, etag, limit=None if n else len(body) // 2),
        "drop-twice": lambda self, body, etag, n: self.serve(body, etag, limit=None if n > 1 else len(body) // 3),
        "drop-for-good": lambda self, body, etag, n: self.serve(body, etag, limit=max(0, len(body) // 2 - self.wanted(etag))),
        "no-validator": lambda self, body, etag, n: self.serve(body, None, limit=None if n else len(body) // 2),
        "weak-validator": lambda self, body, etag, n: self.serve(body, "W/" + etag, limit=None if n else len(body) // 2),
        "changed-etag": changed_etag,
        "range-ignored": lambda self, body, etag, n: self.second_answer(
            body, etag, n, lambda first: self.serve(body, etag, 0)),
        "wrong-range": lambda self, body, etag, n: self.second_answer(
            body, etag, n, lambda first: self.serve(body, etag, max(1, first // 2))),
        "lying-range": lambda self, body, etag, n: self.second_answer(
            body, etag, n, lambda first: self.lying_range(body, etag, first)),
        "bad-range": lambda self, body, etag, n: self.second_answer(
            body, etag, n, lambda first: self.bad_range(body, etag, first)),
    }


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
