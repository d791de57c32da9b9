package inbox

import "time"

// After is a balance after an answer.
func After(c Credit, t Template, result string, weChat bool) Credit {
	by := byClient
	if weChat {
		by = byWeChat
	}
	return c.after(t, result, by)
}

// Fit is what a keyword shows of a text.
func Fit(keyword, s string, at time.Time) string { return fit(keyword, s, at) }

// Fill is the data of a template.
func Fill(t Template, m Message, place string) map[string]string { return t.fill(m, place) }

// Backoff is the wait after a number of attempts.
func Backoff(attempts int, jitter float64) time.Duration { return backoff(attempts, jitter) }

// Verdicts lists what the table of reactions does.
func Verdicts(r Report) (resend bool) { return react(r).verdict == again }
