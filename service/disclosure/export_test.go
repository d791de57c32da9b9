package disclosure

// What tests look at from outside.
var (
	CheckShape  = checkShape
	CheckTotals = checkTotals
	ReadContent = readContent
)

// On gives the service over another store.
func (s *Service) On(store Store) *Service { return New(store, s.opt) }
