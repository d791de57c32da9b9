package media

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

const (
	jpegQuality  = 85
	thumbQuality = 75

	markerSOF0  = 0xC0
	markerSOF15 = 0xCF
	markerDHT   = 0xC4
	markerJPG   = 0xC8
	markerDAC   = 0xCC
	markerSOF2  = 0xC2

	bytesPerCoefficient = 4 // the decoder keeps progressive coefficients as int32
)

// made is a file as it will be stored.
type made struct {
	kind          Kind
	full, thumb   []byte
	width, height int
}

// remake decodes a picture that passed checkDimensions and encodes
// it anew: turned upright, not larger than the limit, without anything that is
// not pixels. Gives ErrBroken.
func (l Limits) remake(kind Kind, data []byte) (made, error) {
	img, err := decode(kind, data)
	if err != nil {
		return made{}, ErrBroken.Because(err)
	}
	img = fit(img, l.StoredSide)
	if kind == JPEG {
		img = upright(img, orientation(data))
	}
	return l.encode(kind, img)
}

func decode(kind Kind, data []byte) (image.Image, error) {
	if kind == PNG {
		return png.Decode(bytes.NewReader(data))
	}
	return jpeg.Decode(bytes.NewReader(data))
}

// checkDimensions refuses before anything is allocated for pixels. Besides
// pixels and sides it bounds the decoder's memory: a progressive JPEG or a
// 16-bit PNG costs several times what a plain picture of its size does.
func (l Limits) checkDimensions(kind Kind, data []byte) error {
	var (
		c    image.Config
		err  error
		cost int64
	)
	if kind == PNG {
		c, err = png.DecodeConfig(bytes.NewReader(data))
	} else {
		c, err = jpeg.DecodeConfig(bytes.NewReader(data))
	}
	if err != nil {
		return ErrBroken.Because(err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return ErrBroken
	}
	pixels := int64(c.Width) * int64(c.Height)
	if c.Width > l.Side || c.Height > l.Side || pixels > l.Pixels {
		return ErrDimensions.At("file", "照片为 %d×%d 像素，最多 %d 万像素，每边最多 %d 像素。", c.Width, c.Height, l.Pixels/10000, l.Side)
	}
	if kind == PNG {
		cost = pixels * pngBytes(c.ColorModel)
	} else {
		cost = pixels * jpegTenths(data) / 10
	}
	if cost > l.DecodeBytes {
		return ErrDimensions.At("file", "这张照片的格式需要太多内存，请截图或重新拍照后再上传。")
	}
	return nil
}

func pngBytes(m color.Model) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.Gray16Model:
		return 2
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// jpegTenths gives the decoder's memory per pixel of a JPEG, in tenths of a byte.
func jpegTenths(data []byte) int64 {
	for _, s := range headerSegments(data) {
		if s.marker < markerSOF0 || s.marker > markerSOF15 || s.marker == markerDHT || s.marker == markerJPG || s.marker == markerDAC {
			continue
		}
		samples := samplesTenths(s.body)
		if s.marker == markerSOF2 {
			return samples * (1 + bytesPerCoefficient)
		}
		return samples
	}
	return 10 * (1 + bytesPerCoefficient) * 4
}

// samplesTenths reads a start-of-frame segment: how many samples there are per
// pixel over all components, in tenths. Four components are kept as RGBA besides.
func samplesTenths(sof []byte) int64 {
	const head, per = 6, 3
	if len(sof) < head {
		return 40
	}
	n := int(sof[5])
	if n == 0 || len(sof) < head+per*n {
		return 40
	}
	var sum, most int64
	for i := range n {
		hv := sof[head+per*i+1]
		area := int64(hv>>4) * int64(hv&0xF)
		sum += area
		most = max(most, area)
	}
	if most == 0 {
		return 40
	}
	tenths := (10*sum + most - 1) / most
	if n == 4 {
		tenths += 40
	}
	return tenths
}

// fit gives the picture with no side longer than side. Each halving by
// ApproxBiLinear is an exact mean of four pixels, so that nothing flickers and
// no large kernel buffers are needed; the last step is less than two to one.
func fit(img image.Image, side int) image.Image {
	for longest(img) >= 2*side {
		b := img.Bounds()
		img = scale(draw.ApproxBiLinear, img, max(1, b.Dx()/2), max(1, b.Dy()/2))
	}
	if longest(img) <= side {
		return img
	}
	w, h := within(img, side)
	return scale(draw.ApproxBiLinear, img, w, h)
}

// thumbnail gives a small picture: quickly to between one and two times the
// size, then finely.
func thumbnail(img image.Image, side int) image.Image {
	img = fit(img, 2*side)
	if longest(img) <= side {
		return img
	}
	w, h := within(img, side)
	return scale(draw.CatmullRom, img, w, h)
}

func longest(img image.Image) int { return max(img.Bounds().Dx(), img.Bounds().Dy()) }

func within(img image.Image, side int) (w, h int) {
	b := img.Bounds()
	l := longest(img)
	return max(1, b.Dx()*side/l), max(1, b.Dy()*side/l)
}

func scale(by draw.Scaler, img image.Image, w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	by.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// upright turns and mirrors a picture by its EXIF orientation.
func upright(img image.Image, o int) image.Image {
	if o <= 1 || o > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	outW, outH := w, h
	if o >= 5 {
		outW, outH = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, outW, outH))
	for y := range h {
		for x := range w {
			dx, dy := turned(o, x, y, w, h)
			out.Set(dx, dy, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// turned says where the pixel (x, y) of a stored w by h picture belongs.
func turned(o, x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}

func (l Limits) encode(kind Kind, img image.Image) (made, error) {
	p := made{kind: kind, width: img.Bounds().Dx(), height: img.Bounds().Dy()}
	full, err := encodeAs(kind, img, jpegQuality)
	if err == nil && kind == PNG && int64(len(full)) > l.Bytes {
		// A photograph saved as PNG: as JPEG it is a tenth of that.
		p.kind = JPEG
		full, err = encodeAs(JPEG, onWhite(img), jpegQuality)
	}
	if err != nil {
		return made{}, ErrBroken.Because(err)
	}
	p.full = full
	p.thumb, err = encodeAs(JPEG, onWhite(thumbnail(img, l.ThumbSide)), thumbQuality)
	if err != nil {
		return made{}, ErrBroken.Because(err)
	}
	return p, nil
}

func encodeAs(kind Kind, img image.Image, quality int) ([]byte, error) {
	var buf bytes.Buffer
	if kind == PNG {
		err := png.Encode(&buf, img)
		return buf.Bytes(), err
	}
	err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality})
	return buf.Bytes(), err
}

// onWhite puts a picture that can be seen through on white paper, because JPEG
// would show the void as black.
func onWhite(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}
