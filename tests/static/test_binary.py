"""What the released program is made of, read from the file itself: build hardening, and its bill of materials against what it loads."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from elftools.elf.constants import P_FLAGS
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection, SymbolTableSection

from tree import ROOT

BINARY = ROOT / "build/release/secureauth"
BILL = BINARY.with_name("secureauth.cdx.json")


def tags(elf: ELFFile) -> dict[str, int]:
    return {tag.entry.d_tag: tag.entry.d_val for section in elf.iter_sections() if isinstance(section, DynamicSection)
            for tag in section.iter_tags()}


def imported(elf: ELFFile) -> set[str]:
    table = elf.get_section_by_name(".dynsym")
    assert isinstance(table, SymbolTableSection)
    return {symbol.name for symbol in table.iter_symbols() if symbol.entry.st_shndx == "SHN_UNDEF"}


def has_cet(elf: ELFFile) -> bool:
    """GNU_PROPERTY_X86_FEATURE_1_AND with IBT and SHSTK: only where every object that was linked has them."""
    for section in elf.iter_sections():
        if not isinstance(section, NoteSection):
            continue
        for note in section.iter_notes():
            for one in note["n_desc"] if note["n_type"] == "NT_GNU_PROPERTY_TYPE_0" else ():
                if one["pr_type"] == "GNU_PROPERTY_X86_FEATURE_1_AND":
                    return one["pr_data"] & 3 == 3
    return False


def weaknesses(file: Path) -> list[str]:
    """What a hardened program has and this one has not."""
    with file.open("rb") as stream:
        elf = ELFFile(stream)
        segments = {segment.header.p_type: segment for segment in elf.iter_segments()}
        dynamic, functions = tags(elf), imported(elf)
        loads = [segment.header.p_flags for segment in elf.iter_segments("PT_LOAD")]
        holds = {
            "PIE": elf.header.e_type == "ET_DYN" and dynamic.get("DT_FLAGS_1", 0) & 0x8000000,
            "RELRO": "PT_GNU_RELRO" in segments,
            "bound at start (full RELRO)": dynamic.get("DT_FLAGS", 0) & 8 or dynamic.get("DT_FLAGS_1", 0) & 1,
            "a stack that does not execute": "PT_GNU_STACK" in segments and not segments["PT_GNU_STACK"].header.p_flags & P_FLAGS.PF_X,
            "no segment both written and executed": not any(flags & P_FLAGS.PF_W and flags & P_FLAGS.PF_X for flags in loads),
            "stack protector": "__stack_chk_fail" in functions,
            "_FORTIFY_SOURCE": any(name.endswith("_chk") and name != "__stack_chk_fail" for name in functions),
            "library assertions": any("__glibcxx_assert_fail" in name for name in functions),
            "control-flow protection": elf.get_machine_arch() != "x64" or has_cet(elf),
            "no path to look for libraries in": not {"DT_RPATH", "DT_RUNPATH"} & dynamic.keys(),
            "a build id": elf.get_section_by_name(".note.gnu.build-id") is not None,
        }
    return [name for name, there in holds.items() if not there]


# ASVS 15.1.4, 15.2.5
def test_the_program_is_hardened():
    assert weaknesses(BINARY) == []


@pytest.mark.parametrize("flags, lost", [
    (("-no-pie", "-fno-pie"), "PIE"), (("-Wl,-z,lazy",), "bound at start (full RELRO)"), (("-Wl,-z,norelro",), "RELRO"),
    (("-Wl,-z,execstack",), "a stack that does not execute"), (("-fno-stack-protector",), "stack protector"),
    (("-U_FORTIFY_SOURCE",), "_FORTIFY_SOURCE"), (("-fcf-protection=none",), "control-flow protection"),
    (("-Wl,-rpath,/tmp",), "no path to look for libraries in"), (("-U_GLIBCXX_ASSERTIONS",), "library assertions")])
def test_a_missing_flag_is_seen(tmp_path, flags, lost):
    """The build's own flags, and then one turned off."""
    own = re.findall(r"-(?:f(?!file-prefix)|D_|U_|Wl,)\S+", re.sub(
        r"#.*", "", (ROOT / "cmake/hardening.cmake").read_text().split("elseif")[0] +
        (ROOT / "cmake/hardening.cmake").read_text().split("add_link_options")[1]))
    own = [flag.rstrip(")") for flag in own]
    source = tmp_path / "weak.cpp"
    source.write_text("#include <cstring>\n#include <cstdio>\n#include <vector>\nint main(int n, char** v) { char text[8]; std::strcpy(text, v[0]);\n"
                      "std::vector<int> a(n); return std::printf(\"%s\", text) + a[n] + a.back(); }\n")
    subprocess.run(["g++", "-std=c++20", "-O2", "-fPIE", "-pie", *own, *flags, source, "-o", tmp_path / "weak"], check=True, capture_output=True)
    assert lost in weaknesses(tmp_path / "weak")


def machine_paths(content: bytes) -> set[bytes]:
    """Folders of who built it: the repository's own, and homes."""
    places = {str(ROOT).encode(), b"/work/main", b"/home/", b"/root/"}
    return {place for place in places if place in content}


# ASVS 13.4.6: nothing of the machine that built it
def test_no_path_of_the_build_is_in_the_program():
    assert machine_paths(BINARY.read_bytes()) == set()
    assert machine_paths(b"..." + str(ROOT).encode() + b"/src/main.cpp") != set()


def loaded() -> dict[str, Path]:
    lines = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    return {Path(path).name: Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", lines, re.MULTILINE)}


def differences(bill: dict, libraries: dict[str, str]) -> list[str]:
    """What the bill says otherwise than the libraries (name to SHA-256) that the program loads."""
    said = {file["name"]: file["hashes"][0]["content"] for component in bill["components"] for file in component.get("components", ())}
    return sorted({f"{name}: loaded, not in the bill" for name in libraries.keys() - said.keys()} |
                  {f"{name}: in the bill, not loaded" for name in said.keys() - libraries.keys()} |
                  {f"{name}: another file" for name in said.keys() & libraries.keys() if said[name] != libraries[name]})


# ASVS 15.1.2
def test_the_bill_of_materials_is_what_the_program_loads():
    bill = json.loads(BILL.read_text())
    libraries = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in loaded().items()}
    assert len(libraries) > 20
    assert differences(bill, libraries) == []
    first, *_ = libraries
    assert differences(bill, libraries | {"libnew.so.1": "0"}) == ["libnew.so.1: loaded, not in the bill"]
    assert differences(bill, {name: sum_ for name, sum_ in libraries.items() if name != first}) == [f"{first}: in the bill, not loaded"]
    assert differences(bill, libraries | {first: "0"}) == [f"{first}: another file"]


# ASVS 15.1.2
def test_the_bill_names_installed_versions_and_what_is_embedded():
    bill = json.loads(BILL.read_text())
    for component in bill["components"]:
        if component["purl"].startswith("pkg:deb/"):
            version = subprocess.run(["dpkg-query", "-W", "-f=${Version}", component["name"]], capture_output=True, text=True, check=True).stdout
            assert component["version"] == version, component["name"]
    lock = json.loads((ROOT / "cmake/npm/package-lock.json").read_text())["packages"]
    embedded = {component["name"]: component["version"] for component in bill["components"] if component["purl"].startswith("pkg:npm/")}
    assert embedded == {"swagger-ui-dist": lock["node_modules/swagger-ui-dist"]["version"]}
    with BINARY.open("rb") as stream:
        notes = ELFFile(stream).get_section_by_name(".note.gnu.build-id")
        assert isinstance(notes, NoteSection)
        [build_id] = [note["n_desc"] for note in notes.iter_notes()]
    assert bill["metadata"]["component"]["properties"] == [{"name": "secureauth:build-id", "value": build_id}]


def source_package(name: str) -> str:
    return subprocess.run(["dpkg-query", "-W", "-f=${source:Package}", name], capture_output=True, text=True, check=True).stdout


# ASVS 15.1.2: what is compiled in counts as well
def test_every_header_that_was_compiled_in_is_of_a_package_in_the_bill():
    text = subprocess.run(["ninja", "-C", BINARY.parent, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    files = {str(Path(line.strip())) for line in text.splitlines() if line.startswith("    /usr/") and "/gtest/" not in line}
    lines = subprocess.run(["dpkg-query", "--search", *sorted(files)], capture_output=True, text=True, check=False).stdout.splitlines()
    brought_by = {line.split(": ")[0].split(",")[0] for line in lines if ": " in line}
    bill = json.loads(BILL.read_text())
    listed = {one["value"] for component in bill["components"] for one in component.get("properties", ())
              if one["name"] == "secureauth:source-package"}
    of_the_compiler = {"glibc", "linux", "gcc-12", "gcc-13", "gcc-14", "gcc-defaults"}
    sources = {source_package(name) for name in brought_by}
    assert len(sources) > 8
    assert sources - listed - of_the_compiler == set()


def test_the_bill_is_cyclonedx():
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(BILL.read_text()) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str('{"bomFormat": "CycloneDX", "specVersion": "1.6", "x": 1}') is not None


def test_the_bill_is_the_same_each_time(tmp_path):
    build = (BINARY.parent / "build.ninja").read_text()
    command = re.search(r"(\S*node\S*) \S*cmake/sbom\.mjs (\S+) \S+ \S+ ((?:/\S+ ?)+)", build)
    assert command, "secureauth_sbom is not part of the build"
    node, version, compiled_in = command.groups()
    subprocess.run([node, ROOT / "cmake/sbom.mjs", version, BINARY, tmp_path / "again.json",
                    *(one for one in compiled_in.split() if one.startswith("/usr"))], check=True)
    assert (tmp_path / "again.json").read_bytes() == BILL.read_bytes()
