package moderation_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/media"
	"cunwu/service/moderation"
)

// twin is what must be true of one file, kept beside the service: what it was
// answered first, in time, and what persons said.
type twin struct {
	id, media string
	person    moderation.State // "" where nobody decided
	answered  string           // of the trace id that it holds, first and in time
}

// TestChecks_Interleavings: whatever comes in whatever order, a file passes only
// by the platform's pass for that file, in time, or by the last person's word;
// and what was announced last is what stands.
func TestChecks_Interleavings(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := houseFor(t.Context(), rt, db)
		suggests := []string{"pass", "review", "risky"}
		var all []*twin
		byTrace := func(trace string) *twin {
			for _, w := range all {
				if h.checks(w.id)[moderation.MediaPart(w.media)].Trace == trace {
					return w
				}
			}
			return nil
		}
		answer := func(trace, suggest string) {
			w := byTrace(trace)
			if w != nil && w.answered == "" && h.state(w.id, moderation.MediaPart(w.media)) == moderation.Pending {
				w.answered = suggest
			}
			h.push(trace, suggest)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"Send": func(rt *rapid.T) {
				w := &twin{media: h.files.add(media.JPEG, "any")}
				w.id = h.begin(moderation.Passed, w.media)
				all = append(all, w)
			},
			"Ask":  func(*rapid.T) { h.ask() },
			"Down": func(rt *rapid.T) { h.fake.Down(rapid.Bool().Draw(rt, "down")) },
			"Lose": func(*rapid.T) { h.fake.Lose(mediaPath, 1) },
			"Answer": func(rt *rapid.T) {
				if asked := h.fake.AskedMedia(); len(asked) > 0 {
					answer(rapid.SampledFrom(asked).Draw(rt, "asked").Trace, rapid.SampledFrom(suggests).Draw(rt, "suggest"))
				}
			},
			"AnswerOfNothing": func(rt *rapid.T) { h.push("unknown-"+rapid.StringMatching(`[a-c]{1,2}`).Draw(rt, "trace"), "pass") },
			"Wait": func(rt *rapid.T) {
				db.Clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(rt, "minutes")) * time.Minute)
				if _, err := h.svc.Watch(h.ctx); err != nil {
					rt.Fatal(err)
				}
			},
			"Person": func(rt *rapid.T) {
				if len(all) == 0 {
					return
				}
				w := rapid.SampledFrom(all).Draw(rt, "file")
				approve := rapid.Bool().Draw(rt, "approve")
				kind, reason, to := "other", goodReason, moderation.Rejected
				if approve {
					kind, reason, to = "", "", moderation.Passed
				}
				c := h.checks(w.id)[moderation.MediaPart(w.media)]
				_, err := h.svc.Decide(h.ctx, moderator, act(moderator), c.ID, approve, kind, reason)
				if err != nil && !errors.Is(err, moderation.ErrDecided) {
					rt.Fatal(err)
				}
				if err == nil {
					w.person = to
				}
			},
			"": func(rt *rapid.T) {
				for _, w := range all {
					c := h.checks(w.id)[moderation.MediaPart(w.media)]
					switch {
					case w.person != "" && c.State != w.person:
						rt.Errorf("a person said %s, it is %s", w.person, c.State)
					case w.person == "" && c.State == moderation.Passed && w.answered != "pass":
						rt.Errorf("passed by %q: %+v", w.answered, c)
					case w.person == "" && w.answered == "pass" && c.State != moderation.Passed:
						rt.Errorf("answered pass in time, and is %+v", c)
					}
				}
				h.agree()
			},
		})
	})
}

// FuzzAnswered: whatever is pushed, nothing breaks, and what is taken is an
// answer for us.
func FuzzAnswered(f *testing.F) {
	f.Add(eventOf("trace", "pass", nil))
	f.Add([]byte(`{"Event":"wxa_media_check","appid":"` + appID + `","trace_id":"t","version":2,"result":[]}`))
	f.Add([]byte(`{"Event":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		svc := moderation.New(refusing{}, moderation.Options{AppID: appID})
		if err := svc.Answered(t.Context(), raw); err == nil {
			t.Errorf("%q was stored by an archive that refuses", raw)
		}
	})
}
