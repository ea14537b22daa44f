"""The checks of signed tokens in docs/examples: they take what the service signs, and nothing else (RFC 8725)."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.contract import ROOT

EXAMPLES = ROOT / "docs" / "examples"
ISSUER, AUDIENCE = "https://auth.example.test", "api"

PYTHON = """
import json, sys
sys.path.insert(0, sys.argv[1])
from token_check import check_token
for token in json.load(sys.stdin)["tokens"]:
    try:
        print(check_token(token, json.loads(sys.argv[2]), "https://auth.example.test", "api")["sub"])
    except Exception:
        print("refused")
"""
JAVASCRIPT = """
import { readFileSync } from 'node:fs';
const { checkToken } = await import(process.argv[2] + '/token-check.mjs');
for (const token of JSON.parse(readFileSync(0)).tokens) {
  try {
    console.log(checkToken(token, JSON.parse(process.argv[3]), { issuer: 'https://auth.example.test', audience: 'api' }).sub);
  } catch {
    console.log('refused');
  }
}
"""
GO = """
package main

import ("encoding/json"; "fmt"; "os")

func main() {
	var asked struct{ Tokens []string }
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	var keys KeySet
	must(json.Unmarshal([]byte(os.Args[2]), &keys))
	for _, token := range asked.Tokens {
		if claims, err := CheckToken(token, keys, "https://auth.example.test", "api"); err == nil {
			fmt.Println(claims.Sub)
		} else {
			fmt.Println("refused")
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
"""
CPP = """
#include "token_check.hpp"
#include <iostream>
#include <iterator>
int main(int, char** argv) {
  const std::string input(std::istreambuf_iterator<char>(std::cin), {});
  const auto asked = boost::json::parse(input);
  for (const auto& token : asked.at("tokens").as_array()) {
    try {
      const auto claims = check_token(std::string_view(token.as_string()), boost::json::parse(argv[2]).as_object(),
                                      "https://auth.example.test", "api");
      std::cout << std::string_view(claims.at("sub").as_string()) << std::endl;
    } catch (const std::exception&) {
      std::cout << "refused" << std::endl;
    }
  }
}
"""


def build(folder, *command) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"GOPROXY": "off", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def python(folder) -> list:
    return [sys.executable, "-B", "-c", PYTHON, EXAMPLES / "python"]


def javascript(folder) -> list:
    (folder / "check.mjs").write_text(JAVASCRIPT)
    return ["node", folder / "check.mjs", EXAMPLES / "javascript"]


def go(folder) -> list:
    for name in ("go.mod", "token_check.go"):
        shutil.copy(EXAMPLES / "go" / name, folder)
    (folder / "main.go").write_text(GO)
    build(folder, "go", "build", "-o", "check", ".")
    return [folder / "check", "-"]


def cpp(folder) -> list:
    (folder / "check.cpp").write_text(CPP)
    build(folder, "g++", "-std=c++20", "-I", EXAMPLES / "cpp", "check.cpp", "-lboost_json", "-lcrypto", "-o", "check")
    return [folder / "check", "-"]


def encoded(value: dict | bytes) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Issuer:
    def __init__(self):
        self.key, self.kid = Ed25519PrivateKey.generate(), "one"

    @property
    def jwk(self) -> dict:
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encoded(self.key.public_key().public_bytes_raw()),
            "kid": self.kid,
            "alg": "EdDSA",
            "use": "sig",
        }

    def token(self, header=(), **claims) -> str:
        head = {"alg": "EdDSA", "kid": self.kid, "typ": "session+jwt"} | dict(header)
        body = {
            "iss": ISSUER,
            "sub": "somebody",
            "aud": AUDIENCE,
            "exp": int(time.time()) + 60,
            "aal": 1,
            "amr": ["pwd"],
        } | claims
        message = f"{encoded(head)}.{encoded(body)}"
        return f"{message}.{encoded(self.key.sign(message.encode()))}"


@pytest.mark.timeout(600)  # compiles
@pytest.mark.parametrize("checker", [python, javascript, go, cpp])
def test_only_what_the_service_signed_for_this_service_is_taken(tmp_path, checker):
    folder = tmp_path / "check"
    folder.mkdir()
    command = checker(folder)  # before the tokens, which live a minute
    issuer, stranger = Issuer(), Issuer()
    good = issuer.token()
    head, claims, signature = good.split(".")
    other_claims = issuer.token(sub="else").split(".")[1]
    bad = {
        "of another key of the same name": stranger.token(),
        "claims of another": f"{head}.{other_claims}.{signature}",
        "without a signature": f"{head}.{claims}.",
        "a bit changed": f"{head}.{claims}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "alg none": issuer.token({"alg": "none"}),
        "alg HS256": issuer.token({"alg": "HS256"}),
        "another type": issuer.token({"typ": "JWT"}),
        "an unknown key": issuer.token({"kid": "two"}),
        "another issuer": issuer.token(iss="https://auth.example.test.evil"),
        "another service": issuer.token(aud="api2"),
        "over": issuer.token(exp=int(time.time()) - 1),
        "two parts": f"{head}.{claims}",
        "nothing": "",
    }
    key_set = {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "one"}, issuer.jwk]}
    done = subprocess.run(
        [*command, json.dumps(key_set)],
        input=json.dumps({"tokens": [good, *bad.values()]}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert dict(zip(["good", *bad], done.stdout.split())) == {"good": "somebody"} | dict.fromkeys(bad, "refused")
