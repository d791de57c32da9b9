package api

import "github.com/danielgtaylor/huma/v2"

// tidyDocument takes out of the document what the library adds beyond the
// standard (patternDescription has served when the sentences of refusals were
// made, and OpenAPI 3.1 knows no such word), and says of what is served by hand
// that it needs no token.
func (a *API) tidyDocument() {
	doc := a.huma.OpenAPI()
	for _, s := range doc.Components.Schemas.Map() {
		tidySchema(s)
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			if op.Security == nil {
				op.Security = openToAll()
			}
			for _, p := range op.Parameters {
				tidySchema(p.Schema)
			}
		}
	}
}

func tidySchema(s *huma.Schema) {
	if s == nil {
		return
	}
	s.PatternDescription = ""
	tidySchema(s.Items)
	for _, p := range s.Properties {
		tidySchema(p)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		tidySchema(more)
	}
}
