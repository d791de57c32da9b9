package paper

import (
	"fmt"

	"github.com/signintech/gopdf"
	"github.com/skip2/go-qrcode"
)

const family = "microhei"

// draw makes a PDF of what was laid out.
func draw(f *face, title string, doc *Document) ([]byte, error) {
	var pdf gopdf.GoPdf
	pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: pageWidth, H: pageHeight}})
	pdf.SetInfo(gopdf.PdfInfo{Title: title})
	if err := pdf.AddTTFFontData(family, f.raw); err != nil {
		return nil, fmt.Errorf("paper: embed the font: %w", err)
	}
	for _, p := range doc.Pages {
		pdf.AddPage()
		if err := drawPage(&pdf, p); err != nil {
			return nil, err
		}
	}
	out, err := pdf.GetBytesPdfReturnErr()
	if err != nil {
		return nil, fmt.Errorf("paper: write the document: %w", err)
	}
	return out, nil
}

func drawPage(pdf *gopdf.GoPdf, p Page) error {
	size := 0.0
	for _, r := range p.Runs {
		if r.Size != size {
			size = r.Size
			if err := pdf.SetFont(family, "", size); err != nil {
				return fmt.Errorf("paper: set the size: %w", err)
			}
		}
		pdf.SetXY(r.X, r.Y)
		if err := pdf.Text(r.Text); err != nil {
			return fmt.Errorf("paper: write a line: %w", err)
		}
	}
	for _, s := range p.Strokes {
		pdf.SetLineWidth(s.Width)
		pdf.Line(s.X1, s.Y1, s.X2, s.Y2)
	}
	for _, s := range p.Squares {
		if err := drawSquare(pdf, s); err != nil {
			return err
		}
	}
	return nil
}

// bleed closes the seams that some viewers show between touching shapes.
const bleed = 0.03

// drawSquare draws a code as shapes, so that it is sharp on every printer.
func drawSquare(pdf *gopdf.GoPdf, s Square) error {
	code, err := qrcode.New(s.Text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("paper: make a code: %w", err)
	}
	rows := code.Bitmap() // with its quiet zone
	step := s.Side / float64(len(rows))
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				pdf.RectFromUpperLeftWithStyle(s.X+float64(from)*step, s.Y+float64(y)*step, float64(x-from)*step+bleed, step+bleed, "F")
			}
		}
	}
	return nil
}
