// go run . http://localhost:8000 ada@example.org: signs up, in and out, against a service in development.
package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"regexp"
	"strings"
	"time"
)

const password = "correct horse battery"

type fields map[string]any

// mailedToken is that of the newest mail; the development mailbox stands in for the inbox.
func mailedToken(client *Client, email string) string {
	token := regexp.MustCompile(`#token=([\w-]+)`)
	for tries := 0; tries < 50; tries++ {
		var mailbox struct {
			Messages []struct{ To, Text string }
		}
		must(client.Call("GET", "/dev/mailbox/messages", nil, &mailbox))
		for _, mail := range mailbox.Messages {
			if found := token.FindStringSubmatch(mail.Text); mail.To == email && found != nil {
				return found[1]
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	log.Fatal("no mail came")
	return ""
}

// totp is the code that an authenticator app shows now (RFC 6238).
func totp(secret string, stepsAhead int64) string {
	key, err := base32.StdEncoding.DecodeString(secret)
	must(err)
	counter := make([]byte, 8)
	binary.BigEndian.PutUint64(counter, uint64(time.Now().Unix()/30+stepsAhead))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter)
	sum := mac.Sum(nil)
	number := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1_000_000)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func showRefusal(err error) {
	var problem *Problem
	if !errors.As(err, &problem) {
		log.Fatalf("not refused: %v", err)
	}
	fmt.Printf("refused: %d %s\n", problem.Status, problem.Code)
}

func showMe(client *Client) {
	var me struct {
		Aal int
		Amr []string
	}
	must(client.Call("GET", "/auth/me", nil, &me))
	fmt.Printf("signed in: aal %d by %s\n", me.Aal, strings.Join(me.Amr, " "))
}

func main() {
	site, email := os.Args[1], os.Args[2]
	client := NewClient(site)

	must(client.Call("POST", "/auth/register", fields{"email": email, "password": password}, nil))
	must(client.Call("POST", "/auth/verify-email", fields{"token": mailedToken(client, email)}, nil))
	fmt.Println("verified")

	showRefusal(client.Call("POST", "/auth/login", fields{"email": email, "password": "not the password"}, nil))

	must(client.Call("POST", "/auth/login", fields{"email": email, "password": password}, nil))
	showMe(client)

	var setup struct{ Secret string }
	must(client.Call("POST", "/auth/mfa/totp/setup", nil, &setup))
	must(client.Call("POST", "/auth/mfa/totp/verify", fields{"code": totp(setup.Secret, 0)}, nil))
	showMe(client)

	var half struct {
		ChallengeID string `json:"challenge_id"`
		Methods     []string
	}
	must(client.Call("POST", "/auth/login", fields{"email": email, "password": password}, &half))
	fmt.Println("second factor due:", half.Methods[0])
	// A code works once: this is the next one, which a clock that is a little ahead would show.
	code := fields{"challenge_id": half.ChallengeID, "code": totp(setup.Secret, 1)}
	must(client.Call("POST", "/auth/mfa/totp/verify", code, nil))
	showMe(client)

	var issued struct{ Token string }
	must(client.Call("POST", "/auth/token", fields{"audience": "api"}, &issued))
	var keys KeySet
	must(client.Call("GET", "/.well-known/jwks.json", nil, &keys))
	claims, err := CheckToken(issued.Token, keys, site, "api")
	must(err)
	fmt.Printf("token: aal %d by %s\n", claims.Aal, strings.Join(claims.Amr, " "))

	client.Cookies["csrf_token"] = "of another time" // Call fetches a good one
	must(client.Call("POST", "/auth/logout", nil, nil))
	// The same answer when a session was idle for too long: sign in again.
	showRefusal(client.Call("GET", "/auth/me", nil, nil))
}
