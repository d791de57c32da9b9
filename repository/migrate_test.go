package repository

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRenderings_Golden(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "mysql"} {
		texts, err := renderMigrations(engine)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range texts {
			golden := filepath.Join("migrations", "testdata", engine, name)
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; write it with: go test ./repository -run Golden -update", err)
			}
			if string(want) != string(f.Data) {
				t.Errorf("%s differs from what the template gives; look at the difference, then run with -update", golden)
			}
		}
	}
}
