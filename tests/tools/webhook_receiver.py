"""Takes webhooks: each request is a line of JSON in FILE, with whether its signature is right. Ends when its
input does.

Usage: webhook_receiver.py PORT FILE SECRET FAILURES

The first FAILURES requests are answered with 503.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

port, file, secret, failures = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
taken = 0


class Take(BaseHTTPRequestHandler):
    def do_POST(self):
        global taken
        taken += 1
        status = 503 if taken <= failures else 204
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


server = HTTPServer(("127.0.0.1", port), Take)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
