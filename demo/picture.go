package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"

	"golang.org/x/image/vector"
)

// Size of the drawn pictures, in pixels.
const (
	pictureWidth  = 720
	pictureHeight = 540
)

// canvas is a picture being drawn; coordinates are pixels from the top left.
type canvas struct {
	*image.RGBA
	d dice
}

type point struct{ x, y float64 }

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16 & 0xff), G: uint8(hex >> 8 & 0xff), B: uint8(hex & 0xff), A: 0xff}
}

// drawPicture draws a scene of village life as a JPEG. Photos would show real
// people and places; a drawing cannot.
func drawPicture(f file) ([]byte, error) {
	c := canvas{RGBA: image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight)), d: newDice(f.seed, f.scene)}
	c.landscape()
	scene, ok := scenes[f.scene]
	if !ok {
		return nil, fmt.Errorf("demo: no scene %q", f.scene)
	}
	scene(c)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, c.RGBA, &jpeg.Options{Quality: 84}); err != nil {
		return nil, fmt.Errorf("demo: encode %s: %w", f.name, err)
	}
	return b.Bytes(), nil
}

// fill draws a polygon. Only its own box is rasterised: the whole picture each
// time would cost a hundred times as much.
func (c canvas) fill(hex uint32, pts ...point) {
	box := boxOf(pts).Intersect(c.Bounds())
	if box.Empty() {
		return
	}
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, p := range pts {
		x, y := float32(p.x)-float32(box.Min.X), float32(p.y)-float32(box.Min.Y)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(c.RGBA, box, image.NewUniform(rgb(hex)), image.Point{})
}

func boxOf(pts []point) image.Rectangle {
	x0, y0, x1, y1 := pts[0].x, pts[0].y, pts[0].x, pts[0].y
	for _, p := range pts[1:] {
		x0, y0, x1, y1 = min(x0, p.x), min(y0, p.y), max(x1, p.x), max(y1, p.y)
	}
	return image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
}

func (c canvas) rect(hex uint32, x, y, w, h float64) {
	at := image.Rect(int(x), int(y), int(x+w), int(y+h))
	draw.Draw(c.RGBA, at, image.NewUniform(rgb(hex)), image.Point{}, draw.Src)
}

func (c canvas) disc(hex uint32, x, y, r float64) {
	pts := make([]point, 0, 24)
	for i := range 24 {
		a := float64(i) * math.Pi / 12
		pts = append(pts, point{x + r*math.Cos(a), y + r*math.Sin(a)})
	}
	c.fill(hex, pts...)
}

// ridge draws a range of hills whose crest lies around y.
func (c canvas) ridge(hex uint32, y, height float64) {
	phase, wave := c.d.Float64()*6, 90+c.d.Float64()*80
	pts := []point{{0, pictureHeight}}
	for x := 0.0; x <= pictureWidth; x += 12 {
		pts = append(pts, point{x, y - height*(math.Sin(x/wave+phase)+0.5*math.Sin(x/37+phase*2))})
	}
	c.fill(hex, append(pts, point{pictureWidth, pictureHeight})...)
}

// landscape draws sky, hills and meadow.
func (c canvas) landscape() {
	tints := []uint32{0xbfe0f2, 0xd5e6ef, 0xf3e3c4, 0xcfd9df}
	top := rgb(tints[c.d.IntN(len(tints))])
	for y := range 320 {
		k := float64(y) / 320
		mix := func(a uint8) uint8 { return uint8(float64(a)*(1-k) + 250*k) }
		row := image.Rect(0, y, pictureWidth, y+1)
		draw.Draw(c.RGBA, row, image.NewUniform(color.RGBA{mix(top.R), mix(top.G), mix(top.B), 0xff}), image.Point{}, draw.Src)
	}
	c.disc(0xfff3c9, 90+c.d.Float64()*520, 70+c.d.Float64()*40, 30)
	c.ridge(0x9db8b4, 220, 34)
	c.ridge(0x7fa68a, 262, 26)
	c.ridge(0x6f9b62, 318, 12)
}

func (c canvas) tree(x, y, size float64, fruit uint32) {
	c.rect(0x7a5a3c, x-size*0.07, y-size*0.4, size*0.14, size*0.4)
	c.disc(0x3f7d3e, x, y-size*0.65, size*0.36)
	c.disc(0x4d8f48, x-size*0.2, y-size*0.5, size*0.26)
	c.disc(0x4d8f48, x+size*0.2, y-size*0.52, size*0.26)
	if fruit != 0 {
		for range 7 {
			c.disc(fruit, x+(c.d.Float64()-0.5)*size*0.6, y-size*(0.4+c.d.Float64()*0.4), size*0.045)
		}
	}
}

func (c canvas) house(x, y, w float64) {
	h := w * 0.55
	c.rect(0xf4efe3, x, y-h, w, h)
	c.fill(0x59636b, point{x - w*0.08, y - h}, point{x + w*0.12, y - h*1.5}, point{x + w*0.88, y - h*1.5}, point{x + w*1.08, y - h})
	c.rect(0x8b5a34, x+w*0.42, y-h*0.6, w*0.16, h*0.6)
	for _, at := range []float64{0.1, 0.72} {
		c.rect(0x88aac0, x+w*at, y-h*0.7, w*0.18, h*0.3)
	}
}

func (c canvas) lamp(x, y, h float64) {
	c.rect(0x8a949b, x-3, y-h, 6, h)
	c.fill(0x2f4c6e, point{x - 26, y - h - 4}, point{x + 12, y - h - 20}, point{x + 16, y - h - 14}, point{x - 22, y - h + 2})
	c.rect(0x8a949b, x, y-h+14, 34, 4)
	c.fill(0xfff0a8, point{x + 22, y - h + 18}, point{x + 44, y - h + 18}, point{x + 48, y - h + 26}, point{x + 18, y - h + 26})
}
