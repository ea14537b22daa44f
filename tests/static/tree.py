"""The repository's files, as the rules read them. A rule is a function over `Files`, so that a test can plant a fault."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Files = dict[str, str]
"""Path, relative to the repository with forward slashes, to text."""

NOT_OURS = {".git", ".venv", "build", "data", "node_modules", "__pycache__", ".cache", "results"}

COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)


def read(*folders: str) -> Files:
    """Every text file under these folders of the repository, except what is built or installed there."""
    files = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            relative = path.relative_to(ROOT)
            if path.is_file() and not NOT_OURS & set(relative.parts):
                try:
                    files[relative.as_posix()] = path.read_text()
                except UnicodeDecodeError:
                    continue
    return files


def source() -> Files:
    """The C++ of src/."""
    return {path: text for path, text in read("src").items() if path.endswith((".cpp", ".hpp"))}


def code_of(text: str) -> str:
    """C++ without its comments and with its literals emptied; line numbers stay."""

    def blank(match: re.Match) -> str:
        token = match.group()
        lines = "\n" * token.count("\n")
        # An include's name is code too: it is what the include rules read.
        start = match.string.rfind("\n", 0, match.start()) + 1
        if match.string.startswith("#include", start):
            return token if token.startswith('"') else lines
        return lines if token.startswith(("//", "/*")) else '""' + lines

    return COMMENT_OR_LITERAL.sub(blank, text)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
