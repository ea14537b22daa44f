"""Takes every mail on port 1025 and shows them on port 8025, at MailHog's address: /api/v2/messages, the newest first."""

import http.server
import json
import socketserver
import threading

MAILS: list[str] = []


class Smtp(socketserver.StreamRequestHandler):
    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 sink ESMTP")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                return self.say("221 bye")
            if verb != b"DATA":
                self.say("250 ok")
                continue
            self.say("354 go on")
            lines = iter(self.rfile.readline, b".\r\n")
            MAILS.insert(0, b"".join(one.removeprefix(b".") if one.startswith(b"..") else one for one in lines).decode("utf-8", "replace"))
            self.say("250 taken")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"total": len(MAILS), "items": [{"Raw": {"Data": mail}} for mail in MAILS]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


threading.Thread(target=Server(("", 1025), Smtp).serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("", 8025), Page).serve_forever()
