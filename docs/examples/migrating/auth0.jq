# jq -c -f auth0.jq passwords.json > users.jsonl, from the export of password hashes that Auth0's support makes: a JSON object a line.
{
  email,
  email_verified: (.email_verified // false),
  password_hash: .passwordHash,
}
