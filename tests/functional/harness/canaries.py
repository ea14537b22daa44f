"""Every secret the suite handles, so that the last test can look for each in the logs (ASVS 16.2.5)."""

import threading
from collections import defaultdict

_SHOWN = 60  # characters around a find
_LEAST_LENGTH = 10  # shorter ones occur in logs by chance
_LEAST_VARIETY = 4  # and so do runs of one character, which tests of lengths send
_SECRET_MEMBERS = ("password", "current_password", "new_password", "token", "csrf_token", "code", "challenge_id")

_lock = threading.Lock()
_seen: set[str] = set()
_public: set[str] = set()
_logs: list[str] = []


def note(value) -> None:
    if isinstance(value, str) and len(value.strip()) >= _LEAST_LENGTH and len(set(value)) >= _LEAST_VARIETY:
        with _lock:
            _seen.add(value)


def publish(texts) -> None:
    """What the suite also writes where everybody may see it is no secret, though somebody had it for a password."""
    with _lock:
        _public.update(texts)


def note_body(body) -> None:
    if isinstance(body, dict):
        for name in _SECRET_MEMBERS:
            note(body.get(name))


def note_log(text: str) -> None:
    with _lock:
        _logs.append(text)


def found_in(text: str) -> list[str]:
    """Each with what stands around it. Looks at each place of the text once, however many secrets there are."""
    with _lock:
        by_beginning = defaultdict(list)
        for value in _seen - _public:
            by_beginning[value[:_LEAST_LENGTH]].append(value)
    beginnings = (text[at : at + _LEAST_LENGTH] for at in range(len(text)))
    return sorted(
        {
            f"{value!r} in {text[max(at - _SHOWN, 0):at + len(value) + _SHOWN]!r}"
            for at, beginning in enumerate(beginnings)
            if beginning in by_beginning
            for value in by_beginning[beginning]
            if text.startswith(value, at)
        }
    )


def found_in_logs() -> list[str]:
    return found_in("\n".join(_logs))


def counted() -> tuple[int, int]:
    return len(_seen), len(_logs)
