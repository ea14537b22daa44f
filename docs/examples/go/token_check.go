package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// KeySet is that of /.well-known/jwks.json: keep it for five minutes, and fetch it again when a token names a key that is
// not in it.
type KeySet struct {
	Keys []struct{ Kid, Crv, X string }
}

// Claims of a token of POST /auth/token.
type Claims struct {
	Iss, Sub, Aud, Role string
	Exp                 int64
	Aal                 int
	Amr                 []string
}

func decode(part string, into any) error {
	content, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// CheckToken checks a token without asking the service.
func CheckToken(token string, keys KeySet, issuer, audience string) (*Claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a token")
	}
	var header struct{ Alg, Typ, Kid string }
	if err := decode(parts[0], &header); err != nil {
		return nil, err
	}
	if header.Alg != "EdDSA" || header.Typ != "session+jwt" { // never the token's own choice (RFC 8725 §3.1)
		return nil, errors.New("not a token of this service")
	}
	for _, key := range keys.Keys {
		if key.Kid != header.Kid || key.Crv != "Ed25519" {
			continue
		}
		public, err := base64.RawURLEncoding.DecodeString(key.X)
		if err != nil || len(public) != ed25519.PublicKeySize {
			return nil, errors.New("not a key")
		}
		signature, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil || !ed25519.Verify(public, []byte(parts[0]+"."+parts[1]), signature) {
			return nil, errors.New("forged")
		}
		claims := &Claims{}
		if err := decode(parts[1], claims); err != nil {
			return nil, err
		}
		if claims.Iss != issuer || claims.Aud != audience || claims.Exp <= time.Now().Unix() {
			return nil, errors.New("of another service, for another service, or over")
		}
		return claims, nil
	}
	return nil, errors.New("signed with an unknown key")
}
