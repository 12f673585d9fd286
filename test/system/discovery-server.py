#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web servers of somebody who publishes App Container images, well and badly.

discovery-server.py FILES CERTIFICATE KEY LOG

Listens in the caller's network namespace: https and http as example.test (127.0.0.1), http alone as plain.test (127.0.0.2).
PAGES are what appc discovery finds; anything else is a file below the directory FILES, with Range and a strong validator. Prints
"ready", then serves until it is killed. Each request is one line in LOG: "https" or "http", host, method, path with the query, and
the headers Range and If-Range that there are, as "range=…".
"""

import hashlib
import http.server
import os
import re
import ssl
import sys
import threading
import urllib.parse

FILES, CERTIFICATE, KEY, LOG = sys.argv[1:5]
HOST = "example.test"
TEMPLATE = "https://example.test/files/{os}/{arch}/{name}-{version}.{ext}"


def image(prefix, template=TEMPLATE):
    return f'<meta name="ac-discovery" content="{prefix} {template}">'


def keys(prefix, url="https://example.test/keys.asc"):
    return f'<meta name="ac-discovery-pubkeys" content="{prefix} {url}">'


def page(*tags):
    return "<!DOCTYPE html><html><head><title>x</title>\n" + "\n".join(tags) + "\n</head><body>Hello</body></html>"


# The answers to ?ac-discovery=1, by host and path: a page, or a status with what belongs to it. What is not here is 404.
PAGES = {
    # as it should be, the keys on the same page
    "example.test/app": page(image("example.test/app"), keys("example.test/app")),
    # found two levels above: 404, then a page without tags, then this one
    "example.test/walk/a": page("<meta name='description' content='nothing here'>"),
    "example.test/walk": page(image("example.test/walk"), keys("example.test/walk")),
    # all that HTML allows
    "example.test/html": '<META CONTENT="example.test/html  \n https://example.test/get?x=1&amp;name={name}&#38;version={version}&amp;ext={ext}"'
                         " NAME=ac-discovery ></head><body><p>in the body",
    "example.test/body": page("<!-- " + image("example.test/body", "https://example.test/wrong.{ext}") + " -->",
                              "<script>var x = '" + image("example.test/body", "https://example.test/wrong.{ext}") + "'</script>",
                              "</head><body>" + image("example.test/body")),
    # the first template asks for a label that only some names have
    "example.test/labels": page(image("example.test/labels", "https://example.test/files/{channel}/{name}-{version}.{ext}"),
                                image("example.test/labels")),
    "example.test/unresolved": page(image("example.test/unresolved", "https://example.test/files/{channel}/{name}.{ext}")),
    "example.test/no-ext": page(image("example.test/no-ext", "https://example.test/files/{name}.aci")),
    # tags for somebody else: 4xx or no tag at all would lead to the parent, this does not
    "example.test/mismatch": page(image("example.test/other")),
    "example.test/prefix": page(image("example.test/pre"), keys("example.test/pre")),
    "example.test/foreign": page(image("example.test/foreign", "ftp://example.test/{name}.{ext}"),
                                 image("example.test/foreign", "file:///etc/{name}.{ext}")),
    "example.test/insecure": page(image("example.test/insecure", "http://example.test/files/{os}/{arch}/{name}-{version}.{ext}")),
    # the keys are above, the images are not
    "example.test/keys-above/app": page(image("example.test/keys-above/app")),
    "example.test/keys-above": page(keys("example.test/keys-above")),
    "example.test/keys-insecure": page(image("example.test/keys-insecure"),
                                       keys("example.test/keys-insecure", "http://example.test/keys.asc")),
    "example.test/keys-two": page(keys("example.test/keys-two"), keys("example.test/keys-two", "https://example.test/other.asc")),
    "example.test/keys-missing": page(keys("example.test/keys-missing", "https://example.test/nothing.asc")),
    "example.test/keys-bad": page(keys("example.test/keys-bad", "https://example.test/bad.asc")),
    # 5xx does not lead to the parent, which would answer
    "example.test/broken/app": (500, ""),
    "example.test/broken": page(image("example.test/broken")),
    "example.test/private": (401, ""),
    "example.test/moved": (301, "https://example.test/new-place"),
    "example.test/moved-insecure": (302, "http://example.test/app?ac-discovery=1"),
    "example.test/loop": (302, "https://example.test/loop?ac-discovery=1"),
    "example.test/wrong-name": page(image("example.test/wrong-name")),
    "example.test/wrong-version": page(image("example.test/wrong-version")),
    "example.test/late": page(image("example.test/late"), keys("example.test/late")),
    "plain.test/app": page(image("plain.test/app", "http://plain.test/files/{os}/{arch}/{name}-{version}.{ext}")),
    # images that depend on each other: appc-family.py
    "example.test/family": page(image("example.test/family"), keys("example.test/family")),
    # the root has a tag for the one name that must not get here
    "example.test": page(image("example.test/broken")),
}
LINKS = {
    "/new-place": page(image("example.test/moved")),
}
late = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def html(self, text):
        self.answer(200, text.encode(), Content_Type="text/html; charset=utf-8")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        host = self.headers.get("Host", HOST)
        scheme = self.server.scheme
        with open(LOG, "a") as f:
            more = "".join(f" {name.lower()}={self.headers[name]}" for name in ("Range", "If-Range") if name in self.headers)
            f.write(f"{scheme} {host} {self.command} {self.path}{more}\n")
        try:
            if url.query == "ac-discovery=1":
                self.discovery(host + url.path.rstrip("/"))
            elif url.path in LINKS:
                self.html(LINKS[url.path])
            elif url.path == "/get":
                query = urllib.parse.parse_qs(url.query)
                self.file(f"/{query['name'][0]}-{query['version'][0]}.{query['ext'][0]}")
            else:
                self.file(re.sub("^/files(/linux/[a-z0-9_]+)?", "", url.path))
        except (FileNotFoundError, KeyError):
            self.answer(404)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_HEAD = do_GET

    def discovery(self, name):
        if name == "example.test/endless":
            return self.endless()
        found = PAGES.get(name)
        if isinstance(found, str):
            self.html(found)
        elif found is None:
            self.answer(404, b"<html>not here</html>")
        elif 300 <= found[0] < 400:
            self.answer(found[0], Location=found[1])
        else:
            self.answer(found[0])

    def endless(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(b"<p>and more\n" * 1000)

    def file(self, path):
        """Half of "drop" the first time; the signature of "late" is 202 at first, for it is being made."""
        with open(FILES + os.path.normpath(path), "rb") as f:
            body = f.read()
        if "/late-" in path and path.endswith(".asc") and path not in late:
            late.add(path)
            return self.answer(202, Retry_After="1")
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(match[1]) if match and self.headers.get("If-Range", etag) == etag else 0
        if first >= len(body):
            return self.answer(416, Content_Range=f"bytes */{len(body)}")
        if "/drop-" in path and path.endswith(".aci") and path not in late:
            late.add(path)
            self.send_response(200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif first > 0:
            self.answer(206, body[first:], ETag=etag, Content_Range=f"bytes {first}-{len(body) - 1}/{len(body)}")
        else:
            self.answer(200, body, ETag=etag, Accept_Ranges="bytes")


def listen(scheme, address, port):
    server = http.server.ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    server.scheme = scheme
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, KEY)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *args: None
    threading.Thread(target=server.serve_forever, daemon=True).start()


listen("https", "127.0.0.1", 443)
listen("http", "127.0.0.1", 80)
listen("http", "127.0.0.2", 80)
print("ready", flush=True)
threading.Event().wait()
