"""A key management service that decrypts as Vault's transit engine does, by its public API documentation, and its faults."""

import base64
import http.server
import json
import secrets
import threading

from . import canaries
from .daemon import wait_until
from .ports import free_port
from .receivers import server_context

PATH = "/v1/transit/decrypt/secureauth"


class Transit:
    """Knows ciphertexts that `wrap` made. `way` is how it answers from now on: `good`, `sealed` (503), `hang`, `garbage`,
    `truncated`, `redirect`, `endless`, `array`, `unencoded`, or a status."""

    def __init__(self, pair=None):
        self.token = "hvs." + secrets.token_urlsafe(24)
        self.way = "good"
        self.requests = []  # (path, token, body) of each
        self._kept: dict[str, bytes] = {}
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                owner._answer(self)

            def do_GET(self):
                owner.requests.append((self.path, "", "GET"))
                self.send_error(405)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        self._scheme = "http"
        if pair:
            self._scheme = "https"
            self._server.socket = server_context(pair).wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        canaries.note(self.token)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._stopped = threading.Event()

    def __enter__(self) -> "Transit":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        if not self._stopped.is_set():
            self._stopped.set()
            self._server.shutdown()
            self._server.server_close()

    def settings(self, **others) -> dict:
        port = self._server.server_address[1]
        return {"KEY_UNWRAP_URL": f"{self._scheme}://localhost:{port}{PATH}", "KEY_UNWRAP_TOKEN": self.token} | others

    def wrap(self, plaintext: bytes) -> str:
        ciphertext = "vault:v1:" + base64.b64encode(secrets.token_bytes(48)).decode()
        self._kept[ciphertext] = plaintext
        canaries.note(plaintext.hex() if len(plaintext) == 32 else plaintext.decode())
        return ciphertext

    def _answer(self, request) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        token = request.headers.get("X-Vault-Token", "")
        self.requests.append((request.path, token, body.decode()))
        way = self.way
        if way == "hang":
            self._stopped.wait(60)
            return
        if way == "redirect":
            return self._send(request, 307, b"", Location=PATH + "/elsewhere")
        if way == "sealed":
            return self._send(request, 503, b'{"errors":["Vault is sealed"]}')
        if isinstance(way, int):
            return self._send(request, way, b'{"errors":["' + token.encode() + b'"]}')
        if token != self.token or request.path != PATH:
            return self._send(request, 403, b'{"errors":["permission denied"]}')
        plaintext = self._kept.get(json.loads(body)["ciphertext"])
        if plaintext is None:
            return self._send(request, 400, b'{"errors":["invalid ciphertext"]}')
        encoded = base64.b64encode(plaintext).decode()
        good = json.dumps({"request_id": "x", "data": {"plaintext": encoded}, "warnings": None}).encode()
        bodies = {
            "good": good,
            "garbage": b"<html>" + encoded.encode(),
            "array": b"[" + good + b"]",
            "unencoded": json.dumps({"data": {"plaintext": encoded[:-1] + "!"}}).encode(),
            "endless": json.dumps({"data": {"plaintext": encoded}, "x": "y" * 20000}).encode(),
            "truncated": good,
        }
        self._send(request, 200, bodies[way], cut=20 if way == "truncated" else 0)

    @staticmethod
    def _send(request, status: int, body: bytes, cut: int = 0, **headers) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) - cut])
        request.close_connection = True


def come_back(transit: Transit) -> None:
    """Good again once it has answered otherwise and is asked again."""

    def later() -> None:
        wait_until(lambda: len(transit.requests) > 1, "it is asked again")
        transit.way = "good"

    threading.Thread(target=later, daemon=True).start()
