package consultation

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
)

// Acts of moderation.
const (
	Hide    = "hide"
	Restore = "restore"
)

// Moderation is what a moderator does with a statement.
type Moderation struct {
	Action string // Hide or Restore
	Kind   string // of hiding, from the rules
	Reason string
}

// Moderate hides a statement with a kind and a reason, or shows it again; its
// author reads why. Nothing is deleted. Refusals: auth.required, auth.stale,
// statement.not_found, request.invalid, consultation.private_data,
// account.not_allowed, statement.own, statement.moderated.
func (s *Service) Moderate(ctx context.Context, by account.Caller, act audit.Act, id string, m Moderation) (Statement, error) {
	if !by.Known() {
		return Statement{}, account.ErrRequired
	}
	r, _, err := s.statementFor(ctx, by, id)
	if err != nil {
		return Statement{}, err
	}
	if m, err = s.checkModeration(r, m); err != nil {
		return Statement{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerModerate, r.Region)
	if err != nil {
		return Statement{}, err
	}
	act = act.As(string(grant.Role), string(grant.Region))
	return s.change(ctx, by, act, id, "consultation."+m.Action, func(tx Tx, r Record, st *StatementRecord) error {
		if by.ResidentID != "" && st.Author == by.ResidentID {
			return ErrOwnStatement
		}
		from, to := Shown, Hidden
		if m.Action == Restore {
			from, to = Hidden, Shown
		}
		if st.State != from {
			return ErrModerated
		}
		st.State, st.Kind, st.Reason = to, m.Kind, m.Reason
		return tx.AddModeration(ctx, ModerationRecord{
			ConsultationID: r.ID, Number: st.Number, Action: m.Action, Kind: m.Kind, Reason: m.Reason,
			By: s.roleName(act.Actor), At: tx.Now(),
		})
	})
}

func (s *Service) checkModeration(r Record, m Moderation) (Moderation, error) {
	m.Reason = strings.TrimSpace(m.Reason)
	var w wrongs
	switch {
	case m.Action != Hide && m.Action != Restore:
		w.add("body.action", "应是 hide 或 restore。")
	case m.Action == Hide && s.opt.Directory.HideName(m.Kind) == "":
		codes := make([]string, 0, len(s.opt.Directory.Moderation))
		for _, k := range s.opt.Directory.Moderation {
			codes = append(codes, k.Code)
		}
		w.add("body.kind", "隐藏的类别应是其中之一：%s。", strings.Join(codes, "、"))
	case m.Action == Restore && m.Kind != "":
		w.add("body.kind", "恢复显示不用写类别。")
	}
	w.text("body.reason", "理由", m.Reason, 4, 200)
	if err := w.err(); err != nil {
		return m, err
	}
	return m, s.screened(r.Region, map[string]string{"body.reason": m.Reason})
}

// csvLimit is where cells that spreadsheets would reckon begin.
const csvLimit = "=+-@\t\r"

// ModerationLog writes the log of moderation as CSV with a mark for
// spreadsheets: numbers of statements, what was done, why and by which office;
// no names, no texts. consultation.not_found before anything is written.
func (s *Service) ModerationLog(ctx context.Context, by account.Caller, id string, begin func() io.Writer) error {
	if _, err := s.known(ctx, by, id); err != nil {
		return err
	}
	log, err := s.store.ModerationsOf(ctx, id)
	if err != nil {
		return err
	}
	out := begin()
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	w := csv.NewWriter(out)
	rows := [][]string{{"意见编号", "处理", "类别", "理由", "由谁处理", "时间"}}
	for _, m := range log {
		action := "隐藏"
		if m.Action == Restore {
			action = "恢复显示"
		}
		rows = append(rows, []string{
			strconv.Itoa(m.Number), action, s.opt.Directory.HideName(m.Kind), inert(m.Reason), inert(m.By),
			m.At.In(calendar.China).Format("2006-01-02 15:04:05"),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune(csvLimit, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// Words of ratings.
const (
	Satisfied    = "satisfied"
	Basic        = "basic"
	Dissatisfied = "dissatisfied"
)

// Rate says how satisfied a villager is with how it was done, in place of what
// they said before; nobody else can change it. Refusals: auth.required,
// consultation.not_found, request.invalid, consultation.villagers_only,
// consultation.not_rating.
func (s *Service) Rate(ctx context.Context, by account.Caller, act audit.Act, id, rating string) (Ratings, error) {
	r, err := s.known(ctx, by, id)
	switch {
	case err != nil:
		return Ratings{}, err
	case rating != Satisfied && rating != Basic && rating != Dissatisfied:
		return Ratings{}, fault.ErrInvalid.At("body.rating", "应是 %s、%s 或 %s。", Satisfied, Basic, Dissatisfied)
	case !by.Known():
		return Ratings{}, account.ErrRequired
	case !belongs(by, r.Region, r.Group):
		return Ratings{}, ErrVillagersOnly
	}
	before, err := s.ratings(ctx, id, by.ResidentID)
	if err != nil {
		return Ratings{}, err
	}
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		r, err := tx.ConsultationForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if r.State != FeedBack {
			return ErrNotRating
		}
		if err := tx.PutRating(ctx, id, by.ResidentID, rating); err != nil {
			return err
		}
		if err := tx.Record(ctx, audit.Event{Action: "consultation.rate", Object: "consultation", ObjectID: id, Region: string(r.Region), Result: "ok"}); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, r.Region); err != nil {
			return err
		}
		return tx.Answer(ctx, before.with(rating))
	})
	if err != nil {
		return Ratings{}, err
	}
	return before.with(rating), nil
}

func (r Ratings) with(mine string) Ratings {
	for word, n := range map[string]*int{Satisfied: &r.Satisfied, Basic: &r.Basic, Dissatisfied: &r.Dissatisfied} {
		if word == r.Mine {
			*n--
		}
		if word == mine {
			*n++
		}
	}
	r.Mine = mine
	return r
}

func (s *Service) ratings(ctx context.Context, id, resident string) (Ratings, error) {
	n, mine, err := s.store.RatingsOf(ctx, id, resident)
	return Ratings{Satisfied: n[Satisfied], Basic: n[Basic], Dissatisfied: n[Dissatisfied], Mine: mine}, err
}
