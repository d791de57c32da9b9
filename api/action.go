package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"cunwu/service/procedure"
)

// actionBody is a step of a case: {"action": "...", ...} with what the action
// asks for beside it, and "media" for attachments. Which fields an action takes
// is data (available_actions); the procedure refuses those it does not know.
type actionBody struct {
	procedure.Input
}

// UnmarshalJSON takes the fields apart. The schema has seen to it that they
// are texts.
func (b *actionBody) UnmarshalJSON(raw []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for name, value := range all {
		var err error
		switch name {
		case "action":
			err = json.Unmarshal(value, &b.Action)
		case "media":
			err = json.Unmarshal(value, &b.Media)
		default:
			var s string
			if err = json.Unmarshal(value, &s); err == nil {
				if b.Fields == nil {
					b.Fields = map[string]string{}
				}
				b.Fields[name] = s
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Schema describes the body for the document and for the check of its shape.
func (actionBody) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{
		Type:     "object",
		Required: []string{"action"},
		Properties: map[string]*huma.Schema{
			"action": {Type: "string", MinLength: ptr(1), MaxLength: ptr(40), Description: "办哪一步，见 available_actions"},
			"media":  {Type: "array", MaxItems: ptr(30), Items: &huma.Schema{Type: "string", MaxLength: ptr(40)}, Description: "附件编号"},
		},
		AdditionalProperties: &huma.Schema{Type: "string", MaxLength: ptr(2000), Description: "这一步要填的内容"},
		MaxProperties:        ptr(30),
	}
	s.PrecomputeMessages()
	for _, p := range s.Properties {
		p.PrecomputeMessages()
	}
	return s
}
