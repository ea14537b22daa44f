package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Problem is an answer that refuses (RFC 9457). Code is of the contract's closed list: decide by it, not by Title.
type Problem struct {
	Status     int    `json:"status"`
	Code       string `json:"code"`
	Title      string `json:"title"`
	RetryAfter string `json:"-"` // seconds, of 429 and 503
}

func (p *Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Title) }

// Client is one browser's worth of cookies. net/http/cookiejar keeps Secure cookies from http://localhost, so they are kept
// here.
type Client struct {
	Site    string
	Cookies map[string]string
	http    http.Client
}

func NewClient(site string) *Client {
	return &Client{Site: site, Cookies: map[string]string{}, http: http.Client{Timeout: 10 * time.Second}}
}

// Call reads the answer's JSON into answer, unless that is nil. Fails with *Problem where the service refuses. A CSRF token
// that is no longer good is fetched anew, once.
func (c *Client) Call(method, path string, body, answer any) error {
	err := c.once(method, path, body, answer)
	var problem *Problem
	if !errors.As(err, &problem) || problem.Code != "csrf_failed" {
		return err
	}
	if err := c.once("GET", "/auth/csrf", nil, nil); err != nil {
		return err
	}
	return c.once(method, path, body, answer)
}

func (c *Client) once(method, path string, body, answer any) error {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, c.Site+path, &content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if method != "GET" {
		request.Header.Set("X-CSRF-Token", c.Cookies["csrf_token"])
	}
	for name, value := range c.Cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	reply, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	for _, cookie := range reply.Cookies() {
		if cookie.MaxAge < 0 { // how net/http says Max-Age=0
			delete(c.Cookies, cookie.Name)
		} else {
			c.Cookies[cookie.Name] = cookie.Value
		}
	}
	if reply.StatusCode >= 400 {
		problem := &Problem{RetryAfter: reply.Header.Get("Retry-After")}
		if err := json.NewDecoder(reply.Body).Decode(problem); err != nil {
			return err
		}
		return problem
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(reply.Body).Decode(answer)
}
