package demo_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"cunwu/config/rules"
	"cunwu/demo"
	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// platform stands in for WeChat: every code is somebody, every phone code is
// the number it names.
type platform struct{}

func (platform) OpenID(_ context.Context, code string) (string, error) { return "open-" + code, nil }

func (platform) Phone(_ context.Context, code string) (string, error) {
	return strings.TrimPrefix(code, "phone-"), nil
}

// world is all services on one empty archive.
type world struct {
	demo.Services
	db    *dbtest.DB
	clock *demo.Clock
}

// must gives v or ends the test.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t *testing.T) world {
	t.Helper()
	clock := demo.NewClock()
	db := dbtest.With(t, repository.Options{Clock: clock})
	sealer := must[*repository.Sealer](t)(repository.NewSealer(
		[]repository.SealKey{{ID: "k1", Key: []byte("0123456789abcdef")}}, []byte("0123456789abcdef0123456789abcdef")))
	policy := must[*account.Policy](t)(account.ParsePolicy(must[[]byte](t)(fs.ReadFile(rules.FS, "powers.yaml"))))
	notices := must[*account.Notices](t)(account.ParseNotices(must[fs.FS](t)(fs.Sub(rules.FS, "notices"))))
	holidays := must[*calendar.Holidays](t)(calendar.LoadHolidays(rules.FS))
	defs := must[*procedure.Definitions](t)(procedure.LoadDefinitions(rules.FS, func(string) bool { return true }, disclosure.Effects()))
	blobs := must[*repository.MediaFiles](t)(repository.OpenMediaFiles(t.TempDir()))
	regions := region.New(db.Regions())
	accounts := account.New(db.Accounts(), account.Options{
		Clock: clock, Policy: policy, Sealer: sealer, WeChat: platform{}, Notices: notices, Places: regions,
		ReusableCodes: func(string) bool { return true },
	})
	procedures := procedure.New(db.Cases(), defs, holidays, clock)
	return world{db: db, clock: clock, Services: demo.Services{
		Accounts: accounts, Regions: regions, Media: media.New(db.Media(), blobs, media.Options{Clock: clock}), Clock: clock,
		Disclosures: disclosure.New(db.Disclosures(), disclosure.Options{
			Procedures: procedures, Places: regions, Media: db.Media(), Powers: accounts,
			Catalogue: must[*disclosure.Catalogue](t)(disclosure.LoadCatalogue(rules.FS)),
			Screening: must[*screening.Screen](t)(screening.Load(rules.FS, "screening.yaml")), Holidays: holidays, Clock: clock,
		}),
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}}
}

// today is the day of the first start in these tests.
var today = time.Date(2026, 9, 18, 15, 4, 5, 0, calendar.China)

func TestSeed(t *testing.T) {
	w := newWorld(t)
	sum, err := demo.Seed(t.Context(), w.Services, demo.Options{Seed: 1, Now: today})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", sum)
}
