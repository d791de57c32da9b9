package consultation

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
)

// Act takes an action of the consultation's case; what each asks for is in
// available_actions. Refusals: those of procedure.Service.Act, auth.required,
// auth.stale, consultation.not_found, consultation.private_data,
// consultation.notice_short, consultation.not_today,
// consultation.ballot_unknown, consultation.raced.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Consultation, error) {
	if !by.Known() {
		return Consultation{}, account.ErrRequired
	}
	before, err := s.known(ctx, by, id)
	if err != nil {
		return Consultation{}, err
	}
	in.Data = nil
	if err := s.checkAction(ctx, by, before, &in); err != nil {
		return Consultation{}, err
	}
	shown := before
	if in.Action == "link_ballot" {
		shown.Content.Ballot = strings.TrimSpace(in.Fields["ballot"])
	}
	d, err := s.desk(ctx, by, shown, in.Media)
	if err != nil {
		return Consultation{}, err
	}
	act = s.actingAs(by, act, before, in.Action)
	may, stale := s.mayAt(by, before)
	var out Consultation
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		rec, err := tx.ConsultationForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != rec.Revision {
			return ErrRaced
		}
		given := in
		given.Revision = 0 // of the consultation, not of the case
		c, step, err := s.opt.Procedures.Act(ctx, tx, act, rec.CaseID, given, may, nil)
		if err != nil {
			return err
		}
		if err := s.moved(ctx, tx, &rec, c, step); err != nil {
			return err
		}
		out = s.view(rec, c, by, d)
		return tx.Answer(ctx, out)
	})
	if errors.Is(err, procedure.ErrForbidden) && *stale != nil {
		return Consultation{}, *stale
	}
	return out, err
}

// moved writes what a step brought about, and tells of it.
func (s *Service) moved(ctx context.Context, tx Tx, r *Record, c procedure.Case, step procedure.Step) error {
	before := r.State
	r.State = State(s.opt.Procedures.State(c))
	r.Revision++
	r.ChangedAt = tx.Now()
	if r.State != before {
		r.Content.Marks = append(r.Content.Marks, Mark{State: r.State, At: tx.Now()})
	}
	if err := s.took(r, step); err != nil {
		return err
	}
	r.Public = r.State != Submitted && (r.Content.Review == nil || !private[r.Content.Review.To])
	if err := logged(ctx, tx, r, step.Action); err != nil {
		return err
	}
	if err := tx.SaveConsultation(ctx, *r, step.Media); err != nil {
		return err
	}
	if err := link(ctx, tx, *r, step.Action); err != nil {
		return err
	}
	if err := announce(ctx, tx, *r, step.Action); err != nil {
		return err
	}
	return tx.RegionChanged(ctx, r.Region)
}

// took enters what was given with a step.
func (s *Service) took(r *Record, step procedure.Step) error {
	c, f, at := &r.Content, step.Fields, step.At
	switch step.Action {
	case "accept", "redirect", "reject":
		many, _ := strconv.Atoi(f["how_many"]) // read by its kind
		c.Review = &Review{
			Result: step.Action, Reason: f["reason"], To: f["to"], Level: f["level"], Concerns: f["concerns"],
			HowMany: many, At: at, By: s.roleName(step.Actor),
		}
	case "fix_subjects":
		c.Participants, _ = readParticipants(f["participants"]) // checked before
	case "notify":
		return s.announced(c, step)
	case "start", "postpone", "end":
		return held(c, step)
	case "link_ballot":
		c.Ballot = strings.TrimSpace(f["ballot"])
	case "conclude":
		c.Outcome = &Outcome{Result: f["result"], Text: f["outcome"], Reasons: f["reasons"], At: at}
	case "to_resolution":
		c.Resolution = strings.TrimSpace(f["resolution"])
	case "implement":
		c.Plan = &Plan{Responsible: f["responsible"], Due: f["due"], Text: f["plan"]}
	case "no_follow_up":
		c.NoFollowUp = f["reason"]
	case "report":
		return progressed(c, step)
	case "feed_back":
		c.Feedback = &Said{Text: f["feedback"], At: at}
	case "adopt":
		c.Adoption = &Adoption{By: f["result_adopter"], Reply: f["adoption_reply"], At: at}
	}
	return nil
}

// announced enters a session that is to be held: far enough ahead, counted back
// from its day, so that weekends are as good as other days.
func (s *Service) announced(c *Content, step procedure.Step) error {
	on, err := time.ParseInLocation(time.DateOnly, step.Fields["session_on"], calendar.China)
	if err != nil {
		return fault.ErrInvalid.At("body.session_on", "协商日期应是日期，如 2026-01-31。")
	}
	n := s.opt.Directory.Notice
	if last, _ := s.opt.Holidays.Deadline(on, -n.Days, n.Unit); step.At.After(last) {
		return ErrNotice.At("body.session_on", "至少要提前 %d 天预告。", n.Days)
	}
	c.Sessions = append(c.Sessions, Session{
		On: step.Fields["session_on"], Form: Form(step.Fields["form"]), Place: step.Fields["place"],
		Agenda: step.Fields["agenda"], NotifiedAt: step.At,
	})
	return nil
}

// held enters how the announced session goes.
func held(c *Content, step procedure.Step) error {
	session := c.last()
	if session == nil {
		return procedure.ErrStage
	}
	switch step.Action {
	case "start":
		if today(step.At) < session.On {
			return ErrNotToday
		}
		session.StartedAt = step.At
	case "postpone":
		session.Cancelled = step.Fields["reason"]
	case "end":
		attended, _ := strconv.Atoi(step.Fields["attended"]) // read by its kind
		session.EndedAt, session.Attended, session.Photos = step.At, attended, step.Media
		session.Minutes, session.Matters = step.Fields["minutes"], step.Fields["matters"]
	}
	return nil
}

func progressed(c *Content, step procedure.Step) error {
	if c.Plan == nil {
		return procedure.ErrStage
	}
	percent, _ := strconv.Atoi(step.Fields["percent"]) // read by its kind
	c.Plan.Percent = percent
	c.Plan.Milestones = append(c.Plan.Milestones, Milestone{Percent: percent, What: step.Fields["what"], At: step.At, Photos: step.Media})
	return nil
}

// checkAction looks at what is given with an action as far as the procedure
// cannot: texts for what must not be published, and what the data of guards is
// made from.
func (s *Service) checkAction(ctx context.Context, by account.Caller, r Record, in *procedure.Input) error {
	texts := map[string]string{}
	for code, text := range in.Fields {
		if !utf8.ValidString(code) {
			return procedure.ErrFields
		}
		texts["body."+code] = text
	}
	if err := s.screened(r.Region, texts); err != nil {
		return err
	}
	switch in.Action {
	case "report":
		percent, err := strconv.Atoi(strings.TrimSpace(in.Fields["percent"]))
		if err != nil || percent < 0 || percent > 100 {
			return procedure.ErrFields.At("body.percent", "进度应是 0 到 100 的整数。")
		}
		in.Data = map[string]string{"percent": strconv.Itoa(percent)}
	case "conclude":
		in.Data = map[string]string{"result": strings.TrimSpace(in.Fields["result"])}
	case "implement":
		in.Data = map[string]string{"percent": "0"}
	case "adopt":
		in.Data = map[string]string{"replied": "true"}
	case "fix_subjects":
		if _, problem := readParticipants(in.Fields["participants"]); problem != "" {
			return procedure.ErrFields.At("body.participants", "%s", problem)
		}
	case "link_ballot":
		return s.checkBallot(ctx, r, in.Fields["ballot"])
	}
	return s.checkPhotos(ctx, by, in.Media)
}

func (s *Service) checkBallot(ctx context.Context, r Record, id string) error {
	if s.opt.Ballots == nil {
		return ErrBallotUnknown
	}
	b, err := s.opt.Ballots.BallotLink(ctx, strings.TrimSpace(id))
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return ErrBallotUnknown.At("body.ballot", "没有找到这次投票，请核对编号。")
	}
	if err != nil {
		return err
	}
	if !r.Region.Contains(b.Region) {
		return ErrBallotUnknown.At("body.ballot", "这次投票不是本村的。")
	}
	if !b.Advisory {
		return ErrBallotUnknown.At("body.ballot", "协商只能关联征求意见的投票；要作决定，请提交村民（代表）会议。")
	}
	return nil
}

// checkPhotos demands that attachments exist and are the caller's own: they
// become readable by everybody.
func (s *Service) checkPhotos(ctx context.Context, by account.Caller, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	objects, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(objects, func(o media.Object) bool { return o.ID == id && o.Owner == by.AccountID }) {
			return procedure.ErrFields.At("body.media", "没有找到附件 %q，请重新上传。", cut(id))
		}
	}
	return nil
}

// participantKinds are the words for sides, and whether they only advise.
var participantKinds = map[string]bool{
	"利益相关方": false, "人大代表": false, "政协委员": false, "党员代表": false, "村民代表": false, "部门": true, "专家": true, "监督": true,
}

const mostParticipants = 40

// readParticipants reads a line for each side: kind, who, interest. The problem
// is a sentence, "" for none.
func readParticipants(text string) (out []Participant, problem string) {
	stakeholders := 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := strings.SplitN(strings.ReplaceAll(strings.TrimSpace(line), ":", "："), "：", 3)
		advises, known := participantKinds[strings.TrimSpace(parts[0])]
		if !known {
			return nil, "“" + cut(parts[0]) + "”不是参与主体的类别，应是其中之一：" + strings.Join(sortedKeys(participantKinds), "、") + "。"
		}
		if len(parts) < 2 || strings.TrimSpace(parts[1]) == "" {
			return nil, "每行写成“类别：谁：涉及的利益”。"
		}
		p := Participant{Kind: strings.TrimSpace(parts[0]), Who: strings.TrimSpace(parts[1]), Advises: advises}
		if len(parts) == 3 {
			p.Interest = strings.TrimSpace(parts[2])
		}
		if p.Kind == "利益相关方" {
			stakeholders++
			if p.Interest == "" {
				return nil, "利益相关方要写明涉及什么利益，如“利益相关方：沿路12户：出行和占地”。"
			}
		}
		out = append(out, p)
	}
	switch {
	case stakeholders == 0:
		return nil, "一事一议一主体：至少要有一个利益相关方。"
	case len(out) > mostParticipants:
		return nil, "参与主体最多 " + strconv.Itoa(mostParticipants) + " 个。"
	}
	return out, ""
}

// mayAt gives the question that a case asks of its actor's powers, and
// remembers the refusal that says more than "no".
func (s *Service) mayAt(by account.Caller, r Record) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		_, err := s.opt.Powers.May(by, power, r.Region)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// powerOf gives the power that an action usually asks for.
func powerOf(action string) string {
	switch action {
	case "take_up", "accept", "redirect", "reject", "supplement":
		return PowerPreReview
	case "feed_back", "close_rating", "adopt", "archive":
		return PowerFeedback
	}
	return PowerOrganise
}

// actingAs names the office under which an action is taken.
func (s *Service) actingAs(by account.Caller, act audit.Act, r Record, action string) audit.Act {
	if g, err := s.opt.Powers.May(by, powerOf(action), r.Region); err == nil {
		return act.As(string(g.Role), string(g.Region))
	}
	return act
}

func (s *Service) roleName(by audit.Actor) string {
	if s.opt.RoleName == nil || by.Role == "" {
		return by.Role
	}
	return s.opt.RoleName(account.Role(by.Role))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// cut shortens what a client sent before it is shown back.
func cut(text string) string {
	r := []rune(strings.ToValidUTF8(text, "?"))
	return string(r[:min(len(r), 20)])
}
