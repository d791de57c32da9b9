package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"testing"
)

// read311 is what a client library of others found.
type read311 struct {
	Endpoint   string
	Services   []map[string]any
	Requests   []map[string]any
	One        []map[string]any
	Several    []map[string]any
	Definition map[string]any
	Dated      bool
	Unknown    string
}

// reading311 runs the library against a server.
func reading311(t *testing.T, args ...string) read311 {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT TESTED: node is not installed, so no Open311 client library read the server")
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--no-deprecation", "client/open311/dist/read.cjs"}, args...)...) //nolint:gosec // a fixed program
	cmd.Stderr = os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out read311
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

func ids311(rs []map[string]any) []string {
	var out []string
	for _, r := range rs {
		id, _ := r["service_request_id"].(string)
		out = append(out, id)
	}
	return out
}

// The npm library open311 reads discovery, categories, concerns with filters
// and one concern, as JSON and as XML, and finds the same in both.
func TestOpen311_ReadByAClientLibrary(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(2)
	raise := func(text, category string, shown bool) matter {
		m := matter{t, h.voters[0].post("/api/v1/concerns", obj{
			"region": testVillage, "category": category, "text": text, "place": obj{"text": "堰塘边", "point": obj{"latitude": 32.22861, "longitude": 106.29034}},
		}).want(http.StatusCreated).str("id")}
		if shown {
			m.step(h.clerk, obj{"action": "show"})
		}
		return m
	}
	road, lamp := raise("三组堰塘边的路被水冲垮了半边（risky）。", "road", true), raise("村口的路灯不亮了，晚上走路看不见（risky）。", "power", true)
	raise("这件还没有人看过，别人看不到（risky）。", "road", false)
	road.step(h.clerk, obj{"action": "register"})
	road.step(h.clerk, obj{"action": "assign", "handler": "村委会主任"})
	road.step(h.director, obj{"action": "finish", "result": "路面已经修好了。"})
	road.step(h.voters[0], obj{"action": "rate", "rating": "satisfied"})

	base := s.anon.base + "/open311/v2"
	both := map[string]read311{}
	for _, format := range []string{"json", "xml"} {
		filters := `{"status":"open,closed","service_code":"road,power","start_date":"2020-01-01T00:00:00+08:00","end_date":"2020-02-01T00:00:00+08:00"}`
		if got := reading311(t, base+"/discovery."+format, format, testCounty, filters, road.id); len(got.Requests) != 0 {
			t.Errorf("%s: of 2020: %v", format, got.Requests)
		}
		got := reading311(t, base+"/discovery."+format, format, testCounty, `{}`, road.id+","+lamp.id)
		if got.Endpoint != base+"/" || len(got.Services) != 20 || got.Services[0]["service_code"] != "road" || !got.Dated || got.Unknown == "found" {
			t.Errorf("%s: %+v", format, got)
		}
		if ids := ids311(got.Requests); !slices.Equal(ids, []string{lamp.id, road.id}) {
			t.Errorf("%s: found %v", format, ids)
		}
		if len(got.One) != 1 || got.One[0]["status"] != "closed" || got.One[0]["status_notes"] != "说事人认为已解决。办理结果：路面已经修好了。" || got.One[0]["lat"] != 32.229 {
			t.Errorf("%s: one: %v", format, got.One)
		}
		if len(got.Several) != 2 {
			t.Errorf("%s: several: %v", format, got.Several)
		}
		both[format] = got
	}
	a, b := both["json"], both["xml"]
	for i, r := range append(slices.Clone(b.Requests), b.One...) {
		if r["address_id"] != 510821102200.0 { // the library's convention for XML: digits are a number
			t.Errorf("%d: %v", i, r["address_id"])
		}
		r["address_id"] = testVillage
	}
	if !reflect.DeepEqual(a.Services, b.Services) || !reflect.DeepEqual(a.Requests, b.Requests) || !reflect.DeepEqual(a.One, b.One) {
		t.Errorf("JSON and XML differ:\n%+v\n%+v", a, b)
	}
	open := reading311(t, base+"/discovery.json", "json", testVillage, `{"status":"open","service_code":"power"}`, lamp.id)
	if ids := ids311(open.Requests); !slices.Equal(ids, []string{lamp.id}) {
		t.Errorf("open: %v", ids)
	}
	if got := s.anon.get("/open311/v2/updates.json?service_request_id=" + road.id).want(http.StatusOK); len(got.body) < 100 {
		t.Errorf("updates: %s", got.body)
	}
}
