package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"cunwu/service/fault"
)

// Technical bounds of an archive besides Limits.
const (
	maxEntries = 500 // files in the archive
	maxRatio   = 200 // unpacked to packed size
	maxStrings = 400_000
	maxStyles  = 65_000
	maxSpans   = 20_000
)

// archive is an xlsx being read. It is parsed here and not by the library that
// writes: one reader of the bytes, which streams and counts, and no second one
// that could see something else in them.
type archive struct {
	room
	parts     map[string]*zip.File
	left      int64 // bytes that may still be unpacked
	strings   []string
	formats   []format // by style
	since1904 bool
}

var errTooMuch = errors.New("workbook: more than was allowed")

func readXLSX(data []byte, l Limits) (Book, error) {
	a, err := openArchive(data, l)
	if err != nil {
		return Book{}, err
	}
	book, err := a.read()
	var known *fault.Fault
	switch {
	case err == nil:
		return book, nil
	case errors.As(err, &known):
		return Book{}, err
	case errors.Is(err, errTooMuch):
		return Book{}, ErrTooLarge.Saying("表格文件解开后太大，请另存为普通的 .xlsx 再试。").Because(err)
	}
	return Book{}, ErrUnreadable.Because(err)
}

// openArchive looks at the list of files alone: what they claim to be is
// checked here, what they are while they are read.
func openArchive(data []byte, l Limits) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, ErrUnreadable.Because(err)
	}
	a := &archive{room: room{Limits: l}, parts: map[string]*zip.File{}, left: min(l.Unpacked, int64(len(data))*maxRatio)}
	var claimed int64
	for _, f := range z.File {
		const encrypted = 1
		if f.Flags&encrypted != 0 {
			return nil, ErrUnreadable.Saying("文件加了密码，请去掉密码再上传。")
		}
		claimed += int64(min(f.UncompressedSize64, 1<<40))
		name := strings.ToLower(strings.TrimPrefix(f.Name, "/"))
		if _, twice := a.parts[name]; twice {
			return nil, ErrUnreadable // two parts of one name: programs would not agree on what it says
		}
		a.parts[name] = f
	}
	if len(z.File) > maxEntries || claimed > a.left {
		return nil, ErrTooLarge.Saying("表格文件解开后太大，请另存为普通的 .xlsx 再试。")
	}
	return a, nil
}

func (a *archive) read() (Book, error) {
	sheets, err := a.sheets()
	if err != nil {
		return Book{}, err
	}
	if len(sheets) > a.Sheets {
		return Book{}, ErrTooLarge.Saying("一个文件最多 %d 张工作表。", a.Sheets)
	}
	if err := a.readStrings(); err != nil {
		return Book{}, err
	}
	if err := a.readStyles(); err != nil {
		return Book{}, err
	}
	var book Book
	for _, s := range sheets {
		r := &sheetReader{archive: a, sheet: Sheet{Name: s.name}}
		if err := a.walk(s.part, r.token); err != nil {
			return Book{}, err
		}
		r.unspan()
		book.Sheets = append(book.Sheets, r.sheet)
	}
	return book, nil
}

// walk hands the tokens of a part to see, within what may be unpacked.
func (a *archive) walk(part string, see func(xml.Token) error) error {
	f, ok := a.parts[strings.ToLower(part)]
	if !ok {
		return fmt.Errorf("workbook: part %q is missing", part)
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("workbook: open a part: %w", err)
	}
	defer func() { _ = r.Close() }() // read side: nothing is lost
	d := xml.NewDecoder(&bounded{r: r, left: &a.left})
	depth := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("workbook: read a part: %w", err)
		}
		switch t.(type) {
		case xml.Directive: // a document type: entities that point or grow
			return errors.New("workbook: a document type in a part")
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > 64 {
			return errors.New("workbook: nested too deep")
		}
		if err := see(t); err != nil {
			return err
		}
	}
}

// bounded reads what is left of the bytes that may be unpacked.
type bounded struct {
	r    io.Reader
	left *int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if *b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.r.Read(p[:min(int64(len(p)), *b.left)])
	*b.left -= int64(n)
	return n, err //nolint:wrapcheck // io.EOF must stay what it is
}

type sheetPart struct{ name, part string }

// sheets lists the worksheets in the order of their tabs.
func (a *archive) sheets() ([]sheetPart, error) {
	var names, ids []string
	err := a.walk("xl/workbook.xml", func(t xml.Token) error {
		e, ok := t.(xml.StartElement)
		switch {
		case ok && e.Name.Local == "workbookPr":
			v := attr(e, "date1904")
			a.since1904 = v == "1" || v == "true"
		case ok && e.Name.Local == "sheet":
			if len(names) > a.Sheets {
				return nil
			}
			names, ids = append(names, attr(e, "name")), append(ids, attr(e, "id"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	err = a.walk("xl/_rels/workbook.xml.rels", func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/worksheet") {
			targets[attr(e, "Id")] = attr(e, "Target")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []sheetPart
	for i, id := range ids {
		target, ok := targets[id]
		if !ok {
			continue // a sheet of charts
		}
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(target, "/")
		} else {
			target = path.Join("xl", target)
		}
		out = append(out, sheetPart{names[i], target})
	}
	if len(out) == 0 {
		return nil, errors.New("workbook: no worksheet")
	}
	return out, nil
}

// readStrings reads the texts that cells share; the reading of a text aloud
// (rPh) is none of it.
func (a *archive) readStrings() error {
	if _, ok := a.parts["xl/sharedstrings.xml"]; !ok {
		return nil
	}
	var text strings.Builder
	inText, aloud := false, 0
	return a.walk("xl/sharedStrings.xml", func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "t"
			if e.Name.Local == "rPh" {
				aloud++
			}
		case xml.EndElement:
			inText = false
			switch e.Name.Local {
			case "rPh":
				aloud--
			case "si":
				if len(a.strings) >= maxStrings {
					return errTooMuch
				}
				a.strings = append(a.strings, text.String())
				text.Reset()
			}
		case xml.CharData:
			if inText && aloud == 0 {
				text.Write(e)
			}
		}
		return nil
	})
}

// readStyles reads which styles show a number as something else.
func (a *archive) readStyles() error {
	if _, ok := a.parts["xl/styles.xml"]; !ok {
		return nil
	}
	codes := map[int]format{}
	cellStyles := false
	return a.walk("xl/styles.xml", func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "numFmt":
				if len(codes) < maxStyles {
					codes[intAttr(e, "numFmtId")] = custom(attr(e, "formatCode"))
				}
			case "cellXfs":
				cellStyles = true
			case "xf":
				if cellStyles && len(a.formats) < maxStyles {
					id := intAttr(e, "numFmtId")
					f, ok := codes[id]
					if !ok {
						f = builtin(id)
					}
					a.formats = append(a.formats, f)
				}
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				cellStyles = false
			}
		}
		return nil
	})
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func intAttr(e xml.StartElement, name string) int {
	n, err := strconv.Atoi(attr(e, name))
	if err != nil {
		return 0
	}
	return n
}
