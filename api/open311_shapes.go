package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// Shapes of Open311 GeoReport v2: fields, names and order are the standard's.
// JSON follows from XML by its Spark convention: lists of one kind are arrays
// without a name, what is empty is null.

// words311 is a text that may be missing: null in JSON, an empty element in XML.
type words311 string

// MarshalJSON gives null where there is nothing.
func (w words311) MarshalJSON() ([]byte, error) {
	if w == "" {
		return []byte("null"), nil
	}
	return encode(string(w))
}

// Schema says so in the document.
func (words311) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true}
}

// degrees311 are of a place that may have none.
type degrees311 struct{ value *float64 }

// MarshalJSON gives a number or null.
func (d degrees311) MarshalJSON() ([]byte, error) {
	if d.value == nil {
		return []byte("null"), nil
	}
	return json.Marshal(*d.value) //nolint:wrapcheck // a number
}

// MarshalText gives the text of an XML element, empty where there is none.
func (d degrees311) MarshalText() ([]byte, error) {
	if d.value == nil {
		return nil, nil
	}
	return strconv.AppendFloat(nil, *d.value, 'f', -1, 64), nil
}

// Schema says so in the document.
func (degrees311) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Nullable: true}
}

// Discovery311 says where the endpoints are.
type Discovery311 struct {
	XMLName    xml.Name      `json:"-" xml:"discovery"`
	Changeset  string        `json:"changeset" xml:"changeset" doc:"服务种类最近一次改动"`
	Contact    string        `json:"contact" xml:"contact"`
	KeyService string        `json:"key_service" xml:"key_service"`
	Endpoints  []Endpoint311 `json:"endpoints" xml:"endpoints>endpoint"`
}

// Endpoint311 is one of them.
type Endpoint311 struct {
	Specification string   `json:"specification" xml:"specification"`
	URL           string   `json:"url" xml:"url"`
	Changeset     string   `json:"changeset" xml:"changeset"`
	Type          string   `json:"type" xml:"type" enum:"production,test"`
	Formats       []string `json:"formats" xml:"formats>format"`
}

// Service311 is a category of concerns.
type Service311 struct {
	Code        string   `json:"service_code" xml:"service_code" example:"road"`
	Name        string   `json:"service_name" xml:"service_name" example:"道路桥梁"`
	Description words311 `json:"description" xml:"description"`
	Metadata    bool     `json:"metadata" xml:"metadata"`
	Type        string   `json:"type" xml:"type" enum:"realtime,batch,blackbox"`
	Keywords    words311 `json:"keywords" xml:"keywords"`
	Group       words311 `json:"group" xml:"group"`
}

// Definition311 is what a service asks for besides: nothing.
type Definition311 struct {
	XMLName    xml.Name `json:"-" xml:"service_definition"`
	Code       string   `json:"service_code" xml:"service_code"`
	Attributes []string `json:"attributes" xml:"attributes>attribute"`
}

// Request311 is a public concern. Closed is not solved: Notes say how it ended.
type Request311 struct {
	ID          string     `json:"service_request_id" xml:"service_request_id"`
	Status      string     `json:"status" xml:"status" enum:"open,closed" doc:"closed 只是了结，不等于解决"`
	Notes       words311   `json:"status_notes" xml:"status_notes" doc:"到了哪一步，怎么了结的"`
	Service     string     `json:"service_name" xml:"service_name"`
	Code        string     `json:"service_code" xml:"service_code"`
	Description words311   `json:"description" xml:"description"`
	Agency      words311   `json:"agency_responsible" xml:"agency_responsible"`
	Notice      words311   `json:"service_notice" xml:"service_notice"`
	Requested   string     `json:"requested_datetime" xml:"requested_datetime" format:"date-time"`
	Updated     string     `json:"updated_datetime" xml:"updated_datetime" format:"date-time"`
	Expected    words311   `json:"expected_datetime" xml:"expected_datetime"`
	Address     words311   `json:"address" xml:"address"`
	AddressID   words311   `json:"address_id" xml:"address_id" doc:"村或组的代码"`
	Zipcode     words311   `json:"zipcode" xml:"zipcode"`
	Lat         degrees311 `json:"lat" xml:"lat" doc:"精确到约一百米"`
	Long        degrees311 `json:"long" xml:"long"`
	Media       words311   `json:"media_url" xml:"media_url"`
}

// Update311 is a line of a concern's public timeline, an extension.
type Update311 struct {
	ID          string   `json:"update_id" xml:"update_id"`
	Request     string   `json:"service_request_id" xml:"service_request_id"`
	Status      string   `json:"status" xml:"status" enum:"open,closed"`
	Notes       words311 `json:"status_notes" xml:"status_notes"`
	Updated     string   `json:"updated_datetime" xml:"updated_datetime" format:"date-time"`
	Description words311 `json:"description" xml:"description"`
	Media       words311 `json:"media_url" xml:"media_url"`
}

// Error311 is a refusal: the code is the HTTP status.
type Error311 struct {
	Code        int    `json:"code" xml:"code" example:"404"`
	Description string `json:"description" xml:"description"`
}

// Lists have a name in XML alone.
type (
	services311 struct {
		XMLName xml.Name     `xml:"services"`
		Items   []Service311 `xml:"service"`
	}
	requests311 struct {
		XMLName xml.Name     `xml:"service_requests"`
		Items   []Request311 `xml:"request"`
	}
	updates311 struct {
		XMLName xml.Name    `xml:"service_request_updates"`
		Items   []Update311 `xml:"request_update"`
	}
	errors311 struct {
		XMLName xml.Name   `xml:"errors"`
		Items   []Error311 `xml:"error"`
	}
)

// format311 is how an answer is written.
type format311 string

const (
	json311 format311 = "json"
	xml311  format311 = "xml"
)

func (f format311) contentType() string {
	if f == xml311 {
		return "text/xml; charset=utf-8"
	}
	return "application/json; charset=utf-8"
}

// write encodes one of the shapes above; in JSON a list stands for itself.
func (f format311) write(v any) ([]byte, error) {
	if f == xml311 {
		body, err := xml.MarshalIndent(v, "", " ")
		if err != nil {
			return nil, fmt.Errorf("api: write XML: %w", err)
		}
		return append([]byte(xml.Header), append(body, '\n')...), nil
	}
	switch l := v.(type) {
	case services311:
		v = l.Items
	case requests311:
		v = l.Items
	case updates311:
		v = l.Items
	case errors311:
		v = l.Items
	}
	var buf bytes.Buffer
	err := jsonFormat.Marshal(&buf, v)
	return buf.Bytes(), err
}
