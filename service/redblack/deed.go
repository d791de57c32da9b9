package redblack

import "context"

// DeedOf reports whether an entry under way or listed is about a resident. It is
// for the program: who endorses a deed is not the one who did it.
func (s *Service) DeedOf(ctx context.Context, id, residentID string) (bool, error) {
	if residentID == "" {
		return false, nil
	}
	subject, err := s.store.BoardSubject(ctx, id)
	return subject != "" && subject == s.subjectKey(residentID), err
}
