package consultation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"cunwu/service/account"
	"cunwu/service/consultation/opinion"
)

// Opinions is how opinions lie: plain counts always, groups and common ground
// only where enough people took part.
type Opinions struct {
	Counts     Counts
	GroupsFrom int  // people from which on groups are shown
	Enough     bool // that many took part
	Statements []Statement
	Groups     []opinion.Group // of Statements, by place; empty where opinions do not part
	Common     []int           // places in Statements
	Apart      []int
	Words      []string
	least      int // votes below which a share is not shown
}

// Groups gives how opinions lie in a consultation. Statements are those shown,
// by number, the same for every caller. consultation.not_found.
func (s *Service) Groups(ctx context.Context, by account.Caller, id string) (Opinions, error) {
	if _, err := s.known(ctx, by, id); err != nil {
		return Opinions{}, err
	}
	all, err := s.store.StatementsOf(ctx, id)
	if err != nil {
		return Opinions{}, err
	}
	out := Opinions{GroupsFrom: s.opt.Directory.Online.GroupsFrom, least: s.opt.Directory.Online.GroupLeast}
	for _, st := range all {
		switch st.State {
		case Shown:
			out.Statements = append(out.Statements, statement(st, false, opinion.None))
			out.Counts.Statements++
			out.Counts.Votes += st.Tally.Voted()
		case Hidden:
			out.Counts.Hidden++
		case Withdrawn:
		}
	}
	if out.Counts.People, err = s.store.PeopleOf(ctx, id); err != nil {
		return Opinions{}, err
	}
	found, voters, err := s.opinions(ctx, id, all)
	if err != nil {
		return Opinions{}, err
	}
	// Voters are counted, not speakers: only votes make a group.
	if out.Enough = voters >= out.GroupsFrom; out.Enough {
		out.Groups, out.Common, out.Apart = found.Groups, found.Common, found.Apart
	}
	out.Words = out.words(voters)
	return out, nil
}

// Shares gives how a group voted on a statement in whole percent; false where
// too few of it voted for a share to be shown.
func (o Opinions) Shares(t opinion.Tally) (agree, disagree, pass int, ok bool) {
	n := t.Voted()
	if n < o.least || n == 0 {
		return 0, 0, 0, false
	}
	agree, disagree = (200*t.Agree+n)/(2*n), (200*t.Disagree+n)/(2*n)
	return agree, disagree, max(0, 100-agree-disagree), true
}

// words tells in sentences how opinions lie.
func (o Opinions) words(voters int) []string {
	c := o.Counts
	out := []string{fmt.Sprintf("%d 人参与，%d 条意见，%d 次表态。", c.People, c.Statements, c.Votes)}
	switch {
	case !o.Enough:
		return append(out, fmt.Sprintf("表态的有 %d 人，满 %d 人以后显示观点分组，人少时分组会让人认出是谁。", voters, o.GroupsFrom))
	case len(o.Groups) == 0:
		out = append(out, "大家的看法没有明显分成几类。")
	default:
		text := fmt.Sprintf("大家的看法大致分成 %d 类：", len(o.Groups))
		for i, g := range o.Groups {
			if i > 0 {
				text += "，"
			}
			text += fmt.Sprintf("第 %d 类 %d 人", i+1, g.Size)
		}
		out = append(out, text+"。")
	}
	if len(o.Common) > 0 {
		out = append(out, fmt.Sprintf("有 %d 条意见各类人都赞成，是共识。", len(o.Common)))
	}
	if len(o.Apart) > 0 {
		out = append(out, fmt.Sprintf("分歧最大的是第 %d 条意见。", o.Statements[o.Apart[0]].Number))
	}
	return out
}

// found keeps the last result of each consultation: grouping takes time and
// votes come slower than readers.
type found struct {
	mu   sync.Mutex
	last map[string]finding
}

type finding struct {
	of     string // digest of what was looked at
	result opinion.Result
	voters int
}

// mostFound bounds the findings kept.
const mostFound = 256

func (s *Service) opinions(ctx context.Context, id string, all []StatementRecord) (opinion.Result, int, error) {
	h := sha256.New()
	for _, st := range all {
		_, _ = fmt.Fprintln(h, st.Number, st.State, st.Revision) // a hash never fails to write
	}
	key := hex.EncodeToString(h.Sum(nil))
	s.found.mu.Lock()
	had, ok := s.found.last[id]
	s.found.mu.Unlock()
	if ok && had.of == key {
		return had.result, had.voters, nil
	}
	votes, err := s.store.VotesOf(ctx, id, "")
	if err != nil {
		return opinion.Result{}, 0, err
	}
	rows := matrix(all, votes)
	now := finding{of: key, voters: len(rows)}
	if len(rows) >= s.opt.Directory.Online.GroupsFrom {
		now.result = opinion.Find(rows, s.opt.Directory.Online.limits())
	}
	s.found.mu.Lock()
	defer s.found.mu.Unlock()
	if s.found.last == nil || len(s.found.last) >= mostFound {
		s.found.last = map[string]finding{}
	}
	s.found.last[id] = now
	return now.result, now.voters, nil
}

// matrix puts the votes on shown statements into rows, one a person.
func matrix(all []StatementRecord, votes []VoteRecord) [][]opinion.Vote {
	column := map[string]int{}
	for _, st := range all {
		if st.State == Shown {
			column[st.ID] = len(column)
		}
	}
	row := map[string]int{}
	var rows [][]opinion.Vote
	for _, v := range votes {
		c, ok := column[v.StatementID]
		if !ok {
			continue
		}
		r, known := row[v.Voter]
		if !known {
			r = len(rows)
			row[v.Voter] = r
			rows = append(rows, make([]opinion.Vote, len(column)))
		}
		rows[r][c] = v.Vote
	}
	return rows
}
