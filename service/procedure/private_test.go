package procedure

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What a definition marks as private is asked for and checked like any other
// field, and is in no step, no effect and no case.
func TestApply_PrivateFields(t *testing.T) {
	t.Parallel()
	d := mustParse(t, "testdata/working_private.yaml")
	c := begun(t, d, date("2026-03-02"), nil)
	const said = "那天是我家的错"

	offered := d.Available(c, anything.May, date("2026-03-02"), holidays)
	if len(offered) != 1 || len(offered[0].Fields) != 2 || !offered[0].Fields[1].Private {
		t.Fatalf("offered = %+v", offered)
	}
	for _, bad := range []string{"reply", "reply text=短", "reply text=" + strings.Repeat("长", 21)} {
		if _, _, _, err := Apply(d, c, input(bad), anything, date("2026-03-02"), holidays); !errors.Is(err, ErrFields) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	in := input("reply told_by=visit text=" + said)
	after, step, effects, err := Apply(d, c, in, anything, date("2026-03-02"), holidays)
	if err != nil {
		t.Fatal(err)
	}
	if step.Fields["told_by"] != "visit" || len(step.Fields) != 1 {
		t.Errorf("journalled %v", step.Fields)
	}
	if all := fmt.Sprintf("%+v %+v %+v", after, step, effects); strings.Contains(all, said) {
		t.Errorf("it is in %s", all)
	}
	if in.Fields["text"] != said {
		t.Error("the noun that owns the case cannot read what was said any more")
	}
}
