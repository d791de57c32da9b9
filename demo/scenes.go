package demo

// scenes are the things a village takes pictures of, by name.
var scenes = map[string]func(canvas){
	"road": canvas.road, "lamp": canvas.lamps, "canal": canvas.canal, "bank": canvas.riverbank, "tank": canvas.tank,
	"field": canvas.field, "house": canvas.houses, "orchard": canvas.orchard, "tea": canvas.tea, "bridge": canvas.bridge,
	"pond": canvas.pond, "square": canvas.square, "board": canvas.board, "voucher": canvas.voucher, "meeting": canvas.meeting,
}

// voucher draws an invoice whose private parts (account, phone, name) are
// blacked out, with the stamp of the supervisory committee.
func (c canvas) voucher() {
	c.rect(0xf4f1e8, 0, 0, pictureWidth, pictureHeight)
	c.rect(0xffffff, 40, 36, 640, 468)
	c.rect(0xb8483a, 230, 60, 260, 10)
	c.rect(0xb8483a, 270, 78, 180, 4)
	for row := range 7 {
		y := 120 + float64(row)*48
		c.rect(0xd9a79f, 70, y, 580, 2)
		for column := range 4 {
			if row < 6 && (row+column)%5 != 4 {
				c.rect(0x5b6470, 86+float64(column)*148, y+18, 50+c.d.Float64()*60, 9)
			}
		}
	}
	for _, bar := range [][3]float64{{86, 132, 190}, {382, 132, 230}, {86, 372, 150}} {
		c.rect(0x000000, bar[0], bar[1], bar[2], 26)
	}
	c.disc(0xc43a31, 560, 430, 52)
	c.disc(0xffffff, 560, 430, 46)
	c.rect(0xc43a31, 530, 424, 60, 12)
}

func (c canvas) road() {
	bend := 40 + c.d.Float64()*120
	c.fill(0xc9c6bd, point{320 - bend, 318}, point{350 - bend, 318}, point{420, 400}, point{610, 540}, point{150, 540}, point{330, 400})
	c.fill(0xded9cc, point{150, 540}, point{170, 540}, point{336, 400}, point{328, 400})
	c.fill(0xded9cc, point{590, 540}, point{610, 540}, point{422, 400}, point{414, 400})
	for i := range 5 {
		c.tree(60+float64(i)*36, 400+float64(i%2)*40, 70, 0)
	}
	c.house(540, 380, 110)
}

func (c canvas) lamps() {
	c.fill(0xc4c1b9, point{300, 330}, point{400, 330}, point{700, 540}, point{40, 540})
	for i := range 4 {
		c.lamp(430+float64(i)*78, 350+float64(i)*52, 90+float64(i)*44)
	}
	c.house(90, 390, 120)
	c.house(230, 350, 70)
}

func (c canvas) canal() {
	c.fill(0xb5b1a6, point{330, 320}, point{370, 320}, point{520, 540}, point{210, 540})
	c.fill(0x6fb1c9, point{340, 320}, point{360, 320}, point{478, 540}, point{252, 540})
	for i := range 5 {
		y := 400 + float64(i)*28
		c.fill(0x9ad0e0, point{322 - float64(i)*9, y}, point{350, y}, point{352, y + 5}, point{320 - float64(i)*9, y + 5})
	}
	for i := range 6 {
		c.fill(0x86b84f, point{float64(i) * 34, 420 + float64(i%3)*30}, point{float64(i)*34 + 30, 420 + float64(i%3)*30}, point{float64(i)*34 + 24, 436 + float64(i%3)*30}, point{float64(i)*34 - 6, 436 + float64(i%3)*30})
	}
	c.tree(610, 420, 110, 0)
}

func (c canvas) riverbank() {
	c.fill(0x8fb9bd, point{0, 410}, point{720, 360}, point{720, 470}, point{0, 540})
	for row := range 4 {
		for i := range 16 {
			x, y := float64(i)*46-float64(row%2)*22, 470+float64(row)*18-float64(i)*4.6
			c.fill([]uint32{0xa39d90, 0xb4ae9f, 0x958f83}[(i+row)%3], point{x, y}, point{x + 42, y - 4}, point{x + 42, y + 12}, point{x, y + 16})
		}
	}
	c.rect(0xf6f6f6, 600, 300, 14, 120)
	for i := range 6 {
		c.rect(0xc23b30, 600, 304+float64(i)*20, 14, 8)
	}
}

func (c canvas) tank() {
	c.rect(0xcfd3d4, 220, 340, 250, 120)
	c.fill(0xb9bec0, point{220, 340}, point{260, 310}, point{510, 310}, point{470, 340})
	c.fill(0xa6acaf, point{470, 340}, point{510, 310}, point{510, 430}, point{470, 460})
	c.disc(0x5c6b73, 350, 326, 20)
	c.rect(0x3b78a8, 0, 430, 220, 12)
	c.rect(0x3b78a8, 120, 442, 12, 80)
	c.tree(600, 450, 140, 0)
}

func (c canvas) field() {
	for row := range 4 {
		for i := range 5 {
			x, y := float64(i)*160-float64(row)*30-20, 340+float64(row)*50
			tint := []uint32{0xd9c25a, 0xb9c95b, 0x8fbf5a, 0xe0cf74}[c.d.IntN(4)]
			c.fill(tint, point{x, y}, point{x + 148, y}, point{x + 138, y + 44}, point{x - 14, y + 44})
		}
	}
	c.fill(0xcdc8bb, point{330, 330}, point{352, 330}, point{420, 540}, point{340, 540})
	c.rect(0xc4392f, 500, 396, 70, 36)
	c.rect(0x7fb0c8, 536, 378, 30, 20)
	c.disc(0x333333, 514, 436, 14)
	c.disc(0x333333, 556, 436, 14)
}

func (c canvas) houses() {
	c.house(60, 430, 200)
	c.house(330, 410, 150)
	c.house(540, 450, 160)
	c.fill(0xd8d3c6, point{0, 450}, point{720, 450}, point{720, 540}, point{0, 540})
	c.tree(300, 460, 100, 0)
}

func (c canvas) orchard() {
	for row := range 3 {
		for i := range 6 {
			c.tree(70+float64(i)*115-float64(row%2)*40, 380+float64(row)*64, 84+float64(row)*16, 0xd9534a)
		}
	}
	c.fill(0xc9b48c, point{340, 330}, point{356, 330}, point{430, 540}, point{350, 540})
}

func (c canvas) tea() {
	for row := range 9 {
		y := 330 + float64(row)*24
		tint := []uint32{0x3f7a3c, 0x4f8f45}[row%2]
		pts := []point{{0, y + 18}}
		for x := 0.0; x <= 720; x += 24 {
			pts = append(pts, point{x, y - 8*float64((int(x)/24+row)%2)})
		}
		c.fill(tint, append(pts, point{720, y + 18})...)
	}
	c.fill(0xcbb68f, point{300, 330}, point{318, 330}, point{470, 540}, point{400, 540})
}

func (c canvas) bridge() {
	c.fill(0x86b6c4, point{0, 430}, point{720, 430}, point{720, 540}, point{0, 540})
	c.rect(0xb9b5aa, 0, 370, 720, 26)
	for i := range 4 {
		c.rect(0xa29e94, 110+float64(i)*160, 396, 34, 90)
	}
	for i := range 24 {
		c.rect(0xe8e6df, float64(i)*30+8, 344, 6, 26)
	}
	c.rect(0xe8e6df, 0, 344, 720, 5)
}

func (c canvas) pond() {
	c.disc(0x7a9b5a, 360, 470, 250)
	c.fill(0x74b3c6, point{140, 430}, point{300, 390}, point{520, 400}, point{620, 450}, point{520, 520}, point{220, 520})
	for i := range 6 {
		x, y := 240+c.d.Float64()*280, 420+c.d.Float64()*80
		c.fill(0xd9e9ee, point{x, y}, point{x + 34, y - 3}, point{x + 40, y + 2}, point{x + 6, y + 4})
		_ = i
	}
	c.disc(0xe2574c, 600, 440, 18)
	c.disc(0x74b3c6, 600, 440, 9)
}

func (c canvas) square() {
	c.fill(0xd3cec4, point{60, 400}, point{660, 400}, point{720, 540}, point{0, 540})
	c.house(210, 400, 300)
	for i := range 3 {
		x := 90 + float64(i)*40
		c.rect(0x2f7fb5, x, 430, 6, 60)
		c.rect(0x2f7fb5, x, 430, 30, 6)
	}
	c.rect(0xb34a3c, 598, 300, 5, 190)
	c.rect(0xd9302a, 603, 300, 54, 34)
}

func (c canvas) board() {
	c.fill(0xd3cec4, point{0, 450}, point{720, 450}, point{720, 540}, point{0, 540})
	c.rect(0x7b8a93, 110, 180, 12, 300)
	c.rect(0x7b8a93, 600, 180, 12, 300)
	c.fill(0xb6362c, point{80, 180}, point{640, 180}, point{612, 146}, point{110, 146})
	c.rect(0xdfe5e8, 110, 180, 500, 230)
	for i := range 4 {
		x := 130 + float64(i)*118
		c.rect(0xffffff, x, 200, 104, 190)
		c.rect(0xb6362c, x+10, 210, 84, 12)
		for row := range 9 {
			w := 84.0
			if row%3 == 2 {
				w = 40 + c.d.Float64()*30
			}
			c.rect(0x9aa5ab, x+10, 234+float64(row)*16, w, 5)
		}
	}
}

func (c canvas) meeting() {
	c.fill(0xd8d3c6, point{0, 430}, point{720, 430}, point{720, 540}, point{0, 540})
	c.house(250, 400, 230)
	c.tree(120, 440, 170, 0)
	coats := []uint32{0x3e5c76, 0x8a3b3b, 0x4f6d4a, 0x6b5b7b, 0x7b6b4b}
	for i := range 14 {
		x, y := 110+float64(i%7)*78, 440+float64(i/7)*52
		c.disc(coats[c.d.IntN(len(coats))], x, y+26, 22)
		c.disc(0xe3b998, x, y-4, 11)
		c.disc(0x3a322c, x, y-9, 10)
	}
}
