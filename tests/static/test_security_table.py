"""docs/security.md names, for every requirement that a test carries, what holds and the tests."""

import security_table as table

CPP = "// ASVS 1.2.3\n\nTEST(A, One) {  // ASVS 7.4.1, 7.4.2; 63B §5.2\n}\n\n// attack 8\nTEST_F(A, Two) {\n}\n"
PYTHON = (
    '"""ASVS 16.3.1 to 16.3.3, attacks 2 and 3."""\n\n\n# CS Session: x\n@mark\ndef test_a(x):\n    assert x  # ASVS 6.5.3\n'
)
BROWSER = "// A page (ASVS 1.2.3).\n\ntest('it is, and stays', async () => { // ASVS 6.2.6\n});\n\n// attack 8\ntest(`x ${way}`, f);\n"


def test_the_table_is_current_and_every_row_says_what_holds():
    document = table.DOCUMENT.read_text()
    found = table.proofs(table.test_files())
    assert len(found) > 100
    assert table.renewed(document, found) == document, "run tests/static/security_table.py"
    assert [name for name in found if not table.words_of(document)[name]] == []


def test_ids_belong_to_the_test_they_stand_at():
    assert table.proofs({"a_test.cpp": CPP}) == {
        "ASVS 1.2.3": ["a_test.cpp"],
        "ASVS 7.4.1": ["a_test.cpp::A::One"],
        "ASVS 7.4.2": ["a_test.cpp::A::One"],
        "63B §5.2": ["a_test.cpp::A::One"],
        "attack 8": ["a_test.cpp::A::Two"],
    }
    assert table.proofs({"test_b.py": PYTHON}) == {
        "ASVS 16.3.1": ["test_b.py"],
        "ASVS 16.3.2": ["test_b.py"],
        "ASVS 16.3.3": ["test_b.py"],
        "attack 2": ["test_b.py"],
        "attack 3": ["test_b.py"],
        "CS Session": ["test_b.py::test_a"],
        "ASVS 6.5.3": ["test_b.py::test_a"],
    }
    assert table.proofs({"c.test.js": BROWSER}) == {
        "ASVS 1.2.3": ["c.test.js"],
        "ASVS 6.2.6": ["c.test.js::it_is_and_stays"],
        "attack 8": ["c.test.js::x_way"],
    }


def test_words_stay_and_a_new_row_has_none():
    document = f"x\n{table.BEGIN}\n{table.HEAD}| attack 8 | a rule | `old.py` |\n{table.END}\ny\n"
    assert table.renewed(document, {"attack 8": ["t.py::test_n"], "CS CSRF": ["t.py"]}) == (
        f"x\n{table.BEGIN}\n{table.HEAD}| CS CSRF |  | `t.py` |\n| attack 8 | a rule | `t.py`: n |\n{table.END}\ny\n"
    )
