package disclosure

// On gives the service over another store.
func (s *Service) On(store Store) *Service { return New(store, s.opt) }
