#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An HTTP proxy for the tests, for plain http only: proxy.py LOG

Prints its loopback port, then serves until it is killed. Every request is a line in LOG.
"""

import http.client
import http.server
import sys
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        with open(sys.argv[1], "a") as f:
            f.write(self.path + "\n")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        connection = http.client.HTTPConnection("127.0.0.1", url.port or 80)
        connection.request("GET", url.path, headers={**self.headers, "Host": url.netloc})
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Transfer-Encoding", "Content-Length", "Connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
