package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"cunwu/service/record"
)

// posting is what the public API shows of a disclosure, as far as its digest
// goes.
type posting struct {
	ID         string            `json:"id"`
	Version    int               `json:"version"`
	State      string            `json:"state"`
	Title      string            `json:"title"`
	Summary    string            `json:"summary"`
	Body       string            `json:"body"`
	Fields     map[string]string `json:"fields"`
	Lines      []postingLine     `json:"lines"`
	IncomeFen  *int64            `json:"income_fen"`
	ExpenseFen *int64            `json:"expense_fen"`
	OpeningFen *int64            `json:"opening_fen"`
	ClosingFen *int64            `json:"closing_fen"`
	WrittenOn  string            `json:"written_on"`
	Log        *struct {
		Salt string `json:"salt"`
	} `json:"log"`
	Attachments []struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		URL    string `json:"url"`
		Digest string `json:"digest"`
	} `json:"attachments"`
}

type postingLine struct {
	Date       string `json:"date,omitempty"`
	Voucher    string `json:"voucher,omitempty"`
	Summary    string `json:"summary"`
	Category   string `json:"category,omitempty"`
	IncomeFen  int64  `json:"income_fen"`
	ExpenseFen int64  `json:"expense_fen"`
	BalanceFen *int64 `json:"balance_fen,omitempty"`
	Handler    string `json:"handler,omitempty"`
	Reviewer   string `json:"reviewer,omitempty"`
	Project    string `json:"project,omitempty"`
	Contract   string `json:"contract,omitempty"`
	Asset      string `json:"asset,omitempty"`
	Payee      string `json:"payee,omitempty"`
	Image      string `json:"image,omitempty"`
}

// canonical gives the bytes whose SHA-256 is the digest of a version: the
// members in this order, those that are empty left out.
func (p posting) canonical() ([]byte, error) {
	media := make([]string, len(p.Attachments))
	for i, a := range p.Attachments {
		media[i] = a.ID
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Title      string            `json:"title"`
		Summary    string            `json:"summary"`
		Body       string            `json:"body,omitempty"`
		Fields     map[string]string `json:"fields,omitempty"`
		Lines      []postingLine     `json:"lines,omitempty"`
		IncomeFen  *int64            `json:"income_fen,omitempty"`
		ExpenseFen *int64            `json:"expense_fen,omitempty"`
		OpeningFen *int64            `json:"opening_fen,omitempty"`
		ClosingFen *int64            `json:"closing_fen,omitempty"`
		Media      []string          `json:"media,omitempty"`
		WrittenOn  string            `json:"written_on,omitempty"`
	}{p.Title, p.Summary, p.Body, p.Fields, p.Lines, p.IncomeFen, p.ExpenseFen, p.OpeningFen, p.ClosingFen, media, p.WrittenOn})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// digest gives what the leaf of a posting should carry: SHA-256 of the canonical
// bytes, or of the salt and them where the leaf is a commitment.
func (p posting) digest(l record.Leaf) (string, error) {
	canonical, err := p.canonical()
	if err != nil {
		return "", err
	}
	var salt []byte
	if committed, _ := l.Facts["committed"].(bool); committed {
		if p.Log == nil || p.Log.Salt == "" {
			return "（网站没有给出随机数，无从核对）", nil
		}
		if salt, err = hex.DecodeString(p.Log.Salt); err != nil {
			return "（网站给出的随机数不是十六进制）", nil
		}
	}
	return record.Commitment(salt, canonical), nil
}

// site gives the web behind a source, nil for a folder.
func site(s Source) *Site {
	if k, ok := s.(keeper); ok {
		s = k.Source
	}
	web, _ := s.(*Site)
	return web
}

func (v *run) wantsDeep() bool {
	return site(v.Source) != nil && (v.Deep != 0 || v.Auto && len(v.walk.ledger.entries) < autoDeep)
}

// readDeep reads postings as anybody can and computes their digests.
func (v *run) readDeep(ctx context.Context) error {
	web := site(v.Source)
	if web == nil {
		return nil
	}
	slices.Sort(v.deep)
	list := v.deep
	if v.Deep > 0 && len(list) > v.Deep {
		list = spread(list, v.Deep)
	}
	var entries [][]byte
	in := int64(-1)
	for _, index := range list {
		if n := index / tileWidth; n != in {
			var err error
			if entries, err = readBundle(ctx, v.Source, n, int(min(v.now.N-n*tileWidth, tileWidth))); err != nil {
				return err
			}
			in = n
		}
		l, _, err := record.ReadLeaf(entries[index%tileWidth])
		if err != nil {
			return err // it could be read a moment ago
		}
		if err := v.readPosting(ctx, web, l, index); err != nil {
			return err
		}
	}
	return nil
}

// spread takes n of a list, evenly.
func spread[T any](list []T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}

func (v *run) readPosting(ctx context.Context, web *Site, l record.Leaf, index int64) error {
	id := fact(l, "id")
	if fact(l, "visibility") != "PUBLIC_INTERNET" {
		v.r.Closed++
		return nil
	}
	raw, err := web.small(ctx, "/api/v1/disclosures/"+id)
	if errors.Is(err, ErrMissing) {
		v.r.find(Missing, id, "第%d条记录：发布；网站上打不开", index)
		return nil
	}
	if err != nil {
		return err
	}
	var p posting
	if err := json.Unmarshal(raw, &p); err != nil {
		v.r.find(Content, id, "网站给出的内容读不懂（%v）", err)
		return nil
	}
	version, _ := l.Facts["version"].(int64)
	if int64(p.Version) > version || p.State == "withdrawn" || p.State == "expired" {
		return nil // changed while this ran: the next run sees the entry
	}
	v.r.Read++
	if int64(p.Version) != version {
		v.r.find(Content, id, "第%d条记录是第%d版，网站显示的是第%d版", index, version, p.Version)
		return nil
	}
	sum, err := p.digest(l)
	if err != nil {
		return err
	}
	if sum != fact(l, "digest") {
		v.r.find(Content, id, "第%d条记录：第%d版，内容摘要 %s；网站显示的内容，摘要是 %s：内容被改动过", index, version, fact(l, "digest"), sum)
	}
	return v.readAttachments(ctx, web, p, factList(l, "attachments"))
}

// readAttachments fetches the files of a posting and compares their digests.
func (v *run) readAttachments(ctx context.Context, web *Site, p posting, recorded []string) error {
	var got []string
	for _, a := range p.Attachments {
		sum, err := web.digest(ctx, a.URL)
		switch {
		case errors.Is(err, ErrMissing):
			v.r.find(Attachment, p.ID, "附件 %s 打不开", a.Name)
			return nil
		case err != nil:
			return err
		case !slices.Contains(recorded, sum):
			v.r.find(Attachment, p.ID, "附件 %s 的摘要是 %s，记录里没有：附件被换过", a.Name, sum)
			return nil
		}
		got = append(got, sum)
	}
	slices.Sort(got)
	if !slices.Equal(slices.Compact(got), slices.Compact(slices.Clone(recorded))) {
		v.r.find(Attachment, p.ID, "记录里有 %d 个附件，网站显示 %d 个", len(recorded), len(got))
	}
	return nil
}

func (s *Site) small(ctx context.Context, path string) ([]byte, error) {
	r, err := s.get(ctx, path)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, mostBytes))
	return b, errors.Join(err, r.Close())
}

// digest gives the hex SHA-256 of a file, by its address on the site or
// elsewhere.
func (s *Site) digest(ctx context.Context, address string) (string, error) {
	var from io.ReadCloser
	var err error
	if strings.HasPrefix(address, "/") {
		from, err = s.get(ctx, address)
	} else {
		from, err = s.elsewhere(ctx, address)
	}
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, from)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, from.Close())
}

func (s *Site) elsewhere(ctx context.Context, address string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%s: %s: %w", address, res.Status, ErrMissing), res.Body.Close())
	}
	return res.Body, nil
}
