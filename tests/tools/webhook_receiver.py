"""Takes webhooks: each request is a line of JSON in FILE, with whether its signature is right. Ends when its
input does.

Usage: webhook_receiver.py HOST PORT FILE SECRET FAILURES

The first FAILURES requests are answered with 503.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

host, port, file, secret, failures = sys.argv[1:]
taken = 0


class Take(BaseHTTPRequestHandler):
    def do_POST(self):
        global taken
        taken += 1
        status = 503 if taken <= int(failures) else 204
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stamp = self.headers["Loondossier-Timestamp"]
        signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        request = {
            "status": status,
            "signed": hmac.compare_digest(signed, self.headers["Loondossier-Signature"]),
            "timestamp": int(stamp),
            "type": self.headers["Content-Type"],
            "body": json.loads(body),
        }
        with open(file, "a") as lines:
            lines.write(json.dumps(request) + "\n")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer((host, int(port)), Take)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
