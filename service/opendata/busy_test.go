package opendata_test

import (
	"bytes"
	"errors"
	"testing"

	"cunwu/service/opendata"
)

// One xlsx is made at a time; whoever comes meanwhile is told so at once, and
// csv goes on.
func TestExport_OneBookAtATime(t *testing.T) {
	t.Parallel()
	s := service(t, &many{postings: 50, lines: 1, summary: "x"})
	q := opendata.Query{Region: village, Kind: opendata.Lines}
	e, err := s.Open(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	err = e.Write(t.Context(), opendata.XLSX, &bytes.Buffer{}, func() error {
		asked = true
		other, err := s.Open(t.Context(), q)
		if err != nil {
			return err
		}
		if err := other.Write(t.Context(), opendata.XLSX, &bytes.Buffer{}, nil); !errors.Is(err, opendata.ErrBusy) {
			t.Errorf("a second book: %v", err)
		}
		return other.Write(t.Context(), opendata.CSV, &bytes.Buffer{}, nil)
	})
	if err != nil || !asked {
		t.Fatal(err)
	}
	write(t, s, q, opendata.XLSX) // and the place is free again
}
