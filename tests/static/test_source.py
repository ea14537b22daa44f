"""What must not stand in the source: forbidden calls, careless comparisons, built SQL, unkept promises, sprawl."""

import re

from tree import Files, code_of, line_of, read, source

LONGEST_FILE = 400  # lines (STYLE.md)
NO_FOLDER = {"utils", "util", "common", "helpers", "helper", "misc"}

TESTS = ("_test.cpp", "_fixture.hpp", "_testing.hpp")
WEAK = "broken or weak cryptography (ASVS 11.4.1)"
# Redis knows scripts by their SHA-1, breach corpora passwords; what PBKDF2 made with it elsewhere is verified and replaced.
# Nothing is protected by it.
NAMES_ONLY = {"src/ephemeral/redis/script.cpp", "src/crypto/sha1.cpp", "src/passwords/legacy_kdf.cpp"}
# Repeats the placeholders of one row for many, once; no value gets near the text.
COMPOSED_ONCE = {"src/admin/user_record_store.cpp"}
# The program of KEY_UNWRAP_COMMAND: the operator's, without a shell, before the service takes a request.
RUNS_A_PROGRAM = {"src/settings/unwrap_command.cpp": "posix_spawn("}
NO_PROCESSES = "the service starts no processes (ASVS 1.2.5)"

# Pattern in src/ and why it is not there.
FORBIDDEN = {
    r"\bs?rand\s*\(|\brandom\s*\(|<random>|\bmt19937|\brandom_device\b": "randomness comes from crypto/random.hpp (ASVS 11.5.1)",
    r"<regex>|\bstd::w?regex\b": "std::regex backtracks without bound (ASVS 1.3.12)",
    r"\bsystem\s*\(|\bpopen\s*\(|\bexec(l|v|le|lp|ve|vp|vpe)\s*\(|\bposix_spawnp?\s*\(|\bfork\s*\(": NO_PROCESSES,
    r"boost/process": NO_PROCESSES,
    r"\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\(": "writes without a bound",
    r"\b(EVP_(sha1|md5|md4|des_|rc4)|MD5\s*\(|SHA1\s*\()": WEAK,
}

# What a secret is called: compared by crypto::equal, in constant time (ASVS 11.2.4).
SECRET = (
    r"(?:\w*(?:token|secret|digest|hmac|signature|password)(?:_hash)?_?|\w*_hash_?|hash|\w+(?:\.|->)(?:hash|reveal|bytes)\(\))"
)
SECRET_COMPARED = re.compile(
    rf"(?<![\w:]){SECRET}\s*[!=]=(?!\s*(?:nullptr|std::nullopt|0\b))|[!=]=\s*(?:\w+(?:\.|->))*{SECRET}(?![\w(:.-])"
    r"|(?<!sodium_)\bmemcmp\s*\("
)

BUILT_STATEMENT = re.compile(r'\bStatement(?:\s+\w+)?\s*[{(](?!\s*(?:R?"|\}))')
STATEMENT = re.compile(r"(?<!struct )\bStatement(?:\s+\w+)?\s*\{")
LITERAL = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:\\.|[^"\\\n])*)"', re.DOTALL)
SQL = re.compile(r"\bSELECT\s.*\bFROM\b|\bINSERT\s+INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b", re.DOTALL)
JOINED = re.compile(r"(?:\+=?|<<|\b(?:format|append)\s*\()\s*$")

HASHED_BY_TEXT = re.compile(r"\bunordered_(?:multi)?(?:set|map)<std::(?:u8)?string")

PROMISE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
SUPPRESSED_WITHOUT_REASON = re.compile(r"NOLINT(?:NEXTLINE|BEGIN)?+(?:\([^)]*\))?+(?!END)(?!\s*:\s*\w)")


def too_long(files: Files) -> list[str]:
    others = ("tests/vectors/", "package-lock.json")  # somebody else's; npm's
    return [
        f"{path}: {text.count(chr(10))} lines"
        for path, text in files.items()
        if text.count("\n") > LONGEST_FILE and not path.startswith(others[0]) and not path.endswith(others[1])
    ]


def drawers(files: Files) -> list[str]:
    """Folders whose name says nothing about what is in them."""
    return sorted(path for path in files if NO_FOLDER & set(path.split("/")[:-1]))


def forbidden(files: Files) -> list[str]:
    found = []
    for path, text in files.items():
        code = code_of(text)
        for pattern, why in FORBIDDEN.items():
            if why is NO_PROCESSES and path.endswith(TESTS):
                continue  # a test may fork to kill what it started
            if why is WEAK and path in NAMES_ONLY:
                continue
            found += [
                f"{path}:{line_of(code, m.start())}: {m.group()} - {why}"
                for m in re.finditer(pattern, code)
                if why is not NO_PROCESSES or m.group() != RUNS_A_PROGRAM.get(path)
            ]
    return found


def secrets_compared(files: Files) -> list[str]:
    found = []
    for path, text in files.items():
        if not path.endswith(TESTS):
            code = code_of(text)
            found += [f"{path}:{line_of(code, m.start())}: {m.group()}" for m in SECRET_COMPARED.finditer(code)]
    return found


def statements_not_constant(files: Files) -> list[str]:
    """SQL is a constexpr literal. Tests may build theirs in place, from literals too."""
    found = []
    for path, text in files.items():
        if path in COMPOSED_ONCE:
            continue
        for match in STATEMENT.finditer(text):
            line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            if not path.endswith(TESTS) and "constexpr" not in line and "StatementHandle" not in match.group():
                found.append(f"{path}:{line_of(text, match.start())}: not constexpr")
        if not path.endswith(TESTS):
            found += [
                f"{path}:{line_of(text, m.start())}: not a literal"
                for m in BUILT_STATEMENT.finditer(text)
                if "struct " not in text[max(0, m.start() - 7) : m.start()]
            ]
    return found


def sql_joined(files: Files) -> list[str]:
    """Text of SQL put together at run time: values travel as parameters only (ASVS 1.2.4)."""
    found = []
    for path, text in files.items():
        if path in COMPOSED_ONCE:
            continue
        for match in LITERAL.finditer(text):
            if not SQL.search(match.group(2) or match.group(3) or ""):
                continue
            after = text[match.end() : match.end() + 20].lstrip()
            if JOINED.search(text[max(0, match.start() - 40) : match.start()]) or after.startswith(("+", "<<")):
                found.append(f"{path}:{line_of(text, match.start())}")
    return found


def hashed_by_text(files: Files) -> list[str]:
    """Where requests are read: std::hash has no secret, so that names can be made to collide (attack 27)."""
    return [
        f"{path}:{line_of(text, m.start())}: {m.group()}"
        for path, text in files.items()
        if path.startswith(("src/core/", "src/http/"))
        for m in HASHED_BY_TEXT.finditer(code_of(text))
    ]


def promises(files: Files) -> list[str]:
    return [f"{path}:{line_of(text, m.start())}" for path, text in files.items() for m in PROMISE.finditer(text)]


def suppressed_without_reason(files: Files) -> list[str]:
    return [
        f"{path}:{line_of(text, m.start())}" for path, text in files.items() for m in SUPPRESSED_WITHOUT_REASON.finditer(text)
    ]


def test_no_file_is_too_long():
    assert too_long(read("src", "tests", "bench", "scripts", "cmake")) == []


def test_no_folder_is_a_drawer():
    assert drawers(read("src", "tests", "bench", "scripts", "cmake", "web", "docs")) == []


def test_source_has_no_forbidden_calls():
    assert forbidden(source()) == []


def test_secrets_are_compared_in_constant_time():
    assert secrets_compared(source()) == []


def test_statements_are_constant_literals():
    assert statements_not_constant(source()) == []


def test_sql_is_never_put_together():
    assert sql_joined(source()) == []


def test_names_from_outside_are_not_hashed():
    assert hashed_by_text(source()) == []


def test_nothing_is_promised_in_a_comment():
    assert promises(read("src", "tests", "bench", "scripts", "cmake", "web", "migrations", "resources")) == []


def test_a_suppression_says_why():
    assert suppressed_without_reason(source()) == []


def line(code: str) -> Files:
    return {"src/login/login.cpp": code + "\n"}


def test_a_planted_fault_is_seen():
    assert too_long(line("\n" * 400))
    assert drawers({"src/utils/text.hpp": ""})
    for code in [
        "int x = rand();",
        "srand (1);",
        "#include <random>",
        "#include <regex>",
        "std::regex r;",
        'std::system("id");',
        'popen("id", "r");',
        "execvp(a, b);",
        "#include <boost/process.hpp>",
        "EVP_md5();",
        "strcpy(a, b);",
    ]:
        assert forbidden(line(code)), code
    for code in [
        "if (token.hash() == other) {",
        "token_hash == row",
        "return a.reveal() == b;",
        "x != user->password_hash",
        "given == csrf_token",
        "session.token_hash_ != hash",
        "memcmp(a, b, 32)",
        "std::memcmp(a, b, 32)",
    ]:
        assert secrets_compared(line(code)), code
    for code in [
        "constexpr db::Statement kFind{text};",
        "execute(db::Statement{sql}, params);",
        'const db::Statement find{"SELECT 1"};',
        "db::Statement{fmt::format(a, b)}",
    ]:
        assert statements_not_constant(line(code)), code
    for code in [
        '"SELECT id FROM users WHERE name = \'" + name',
        'sql += "DELETE FROM users"',
        'fmt::format("UPDATE users SET role = {}", role)',
        'out << "INSERT INTO users"',
    ]:
        assert sql_joined(line(code)), code
    assert hashed_by_text({"src/core/json.cpp": "std::unordered_set<std::string> keys_;\n"})
    assert not hashed_by_text({"src/core/json.cpp": "std::set<std::string> keys_;\n"})
    assert promises(line("// TO" + "DO: later"))
    assert suppressed_without_reason(line("int x;  // NOLINT"))
    assert suppressed_without_reason(line("int x;  // NOLINT(bugprone-x)"))


def test_what_is_right_passes():
    for code in [
        "#include <boost/system/result.hpp>",
        "boost::system::error_code error;",
        "// never rand()",
        'log("system(x)");',
        "sqlite3_exec(a, b);",
        "crypto::random_bytes(3);",
    ]:
        assert not forbidden(line(code)), code
    for code in [
        "if (!crypto::equal(token.hash(), other)) {",
        "sodium_memcmp(a, b, 32) == 0",
        "if (token == nullptr)",
        "bool operator==(const SecretBytes&) const = delete;",
        "if (session_token.empty() == true)",
    ]:
        assert not secrets_compared(line(code)), code
    for code in [
        'constexpr db::Statement kFind{R"sql(\n SELECT 1)sql"};',
        "run(db::Statement statement);",
        'static constexpr Statement kAll{"SELECT 1"};',
        "struct Statement {",
    ]:
        assert not statements_not_constant(line(code)), code
    assert not sql_joined(line('constexpr db::Statement kOne{"SELECT 1 FROM users"};'))
    assert not suppressed_without_reason(line("int x;  // NOLINT(google-x): the standard asks for it"))
