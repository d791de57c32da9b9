package concern

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Technical limits; they come from no rule.
const (
	maxPlaceText = 60
	maxName      = 20
	maxContact   = 30
	maxTitle     = 24 // characters of the text that lists show
	maxPage      = 50
)

var (
	visibilities = []Visibility{Public, Named, Private, Sealed}
	channels     = []Channel{ByApp, InPerson, ByPhone, OnTalkDay}
)

// checked is what is raised, found sound, with what was looked up for it.
type checked struct {
	NewConcern
	village region.Region
	objects []media.Object
	forWhom account.RollEntry
}

// check looks at everything that was sent, before any power is asked.
func (s *Service) check(ctx context.Context, by account.Caller, in NewConcern) (checked, error) {
	out := checked{NewConcern: in}
	out.Text, out.Transcript, out.Place.Text = strings.TrimSpace(in.Text), strings.TrimSpace(in.Transcript), strings.TrimSpace(in.Place.Text)
	if err := s.checkTexts(&out.NewConcern); err != nil {
		return out, err
	}
	if err := s.checkWords(in); err != nil {
		return out, err
	}
	if err := checkBehalf(&out.NewConcern); err != nil {
		return out, err
	}
	var err error
	if out.village, err = s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return out, err
	}
	if in.Group != "" {
		if _, err := s.opt.Places.Active(ctx, in.Group, region.Group); err != nil {
			return out, err
		}
	}
	if out.objects, err = s.checkMedia(ctx, by, "body.media", in.Media, true); err != nil {
		return out, err
	}
	if err := s.lookUpBehalf(ctx, by, &out); err != nil {
		return out, err
	}
	return out, s.checkTalkDay(ctx, in)
}

func (s *Service) checkTexts(in *NewConcern) error {
	least, most := s.opt.Rules.Text.Min, s.opt.Rules.Text.Max
	switch n := utf8.RuneCountInString(in.Text); {
	case screening.Visible(in.Text) < least:
		return ErrTextLength.At("body.text", "请把事情说清楚，至少 %d 个字。", least)
	case n > most:
		return ErrTextLength.At("body.text", "最多 %d 个字，现在是 %d 个字。", most, n)
	case utf8.RuneCountInString(in.Transcript) > most:
		return ErrTextLength.At("body.transcript", "最多 %d 个字。", most)
	case utf8.RuneCountInString(in.Place.Text) > maxPlaceText:
		return fault.ErrInvalid.At("body.place.text", "地点最多 %d 个字。", maxPlaceText)
	}
	for at, text := range map[string]string{"body.text": in.Text, "body.transcript": in.Transcript, "body.place.text": in.Place.Text} {
		if screening.Unreadable(text) {
			return fault.ErrInvalid.At(at, "内容里有不能显示的字符，请重新输入。")
		}
	}
	return nil
}

func (s *Service) checkWords(in NewConcern) error {
	if _, ok := s.opt.Rules.Category(in.Category); !ok {
		return ErrCategory.At("body.category", "没有这个类别。")
	}
	if !slices.Contains(visibilities, in.Visibility) {
		return fault.ErrInvalid.At("body.visibility", "谁能看只能是 public、named、private、sealed。")
	}
	if !slices.Contains(channels, in.Channel) {
		return fault.ErrInvalid.At("body.channel", "渠道不对。")
	}
	if in.Region.Level() != region.Village {
		return fault.ErrInvalid.At("body.region", "请填写村（社区）的 12 位代码。")
	}
	if in.Group != "" && (in.Group.Level() != region.Group || !in.Region.Contains(in.Group)) {
		return fault.ErrInvalid.At("body.group", "请填写本村村民小组的代码。")
	}
	if p := in.Place.Point; p != nil && !onEarth(*p) {
		return fault.ErrInvalid.At("body.place.point", "地图上的位置不对。")
	}
	return nil
}

func onEarth(p Point) bool { return math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180 }

// checkBehalf sees to it that for whom is told exactly where it must be, and in
// one way.
func checkBehalf(in *NewConcern) error {
	b := in.OnBehalf
	if b == nil {
		if in.Channel == InPerson || in.Channel == ByPhone {
			return ErrBehalf.At("body.on_behalf_of", "来人来电请写明是替谁登记的；本人不愿留名的，选匿名。")
		}
		return nil
	}
	name, contact := strings.TrimSpace(b.Name), strings.TrimSpace(b.Contact)
	in.OnBehalf = &Behalf{Resident: strings.TrimSpace(b.Resident), Name: name, Contact: contact, Anonymous: b.Anonymous}
	ways := 0
	for _, given := range []bool{in.OnBehalf.Resident != "", name != "" || contact != "", b.Anonymous} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return ErrBehalf.At("body.on_behalf_of", "名册上的人、姓名和联系方式、匿名，三样写一样。")
	case contact != "" && name == "":
		return ErrBehalf.At("body.on_behalf_of.name", "请写姓名。")
	case utf8.RuneCountInString(name) > maxName || screening.Unreadable(name):
		return ErrBehalf.At("body.on_behalf_of.name", "姓名最多 %d 个字。", maxName)
	case utf8.RuneCountInString(contact) > maxContact || screening.Unreadable(contact):
		return ErrBehalf.At("body.on_behalf_of.contact", "联系方式最多 %d 个字。", maxContact)
	case b.Anonymous && in.Channel == ByApp:
		return ErrBehalf.At("body.on_behalf_of.anonymous", "自己说事时别的村民本来就看不到姓名，不用选匿名。")
	case in.Visibility == Sealed && in.Channel != ByApp:
		return ErrBehalf.At("body.visibility", "密封反映要由本人或家人自己提交。")
	}
	return nil
}

// lookUpBehalf finds the person on the roll. A villager types for the own
// household, an office for everybody of the village.
func (s *Service) lookUpBehalf(ctx context.Context, by account.Caller, out *checked) error {
	b := out.OnBehalf
	if b == nil || b.Resident == "" {
		return nil
	}
	unknown := ErrBehalf.At("body.on_behalf_of.resident", "本村名册里没有这个人。")
	found, ok, err := s.opt.Rolls.OnRoll(ctx, b.Resident)
	if err != nil {
		return err
	}
	if !ok || found.Village != out.Region {
		return unknown
	}
	if out.Channel != ByApp {
		if !s.holds(by, PowerRegister, out.Region) {
			return unknown // who is on the roll is told to its keepers only
		}
		out.forWhom = found
		return nil
	}
	own, ok, err := s.opt.Rolls.OnRoll(ctx, by.ResidentID)
	if err != nil {
		return err
	}
	if !ok || own.Household != found.Household || by.ResidentID == b.Resident {
		return unknown
	}
	out.forWhom = found
	return nil
}

// checkMedia gives the caller's own uploads of the ids in their order: pictures
// and, at the raising, one recording.
func (s *Service) checkMedia(ctx context.Context, by account.Caller, at string, ids []string, voice bool) ([]media.Object, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > s.opt.Rules.Photos.Most+1 {
		return nil, ErrMedia.At(at, "照片最多 %d 张。", s.opt.Rules.Photos.Most)
	}
	found, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]media.Object, 0, len(ids))
	photos, recordings := 0, 0
	for i, id := range ids {
		n := slices.IndexFunc(found, func(o media.Object) bool { return o.ID == id })
		where := fmt.Sprintf("%s[%d]", at, i)
		if n < 0 || found[n].Owner != by.AccountID || slices.Contains(ids[:i], id) {
			return nil, ErrMedia.At(where, "没有找到这个附件，请重新上传。")
		}
		switch found[n].Kind {
		case media.JPEG, media.PNG:
			photos++
		case media.MP3:
			recordings++
		case media.PDF:
			return nil, ErrMedia.At(where, "这里只能传照片和录音。")
		}
		out = append(out, found[n])
	}
	switch {
	case photos > s.opt.Rules.Photos.Most:
		return nil, ErrMedia.At(at, "照片最多 %d 张。", s.opt.Rules.Photos.Most)
	case recordings > 0 && !voice:
		return nil, ErrMedia.At(at, "这里只能传照片。")
	case recordings > 1:
		return nil, ErrMedia.At(at, "录音只能有一段。")
	}
	return out, nil
}

// screened refuses what an office writes where it holds what must not be
// published.
func (s *Service) screened(at region.Code, texts map[string]string) error {
	var parts []screening.Part
	for _, code := range sortedKeys(texts) {
		parts = append(parts, screening.Part{Location: "body." + code, Text: texts[code]})
	}
	return s.opt.Screening.Refuse(at, ErrPrivate, parts...)
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// titleOf gives the first words of a text.
func titleOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > maxTitle {
		return string(r[:maxTitle]) + "…"
	}
	return text
}

func parseDay(text string) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	return t, err == nil
}
