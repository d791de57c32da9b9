package demo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// Size of the pictures of concerns, in pixels: phones send larger ones, and the
// sample is to be written fast.
const (
	snapWidth  = 280
	snapHeight = 210
)

// damages are what is wrong on a picture, drawn over a scene of a village that
// is in order, so that before and after can be compared.
var damages = map[string]struct {
	scene string
	draw  func(canvas)
}{
	"pothole":    {"road", func(c canvas) { c.blots(0x4b4740, 6, 300, 400, 44) }},
	"mud":        {"road", func(c canvas) { c.blots(0x7d6142, 26, 190, 400, 36) }},
	"weeds":      {"road", func(c canvas) { c.blots(0x356b2c, 30, 110, 400, 30) }},
	"wall":       {"bank", func(c canvas) { c.blots(0x8a7a63, 18, 250, 380, 40) }},
	"rail":       {"bridge", func(c canvas) { c.fill(0x6b6f73, point{300, 330}, point{312, 326}, point{390, 450}, point{376, 454}) }},
	"planks":     {"pond", func(c canvas) { c.blots(0x3e2f20, 5, 240, 430, 22) }},
	"drytank":    {"tank", func(c canvas) { c.rect(0x8a7a5c, 300, 430, 190, 40) }},
	"rusty":      {"tank", func(c canvas) { c.blots(0xa5682a, 14, 280, 420, 20) }},
	"darklamp":   {"lamp", func(c canvas) { c.dusk() }},
	"wires":      {"house", func(c canvas) { c.strings() }},
	"rubbish":    {"square", func(c canvas) { c.heap() }},
	"blackwater": {"canal", func(c canvas) { c.fill(0x2f2b28, point{340, 320}, point{360, 320}, point{478, 540}, point{252, 540}) }},
	"leak":       {"canal", func(c canvas) { c.blots(0x6b573c, 20, 240, 400, 34) }},
	"dog":        {"road", func(c canvas) { c.dog(380, 440) }},
}

// blots lays flat patches around a place.
func (c canvas) blots(hex uint32, n int, x, y, size float64) {
	for range n {
		at, low, w := x+c.d.Float64()*230, y+c.d.Float64()*110, size*(0.5+c.d.Float64())
		c.fill(hex, point{at, low}, point{at + w*0.6, low - w*0.22}, point{at + w*1.3, low}, point{at + w*0.7, low + w*0.25})
	}
}

// dusk darkens the picture.
func (c canvas) dusk() {
	for i, v := range c.Pix {
		if i%4 != 3 {
			c.Pix[i] = v / 3
		}
	}
}

func (c canvas) strings() {
	for i := range 5 {
		y := 200 + float64(i)*16
		c.fill(0x2b2b2b, point{0, y}, point{360, y + 46}, point{720, y - 10}, point{720, y - 7}, point{360, y + 50}, point{0, y + 3})
	}
	c.disc(0xf6b73c, 420, 244, 9)
}

func (c canvas) heap() {
	colors := []uint32{0x5b6770, 0xe3e3df, 0x3b74a8, 0xb44a3c, 0x8b7a50}
	for i := range 40 {
		c.disc(colors[i%len(colors)], 240+c.d.Float64()*240, 440+c.d.Float64()*70, 8+c.d.Float64()*16)
	}
}

func (c canvas) dog(x, y float64) {
	c.rect(0x4a3626, x, y, 90, 34)
	c.disc(0x4a3626, x+100, y-6, 20)
	c.fill(0x4a3626, point{x + 90, y - 20}, point{x + 96, y - 40}, point{x + 106, y - 22})
	c.fill(0x4a3626, point{x, y + 4}, point{x - 30, y - 22}, point{x - 24, y - 26}, point{x + 8, y + 2})
	for _, leg := range []float64{4, 22, 62, 80} {
		c.rect(0x4a3626, x+leg, y+30, 9, 34)
	}
}

// snapshots are the pictures of concerns, each made once, ahead of its use.
type snapshots struct {
	made map[string]*rendering
}

func newSnapshots(seed uint64) *snapshots {
	s := &snapshots{made: map[string]*rendering{}}
	for name := range damages {
		s.made[name] = &rendering{done: make(chan struct{})}
	}
	for _, name := range []string{"road", "lamp", "canal", "bank", "tank", "field", "bridge", "pond", "square", "orchard", "tea", "meeting"} {
		s.made[name] = &rendering{done: make(chan struct{})}
	}
	go func() {
		for name, r := range s.made {
			r.data, r.err = drawSnapshot(seed, name)
			close(r.done)
		}
	}()
	return s
}

// get waits for a picture.
func (s *snapshots) get(ctx context.Context, name string) ([]byte, error) {
	r := s.made[name]
	if r == nil {
		return nil, fmt.Errorf("%w: no picture %q", errPlan, name)
	}
	select {
	case <-r.done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// drawSnapshot draws a scene, with what is wrong there, as small as a thumb.
func drawSnapshot(seed uint64, name string) ([]byte, error) {
	scene, wrong := name, damages[name]
	if wrong.draw != nil {
		scene = wrong.scene
	}
	c := canvas{RGBA: image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight)), d: newDice(seed, "snapshot", scene)}
	c.landscape()
	scenes[scene](c)
	if wrong.draw != nil {
		wrong.draw(c)
	}
	small := image.NewRGBA(image.Rect(0, 0, snapWidth, snapHeight))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), c.RGBA, c.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: 82}); err != nil {
		return nil, fmt.Errorf("demo: encode %s: %w", name, err)
	}
	return b.Bytes(), nil
}
