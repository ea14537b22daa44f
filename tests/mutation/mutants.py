"""Mutants of a C++ source: small wrong programs, all in one text, of which an environment variable picks one at run time
(mutant schemata, Untch 1993). So a file is compiled once for all its mutants.

The text is read as clang-format leaves it, not parsed: binary operators stand between spaces, a statement ends with `;`.
What the compiler then refuses (a constant expression, types that differ) is left out by the caller, see build.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'|^#[^\n]*',
    re.DOTALL | re.MULTILINE,
)
OTHER = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
}
LEAVES = {"<": r"[&|?:=,;]", "==": r"[&|?:=,;]", "&&": r"\|\||[?:=,;]", "||": r"[?:=,;]"}
OPERATOR = re.compile(r"(?<=\s)(<=|>=|==|!=|&&|\|\||<|>)(?=\s)")
WORD = re.compile(r"\b(true|false)\b")
NUMBER = re.compile(r"(?<![\w.'\"])(\d+)(?![\w.'\"])")

CONDITION = re.compile(r"\b(?:if|while) \(")
RETURN = re.compile(r"\b(?:co_)?return\s+(?=[^;{])")
VALUE = re.compile(r"^[ \t]+(?:const )?(?:auto|bool|int|std::size_t|std::int64_t|std::uint64_t) \w+ = ", re.MULTILINE)
CONSTANT = re.compile(
    r"^(?:  )?constexpr (auto|int|std::size_t|std::int64_t|milliseconds|seconds|std::chrono::\w+) (k\w+) = (?=[^;{]*;)",
    re.MULTILINE,
)
CALL = re.compile(
    r"(?<=[;{})])\s+((?:co_await )?(?!if\b|for\b|while\b|switch\b|return\b|co_return\b|static_assert\b|sizeof\b)"
    r"[A-Za-z_][\w:]*(?:(?:\.|->)\w+)*(?=\())"
)
ASSIGNMENT = re.compile(r"(?<=[;{})])\s+(\+\+\w[\w.]*(?=;)|--\w[\w.]*(?=;)|[A-Za-z_][\w.\[\]]*(?:->[\w.]+)* (?:[-+|&^]?=) )")


@dataclass(frozen=True)
class Mutant:
    """`place` and what it stands in are offsets; `kind` says of what it is made."""

    start: int
    end: int
    before: str
    after: str
    kind: str

    def line(self, text: str) -> int:
        return text.count("\n", 0, self.start) + 1


@dataclass
class Site:
    """A condition, value, constant or statement, with its mutants, each the whole site written anew."""

    start: int
    end: int
    form: str  # "condition", "value", "return", "constant", "statement"
    head: str  # of a return or constant: what stands before the value
    mutants: list[Mutant]


def masked(text: str) -> str:
    """Literals, comments and directives as blanks: nothing in them is code."""
    return LITERAL.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def closing(code: str, opening: int) -> int:
    """The offset of the bracket that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        if depth == 0:
            return at
    return len(code)


def end_of_statement(code: str, start: int) -> int:
    at = start
    while at < len(code) and code[at] != ";":
        at = closing(code, at) + 1 if code[at] in "([{" else at + 1
    return at


def operands(code: str, start: int, end: int, operator: re.Match) -> tuple[int, int]:
    """Where the operands of an operator between start and end begin and end."""
    stop = re.compile(LEAVES.get(operator[1], LEAVES["<"]))
    left, depth = operator.start() - 1, 0
    while left > start:
        character = code[left - 1]
        depth += (character in ")]}") - (character in "([{")
        if (
            depth < 0
            or (
                depth == 0
                and stop.match(code, left - 1)
                and code[left - 2 : left + 1].strip() in ("&&", "||", "?", ":", "=", ",", ";", "&", "|")
            )
            or (depth == 0 and re.match(r"[,;]", character))
        ):
            break
        left -= 1
    right, depth = operator.end(), 0
    while right < end:
        character = code[right]
        depth += (character in "([{") - (character in ")]}")
        if depth < 0 or (
            depth == 0
            and (
                re.match(r"[,;]", character)
                or (
                    code[right - 1] == " "
                    and re.match(r"(?:&&|\|\||\?|:|=) " if operator[1] != "&&" else r"(?:\|\||\?|:|=) ", code[right:])
                )
            )
        ):
            break
        right += 1
    return left, right


def changes(text: str, code: str, start: int, end: int) -> Iterator[Mutant]:
    """Every way to change one operator, word or number between start and end."""

    def anew(at: int, to: int, new: str, kind: str) -> Mutant:
        return Mutant(at, to, text[at:to], text[start:at] + new + text[to:end], kind)

    for found in OPERATOR.finditer(code, start, end):
        for other in OTHER[found[1]]:
            yield anew(*found.span(1), other, f"{found[1]} → {other}")
    for found in OPERATOR.finditer(code, start, end):
        if found[1] in ("&&", "||"):
            left, right = operands(code, start, end, found)
            yield anew(left, right, text[left : found.start()].strip(), f"the right side of {found[1]} left out")
            yield anew(left, right, text[found.end() : right].strip(), f"the left side of {found[1]} left out")
    for found in WORD.finditer(code, start, end):
        yield anew(*found.span(), {"true": "false", "false": "true"}[found[1]], f"{found[1]} turned")
    for found in NUMBER.finditer(code, start, end):
        yield anew(*found.span(), str(int(found[1]) + 1), f"{found[1]} + 1")
        if int(found[1]) > 0:
            yield anew(*found.span(), str(int(found[1]) - 1), f"{found[1]} - 1")
    for found in re.finditer(r"!(?=[A-Za-z_(])", code[start:end]):
        yield anew(start + found.start(), start + found.end(), "", "! left out")


def is_declaration(code: str) -> bool:
    """`if (const auto x = …)`: no expression."""
    return re.match(r"\s*(const )?(auto|[\w:<>*]+)[&*]* \w+ = ", code) is not None


def sites(text: str) -> list[Site]:
    code, found = masked(text), []
    for match in CONDITION.finditer(code):
        start, end = match.end(), closing(code, match.end() - 1)
        if (cut := code.rfind(";", start, end)) >= 0:
            start = cut + 1
        inner = code[start:end]
        if is_declaration(inner) or "constexpr" in code[match.start() - 4 : match.end()]:
            continue
        always = ("false",) if match[0].startswith("while") else ("false", "true")
        whole = [Mutant(start, end, text[start:end], value, f"condition always {value}") for value in always]
        found.append(Site(start, end, "condition", "", whole + list(changes(text, code, start, end))))
    for match in RETURN.finditer(code):
        start, end = match.end(), end_of_statement(code, match.end())
        found.append(Site(match.start(), end + 1, "return", match[0], list(changes(text, code, start, end))))
    for match in VALUE.finditer(code):
        start, end = match.end(), end_of_statement(code, match.end())
        found.append(Site(start, end, "value", "", list(changes(text, code, start, end))))
    for match in CONSTANT.finditer(code):
        start, end = match.end(), end_of_statement(code, match.end())
        head = f"const auto {match[2]} = " if match[1] == "auto" else f"const {match[1]} {match[2]} = "
        found.append(Site(match.start(), end, "constant", head, list(changes(text, code, start, end))))
    for pattern in (CALL, ASSIGNMENT):
        for match in pattern.finditer(code):
            start, end = match.start(1), end_of_statement(code, match.end())
            line = text[start : end + 1]
            if "{" in line or not line.endswith(";"):
                continue
            found.append(Site(start, end + 1, "statement", "", [Mutant(start, end + 1, line, "", "statement left out")]))
    return apart([site for site in found if site.mutants and is_usable(code, site)])


def is_usable(code: str, site: Site) -> bool:
    inside = code[site.start : site.end]
    # g++ 12 miscompiles co_await in a conditional expression; braces have no type, and a lambda has one of its own.
    return site.form == "statement" or not ("co_await" in inside or "{" in inside)


def apart(found: list[Site]) -> list[Site]:
    """Of two sites that overlap the smaller one."""
    kept: list[Site] = []
    for site in sorted(found, key=lambda site: site.end - site.start):
        if all(site.end <= other.start or site.start >= other.end for other in kept):
            kept.append(site)
    return sorted(kept, key=lambda site: site.start)


def with_mutants(text: str, chosen: list[tuple[int, Site, Mutant]]) -> str:
    """The text with all of them in it, each under its number; no line is added, so that messages name the right one."""
    parts, last = [], 0
    by_site: dict[int, list[tuple[int, Site, Mutant]]] = {}
    for one in chosen:
        by_site.setdefault(one[1].start, []).append(one)
    for start in sorted(by_site):
        site = by_site[start][0][1]
        original = text[site.start : site.end]
        if site.form == "statement":
            ((number, *_),) = by_site[start]
            new = f"if (!mutation::is({number})) {{ {original} }}"
        elif site.form == "return":
            new = "".join(f"if (mutation::is({number})) {site.head}{mutant.after}; " for number, _, mutant in by_site[start])
            new = f"{{ {new}{original} }}"
        elif site.form == "constant":
            value = original.partition(" = ")[2]
            new = site.head + chain(value, by_site[start])
        else:
            new = chain(original, by_site[start], "static_cast<bool>" if site.form == "condition" else "")
        parts += [text[last : site.start], new.replace("\n", " ") + "\n" * original.count("\n")]
        last = site.end
    return "".join([*parts, text[last:]])


def chain(original: str, ones: list[tuple[int, Site, Mutant]], cast: str = "") -> str:
    """One expression for all of them; with a cast, where an alternative to what is no bool is one."""
    value = f"{cast}({original})"
    for number, _, mutant in ones:
        value = f"(mutation::is({number}) ? {cast}({mutant.after}) : {value})"
    return value
