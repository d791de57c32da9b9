package web

import (
	"context"

	"cunwu/service/region"
	"cunwu/web/paper"
)

// What the tests of sheets look at.
var (
	Days    = days
	Printed = printed

	VersionTexts = versionTexts

	Holder = holder
	WayOf  = wayOf

	PeriodBefore = periodBefore
)

// SheetOf gives the words of a posting's sheet.
func SheetOf(ctx context.Context, p Places, d Disclosures, id, site, digest string) (paper.Sheet, error) {
	w := &Web{places: p, disclosures: d}
	m, err := w.sheet(ctx, id)
	return sheetOf(m, site, digest), err
}

// CodeSheet gives the words of a village's codes.
func CodeSheet(ctx context.Context, p Places, d Disclosures, code region.Code, site string) (paper.CodeSheet, error) {
	return (&Web{places: p, disclosures: d}).codeSheet(ctx, code, site)
}
