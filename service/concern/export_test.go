package concern

// Drawn tells tests who is called.
func Drawn(s *Service, id string) bool { return s.drawn(id) }
