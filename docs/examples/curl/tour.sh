#!/usr/bin/env bash
# ./tour.sh http://localhost:8000 ada@example.org: signs up, in and out, against a service in development.
# Needs curl, jq and oathtool.
set -euo pipefail
site=$1 email=$2 password='correct horse battery'
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT

# call METHOD PATH [BODY]: the answer's JSON, refusals too. Cookies lie in the jar, and the CSRF token with them.
call() {
  local csrf
  csrf=$(awk '$6 == "csrf_token" {print $7}' "$jar")
  curl -sS -X "$1" "$site$2" -b "$jar" -c "$jar" -H "X-CSRF-Token: $csrf" ${3:+-H 'Content-Type: application/json' -d "$3"}
}
body() { jq -nc '$ARGS.named' "$@"; }
show() { jq -r --arg what "$1" '"\($what): aal \(.aal) by \(.amr | join(" "))"'; }
show_refusal() { jq -r '"refused: \(.status) \(.code)"'; }

# Of the newest mail; the development mailbox stands in for the inbox.
mailed_token() {
  local token
  for _ in {1..50}; do
    token=$(call GET /dev/mailbox/messages | jq -r --arg to "$email" \
      'first(.messages[] | select(.to == $to).text | capture("#token=(?<token>[\\w-]+)").token) // ""')
    [ -z "$token" ] || { echo "$token"; return; }
    sleep 0.1
  done
  return 1
}

call POST /auth/register "$(body --arg email "$email" --arg password "$password")" >/dev/null
call POST /auth/verify-email "$(body --arg token "$(mailed_token)")" >/dev/null
echo verified

call POST /auth/login "$(body --arg email "$email" --arg password 'not the password')" | show_refusal

call POST /auth/login "$(body --arg email "$email" --arg password "$password")" >/dev/null
call GET /auth/me | show 'signed in'

secret=$(call POST /auth/mfa/totp/setup | jq -r .secret)
call POST /auth/mfa/totp/verify "$(body --arg code "$(oathtool --totp --base32 "$secret")")" >/dev/null
call GET /auth/me | show 'signed in'

half=$(call POST /auth/login "$(body --arg email "$email" --arg password "$password")")
echo "second factor due: $(jq -r '.methods[0]' <<<"$half")"
# A code works once: this is the next one, which a clock that is a little ahead would show.
code=$(oathtool --totp --base32 --now 'now + 30 seconds' "$secret")
call POST /auth/mfa/totp/verify "$(body --arg challenge_id "$(jq -r .challenge_id <<<"$half")" --arg code "$code")" >/dev/null
call GET /auth/me | show 'signed in'

# What a token says; that it is signed the services check that get it: see the other languages.
token=$(call POST /auth/token '{"audience":"api"}' | jq -r .token)
jq -rR 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | . + "==="[:(4 - length % 4) % 4] | @base64d' <<<"$token" | show token

call POST /auth/logout >/dev/null
# The same answer when a session was idle for too long: sign in again.
call GET /auth/me | show_refusal
