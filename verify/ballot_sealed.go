package verify

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
)

// trustee is what an export says of one keeper.
type trustee struct {
	Seat      string           `json:"seat"`
	Box       []byte           `json:"box_key"`
	Sign      []byte           `json:"sign_key"`
	Statement sealed.Statement `json:"statement"`
	Peeled    *sealed.Peeled   `json:"peeled"`
	Opened    *sealed.Outcome  `json:"opened"`
	Destroyed *sealed.Hold     `json:"destroyed"`
}

// sealed checks what a stranger can check of a sealed ballot: keys, the box, the
// numbers, the keepers' signatures, the sum. Nobody but two keepers can check the
// decryption.
func (c checking) sealed(d ballot.Definition) (ballot.Result, bool) {
	var trustees []trustee
	if err := c.e.decode("trustees", &trustees); err != nil {
		c.say("三位保管人的内容读不懂（%v）", err)
		return ballot.Result{}, false
	}
	n, p, ok := c.notice(trustees)
	if !ok {
		return ballot.Result{}, false
	}
	if c.b.committed == nil {
		c.say("记录里没有封箱这一步，结果却公布了")
		return ballot.Result{}, false
	}
	fixed, err := sealed.ReadCommitment(c.b.committed.Leaf)
	if err != nil || fixed.Context != p.Context() {
		c.say("封箱的记录（第%d条）不是这次表决、这三把钥匙的", c.b.committed.index)
		return ballot.Result{}, false
	}
	c.box(p, fixed)
	peeled := c.peeled(n, fixed, trustees)
	outcome := c.outcome(n, fixed, trustees, peeled)
	c.openings(n)
	c.destroyed(n, trustees)
	counts, ok := c.counts(d, fixed, outcome)
	if !ok {
		return ballot.Result{}, false
	}
	return ballot.Decide(d, c.e.rollSize, fixed.Marked, c.e.number("cast"), counts), true
}

// notice puts together what was published at opening and compares it with the
// entry.
func (c checking) notice(trustees []trustee) (sealed.Notice, *sealed.Poll, bool) {
	raw, err := c.e.canonicalDefinition()
	n := sealed.Notice{Definition: raw, Roll: c.e.rollDigest, RollSize: c.e.rollSize}
	for _, t := range trustees {
		n.Trustees = append(n.Trustees, sealed.Keys{Box: t.Box, Seat: t.Seat, Sign: t.Sign})
	}
	var p *sealed.Poll
	if err == nil {
		p, err = n.Poll()
	}
	if err != nil {
		c.say("三位保管人的公钥和表决的内容合不到一起（%v）", err)
		return n, nil, false
	}
	context := p.Context()
	if o := c.b.opened; o != nil && hex.EncodeToString(context[:]) != fact(o.Leaf, "context") {
		c.say("钥匙、名册或内容和开始时存证的不同（第%d条记录）：开始以后被换过", o.index)
		return n, nil, false
	}
	digest, err := n.Digest()
	for _, t := range trustees {
		if err != nil || t.Statement.Check(digest) != nil || t.Statement.Seat != t.Seat ||
			!slices.Equal(t.Statement.Box, t.Box) || !slices.Equal(t.Statement.Sign, t.Sign) {
			c.say("%s 席保管人的公钥声明签名不对", t.Seat)
		}
	}
	return n, p, true
}

// box checks the list of everything ever cast, and the numbers.
func (c checking) box(p *sealed.Poll, fixed sealed.Commitment) {
	var listed []sealed.Hash
	if err := c.e.decode("box", &listed); err != nil {
		c.say("票箱清单读不懂（%v）", err)
		return
	}
	trackers := make([][32]byte, len(listed))
	for i, h := range listed {
		trackers[i] = h
		if i > 0 && slices.Compare(listed[i-1][:], h[:]) >= 0 {
			c.say("票箱清单里有重复的编号，或者没有按编号排列")
		}
	}
	switch {
	case len(listed) < fixed.Casts:
		c.say("票箱清单少了 %d 票：封箱时存证的是 %d 票，现在导出的只有 %d 票", fixed.Casts-len(listed), fixed.Casts, len(listed))
	case len(listed) > fixed.Casts:
		c.say("票箱清单多了 %d 票：封箱时存证的是 %d 票，现在导出的有 %d 票", len(listed)-fixed.Casts, fixed.Casts, len(listed))
	case p.CommitTrackers(sealed.KindBox, trackers) != fixed.Box:
		c.say("票箱清单和封箱时存证的不同：有票被换过")
	}
	if fixed.N != fixed.Marked-fixed.Paper || fixed.N != fixed.Casts-fixed.Replaced-fixed.Overridden {
		c.say("封箱时的票数合不上：投过票的 %d 人，纸质票 %d 张，箱里 %d 票，被新票替换 %d 票，改投纸质票 %d 票，应开 %d 票",
			fixed.Marked, fixed.Paper, fixed.Casts, fixed.Replaced, fixed.Overridden, fixed.N)
	}
	if fact(c.b.result.Leaf, "casts") != hex.EncodeToString(fixed.Box[:]) {
		c.say("公布结果时存证的票箱不是封箱时的票箱")
	}
}

// peeled checks the statement of the first of the pair and its entry.
func (c checking) peeled(n sealed.Notice, fixed sealed.Commitment, trustees []trustee) *sealed.Peeled {
	i := slices.IndexFunc(trustees, func(t trustee) bool { return t.Peeled != nil })
	if i < 0 {
		c.say("没有第一位保管人拆外层的签名")
		return nil
	}
	s := *trustees[i].Peeled
	pair, err := sealed.ReadPair(s.Pair)
	switch {
	case n.CheckPeeled(s) != nil:
		c.say("第一位保管人拆外层的签名不对")
	case err != nil || pair != fixed.Pair && !slices.Contains(fixed.Reserve, pair):
		c.say("开箱的一对是 %s，封箱时定的是 %s", s.Pair, fixed.Pair)
	case s.Batch != fixed.Batch || s.N != fixed.N:
		c.say("第一位保管人拆的不是封箱的这批票")
	case !slices.ContainsFunc(c.b.peeled, func(l logged) bool {
		return fact(l.Leaf, "pair") == s.Pair && fact(l.Leaf, "peeled") == hex.EncodeToString(s.Peeled[:]) && l.index < c.b.result.index
	}):
		c.say("第一位保管人拆外层的结果，记录里没有")
	}
	return &s
}

// opening is what one pair handed in.
type opening struct {
	Pair   string          `json:"pair"`
	Peeled sealed.Peeled   `json:"peeled"`
	Opened *sealed.Outcome `json:"opened"`
	Salt   string          `json:"salt"`
}

// openings holds what each pair handed in against the entries of that moment;
// where all three had to open, they must agree.
func (c checking) openings(n sealed.Notice) {
	var list []opening
	if err := c.e.decode("openings", &list); err != nil {
		c.say("各对保管人开箱的内容读不懂（%v）", err)
		return
	}
	tallies := map[sealed.Pair]sealed.Tally{}
	for _, o := range list {
		if o.Opened == nil {
			continue
		}
		salt, err := hex.DecodeString(o.Salt)
		digest := ballot.OpenedDigest(salt, *o.Opened)
		if err != nil || !slices.ContainsFunc(c.b.unsealed, func(l logged) bool {
			return fact(l.Leaf, "pair") == o.Pair && fact(l.Leaf, "opened") == digest && l.index < c.b.result.index
		}) {
			c.say("%s 这一对保管人开出的票数，和当时存证的不同", o.Pair)
		}
		if pair, err := sealed.ReadPair(o.Pair); err == nil && n.CheckOutcome(*o.Opened) == nil && n.CheckPeeled(o.Peeled) == nil {
			tallies[pair] = sealed.Tally{Counted: o.Opened.Counted, Bad: o.Opened.Bad, Values: o.Opened.Values}
		} else {
			c.say("%s 这一对保管人的签名不对", o.Pair)
		}
	}
	if n.AllPairs() && len(tallies) > 0 {
		if err := sealed.Agree(tallies); err != nil {
			c.say("规定三对保管人都开箱、结果要一致（%v）", err)
		}
	}
}

// outcome checks the counts that the second of the pair signed. They are left out
// where few papers would show what those say.
func (c checking) outcome(n sealed.Notice, fixed sealed.Commitment, trustees []trustee, peeled *sealed.Peeled) *sealed.Outcome {
	counted, bad := c.e.number("counted"), c.e.number("bad")
	if counted+bad != fixed.N {
		c.say("开出 %d 票、无效 %d 票，合起来不是封箱的 %d 票", counted, bad, fixed.N)
	}
	i := slices.IndexFunc(trustees, func(t trustee) bool { return t.Opened != nil })
	if i < 0 {
		if fixed.Paper == 0 {
			c.say("没有第二位保管人开箱的签名")
		}
		return nil
	}
	s := *trustees[i].Opened
	switch {
	case n.CheckOutcome(s) != nil:
		c.say("第二位保管人开箱的签名不对")
	case peeled != nil && (s.Peeled != peeled.Peeled || s.Pair != peeled.Pair):
		c.say("第二位保管人开的不是第一位拆出的那份")
	case s.N != fixed.N || s.Counted != counted || s.Bad != bad:
		c.say("第二位保管人签名的票数和公布的不同：签名的是开出 %d 票、无效 %d 票", s.Counted, s.Bad)
	default:
		return &s
	}
	return nil
}

// destroyed checks the statements that seeds are gone.
func (c checking) destroyed(n sealed.Notice, trustees []trustee) {
	said := 0
	for _, t := range trustees {
		if t.Destroyed == nil {
			continue
		}
		said++
		if n.CheckHold(sealed.SaysDestroyed, *t.Destroyed) != nil {
			c.say("%s 席保管人销毁钥匙的签名不对", t.Seat)
		}
	}
	if c.b.erased != nil && said < 2 {
		c.say("第%d条记录说封票已经销毁，导出里却只有 %d 位保管人的声明", c.b.erased.index, said)
	}
}

// counts gives the counts of the result: those that were signed, and the papers.
// Where the signed ones are not published, the sums are all that can be checked.
func (c checking) counts(d ballot.Definition, fixed sealed.Commitment, signed *sealed.Outcome) (map[string]int, bool) {
	shown, _ := c.e.result["counts"].(map[string]any)
	counts := map[string]int{}
	for key, v := range shown {
		n, _ := v.(int64)
		counts[key] = int(n)
	}
	if cast, counted := c.e.number("cast"), c.e.number("counted"); cast < counted || cast > counted+fixed.Paper {
		c.say("公布 %d 票，而开出的封票 %d 票、纸质票最多 %d 张", cast, counted, fixed.Paper)
		return nil, false
	}
	if signed == nil {
		return counts, true
	}
	ok := len(signed.Values) == len(d.Options)
	for i := 0; ok && i < len(d.Options); i++ {
		for value := 1; value < len(signed.Values[i]); value++ {
			key := d.Options[i].ID
			if d.Kind == ballot.Score {
				key += ":" + strconv.Itoa(value)
			}
			papers := counts[key] - signed.Values[i][value]
			ok = ok && papers >= 0 && papers <= fixed.Paper
		}
	}
	if !ok {
		raw, _ := json.Marshal(signed.Values) // numbers
		c.say("公布的票数不是保管人签名的票数加上 %d 张纸质票：签名的是 %s", fixed.Paper, raw)
	}
	return counts, ok
}
