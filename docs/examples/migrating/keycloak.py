"""python3 keycloak.py realm.json > users.jsonl: from `kc.sh export --realm NAME --users realm_file` to `secureauth user import`."""

import base64
import json
import sys
from datetime import datetime, timezone


def bare(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def hash_of(credential: dict) -> str | None:
    """As argon2 or passlib write it; None for what this service does not verify: its owner resets."""
    secret, how = json.loads(credential["secretData"]), json.loads(credential["credentialData"])
    salt, digest = base64.b64decode(secret["salt"]), base64.b64decode(secret["value"])
    algorithm, rounds = how["algorithm"], how["hashIterations"]
    if algorithm == "argon2":
        more = {name: values[0] for name, values in how["additionalParameters"].items()}
        cost = f"m={more['memory']},t={rounds},p={more['parallelism']}"
        return f"$argon2{more['type']}$v=19${cost}${bare(salt)}${bare(digest)}" if more["version"] == "1.3" else None
    # Keycloak derives 64 bytes whatever the digest; of SHA-256 the first 32 say all (RFC 8018 §5.2: blocks are independent).
    if algorithm in ("pbkdf2-sha256", "pbkdf2-sha512"):
        kept = digest[: 32 if algorithm == "pbkdf2-sha256" else 64]
        return f"${algorithm}${rounds}${bare(salt)}${bare(kept)}".replace("+", ".")
    return None


def line(user: dict) -> dict:
    passwords = [one for one in user.get("credentials", []) if one["type"] == "password"]
    created = datetime.fromtimestamp(user["createdTimestamp"] // 1000, timezone.utc)
    return {
        "email": user["email"],
        "email_verified": user.get("emailVerified", False),
        "name": " ".join(filter(None, [user.get("firstName"), user.get("lastName")])) or None,
        "status": "active" if user["enabled"] else "disabled",
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "password_hash": hash_of(passwords[0]) if passwords else None,
    }


with open(sys.argv[1]) as export:
    for user in json.load(export)["users"]:
        if user.get("email"):  # a service account has none
            print(json.dumps(line(user)))
