# jq -c -f firebase.jq export.json > users.jsonl, from `firebase auth:export export.json`.
# Firebase's own variant of scrypt is not verified here: these accounts have no password until their owners reset it.
.users[] | select(.email) | {
  email,
  email_verified: (.emailVerified // false),
  name: (if (.displayName // "") == "" then null else .displayName end),
  status: (if .disabled then "disabled" else "active" end),
  created_at: (.createdAt | tonumber / 1000 | floor | todate),
  password_hash: null,
}
