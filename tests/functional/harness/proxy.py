"""A TCP proxy in front of one server: counts round trips, delays, cuts, refuses, swallows."""

import socket
import threading
import time

from .ports import free_port

_CHUNK = 65536


class Proxy:
    """Listens on a free port of loopback. Every member function may be called at any time.

    A round trip is counted when bytes of the client follow bytes of the server, on each connection by itself, a
    connection's first bytes too: exact while a client waits for its answer before it asks again.
    """

    def __init__(self, upstream_port: int):
        self.upstream_port = upstream_port
        self.port = free_port()
        self.delay_to_server = self.delay_to_client = 0.0  # seconds each chunk waits
        self._swallow = threading.Event()
        self._lock = threading.Lock()
        self._pairs: set[_Pair] = set()
        self._round_trips = self._accepted = 0
        self._listener: socket.socket | None = None

    def __enter__(self) -> "Proxy":
        self.accept()
        return self

    def __exit__(self, *_) -> None:
        self.refuse()

    @property
    def round_trips(self) -> int:
        with self._lock:
            return self._round_trips

    @property
    def accepted(self) -> int:
        """Connections so far."""
        with self._lock:
            return self._accepted

    def accept(self) -> None:
        """Serves (again)."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Cuts every connection, and new ones are refused as by a host without the server."""
        if self._listener is not None:
            listener, self._listener = self._listener, None
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Ends every connection there is."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.end()

    def swallow(self) -> None:
        """Connections stay and new ones are accepted, and nothing goes through: as behind a dead firewall."""
        self._swallow.set()

    def pass_on(self) -> None:
        """After swallow(). What was swallowed is lost, so the connections that lost it end."""
        self.cut()
        self._swallow.clear()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream_port), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            pair = _Pair(self, client, server)
            with self._lock:
                self._accepted += 1
                self._pairs.add(pair)
            pair.start()

    def _count(self) -> None:
        with self._lock:
            self._round_trips += 1

    def _forget(self, pair: "_Pair") -> None:
        with self._lock:
            self._pairs.discard(pair)


class _Pair:
    """One connection and its other half."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket):
        self._proxy, self._client, self._server = proxy, client, server
        self._client_spoke_last = False
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        for upward in (True, False):
            threading.Thread(target=self._pump, args=(upward,), daemon=True).start()

    def end(self) -> None:
        for end in (self._client, self._server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # ended already

    def _pump(self, upward: bool) -> None:
        source, target = (self._client, self._server) if upward else (self._server, self._client)
        proxy = self._proxy
        try:
            while data := source.recv(_CHUNK):
                if upward and not self._client_spoke_last:
                    proxy._count()
                self._client_spoke_last = upward
                time.sleep(proxy.delay_to_server if upward else proxy.delay_to_client)
                if not proxy._swallow.is_set():
                    target.sendall(data)
        except OSError:
            pass
        self.end()
        source.close()
        proxy._forget(self)
