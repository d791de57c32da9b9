package mention

import (
	"strings"
	"testing"
)

// A page is made of no name that could be a person's.
func TestCollected(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"旺苍县兴达建材有限公司": true, "供电所": true, "村委会": true, "农行": true, "张三": false, "李长贵": false, "欧阳建国": false,
		"张*": false, "王＊": false, "阿卜杜拉·买买提": false, "": false, strings.Repeat("长", 61): false,
	} {
		if got := collected(Payee, Name(name)); got != want {
			t.Errorf("%q collected: %v", name, got)
		}
	}
	if !collected(Project, "便道") || collected(Asset, "张*的房") {
		t.Error("other kinds")
	}
}
