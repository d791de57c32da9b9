package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/disclosure"
	"cunwu/service/media"
	"cunwu/service/record"
	"cunwu/verify"
)

// errDisagree ends the command with 1 after the report was printed.
var errDisagree = errors.New("核对不一致")

// verifyMemory is what the verifier may take before it tidies up more often:
// a million entries are to fit into 200 MB with room to spare.
const verifyMemory = 160 << 20

type verifyCommand struct {
	URL        string        `arg:"" optional:"" help:"网站地址，如 https://cunwu.example.cn"`
	Key        string        `help:"网站的公钥（/log/key 的第一行），最好从别的渠道得到；不给则第一次相信网站并记住"`
	State      string        `help:"记住公钥和见过的检查点的目录；下次用它发现历史被改写或变短" type:"path"`
	Mirror     string        `help:"不连网站，核对以前保存的镜像目录" type:"existingdir"`
	SaveMirror string        `help:"把存证记录保存到这个目录" type:"path"`
	Database   string        `help:"同时核对数据库（sqlite:路径 或 mysql://…），供手头有数据库的审计人员"`
	Deep       string        `help:"逐条打开多少条公开核对正文和附件、多少次表决重新计票：auto（2000 条以内全部）、all 或数字" default:"auto"`
	Quick      bool          `help:"只读上次以后的新记录；旧记录只查历史有没有被改写"`
	Settle     time.Duration `help:"网站刚发布的内容，最多等多久进入检查点" default:"70s"`
}

// options reads the command line.
func (c verifyCommand) options() (verify.Options, error) {
	o := verify.Options{Key: c.Key, State: c.State, Save: c.SaveMirror, Quick: c.Quick, Settle: c.Settle}
	switch {
	case (c.URL == "") == (c.Mirror == ""):
		return o, fmt.Errorf("%w: 网站地址和 --mirror 要有一个，且只有一个", errUsage)
	case c.Quick && c.State == "":
		return o, fmt.Errorf("%w: --quick 要和 --state 一起用", errUsage)
	case c.Mirror != "":
		o.Source, o.Settle = verify.Folder(c.Mirror), 0
	default:
		s, err := verify.NewSite(c.URL)
		if err != nil {
			return o, fmt.Errorf("%w: %w", errUsage, err)
		}
		o.Source = s
	}
	switch c.Deep {
	case "auto":
		o.Auto = true
	case "all":
		o.Deep = verify.All
	default:
		n, err := strconv.Atoi(c.Deep)
		if err != nil || n < 0 {
			return o, fmt.Errorf("%w: --deep 是 auto、all 或数字", errUsage)
		}
		o.Deep = n
	}
	return o, nil
}

// Run verifies and prints what does not agree.
func (c verifyCommand) Run(ctx context.Context, e *environment) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(verifyMemory))
	if c.Database != "" {
		db, err := repository.Open(ctx, repository.Options{URL: c.Database, ReadTimeout: 5 * time.Minute})
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }() // only read
		if err := db.CheckSchema(ctx); err != nil {
			return err
		}
		o.Auditor = newAuditor(db)
	}
	r, err := verify.Verify(ctx, o)
	if r != nil {
		printReport(e.stdout, r, err == nil, o.Key != "")
	}
	switch {
	case err != nil:
		return fmt.Errorf("没有核对完：%w", err)
	case !r.OK():
		return fmt.Errorf("%w：%d 处", errDisagree, len(r.Findings)+r.More)
	}
	return nil
}

// printReport prints the findings, a line each, and what was checked.
func printReport(w io.Writer, r *verify.Report, complete, given bool) {
	var b strings.Builder
	if r.FirstUse {
		fmt.Fprintf(&b, "!!! 第一次使用，没有给出公钥：这次相信了网站自己的公钥\n!!!   %s\n!!! 请从别的渠道（村务公开栏、乡镇、县）核对它，以后用 --key 或 --state。\n", r.Key)
	}
	if r.Rotated {
		fmt.Fprintln(&b, "!!! 网站换了公钥，记录里有旧公钥签名的交接。请向网站主办单位确认。")
	}
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f)
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "还有 %d 处不一致没有列出。\n", r.More)
	}
	if r.Origin != "" {
		fmt.Fprintf(&b, "记录 %s：%d 条，根摘要 %s\n", r.Origin, r.Size, r.Root)
	}
	if r.Before > 0 {
		fmt.Fprintf(&b, "上次见过 %d 条。", r.Before)
	}
	fmt.Fprintf(&b, "读了 %d 条，其中应当公开的 %d 条；打开核对了 %d 条公开的正文和附件，%d 条只对本村公开，没有打开。\n", r.Entries, r.Things, r.Read, r.Closed)
	printRecounts(&b, r)
	if r.SM2 {
		b.WriteString("检查点的国密（SM2）签名有效。\n")
	}
	if complete && r.OK() {
		b.WriteString("全部一致：")
		if given || !r.FirstUse {
			b.WriteString("签名、")
		}
		b.WriteString("历史、时间和网站现在显示的内容")
		if len(r.Ballots) > 0 {
			b.WriteString("，表决的重新计票")
		}
		b.WriteString("。这说明公开以后没有被改动，不说明公开的内容属实。\n")
	}
	_, _ = io.WriteString(w, b.String()) // a closed stdout stops nothing
}

// printRecounts tells what was counted again, in words.
func printRecounts(b *strings.Builder, r *verify.Report) {
	for _, x := range r.Ballots {
		how := fmt.Sprintf("按每一票重新计票（%d 票）", x.Cast)
		if x.Sealed {
			how = fmt.Sprintf("秘密表决，核对了票箱、签名和加法（%d 票），开箱只有保管人能核对", x.Cast)
		}
		agrees := "与存证一致"
		if !x.Agrees {
			agrees = "与存证不一致，见上面"
		}
		fmt.Fprintf(b, "表决 %s“%s”：%s，%s。%s\n", x.ID, x.Question, how, agrees, x.Words)
	}
	if r.Uncounted > 0 {
		fmt.Fprintf(b, "还有 %d 次表决太多，没有重新计票；用 --deep all 全部重新计票。\n", r.Uncounted)
	}
}

// auditor lets the verifier read the database.
type auditor struct {
	db          *repository.DB
	disclosures *disclosure.Service
	accounts    *account.Service
	ballots     *ballot.Service
}

func newAuditor(db *repository.DB) auditor {
	files := media.New(db.Media(), nil, media.Options{})
	return auditor{
		db:          db,
		disclosures: disclosure.New(db.Disclosures(), disclosure.Options{Media: files}),
		accounts:    account.New(db.Accounts(), account.Options{}),
		ballots:     ballot.New(db.Ballots(), ballot.Options{}),
	}
}

// Interval implements verify.Auditor.
func (a auditor) Interval(ctx context.Context, from, to int64) (record.Interval, error) {
	return record.DigestInterval(from, to, a.db.AuditRows(ctx, from, to))
}

// Lines implements verify.Auditor.
func (a auditor) Lines(ctx context.Context) iter.Seq2[record.DigestLine, error] {
	return record.MergeDigests(a.disclosures.DigestLines(ctx, -1), a.accounts.DigestLines(ctx, -1), a.ballots.DigestLines(ctx, -1))
}

// Ballot implements verify.Auditor.
func (a auditor) Ballot(ctx context.Context, id string, to io.Writer) error {
	err := a.ballots.WriteExport(ctx, account.Caller{}, id, ballot.JSON, func(ballot.ExportInfo) (io.Writer, error) { return to, nil })
	if errors.Is(err, ballot.ErrNotFound) || errors.Is(err, ballot.ErrNotCertified) {
		return fmt.Errorf("%w: %w", verify.ErrMissing, err)
	}
	return err
}
