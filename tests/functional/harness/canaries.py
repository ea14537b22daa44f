"""Every secret the suite handles, so that the last test can look for each in the logs (ASVS 16.2.5)."""

import threading

_LEAST_LENGTH = 10  # shorter ones occur in logs by chance
_LEAST_VARIETY = 4  # and so do runs of one character, which tests of lengths send
_SECRET_MEMBERS = ("password", "current_password", "new_password", "token", "csrf_token", "code", "challenge_id")

_lock = threading.Lock()
_seen: set[str] = set()
_logs: list[str] = []


def note(value) -> None:
    if isinstance(value, str) and len(value.strip()) >= _LEAST_LENGTH and len(set(value)) >= _LEAST_VARIETY:
        with _lock:
            _seen.add(value)


def note_body(body) -> None:
    if isinstance(body, dict):
        for name in _SECRET_MEMBERS:
            note(body.get(name))


def note_log(text: str) -> None:
    with _lock:
        _logs.append(text)


def found_in(text: str) -> list[str]:
    with _lock:
        return sorted(value for value in _seen if value in text)


def found_in_logs() -> list[str]:
    with _lock:
        return sorted({value for value in _seen for log in _logs if value in log})


def counted() -> tuple[int, int]:
    return len(_seen), len(_logs)
