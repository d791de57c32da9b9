package api

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"cunwu/service/prepared"
)

// mounted gives an API with nothing behind it: enough for what needs no service.
func mounted(t *testing.T) (*gin.Engine, *API) {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	a, err := New(r, Options{Prepared: prepared.New(prepared.Options{}), Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return r, a
}

func TestDocument(t *testing.T) {
	_, a := mounted(t)
	raw, err := a.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string `json:"summary"`
			RequestBody *struct {
				Content map[string]struct {
					Example json.RawMessage `json:"example"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %q, want 3.1", doc.OpenAPI)
	}
	for _, path := range []string{
		"/api/v1/feed", "/api/v1/regions/{code}", "/api/v1/regions/{code}/children", "/api/v1/auth/wechat", "/api/v1/auth/logout",
		"/api/v1/me", "/api/v1/me/tasks", "/api/v1/me/residency", "/api/v1/me/export", "/api/v1/me/close", "/api/v1/me/consents",
		"/api/v1/appointments", "/api/v1/appointments/{id}/actions", "/api/v1/catalogue", "/api/v1/disclosures",
		"/api/v1/disclosures/{id}", "/api/v1/disclosures/{id}/versions", "/api/v1/disclosures/{id}/actions", "/api/v1/uploads",
	} {
		if doc.Paths[path] == nil {
			t.Errorf("the document lacks %s", path)
		}
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if op.OperationID == "" || op.Summary == "" {
				t.Errorf("%s %s: no id or summary", method, path)
			}
			if op.RequestBody == nil {
				continue
			}
			if body, ok := op.RequestBody.Content["application/json"]; ok && len(body.Example) == 0 {
				t.Errorf("%s %s: no example", method, path)
			}
		}
	}
}
