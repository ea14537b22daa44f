"""Page scripts are modules in files of their own, and build pages from nodes, never from markup (ASVS 3.2.3)."""

import re

from tree import Files, line_of, read

MARKUP = re.compile(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML)\b|\bdocument\.write|\beval\s*\(|\bnew Function\b")
INLINE = re.compile(r"<script(?![^>]*\b(?:type=\"module\"|nomodule)[^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=|\sstyle\s*=|<style\b|javascript:")


# Younger than the browsers that docs/hosted-pages.md promises, and not checked by web/scripts/features.js
TOO_YOUNG = re.compile(r"\blight-dark\(|\bIntl\.Segmenter\b|\b(?:query|params|given|kept|searchParams)\.size\b|\bAbortSignal\.any\(|"
                       r"\.(?:toSorted|toReversed|findLast)\(|\b(?:Object|Map)\.groupBy\(|\bPromise\.withResolvers\(")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def too_young(files: Files) -> list[str]:
    code = {path: COMMENT.sub("", text) for path, text in files.items() if path.endswith((".js", ".css"))}
    return [f"{path}: {m.group()}" for path, text in code.items() for m in TOO_YOUNG.finditer(text)]


def markup_from_script(files: Files) -> list[str]:
    return [f"{path}:{line_of(text, m.start())}: {m.group()}" for path, text in files.items() if path.endswith(".js")
            for m in MARKUP.finditer(text)]


def inline_code(files: Files) -> list[str]:
    return [f"{path}:{line_of(text, m.start())}: {m.group()}" for path, text in files.items() if path.endswith(".html")
            for m in INLINE.finditer(text)]


def test_scripts_build_no_markup():
    assert markup_from_script(read("web")) == []


def test_pages_need_nothing_that_their_browsers_lack():  # ASVS 3.7.5
    assert too_young(read("web")) == []


def test_pages_have_no_inline_code():
    assert inline_code(read("web")) == []


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
