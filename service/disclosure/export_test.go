package disclosure

// What tests look at from outside.
var (
	CheckShape  = checkShape
	CheckTotals = checkTotals
	ReadContent = readContent
)

// CheckAccounts asks whether accounts follow from themselves and from what the
// period before closed with (nil: nothing stands of it).
func CheckAccounts(rules *AccountRules, item CatalogueItem, c Content, closing *int64) error {
	return checkAccounts(rules, item, c, previous{period: "2026-01", closing: closing})
}

// MaskPayee hides persons among payees.
func (r *AccountRules) MaskPayee(payee string) string { return r.maskPayee(payee) }

// Without gives the service without rules of accounts.
func (s *Service) Without() *Service {
	opt := s.opt
	opt.Accounts = nil
	return New(s.store, opt)
}

// On gives the service over another store.
func (s *Service) On(store Store) *Service { return New(store, s.opt) }
