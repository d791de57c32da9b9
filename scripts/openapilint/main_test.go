package main

import (
	"strings"
	"testing"
)

const working = `{
  "openapi": "3.1.0",
  "info": {"title": "村务", "version": "1"},
  "paths": {
    "/api/v1/things/{id}": {
      "parameters": [],
      "post": {
        "operationId": "make-thing", "summary": "做一件事", "tags": ["things"],
        "requestBody": {"content": {"application/json": {"example": {"name": "x"}}}},
        "responses": {
          "201": {"content": {"application/json": {}}},
          "422": {"content": {"application/problem+json": {}}}
        }
      }
    }
  }
}`

// busted: each change to the working document breaks one rule.
var busted = []struct{ name, from, to, finding string }{
	{"OldVersion", `"3.1.0"`, `"3.0.3"`, "want 3.1"},
	{"NoTitle", `"title": "村务"`, `"title": ""`, "title and version"},
	{"UpperCasePath", "/things/", "/Things/", "lower case"},
	{"NoOperationID", `"make-thing"`, `""`, "operationId is missing"},
	{"NoSummary", `"做一件事"`, `""`, "summary is missing"},
	{"NoTags", `["things"]`, `[]`, "tags are missing"},
	{"NoExample", `"example"`, `"exampel"`, "has no example"},
	{"PlainRefusal", "application/problem+json", "application/json", "not application/problem+json"},
	{"NoSuccess", `"201": {"content": {"application/json": {}}},`, ``, "no success"},
	{"NoRefusal", `"422"`, `"202"`, "no refusal"},
	{"Patch", `"post": {`, `"patch": {`, "PATCH"},
}

func TestLint(t *testing.T) {
	t.Parallel()
	t.Run("Working", func(t *testing.T) {
		t.Parallel()
		findings, operations, err := lint([]byte(working))
		if err != nil || operations != 1 || len(findings) != 0 {
			t.Fatalf("findings %q, operations %d, err %v", findings, operations, err)
		}
	})
	for _, c := range busted {
		t.Run("Busted"+c.name, func(t *testing.T) {
			t.Parallel()
			doc := strings.Replace(working, c.from, c.to, 1)
			findings, _, err := lint([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) != 1 || !strings.Contains(findings[0], c.finding) {
				t.Fatalf("findings %q, want one with %q", findings, c.finding)
			}
		})
	}
	t.Run("ErrNotJSON", func(t *testing.T) {
		t.Parallel()
		if _, _, err := lint([]byte("no")); err == nil {
			t.Fatal("want an error")
		}
	})
}

// What another standard governs is refused in its form, and in no other.
func TestLint_Open311(t *testing.T) {
	t.Parallel()
	moved := strings.ReplaceAll(working, "/api/v1/things/{id}", "/open311/v2/things/{id}.{format}")
	if got, _, err := lint([]byte(moved)); err != nil || len(got) != 1 || !strings.Contains(got[0], "is not text/xml") {
		t.Error(got, err)
	}
	if got, _, err := lint([]byte(strings.ReplaceAll(moved, "application/problem+json", "text/xml"))); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}
