"""Page scripts are modules in files of their own, and build pages from nodes, never from markup (ASVS 3.2.3)."""

import re

import pytest

from tree import Files, line_of, read

MARKUP = re.compile(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML)\b|\bdocument\.write|\beval\s*\(|\bnew Function\b")
INLINE = re.compile(
    r"<script(?![^>]*\b(?:type=\"module\"|nomodule)[^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=|\sstyle\s*=|<style\b|javascript:"
)


# Younger than the browsers that docs/hosted-pages.md promises, and not checked by web/scripts/features.js
TOO_YOUNG = re.compile(
    r"\blight-dark\(|\bIntl\.Segmenter\b|\b(?:query|params|given|kept|searchParams)\.size\b|\bAbortSignal\.any\(|"
    r"\.(?:toSorted|toReversed|findLast)\(|\b(?:Object|Map)\.groupBy\(|\bPromise\.withResolvers\("
)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def too_young(files: Files) -> list[str]:
    code = {path: COMMENT.sub("", text) for path, text in files.items() if path.endswith((".js", ".css"))}
    return [f"{path}: {m.group()}" for path, text in code.items() for m in TOO_YOUNG.finditer(text)]


def markup_from_script(files: Files) -> list[str]:
    return [
        f"{path}:{line_of(text, m.start())}: {m.group()}"
        for path, text in files.items()
        if path.endswith(".js")
        for m in MARKUP.finditer(text)
    ]


def inline_code(files: Files) -> list[str]:
    return [
        f"{path}:{line_of(text, m.start())}: {m.group()}"
        for path, text in files.items()
        if path.endswith(".html")
        for m in INLINE.finditer(text)
    ]


IMPORT = re.compile(r"^import\b[^;]*?'\./([\w-]+\.js)'", re.MULTILINE)
OF_PAGE = re.compile(r'<script type="module" src="\{\{assets\}\}/scripts/([\w-]+\.js)">')
PRELOADED = re.compile(r'<link rel="modulepreload" href="\{\{assets\}\}/scripts/([\w-]+\.js)">')
FORM = re.compile(r"<form\b[^>]*>")
CLASS = re.compile(r"\.([a-z][\w-]*)")
BEHIND_SIGN_IN = ("account", "admin")


def whole(files: Files, name: str) -> str:
    """A page with the head that it includes."""
    return files[f"web/pages/{name}.html"].replace("{{> head}}", files["web/pages/_head.html"])


def modules(files: Files, script: str, found: set[str] | None = None) -> set[str]:
    """A script, and all that it imports before it runs."""
    found = set() if found is None else found
    if script not in found:
        found.add(script)
        for other in IMPORT.findall(files[f"web/scripts/{script}"]):
            modules(files, other, found)
    return found


def not_preloaded(files: Files, name: str) -> list[str]:
    """Modules that a browser would learn of only from another module: a round trip each (a chain of them, at worst)."""
    page = whole(files, name)
    named = set(OF_PAGE.findall(page))
    wanted = set().union(*(modules(files, script) for script in named))
    return sorted(wanted - named - set(PRELOADED.findall(page)))


def forms_by_get(files: Files) -> list[str]:
    """Forms that would put what is typed into the address where their script is lost (ASVS 14.2.1)."""
    return [
        f"{path}: {form}"
        for path, text in files.items()
        if path.endswith(".html")
        for form in FORM.findall(text)
        if 'method="post"' not in form
    ]


def unused_classes(files: Files) -> list[str]:
    """Classes that a style sheet has rules for and no page or script names; the API document's viewer has its own."""
    named = "\n".join(text for path, text in files.items() if path.endswith((".html", ".js")))
    styles = {path: text for path, text in files.items() if path.endswith(".css") and not path.endswith("/docs.css")}
    selectors = {path: re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", text, flags=re.DOTALL) for path, text in styles.items()}
    return sorted(
        f"{path}: .{name}"
        for path, text in selectors.items()
        for name in set(CLASS.findall(text))
        if not re.search(rf"(?<![\w-]){name}(?![\w-])", named)
    )


def test_scripts_build_no_markup():
    assert markup_from_script(read("web")) == []


def test_pages_need_nothing_that_their_browsers_lack():  # ASVS 3.7.5
    assert too_young(read("web")) == []


def test_pages_have_no_inline_code():
    assert inline_code(read("web")) == []


@pytest.mark.parametrize("name", BEHIND_SIGN_IN)
def test_what_a_page_runs_is_preloaded(name):
    assert not_preloaded(read("web"), name) == []


def test_no_form_puts_what_is_typed_into_the_address():
    assert forms_by_get(read("web")) == []


def test_heads_begin_alike():
    pages = {path: text for path, text in read("web/pages").items() if "{{> head}}" in text}
    assert len(pages) > 5
    for path, text in pages.items():
        assert re.search(r"<head>\n\{\{> head\}\}\n<title>\{\{[\w.]+\}\} · \{\{site_name\}\}</title>\n", text), path


def test_every_class_is_used():
    assert unused_classes(read("web")) == []


def test_a_planted_fault_is_seen():
    for code in ["row.innerHTML = subject", "document.write(x)", "eval (x)"]:
        assert markup_from_script({"web/a.js": code}), code
    for page in ["<script>alert(1)</script>", '<script src="/a.js"></script>', '<p onclick="go()">', '<p style="x">']:
        assert inline_code({"web/a.html": page}), page
    for path, code in {"web/a.css": "a { color: light-dark(#000, #fff) }", "web/a.js": "return query.size ? 1 : 0"}.items():
        assert too_young({path: code}), code
    assert not too_young({"web/a.js": "// not AbortSignal.any(\nids.size"})
    assert not inline_code({"web/a.html": '<script nomodule src="/a.js"></script>'})
    assert not inline_code({"web/a.html": '<script type="module" src="/a.js"></script><p class="x" data-on="1">'})
    files = {
        "web/pages/_head.html": '<link rel="modulepreload" href="{{assets}}/scripts/c.js">',
        "web/pages/p.html": '{{> head}}<script type="module" src="{{assets}}/scripts/a.js"></script><form class="x"><form method="post">',
        "web/scripts/a.js": "import { b } from './b.js';\nimport {\n  c } from './c.js';",
        "web/scripts/b.js": "",
        "web/scripts/c.js": "",
        "web/styles/s.css": "/* .z */ .x, .y:hover { color: var(--x-1.5); }",
    }
    assert not_preloaded(files, "p") == ["b.js"]
    assert forms_by_get(files) == ['web/pages/p.html: <form class="x">']
    assert unused_classes(files) == ["web/styles/s.css: .y"]
