package screening

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestScreen_BlackOut(t *testing.T) {
	t.Parallel()
	s, err := Load(os.DirFS("../../config/rules"), "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"路坏了，三天没人来。":               "路坏了，三天没人来。",
		"打我 13800138000 问":         "打我 ■■■■■■■■■■■ 问",
		"打我１３８００１３８０００":            "打我■■■■■■■■■■■",
		"打138\u200b0013\u200b8000": "打■■■■■■■■■■■■■",
	} {
		if got := s.BlackOut("510821102200", text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	// Nothing that Check finds is left, and nothing else is touched.
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "before") + rapid.SampledFrom([]string{"13800138000", "１３９ 0013 9000", "路坏了"}).Draw(t, "number") + rapid.String().Draw(t, "after")
		got := s.BlackOut("510821102200", text)
		if utf8.RuneCountInString(got) != len([]rune(text)) {
			t.Fatalf("%q became %q", text, got)
		}
		if left := s.Check("510821102200", Part{Text: got}); len(left) > 0 {
			t.Fatalf("%q became %q: %v", text, got, left)
		}
		if len(s.Check("510821102200", Part{Text: text})) == 0 && got != strings.ToValidUTF8(text, "\ufffd") {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
