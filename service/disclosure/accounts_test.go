package disclosure_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

func accountRules(t testing.TB) *disclosure.AccountRules {
	t.Helper()
	r, err := disclosure.LoadAccountRules(rulesDir, "accounts.yaml", catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLoadAccountRules_ReportsAllProblems(t *testing.T) {
	t.Parallel()
	const bad = `
other: {percent: 101, words: [其他, 其他, " 其它"]}
running: {items: [Z99, A02], source: x}
ahead: {items: [Z98], source: x}
payees: {organisations: [], source: x}
`
	dir := fstest.MapFS{"bad.yaml": {Data: []byte(bad)}, "key.yaml": {Data: []byte("others: {}\n")}}
	_, err := disclosure.LoadAccountRules(dir, "bad.yaml", catalogue(t))
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"percent 101", "other has no source", `"其他" is there twice`, "Z99", "A02 has no lines", "Z98", "organisations is empty", "spaces"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
	if _, err := disclosure.LoadAccountRules(dir, "key.yaml", nil); err == nil {
		t.Error("an unknown key was taken")
	}
	if _, err := disclosure.LoadAccountRules(dir, "none.yaml", nil); err == nil {
		t.Error("no file was taken")
	}
}

func TestMaskPayee(t *testing.T) {
	t.Parallel()
	r := accountRules(t)
	for in, want := range map[string]string{
		"": "", "王小成": "王*成", "王成": "王*", "欧阳小娜": "欧**娜", "阿依·古丽": "阿***丽", "王*成": "王*成",
		"国网旺苍县供电公司": "国网旺苍县供电公司", "旺苍通顺厂": "旺苍通顺厂", "供销社": "供销社", "建材店": "建材店",
		"通顺公司（王小成）": "通顺公司（王*成）", "王小成、李小四": "王*成、李*四", "公司": "公*", "四川省广元市某某建筑劳务": "四川省广元市某某建筑劳务",
	} {
		if got := r.MaskPayee(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if once := r.MaskPayee(in); r.MaskPayee(once) != once {
			t.Errorf("%q: masked twice it is %q", in, r.MaskPayee(once))
		}
	}
}

func TestCheckAccounts(t *testing.T) {
	t.Parallel()
	rules := accountRules(t)
	for name, tt := range map[string]struct {
		item    string
		closing *int64
		change  func(*disclosure.Content)
		code    *fault.Fault
		want    []string // locations
		says    []string // parts of the first message
	}{
		"OK":                    {"D02", nil, func(*disclosure.Content) {}, nil, nil, nil},
		"OK, follows":           {"D02", fen(50_00), func(*disclosure.Content) {}, nil, nil, nil},
		"OK, none kept":         {"D03", fen(1), func(c *disclosure.Content) { c.OpeningFen, c.ClosingFen = nil, nil }, nil, nil, nil},
		"OK, none kept, stated": {"D03", fen(1), func(*disclosure.Content) {}, nil, nil, nil},
		"opening unsaid": {
			"D02", nil, func(c *disclosure.Content) { c.OpeningFen = nil }, disclosure.ErrBalanceDiffers,
			[]string{"body.opening_fen"},
			[]string{"期初余额"},
		},
		"closing unsaid": {
			"D02", nil, func(c *disclosure.Content) { c.ClosingFen = nil }, disclosure.ErrBalanceDiffers,
			[]string{"body.closing_fen"},
			nil,
		},
		"one end elsewhere": {
			"D03", nil, func(c *disclosure.Content) { c.ClosingFen = nil }, disclosure.ErrBalanceDiffers,
			[]string{"body.closing_fen"},
			[]string{"一起填写"},
		},
		"does not follow": {
			"D02", fen(51_00), func(*disclosure.Content) {}, disclosure.ErrBalanceDiffers,
			[]string{"body.opening_fen"},
			[]string{"2026-01", "51.00", "50.00"},
		},
		"does not close": {
			"D02", nil, func(c *disclosure.Content) { c.ClosingFen = fen(749_51) }, disclosure.ErrBalanceDiffers,
			[]string{"body.closing_fen"},
			[]string{"749.51", "749.50"},
		},
		"below nothing": {"D02", nil, func(c *disclosure.Content) {
			c.Lines[0], c.Lines[1] = c.Lines[1], c.Lines[0]
			c.Lines[0].BalanceFen = fen(0)
		}, disclosure.ErrBalanceDiffers, []string{"body.lines[0].balance_fen"}, []string{"第 1 行", "-250.50"}},
		"a line's balance": {"D02", nil, func(c *disclosure.Content) {
			c.Lines[0].BalanceFen, c.Lines[1].BalanceFen = fen(1), fen(749_50)
		}, disclosure.ErrBalanceDiffers, []string{"body.lines[0].balance_fen"}, []string{"第 1 行", "0.01", "1,050.00"}},
		"a line's balance, no opening": {"D03", nil, func(c *disclosure.Content) {
			c.OpeningFen, c.ClosingFen = nil, nil
			c.Lines[0].BalanceFen, c.Lines[1].BalanceFen = fen(1_000_00), fen(700_00)
		}, disclosure.ErrBalanceDiffers, []string{"body.lines[1].balance_fen"}, []string{"第 2 行", "699.50"}},
		"totals first": {
			"D02", nil, func(c *disclosure.Content) { c.IncomeFen = fen(1) }, disclosure.ErrTotalsDiffer,
			[]string{"body.income_fen"},
			nil,
		},
		"all other": {
			"D02", nil, func(c *disclosure.Content) { c.Lines[1].Category = "其他支出" }, disclosure.ErrTooMuchOther,
			[]string{"body.lines[1]"},
			[]string{"第 2 行", "300.50", "10%"},
		},
		"other by its words": {
			"D02", nil, func(c *disclosure.Content) { c.Lines[0].Summary = " 其他 " }, disclosure.ErrTooMuchOther,
			[]string{"body.lines[0]"},
			[]string{"收入"},
		},
		"OK, other with words": {"D02", nil, func(c *disclosure.Content) { c.Lines[1].Category = "其他维修" }, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := accounts()
			c.Lines = slices.Clone(c.Lines)
			tt.change(&c)
			err := disclosure.CheckAccounts(rules, item(t, tt.item), c, tt.closing)
			if tt.code == nil {
				if err != nil {
					t.Fatalf("refused: %v %v", err, fields(err))
				}
				return
			}
			if got := refused(t, err, tt.code); !slices.Equal(got, tt.want) {
				t.Errorf("locations %v, want %v", got, tt.want)
			}
			for _, part := range tt.says {
				if text := fault.Of(err).Fields[0].Message; !strings.Contains(text, part) {
					t.Errorf("%q does not tell %q", text, part)
				}
			}
		})
	}
}

// Balances pass where, and only where, a plain simulation of the cash box gives
// the same figures.
func TestCheckAccounts_AgreesWithTheCashBox(t *testing.T) {
	t.Parallel()
	rules, d02 := accountRules(t), item(t, "D02")
	rapid.Check(t, func(t *rapid.T) {
		box := rapid.Int64Range(0, 1000).Draw(t, "opening")
		closed := rapid.SampledFrom([]int64{box, box, box, box + 1}).Draw(t, "closed before")
		var income, expense int64
		c := disclosure.Content{OpeningFen: fen(box)}
		right := closed == box
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			l := disclosure.Line{Summary: "一笔"}
			if n := rapid.Int64Range(1, 500).Draw(t, "amount"); rapid.Bool().Draw(t, "in") {
				l.IncomeFen = n
			} else {
				l.ExpenseFen = n
			}
			income, expense = income+l.IncomeFen, expense+l.ExpenseFen
			box += l.IncomeFen - l.ExpenseFen
			if rapid.Bool().Draw(t, "stated") {
				off := rapid.SampledFrom([]int64{0, 0, 0, 0, 0, 7}).Draw(t, "off")
				l.BalanceFen = fen(box + off)
				right = right && off == 0
			}
			c.Lines = append(c.Lines, l)
		}
		off := rapid.SampledFrom([]int64{0, 0, 0, -3}).Draw(t, "off at the end")
		right = right && off == 0
		c.IncomeFen, c.ExpenseFen, c.ClosingFen = fen(income), fen(expense), fen(box+off)
		err := disclosure.CheckAccounts(rules, d02, c, fen(closed))
		if (err == nil) != right || err != nil && !errors.Is(err, disclosure.ErrBalanceDiffers) {
			t.Fatalf("right %v: %v %v", right, err, fields(err))
		}
	})
}

// "Other" passes exactly up to a tenth, each side by itself.
func TestCheckAccounts_OtherUpToATenth(t *testing.T) {
	t.Parallel()
	rules, d03 := accountRules(t), item(t, "D03")
	rapid.Check(t, func(t *rapid.T) {
		var named, other [2]int64
		var c disclosure.Content
		for range rapid.IntRange(1, 10).Draw(t, "lines") {
			n, side, vague := rapid.Int64Range(1, 10_000_000_000_000).Draw(t, "amount"), rapid.IntRange(0, 1).Draw(t, "side"), rapid.IntRange(0, 3).Draw(t, "vague") == 0
			l := disclosure.Line{Summary: "一笔"}
			*[]*int64{&l.IncomeFen, &l.ExpenseFen}[side] = n
			if vague {
				*[]*string{&l.Summary, &l.Category}[rapid.IntRange(0, 1).Draw(t, "where")] = rapid.SampledFrom(rules.Other.Words).Draw(t, "word")
				other[side] += n
			} else {
				named[side] += n
			}
			c.Lines = append(c.Lines, l)
		}
		c.IncomeFen, c.ExpenseFen = fen(named[0]+other[0]), fen(named[1]+other[1])
		right := other[0]*9 <= named[0] && other[1]*9 <= named[1]
		err := disclosure.CheckAccounts(rules, d03, c, nil)
		if (err == nil) != right || err != nil && !errors.Is(err, disclosure.ErrTooMuchOther) {
			t.Fatalf("other %v of %v: %v", other, named, err)
		}
	})
}

func TestService_AccountsFollowFromThePeriodBefore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		january := accounts()
		january.OpeningFen, january.ClosingFen = fen(0), fen(699_50)
		h.put(yanjing, "D02", "2026-01", january)
		h.put(liushu, "D02", "2026-01", accounts())
		p := h.draft(yanjing, "D02", "2026-02", accounts())
		_, err := h.try(p.ID, "submit", nil)
		if at := refused(t, err, disclosure.ErrBalanceDiffers); !slices.Equal(at, []string{"body.opening_fen"}) {
			t.Errorf("locations %v", at)
		}
		if text := fault.Of(err).Fields[0].Message; !strings.Contains(text, "699.50") || !strings.Contains(text, "50.00") {
			t.Errorf("the figures are not told: %s", text)
		}
		c := accounts()
		c.OpeningFen, c.ClosingFen = fen(699_50), fen(1_399_00)
		h.put(yanjing, "D02", "2026-02", c)
	})
}

// What was published before there were balances is read, and does not bind.
func TestService_TextsWithoutBalancesStand(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := accounts()
		old.OpeningFen, old.ClosingFen = nil, nil
		older := h.without().put(yanjing, "D02", "2026-01", old)
		if got := h.posting(account.Caller{}, older.ID); got.Content.OpeningFen != nil || len(got.Content.Lines) != 2 {
			t.Errorf("%+v", got.Content)
		}
		h.put(yanjing, "D02", "2026-02", accounts())
		h.agree(t)
	})
}

// without gives the house as it was before there were rules of accounts.
func (h *house) without() *house {
	old := *h
	old.svc = h.svc.Without()
	return &old
}

func TestService_VoucherImages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		clerk := h.holder(account.Clerk, yanjing)
		c := accounts()
		c.Lines[1].Image = h.upload(clerk.AccountID, "凭证.jpg")
		in := disclosure.NewDraft{Region: yanjing, ItemCode: "D02", Period: "2026-02", Content: c}
		_, err := h.svc.Draft(t.Context(), clerk, act(clerk), in)
		if at := refused(t, err, fault.ErrInvalid); !slices.Equal(at, []string{"body.lines[1].image"}) {
			t.Errorf("locations %v", at)
		}
		sheet := h.uploadAs(clerk.AccountID, "凭证.pdf", "pdf")
		in.Content.Media, in.Content.Lines[1].Image = []string{sheet}, sheet
		_, err = h.svc.Draft(t.Context(), clerk, act(clerk), in)
		if at := refused(t, err, fault.ErrInvalid); !slices.Equal(at, []string{"body.lines[1].image"}) {
			t.Errorf("locations %v", at)
		}
		picture := h.upload(clerk.AccountID, "凭证.jpg")
		in.Content.Media, in.Content.Lines[1].Image, in.Content.Lines[1].Payee = []string{picture}, picture, "王小成"
		p := h.put(yanjing, "D02", "2026-02", in.Content)
		if l := p.Content.Lines[1]; l.Image != picture || l.Payee != "王*成" || l.Handler != "李*四" {
			t.Errorf("published %+v", l)
		}
		bad := accounts()
		bad.Lines[0].Project, bad.Lines[0].Contract, bad.Lines[0].Asset, bad.Lines[0].Payee = "13812345678", "13812345678", "13812345678", "厂13812345678"
		_, err = h.try(h.draft(liushu, "D02", "2026-02", bad).ID, "submit", nil)
		want := []string{"body.lines[0].project", "body.lines[0].contract", "body.lines[0].asset", "body.lines[0].payee"}
		if at := refused(t, err, disclosure.ErrPrivate); !slices.Equal(at, want) {
			t.Errorf("locations %v", at)
		}
	})
}

func TestService_ReviewersLookAtEveryAttachment(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		clerk, reviewer := h.holder(account.Clerk, yanjing), h.holder(account.Supervisor, yanjing)
		c := accounts()
		c.Media = []string{h.upload(clerk.AccountID, "一.jpg"), h.upload(clerk.AccountID, "二.jpg"), h.upload(clerk.AccountID, "三.jpg")}
		p := h.draft(yanjing, "D02", "2026-02", c)
		h.do(p.ID, "submit", nil)
		approve := func(by account.Caller, seen ...string) (disclosure.Posting, error) {
			return h.svc.Act(t.Context(), by, act(by), p.ID, procedure.Input{
				Action: "approve", Fields: map[string]string{"opinion": "账实相符，同意公开。"}, Media: seen,
			})
		}
		_, err := approve(reviewer, c.Media[1])
		refused(t, err, disclosure.ErrUnseen)
		if text := fault.Of(err).Fields[0].Message; !strings.Contains(text, "2 个") || !strings.Contains(text, "一.jpg、三.jpg") {
			t.Errorf("told %q", text)
		}
		_, err = approve(reviewer, c.Media[0], c.Media[1], "another")
		if at := refused(t, err, fault.ErrInvalid); !slices.Equal(at, []string{"body.media[2]"}) {
			t.Errorf("locations %v", at)
		}
		got, err := approve(reviewer, c.Media...)
		if err != nil || got.Review == nil || got.Review.LookedAt != 3 {
			t.Fatalf("%+v %v", got.Review, err)
		}
		_, steps, err := h.svc.Journal(t.Context(), reviewer, p.ID)
		if err != nil || !slices.Equal(steps[len(steps)-1].Media, c.Media) {
			t.Errorf("steps %+v %v", steps, err)
		}
		h.do(p.ID, "confirm", map[string]string{"note": "同意"})
		h.do(p.ID, "publish", nil)
		if r := h.posting(account.Caller{}, p.ID).Review; r == nil || r.LookedAt != 3 {
			t.Errorf("shown %+v", r)
		}
		// A reader who tries is told nothing of the draft's files.
		h.do(p.ID, "withdraw", map[string]string{"reason": "第二笔金额写错", "kind": "error"})
		_, err = approve(villager(yanjing))
		if errors.Is(err, disclosure.ErrUnseen) || err == nil {
			t.Errorf("a villager: %v", err)
		}
	})
}

func TestService_PeriodsMustHaveBegun(t *testing.T) {
	each(t, func(t *testing.T, h *house) { // it is 2 March 2026
		clerk := h.holder(account.Clerk, yanjing)
		for _, x := range []struct {
			item, period string
			ok           bool
		}{
			{"D02", "2026-03", true},
			{"D02", "2026-04", false},
			{"D03", "2026Q1", true},
			{"D03", "2026Q2", false},
			{"E06", "2026H2", false},
			{"E01", "2027", false},
			{"A02", "2027", false},
			{"A02", "2026", true},
			{"A05", "2027", true},
			{"D01", "2027", true},
			{"B01", "2026-05-01", true},
		} {
			in := disclosure.NewDraft{Region: yanjing, ItemCode: x.item, Period: x.period, Content: plain("先写一个标题")}
			_, err := h.svc.Draft(t.Context(), clerk, act(clerk), in)
			if x.ok {
				if err != nil {
					t.Errorf("%s %s: %v %v", x.item, x.period, err, fields(err))
				}
				continue
			}
			if at := refused(t, err, fault.ErrInvalid); !slices.Equal(at, []string{"body.period"}) || !strings.Contains(fault.Of(err).Fields[0].Message, "还没有开始") {
				t.Errorf("%s %s: %v", x.item, x.period, fault.Of(err).Fields)
			}
		}
	})
}
