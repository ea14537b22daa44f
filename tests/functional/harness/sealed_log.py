"""The sealed audit log by another implementation: RFC 9162's tree, entries' encoding and MACs, heads' signatures.

Written from docs/audit.md alone, with Python's hashlib and hmac and the cryptography package.
"""

import base64
import hashlib
import hmac
import struct
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

COLUMNS = ("id", "at", "event", "outcome", "actor_id", "subject_id", "session_id", "ip", "user_agent", "request_id", "details")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, of leaves that are hashed already."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\x01" + tree_hash(leaves[:middle]) + tree_hash(leaves[middle:]))


def peaks(leaves: list[bytes]) -> bytes:
    """The roots of the perfect subtrees, the largest first."""
    roots, begin = b"", 0
    while begin < len(leaves):
        size = 1 << (len(leaves) - begin).bit_length() - 1
        roots += tree_hash(leaves[begin : begin + size])
        begin += size
    return roots


class GrowingTree:
    """The same of a log that grows, without reckoning all of it anew for each head."""

    def __init__(self):
        self._perfect: list[tuple[int, bytes]] = []  # (leaves, root) of the perfect subtrees, the largest first

    def add(self, hashed: bytes) -> None:
        size = 1
        while self._perfect and self._perfect[-1][0] == size:
            hashed = sha256(b"\x01" + self._perfect.pop()[1] + hashed)
            size *= 2
        self._perfect.append((size, hashed))

    @property
    def peaks(self) -> bytes:
        return b"".join(root for _, root in self._perfect)

    @property
    def root(self) -> bytes:
        if not self._perfect:
            return sha256(b"")
        *left, (_, root) = self._perfect
        for _, peak in reversed(left):
            root = sha256(b"\x01" + peak + root)
        return root


def canonical(row: dict) -> bytes:
    def field(value: str | None) -> bytes:
        return b"\xff\xff\xff\xff" if value is None else struct.pack(">I", len(value.encode())) + value.encode()

    return field("secureauth audit entry v1") + b"".join(field(row[name]) for name in COLUMNS)


def leaf(row: dict) -> bytes:
    return sha256(b"\x00" + canonical(row) + (row["mac"] or b""))


def leaf_line(row: dict) -> bytes:
    """An entry's part of `audit_heads.leaves`."""
    return uuid.UUID(row["id"]).bytes + leaf(row)


def split(leaves: bytes) -> list[tuple[str, bytes]]:
    """(id, leaf) of each."""
    return [(str(uuid.UUID(bytes=leaves[at : at + 16])), leaves[at + 16 : at + 48]) for at in range(0, len(leaves), 48)]


class Keys:
    """What follows from AUDIT_KEY."""

    def __init__(self, audit_key: str):
        def derived(label: str) -> bytes:
            return HKDF(hashes.SHA256(), 32, None, f"secureauth/audit/v1/{label}".encode()).derive(bytes.fromhex(audit_key))

        self.id = derived("id")[:4]
        self._mac = derived("mac")
        self.private = Ed25519PrivateKey.from_private_bytes(derived("sign"))

    def mac(self, row: dict) -> bytes:
        encoded = canonical(row)
        return self.id + hmac.digest(self._mac, struct.pack(">Q", len(encoded)) + encoded, "sha256")

    @property
    def public_text(self) -> str:
        return "ed25519:" + base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    def sign(self, tree_size: int, root: bytes, sealed_at: str, key_id: str | None = None) -> bytes:
        return self.private.sign(signed_text(tree_size, root, sealed_at, key_id or self.id.hex()))

    def verify(self, head: dict) -> None:
        """Of a row of audit_heads; raises InvalidSignature."""
        text = signed_text(head["tree_size"], head["root_hash"], head["sealed_at"], head["key_id"])
        self.private.public_key().verify(head["signature"], text)


def signed_text(tree_size: int, root: bytes, sealed_at: str, key_id: str) -> bytes:
    return f"secureauth audit head v1\n{tree_size}\n{root.hex()}\n{sealed_at}\n{key_id}\n".encode()


class SealedLog:
    """The log of one service, as it lies in its database."""

    def __init__(self, server):
        self.server = server

    def rows(self) -> list[dict]:
        return self.server.rows("SELECT * FROM audit_logs ORDER BY id")

    def heads(self) -> list[dict]:
        return self.server.rows("SELECT * FROM audit_heads ORDER BY tree_size")

    def pending(self) -> list[dict]:
        return self.server.rows("SELECT * FROM audit_pending ORDER BY position")

    def entries(self) -> list[tuple[str, bytes]]:
        """(id, leaf) in the order of the tree."""
        return [pair for head in self.heads() for pair in split(head["leaves"])]

    def check(self, keys: Keys) -> None:
        """Every entry once, every leaf, MAC, root and signature right."""
        rows = {row["id"]: row for row in self.rows()}
        leaves: list[bytes] = []
        tree = GrowingTree()
        for head in self.heads():
            assert head["first_entry"] == len(leaves)
            ids = [id_ for id_, _ in split(head["leaves"])]
            assert (head["first_id"], head["last_id"]) == (min(ids), max(ids))
            for id_, sealed in split(head["leaves"]):
                assert leaf(rows[id_]) == sealed, id_
                assert keys.mac(rows[id_]) == rows[id_]["mac"], id_
                del rows[id_]  # a second time it would be missing
                leaves.append(sealed)
                tree.add(sealed)
            assert (head["tree_size"], head["root_hash"]) == (len(leaves), tree.root)
            assert head["peaks"] == tree.peaks
            keys.verify(head)
        assert (tree.root, tree.peaks) == (tree_hash(leaves), peaks(leaves)), "this program reckons wrongly"
        waiting = {line["entry_id"] for line in self.pending()}
        assert set(rows) == waiting, "what is not sealed waits"
