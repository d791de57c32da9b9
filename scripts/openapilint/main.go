// Command openapilint checks what our own conventions ask of the OpenAPI
// document, beyond the standard (which a public linter checks beside it):
//
//	go run . openapi > openapi.json && go run ./scripts/openapilint openapi.json
//
// It prints every finding and ends with status 1 if there is one.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: openapilint FILE")
	}
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	findings, operations, err := lint(raw)
	if err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		return fmt.Errorf("openapilint: %d findings in %d operations", len(findings), operations)
	}
	fmt.Printf("openapilint: %d operations keep the conventions\n", operations)
	return nil
}

// document is the part of an OpenAPI document that the conventions speak of.
type document struct {
	OpenAPI string                                `json:"openapi"`
	Info    struct{ Title, Version string }       `json:"info"`
	Paths   map[string]map[string]json.RawMessage `json:"paths"`
}

type operation struct {
	OperationID string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Tags        []string            `json:"tags"`
	RequestBody *body               `json:"requestBody"`
	Responses   map[string]response `json:"responses"`
}

type body struct {
	Content map[string]media `json:"content"`
}

type response struct {
	Ref     string           `json:"$ref"`
	Content map[string]media `json:"content"`
}

type media struct {
	Example  json.RawMessage            `json:"example"`
	Examples map[string]json.RawMessage `json:"examples"`
}

var (
	methods   = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
	snakeCase = regexp.MustCompile(`^(/|(/(\{[a-z_]+\}|[a-z0-9_.\-]+(\.\{[a-z_]+\})?|\{[a-z_]+\}\.([a-z]+|\{[a-z_]+\})))+)$`)
)

// lint gives all findings, sorted, and the number of operations looked at.
func lint(raw []byte) (findings []string, operations int, err error) {
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, 0, fmt.Errorf("openapilint: not a document: %w", err)
	}
	say := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		say("openapi: %q, want 3.1.x", doc.OpenAPI)
	}
	if doc.Info.Title == "" || doc.Info.Version == "" {
		say("info: title and version are missing")
	}
	if len(doc.Paths) == 0 {
		say("paths: there are none")
	}
	ids := map[string]string{}
	for path, item := range doc.Paths {
		if !snakeCase.MatchString(path) {
			say("%s: path segments are lower case", path)
		}
		for method, rawOperation := range item {
			if !slices.Contains(methods, method) {
				continue
			}
			operations++
			where := strings.ToUpper(method) + " " + path
			var op operation
			if err := json.Unmarshal(rawOperation, &op); err != nil {
				return nil, 0, fmt.Errorf("openapilint: %s: %w", where, err)
			}
			findings = append(findings, lintOperation(where, method, op)...)
			if first, dup := ids[op.OperationID]; dup && op.OperationID != "" {
				say("%s: operationId %q is also that of %s", where, op.OperationID, first)
			}
			ids[op.OperationID] = where
		}
	}
	slices.Sort(findings)
	return findings, operations, nil
}

func lintOperation(where, method string, op operation) (findings []string) {
	say := func(text string) { findings = append(findings, where+": "+text) }
	if method == "patch" {
		say("PATCH: mini-programs cannot send it")
	}
	if op.OperationID == "" {
		say("operationId is missing")
	}
	if op.Summary == "" {
		say("summary is missing")
	}
	if len(op.Tags) == 0 {
		say("tags are missing")
	}
	if op.RequestBody != nil {
		for kind, m := range op.RequestBody.Content {
			// A file cannot be shown as an example.
			if !strings.HasPrefix(kind, "multipart/") && len(m.Example) == 0 && len(m.Examples) == 0 {
				say("request body " + kind + " has no example")
			}
		}
	}
	findings = append(findings, lintResponses(where, op)...)
	return findings
}

// lintResponses: there is a success, and every refusal is a problem document,
// below /open311/ that standard's list of errors.
func lintResponses(where string, op operation) (findings []string) {
	say := func(text string) { findings = append(findings, where+": "+text) }
	want := "application/problem+json"
	if strings.Contains(where, " /open311/") {
		want = "text/xml" // that standard has a form of its own, in XML and JSON
	}
	success, refusal := false, false
	for status, r := range op.Responses {
		switch {
		case strings.HasPrefix(status, "2"), strings.HasPrefix(status, "3"):
			success = true
		default:
			refusal = true
			if _, as := r.Content[want]; !as && r.Ref == "" {
				say("response " + status + " is not " + want)
			}
		}
	}
	if !success {
		say("no success is described")
	}
	// What cannot be refused by rule still meets unknown failures.
	if !refusal {
		say("no refusal is described")
	}
	return findings
}
