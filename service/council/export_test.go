package council

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"cunwu/service/region"
)

// ReportSums are the figures that a report tells: in its summary, and as the sum
// of its rows.
type ReportSums struct{ Held, Fen, Rows int64 }

// Sums reads them from the report's own words.
func Sums(ctx context.Context, s *Service, village region.Code, year int) ReportSums {
	lines, err := s.lines(ctx, NewReport{Region: village, Year: year})
	if err != nil {
		panic(err)
	}
	var out ReportSums
	var bodies int
	var amount string
	text := strings.NewReplacer("个", " ", "次", " ", "元", " ").Replace(summary(strconv.Itoa(year), lines))
	if _, err := fmt.Sscanf(text, strconv.Itoa(year)+"年本村有自治组织%d ，办了活动%d ，经费合计%s", &bodies, &out.Held, &amount); err != nil {
		panic(err)
	}
	out.Fen = fenOf(amount)
	for row := range strings.Lines(s.told(lines)) {
		if cells := strings.Split(row, "|"); len(cells) > 6 && strings.HasPrefix(strings.TrimSpace(cells[1]), "20") {
			out.Rows += fenOf(strings.TrimSpace(cells[5]))
		}
	}
	return out
}

func fenOf(amount string) int64 {
	n, err := strconv.ParseInt(strings.NewReplacer(",", "", ".", "").Replace(amount), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}
