package main

import (
	"errors"
	"fmt"
	"io/fs"

	"cunwu/config/rules"
	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/council"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/indicator"
	"cunwu/service/moderation"
	"cunwu/service/procedure"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/service/screening"
)

// ruleBook is everything of config/rules, read and checked.
type ruleBook struct {
	policy     *account.Policy
	notices    *account.Notices
	holidays   *calendar.Holidays
	procedures *procedure.Definitions
	catalogue  *disclosure.Catalogue
	screening  *screening.Screen
	duties     *duty.Rules
	indicators *indicator.Rules
	accounts   *disclosure.AccountRules
	directory  *consultation.Directory
	thresholds *ballot.Thresholds
	concerns   *concern.Rules
	councils   *council.Rules
	covenants  *covenant.Rules
	boards     *redblack.Rules
	moderation *moderation.Rules
	rankings   *ranking.Rules
}

// loadRules reads the whole rule book and reports all problems of all its parts
// at once: who mends the rules should not have to start the server ten times.
func loadRules(book fs.FS) (ruleBook, error) {
	var (
		b        ruleBook
		problems []error
	)
	note := func(part string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", part, err))
		}
	}
	powers, err := fs.ReadFile(book, "powers.yaml")
	note("powers.yaml", err)
	b.policy, err = account.ParsePolicy(powers)
	note("powers.yaml", err)
	notices, err := fs.Sub(book, "notices")
	note("notices", err)
	b.notices, err = account.ParseNotices(notices)
	note("notices", err)
	b.holidays, err = calendar.LoadHolidays(book)
	note("holidays", err)
	b.catalogue, err = disclosure.LoadCatalogue(book)
	note("catalogue", err)
	b.screening, err = screening.Load(book, "screening.yaml")
	note("screening.yaml", err)
	b.accounts, err = disclosure.LoadAccountRules(book, "accounts.yaml", b.catalogue)
	note("accounts.yaml", err)
	b.duties, err = duty.LoadRules(book)
	note("duties.yaml", err)
	b.indicators, err = indicator.LoadRules(book)
	note("indicators.yaml", err)
	b.thresholds, err = ballot.LoadThresholds(book)
	note("thresholds.yaml", err)
	b.directory, err = consultation.LoadDirectory(book)
	note(consultation.DirectoryFile, err)
	b.councils, err = council.LoadRules(book)
	note(council.RulesFile, err)
	b.boards, err = redblack.LoadRules(book)
	note(redblack.RulesFile, err)
	b.covenants, err = covenant.LoadRules(book)
	note(covenant.RulesFile, err)
	b.concerns, err = concern.LoadRules(book)
	note(concern.RulesFile, err)
	b.moderation, err = moderation.LoadRules(book)
	note(moderation.RulesFile, err)
	b.rankings, err = ranking.LoadRules(book)
	note(ranking.RulesFile, err)
	knownPower := func(power string) bool {
		return b.policy == nil || b.policy.PowerName(power) != ""
	}
	b.procedures, err = procedure.LoadDefinitions(book, knownPower, disclosure.Effects())
	note("procedures", err)
	return b, errors.Join(problems...)
}

// embeddedRules is the rule book that the binary carries.
func embeddedRules() (ruleBook, error) { return loadRules(rules.FS) }
