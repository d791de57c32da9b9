package consultation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Powers over consultations, as rules/powers.yaml names them.
const (
	PowerPropose   = "consultation.propose"   // for the committee, a deputy, a CPPCC member; villagers need none
	PowerOrganise  = "consultation.organise"  // participants, notices, sessions, outcome, progress
	PowerPreReview = "consultation.prereview" // whether a topic is taken up
	PowerModerate  = "consultation.moderate"  // hide statements, with a reason
	PowerFeedback  = "consultation.feedback"  // tell those who took part, close, archive
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of one of the levels that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// PowerTable says what a caller may do where.
type PowerTable interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Media is what the package needs of the attachments.
type Media interface {
	// Objects gives those of the ids that exist, in any order.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
}

// Ballots is what the package needs to know of the ballots it links.
type Ballots interface {
	// BallotLink gives what anybody may know of a ballot; a not-found fault for
	// one that is not public.
	BallotLink(ctx context.Context, id string) (BallotLink, error)
}

// Options are what the service works with. All but the last three are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Powers     PowerTable
	Media      Media
	Directory  *Directory
	Screening  *screening.Screen
	Holidays   *calendar.Holidays
	Clock      calendar.Clock
	// Ballots gives linked ballots. Nil: none can be linked.
	Ballots Ballots
	// Resolutions gives what is shown of a resolution. Nil: its id alone.
	Resolutions Resolutions
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is the consultations of villages. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
	found found
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Directory gives the matters that are fit for consultation.
func (s *Service) Directory() *Directory { return s.opt.Directory }

// NewTopic is what somebody brings up.
type NewTopic struct {
	Region  region.Code // the village
	Group   region.Code // a group of it, or ""
	Channel Channel
	Topic   Topic
}

// Propose brings up a topic. Verified villagers of the place need no power and
// speak for themselves; topics of the committee, of deputies and CPPCC members
// are entered by those who hold consultation.propose. Refusals: auth.required,
// region faults, request.invalid, consultation.item_unknown,
// consultation.private_data, consultation.villagers_only, account.not_allowed.
func (s *Service) Propose(ctx context.Context, by account.Caller, act audit.Act, in NewTopic) (Consultation, error) {
	if !by.Known() {
		return Consultation{}, account.ErrRequired
	}
	if err := s.checkTopic(ctx, &in); err != nil {
		return Consultation{}, err
	}
	act, err := s.proposing(by, act, in)
	if err != nil {
		return Consultation{}, err
	}
	id := audit.NewID()
	names, err := s.opt.Places.Names(ctx, []region.Code{in.Region, in.Group})
	if err != nil {
		return Consultation{}, err
	}
	var out Consultation
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		c, err := s.opt.Procedures.Open(ctx, tx, act, Procedure, in.Region, id, map[string]string{"channel": string(in.Channel)})
		if err != nil {
			return err
		}
		rec := Record{
			ID: id, CaseID: c.ID, Region: in.Region, Group: in.Group, Channel: in.Channel,
			State: State(s.opt.Procedures.State(c)), Revision: 1, Title: in.Topic.Title,
			CreatedAt: tx.Now(), ChangedAt: tx.Now(), CreatedBy: by.AccountID, Content: Content{Topic: in.Topic},
		}
		rec.Content.Marks = []Mark{{State: rec.State, At: tx.Now()}}
		if err := tx.AddConsultation(ctx, rec); err != nil {
			return err
		}
		if err := link(ctx, tx, rec, Proposed); err != nil {
			return err
		}
		if err := announce(ctx, tx, rec, Proposed); err != nil {
			return err
		}
		out = s.view(rec, c, by, desk{names: names, photos: map[string]Photo{}})
		return tx.Answer(ctx, out)
	})
	return out, err
}

// proposing finds in whose name a topic is brought up.
func (s *Service) proposing(by account.Caller, act audit.Act, in NewTopic) (audit.Act, error) {
	grant, err := s.opt.Powers.May(by, PowerPropose, in.Region)
	if err == nil {
		return act.As(string(grant.Role), string(grant.Region)), nil
	}
	if in.Topic.Source != FromVillager && in.Topic.Source != FromConcern || in.Channel != Ordinary {
		return act, err
	}
	if in.belongs(by) {
		return act, nil
	}
	if errors.Is(err, account.ErrStale) {
		return act, err
	}
	return act, ErrVillagersOnly
}

func (in NewTopic) belongs(by account.Caller) bool { return belongs(by, in.Region, in.Group) }

// belongs reports whether a caller is a verified villager of a place.
func belongs(by account.Caller, village, group region.Code) bool {
	return by.Standing != account.Unbound && by.ResidentID != "" && by.Village == village && (group == "" || by.Group == group)
}

// wrongs collects what is wrong with what was sent.
type wrongs []fault.Field

func (w *wrongs) add(at, format string, args ...any) {
	*w = append(*w, fault.Field{Location: at, Message: fmt.Sprintf(format, args...)})
}

func (w wrongs) err() error {
	if len(w) == 0 {
		return nil
	}
	return fault.ErrInvalid.With(w...)
}

func (w *wrongs) text(at, name, text string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		w.add(at, "“%s”至少写 %d 个字。", name, least)
	case n > most:
		w.add(at, "“%s”最多写 %d 个字。", name, most)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
		w.add(at, "“%s”中有无法识别的字符。", name)
	}
}

func (s *Service) checkTopic(ctx context.Context, in *NewTopic) error {
	t := &in.Topic
	for _, text := range []*string{&t.Title, &t.Question, &t.Why, &t.ConcernID, &t.Liaison} {
		*text = strings.TrimSpace(*text)
	}
	var w wrongs
	if in.Region.Level() != region.Village {
		w.add("body.region", "请填写村（社区）的 12 位代码。")
	}
	if in.Group != "" && (in.Group.Level() != region.Group || !in.Region.Contains(in.Group)) {
		w.add("body.group", "请填写本村村民小组的代码。")
	}
	if channelNames[in.Channel] == "" {
		w.add("body.channel", "协商渠道只能是 %s 或 %s。", Ordinary, ComeConsult)
	}
	if sourceNames[t.Source] == "" {
		w.add("body.source", "议题来源不对。")
	}
	if (t.Source == FromConcern) != (t.ConcernID != "") {
		w.add("body.concern_id", "来自村民反映的议题要写明是哪一件，其他来源不用写。")
	}
	if (in.Channel == ComeConsult) != (t.Liaison != "") {
		w.add("body.cppcc_liaison", "“有事来协商”要写明政协联络单位，其他渠道不用写。")
	}
	w.text("body.title", "议题", t.Title, 4, 60)
	w.text("body.question", "想问大家什么", t.Question, 4, 300)
	w.text("body.why", "情况说明", t.Why, 0, 2000)
	w.text("body.cppcc_liaison", "政协联络单位", t.Liaison, 0, 60)
	w.text("body.concern_id", "反映的编号", t.ConcernID, 0, 40)
	if err := w.err(); err != nil {
		return err
	}
	if _, ok := s.opt.Directory.Item(t.Item); t.Item != "" && !ok {
		return ErrItemUnknown.At("body.item", "目录里没有 %q。", cut(t.Item))
	}
	if err := s.screened(in.Region, map[string]string{
		"body.title": t.Title, "body.question": t.Question, "body.why": t.Why, "body.cppcc_liaison": t.Liaison,
	}); err != nil {
		return err
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return err
	}
	if in.Group != "" {
		_, err := s.opt.Places.Active(ctx, in.Group, region.Group)
		return err
	}
	return nil
}

// screened refuses texts that hold what must not be published.
func (s *Service) screened(place region.Code, texts map[string]string) error {
	parts := make([]screening.Part, 0, len(texts))
	for _, at := range sortedKeys(texts) {
		parts = append(parts, screening.Part{Location: at, Text: texts[at]})
	}
	return s.opt.Screening.Refuse(place, ErrPrivate, parts...)
}

// insider reports whether a caller may know of all consultations of a village:
// its own officers by their powers, and officers of the places above.
func (s *Service) insider(by account.Caller, village region.Code) bool {
	for _, g := range by.Grants {
		if g.Region != village && g.Region.Contains(village) {
			return true
		}
	}
	for _, p := range []string{PowerPropose, PowerOrganise, PowerPreReview, PowerModerate, PowerFeedback} {
		if _, err := s.opt.Powers.May(by, p, village); err == nil || errors.Is(err, account.ErrStale) {
			return true
		}
	}
	return false
}

func (s *Service) visible(r Record, by account.Caller) bool {
	return r.Public || by.Known() && (r.CreatedBy == by.AccountID || s.insider(by, r.Region))
}

// Known gives nil where a caller may know of a consultation, else
// consultation.not_found.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, err := s.known(ctx, by, id)
	return err
}

func (s *Service) known(ctx context.Context, by account.Caller, id string) (Record, error) {
	r, err := s.store.ConsultationByID(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if !s.visible(r, by) {
		return Record{}, ErrNotFound
	}
	return r, nil
}

// today is the day in China, 2006-01-02.
func today(now time.Time) string { return now.In(calendar.China).Format(time.DateOnly) }
