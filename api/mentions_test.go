package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/mention"
)

func copyAll(to io.Writer, resp *http.Response) (int64, error) { return io.Copy(to, resp.Body) }

func TestThings(t *testing.T) {
	t.Parallel()
	ctx, srv := t.Context(), noticeServer(t, dbtest.New(t), 3)
	get := func(path string, want int, into any) {
		t.Helper()
		resp, raw := ask(ctx, t, srv, "/api/v1"+path)
		if resp.StatusCode != want {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, raw)
		}
		if into != nil {
			if err := json.Unmarshal(raw, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	var things list[thing]
	get("/things?region=510821102200&kind=project", 200, &things)
	if len(things.Items) != 1 || things.Items[0].Lines != 6 || things.Items[0].ExpenseFen != 450 || things.Next != "" {
		t.Fatalf("%+v", things)
	}
	id := mention.ID(village, mention.Project, "三组便道")
	seen, cursor := 0, ""
	for range 4 {
		var page thingPage
		get("/things/"+id+"?limit=2"+cursor, 200, &page)
		if page.Thing.Name != "三组便道" || len(page.Items) == 0 || page.Items[0].Line == nil {
			t.Fatalf("%+v", page)
		}
		seen += len(page.Items)
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	if seen != 6 {
		t.Errorf("%d lines", seen)
	}
	var found thingPage
	get("/things/"+id+"?q=路灯", 200, &found)
	if len(found.Items) != 3 {
		t.Errorf("路灯: %+v", found.Items)
	}
	var lines list[foundLine]
	get("/disclosures/posting1/lines?q=水泥", 200, &lines)
	if len(lines.Items) != 1 || lines.Items[0].Index != 1 || lines.Items[0].Line.ExpenseFen != 50 {
		t.Errorf("水泥: %+v", lines)
	}
	for path, want := range map[string]int{
		"/things?region=5108": 422, "/things": 422, "/things?region=510821102209": 404, "/things?region=510821102200&kind=person": 422,
		"/things?region=510821102200&cursor=x": 422, "/things/nothing": 404, "/things/" + id + "?cursor=" + makeKeyCursor("other", 1, "1"): 422,
		"/things/" + id + "?cursor=" + makeKeyCursor("thing/"+id+"/", 1, "x"): 422, "/disclosures/nothing/lines?q=x": 404,
		"/disclosures/posting1/lines?q=" + strings.Repeat("x", 41): 422,
	} {
		get(path, want, nil)
	}
}

func FuzzReadKeyCursor(f *testing.F) {
	f.Add("things/510821102200/", makeKeyCursor("things/510821102200/", 1772413200000, "mfzwkzdj"))
	f.Add("a", "AAAA")
	f.Fuzz(func(t *testing.T, list, cursor string) {
		n, key, err := readKeyCursor(list, cursor)
		if err == nil && cursor != "" {
			n2, key2, err := readKeyCursor(list, makeKeyCursor(list, n, key))
			if err != nil || n != n2 || key != key2 {
				t.Errorf("%q %q: %d %q, again %d %q %v", list, cursor, n, key, n2, key2, err)
			}
		}
	})
}
