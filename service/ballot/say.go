package ballot

var electorateNames = map[Electorate]string{
	Residents: "十八周岁以上的村民", Households: "每户一票，户里十八周岁以上的人都可以代表本户投", Representatives: "村民代表",
	PartyMembers: "党员", Collective: "村集体经济组织成员", Body: "规定的会议成员", Interested: "与这件事有关的村民",
}

// Name says who is on the roll, in words.
func (e Electorate) Name() string { return electorateNames[e] }

// Unit is what the entries of the roll are counted in: 人 or 户.
func (e Electorate) Unit() string {
	if e == Households {
		return "户"
	}
	return "人"
}

// Said says what a share asks for, of entries counted in a unit: 超过投票人数的半数.
// It is "" where it asks for nothing.
func (s Share) Said(unit string) string {
	whole := "投票"
	switch {
	case s.Den == 0:
		return ""
	case s.Of == OfRoll:
		whole = "名册"
	}
	return reach(s) + whole + unit + "数的" + s.part()
}
