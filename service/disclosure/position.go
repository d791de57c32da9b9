package disclosure

import (
	"strconv"
	"time"

	"cunwu/service/region"
)

// indexBits is how much of a position tells publications of one millisecond
// apart.
const indexBits = 20

// Position gives a publication's place in time, which is the order of the
// public record: index is that of its entry. It is the cursor of feeds, and
// unique because two publications of one millisecond would have to be 2^20
// entries apart to meet.
func Position(publishedAt time.Time, index int64) int64 {
	return publishedAt.UnixMilli()<<indexBits | index&(1<<indexBits-1)
}

// scopeStep makes room for the categories of a place in its scope numbers.
const scopeStep = 100

// Scope numbers the feed of a place and category (0 for all categories). What
// verified villagers of the place read is the negative of it. It gives 0, which
// is no scope, for a code that is none.
func Scope(place region.Code, category int, verified bool) int64 {
	if !place.Valid() || category < 0 || category >= scopeStep {
		return 0
	}
	n, err := strconv.ParseInt(string(place), 10, 64)
	if err != nil {
		return 0
	}
	n = n*scopeStep + int64(category)
	if verified {
		return -n
	}
	return n
}

// Scopes lists the feeds in which a posting of a village stands: with
// PublicInternet those of the village and of every place above it, in its
// category and in all; and in any case those of the village's own verified
// villagers, which thereby hold all they may read in one range.
func Scopes(place region.Code, category int, v Visibility) []int64 {
	var out []int64
	if v == PublicInternet {
		for _, p := range place.Path() {
			out = append(out, Scope(p, 0, false), Scope(p, category, false))
		}
	}
	for _, l := range []region.Level{region.Village, region.Group} {
		if p := place.At(l); p != "" {
			out = append(out, Scope(p, 0, true), Scope(p, category, true))
		}
	}
	return out
}
