package search

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrTooShort: nothing to look for.
	ErrTooShort = fault.Define(fault.Invalid, "search.too_short", "请至少输入两个字再查找。")
	// ErrTooLong: more than MaxCharacters.
	ErrTooLong = fault.Define(fault.Invalid, "search.too_long", "查找的内容太长了，请只输入关键的几个字。")
	// ErrPeriod: a period that is none.
	ErrPeriod = fault.Define(fault.Invalid, "search.period_invalid", "期间写得不对，请写成 2026、2026H1、2026Q3、2026-09 或 2026-09-30。")
)
