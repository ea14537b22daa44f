"""Redis servers of the tests: one alone, three masters as a cluster, a master that sentinels watch."""

import secrets
from contextlib import closing

import redis as client_library

from . import canaries, tls
from .daemon import Daemon, wait_until
from .ports import free_port

DATABASES = 4096  # one a service under test, so that services share a server and no key
SENTINEL_NAME = "record"


class _Words(str):
    """A setting of several words, which goes unquoted."""


class Redis(Daemon):
    """Keeps nothing on disk: what it held is gone after a restart, as the service must expect. `options` are its own
    settings. With a certificate it listens for TLS too, on `tls_port`."""

    def __init__(self, name: str = "redis", *, certificate: tls.Pair | None = None, password: str | None = None, **options):
        super().__init__(name, "redis")
        self.port = free_port()
        self.tls_port = free_port() if certificate else None
        self.password = password or secrets.token_hex(12)
        canaries.note(self.password)
        self.options = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": self.folder,
            "save": "",
            "appendonly": "no",
            "databases": DATABASES,
            "requirepass": self.password,
            "masterauth": self.password,
            "daemonize": "no",
            "enable-debug-command": "yes",
        }
        self.options |= {name.replace("_", "-"): value for name, value in options.items()}
        if certificate:
            self.options |= {
                "tls-port": self.tls_port,
                "tls-auth-clients": "no",
                "tls-cert-file": self.write("server.crt", certificate.certificate.read_text()),
                "tls-key-file": self.write("server.key", certificate.key.read_text()),
                "tls-ca-cert-file": self.folder / "server.crt",
            }

    def arguments(self) -> list:
        text = "".join(
            f"{name} {value}\n" if isinstance(value, _Words) else f'{name} "{value}"\n' for name, value in self.options.items()
        )
        return ["redis-server", self.write("redis.conf", text)]

    def answers(self) -> bool:
        try:
            return self.execute("PING") in (True, b"PONG")
        except client_library.RedisError:
            return False

    def client(self, database: int = 0) -> client_library.Redis:
        return client_library.Redis(
            host="127.0.0.1", port=self.port, password=self.password, db=database, socket_timeout=10, protocol=2
        )

    def execute(self, *command, database: int = 0):
        with closing(self.client(database)) as client:
            return client.execute_command(*command)

    def url(self, database: int = 0, *, host: str = "127.0.0.1", port: int | None = None, password: str | None = None) -> str:
        return f"redis://:{password or self.password}@{host}:{port or self.port}/{database}"

    def tls_url(self, database: int = 0, *, host: str = "localhost") -> str:
        return f"rediss://:{self.password}@{host}:{self.tls_port}/{database}"

    def cut_connections(self) -> int:
        return self.execute("CLIENT", "KILL", "TYPE", "normal") + self.execute("CLIENT", "KILL", "TYPE", "pubsub")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Several:
    """Servers that start and end together."""

    def __init__(self, members: list[Daemon]):
        self.members = members

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_) -> None:
        self.close()

    def start(self):
        for member in self.members:
            member.launch()
        for member in self.members:
            member.wait_ready()
        return self

    def close(self) -> None:
        for member in self.members:
            member.close()


class RedisCluster(_Several):
    """Masters that share the slots, each with a replica where asked; it serves the other slots while one is down."""

    SLOTS = 16384

    def __init__(self, masters: int = 3, *, with_replicas: bool = False):
        password = secrets.token_hex(12)
        nodes = [
            Redis(
                f"cluster{number}",
                password=password,
                databases=1,
                cluster_enabled="yes",
                cluster_port=free_port(),
                cluster_node_timeout=1500,
                cluster_require_full_coverage="no",
                repl_diskless_sync_delay=0,
            )
            for number in range(masters * (2 if with_replicas else 1))
        ]
        super().__init__(nodes)
        self.masters, self.replicas = nodes[:masters], nodes[masters:]

    def start(self):
        super().start()
        first, count = self.masters[0], len(self.masters)
        for number, member in enumerate(self.masters):
            begin, end = self.SLOTS * number // count, self.SLOTS * (number + 1) // count - 1
            member.execute("CLUSTER", "ADDSLOTSRANGE", begin, end)
            member.execute("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for member in self.members[1:]:
            first.execute("CLUSTER", "MEET", "127.0.0.1", member.port, member.options["cluster-port"])
        self.wait_whole()
        for master, replica in zip(self.masters, self.replicas):
            replica.execute("CLUSTER", "REPLICATE", _text(master.execute("CLUSTER", "MYID")))
        for replica in self.replicas:
            wait_until(
                lambda r=replica: r.execute("INFO", "replication").get("master_link_status") == "up", "a replica follows"
            )
        for master in self.masters[: len(self.replicas)]:
            wait_until(
                lambda m=master: _text(m.execute("CLUSTER", "NODES")).count("slave") == len(self.replicas),
                "everybody knows the replicas",
            )
        return self

    def wait_whole(self) -> None:
        """Every member knows every slot's master and finds it alive."""
        for member in self.members:
            wait_until(lambda member=member: self._sees_all(member), f"{member.port} sees the whole cluster")

    def _sees_all(self, member: Redis) -> bool:
        info = member.execute("CLUSTER", "INFO")
        if isinstance(info, bytes):
            info = dict(line.split(":", 1) for line in info.decode().split())
        return info["cluster_state"] == "ok" and int(info["cluster_slots_ok"]) == self.SLOTS

    def url(self) -> str:
        return self.members[0].url(0)

    def keys(self) -> list[int]:
        """How many keys each master holds."""
        return [member.execute("DBSIZE") for member in self.masters]


class _Sentinel(Redis):
    def __init__(self, number: int, master: Redis, quorum: int):
        super().__init__(f"sentinel{number}", password=master.password)
        self._master, self._quorum = master, quorum

    def arguments(self) -> list:
        own = self.folder / "redis.conf"
        if own.exists():
            return ["redis-server", own, "--sentinel"]  # it keeps there what it has learnt
        watched = SENTINEL_NAME
        return [
            "redis-server",
            self.write(
                "redis.conf",
                f"""
bind 127.0.0.1
port {self.port}
dir "{self.folder}"
requirepass "{self.password}"
sentinel sentinel-pass "{self.password}"
sentinel monitor {watched} 127.0.0.1 {self._master.port} {self._quorum}
sentinel auth-pass {watched} {self.password}
sentinel down-after-milliseconds {watched} 2000
sentinel failover-timeout {watched} 3000
sentinel parallel-syncs {watched} 1
""",
            ),
            "--sentinel",
        ]


class RedisSentinel(_Several):
    """One master, one replica and three sentinels that agree by two."""

    def __init__(self):
        self.master = Redis("master")
        self.replica = Redis(
            "replica",
            password=self.master.password,
            replicaof=_Words(f"127.0.0.1 {self.master.port}"),
            repl_diskless_sync_delay=0,
        )
        self.sentinels = [_Sentinel(number, self.master, 2) for number in range(3)]
        super().__init__([self.master, self.replica, *self.sentinels])

    def start(self):
        super().start()
        wait_until(self._agreed, "the sentinels know the replica and each other")
        return self

    def _agreed(self) -> bool:
        def known(sentinel) -> bool:
            with closing(sentinel.client()) as client:
                state = client.sentinel_master(SENTINEL_NAME)
            return (
                int(state["num-other-sentinels"]) == 2
                and int(state["num-slaves"]) == 1
                and self.replica.execute("INFO", "replication").get("master_link_status") == "up"
            )

        return all(known(sentinel) for sentinel in self.sentinels)

    def wait_failed_over(self) -> None:
        """The replica is the master, and the sentinels say so."""
        wait_until(lambda: self.replica.execute("ROLE")[0] == b"master", "the replica is the master")
        for sentinel in self.sentinels:
            wait_until(
                lambda s=sentinel: int(s.execute("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SENTINEL_NAME)[1])
                == self.replica.port,
                "a sentinel names the new master",
            )

    def url(self, database: int = 0, at_sentinels: str | None = None) -> str:
        """`at_sentinels` is a user of theirs, `name:password`."""
        user, _, password = (at_sentinels or f"default:{self.master.password}").partition(":")
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return (
            f"redis+sentinel://:{self.master.password}@{hosts}/{SENTINEL_NAME}/{database}"
            f"?sentinel_username={user}&sentinel_password={password}"
        )
