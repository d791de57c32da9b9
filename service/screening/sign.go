package screening

import (
	"slices"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Signature is how whoever acts in an office is shown: the masked name and what
// people call the office. office names a role, nil for its identifier.
func Signature(by account.Caller, role account.Role, office func(account.Role) string) string {
	title := string(role)
	if office != nil {
		title = office(role)
	}
	if by.DisplayName == "" {
		return title
	}
	return MaskName(by.DisplayName) + " " + title
}

// Refuse checks parts of a text about a place and gives refusal with all that was
// found, nil for nothing.
func (s *Screen) Refuse(place region.Code, refusal *fault.Fault, parts ...Part) error {
	if found := s.Check(string(place), parts...); len(found) > 0 {
		return refusal.With(fieldsOf(found)...)
	}
	return nil
}

// fieldsOf tells findings as parts of a refusal. What was found twice at one place
// in the same form is told once.
func fieldsOf(findings []Finding) []fault.Field {
	var out []fault.Field
	for _, f := range findings {
		field := fault.Field{Location: f.Location, Message: f.Message()}
		if !slices.Contains(out, field) {
			out = append(out, field)
		}
	}
	return out
}
