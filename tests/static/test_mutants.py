"""What tests/mutation makes of a source, without compiling it."""

import sys

import pytest

from tree import ROOT

sys.path.insert(0, str(ROOT / "tests/mutation"))

from mutants import Mutant, Site, masked, sites, with_mutants  # noqa: E402

SOURCE = """namespace a {
constexpr auto kMost = seconds(30);  // at most 99 < 100 and so on
bool open(int age, bool known) {
  if (age < 18 && !known) return false;
  while (age > 0) --age;
  if (const auto found = find(age); found != nullptr && found->ends >= 7) {
    audit.record("a < b && c");
    co_await sessions.revoke(age);
  }
  const bool right = age == 3;
  co_return right || known;
}
}  // namespace a
"""


def of(line: int) -> dict[str, str]:
    """What the line's mutants are called, with the text that each puts in the place of its site."""
    return {
        mutant.kind: " ".join(mutant.after.split())
        for site in sites(SOURCE)
        for mutant in site.mutants
        if mutant.line(SOURCE) == line
    }


def test_a_condition_is_changed_in_every_way():
    assert of(4) == {
        "condition always false": "false",
        "condition always true": "true",
        "< → <=": "age <= 18 && !known",
        "< → >=": "age >= 18 && !known",
        "&& → ||": "age < 18 || !known",
        "the right side of && left out": "age < 18",
        "the left side of && left out": "!known",
        "18 + 1": "age < 19 && !known",
        "18 - 1": "age < 17 && !known",
        "! left out": "age < 18 && known",
        "false turned": "true",
    }


def test_of_a_condition_with_a_declaration_its_second_part_is_changed():
    assert of(6)["!= → =="] == "found == nullptr && found->ends >= 7"
    assert of(6)["the left side of && left out"] == "found->ends >= 7"


def test_a_loop_is_not_made_endless():
    assert "condition always true" not in of(5) and of(5)["condition always false"] == "false"


@pytest.mark.parametrize("line", [7, 8])
def test_a_statement_is_left_out(line):
    assert of(line) == {"statement left out": ""}


def test_constants_values_and_answers_are_changed():
    assert of(2) == {"30 + 1": "seconds(31)", "30 - 1": "seconds(29)"}
    assert of(10)["== → !="] == "age != 3" and of(11)["|| → &&"] == "right && known"


def test_what_is_no_code_is_left_alone():
    assert "99" not in masked(SOURCE) and '"a < b' not in masked(SOURCE)
    assert masked(SOURCE).count("\n") == SOURCE.count("\n") and len(masked(SOURCE)) == len(SOURCE)


def numbered() -> list[tuple[int, Site, Mutant]]:
    every = [(site, mutant) for site in sites(SOURCE) for mutant in site.mutants]
    return [(number, *one) for number, one in enumerate(every, 1)]


def test_all_of_them_stand_in_one_text_on_the_lines_of_the_source():
    chosen = numbered()
    text = with_mutants(SOURCE, chosen)
    assert [text.count(f"mutation::is({number})") for number, *_ in chosen] == [1] * len(chosen)
    assert text.count("\n") == SOURCE.count("\n") and text.count("(") == text.count(")")
    for number, _, mutant in chosen:
        line = text.splitlines()[mutant.line(SOURCE) - 1]
        assert f"mutation::is({number})" in line


def test_a_text_without_mutants_is_the_source():
    assert with_mutants(SOURCE, []) == SOURCE


def test_every_equivalent_mutant_is_of_a_line_that_is_there():
    """Whoever changes the line asks anew."""
    for entry in (ROOT / "tests/mutation/equivalent.txt").read_text().splitlines():
        if entry and not entry.startswith("#"):
            path, kind, line, why = entry.split(" | ")
            text = (ROOT / path).read_text()
            kinds = {
                mutant.kind
                for site in sites(text)
                for mutant in site.mutants
                if text.splitlines()[mutant.line(text) - 1].strip() == line
            }
            assert kind in kinds and why, entry
