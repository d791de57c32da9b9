package account

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cunwu/service/audit"
)

// Me gives what the caller's account is: residency, pending request, offices.
func (s *Service) Me(ctx context.Context, c Caller) (Me, error) {
	if !c.Known() {
		return Me{}, ErrRequired
	}
	out := Me{Caller: c}
	rs, err := s.store.RequestsOf(ctx, c.AccountID)
	if err != nil {
		return Me{}, err
	}
	for _, r := range rs {
		out.Pending = out.Pending || r.State == Pending
	}
	as, err := s.store.AppointmentsOf(ctx, c.AccountID, c.ResidentID)
	if err != nil {
		return Me{}, err
	}
	now := s.o.Clock.Now()
	for _, a := range as {
		if a.state(now) == StateEnded {
			continue
		}
		v, err := s.appointmentView(ctx, s.store, c, a, now)
		if err != nil {
			return Me{}, err
		}
		out.Roles = append(out.Roles, v)
	}
	return out, nil
}

// DisplayNames gives the masked names of accounts that are bound to a person;
// the others are left out.
func (s *Service) DisplayNames(ctx context.Context, accountIDs []string) (map[string]string, error) {
	out := make(map[string]string, len(accountIDs))
	for _, id := range accountIDs {
		if _, known := out[id]; known || id == "" {
			continue
		}
		name, err := s.holderName(ctx, s.store, Appointment{AccountID: id})
		if err != nil {
			return nil, err
		}
		if name != "" {
			out[id] = name
		}
	}
	return out, nil
}

// table is one file of the export: a heading, then rows.
type table struct {
	name string
	rows [][]string
}

// Export writes everything kept of the caller as a ZIP: own.json with all of
// it, and one CSV per kind for spreadsheets. It includes the caller's own entry
// in the roll in clear.
func (s *Service) Export(ctx context.Context, c Caller, w io.Writer) error {
	if !c.Known() {
		return ErrRequired
	}
	tables, err := s.ownTables(ctx, c)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	if err := writeTables(z, tables); err != nil {
		return fmt.Errorf("account: export: %w", err)
	}
	for _, source := range s.o.Exports {
		if err := source.ExportOwn(ctx, c, z.Create); err != nil {
			return fmt.Errorf("account: export: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("account: export: %w", err)
	}
	return nil
}

func writeTables(z *zip.Writer, tables []table) error {
	all := map[string][]map[string]string{}
	for _, t := range tables {
		list := []map[string]string{}
		for _, row := range t.rows[1:] {
			line := map[string]string{}
			for i, v := range row {
				line[t.rows[0][i]] = v
			}
			list = append(list, line)
		}
		all[t.name] = list
		f, err := z.Create(t.name + ".csv")
		if err != nil {
			return err
		}
		// Excel takes a CSV without the mark for GBK.
		if _, err := io.WriteString(f, "\ufeff"); err != nil {
			return err
		}
		cw := csv.NewWriter(f)
		if err := cw.WriteAll(defused(t.rows)); err != nil {
			return err
		}
	}
	f, err := z.Create("own.json")
	if err != nil {
		return err
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

// defused keeps spreadsheets from taking a cell for a formula.
func defused(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = make([]string, len(row))
		for j, v := range row {
			if startsFormula(v) {
				v = "'" + v
			}
			out[i][j] = v
		}
	}
	return out
}

// startsFormula reports whether a spreadsheet could run a cell.
func startsFormula(v string) bool {
	return v != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(v)[0])
}

func (s *Service) ownTables(ctx context.Context, c Caller) ([]table, error) {
	steps := []func(context.Context, Caller) (table, error){
		s.ownAccount, s.ownSessions, s.ownResident, s.ownRequests, s.ownOffices, s.ownConsents,
	}
	var out []table
	for _, step := range steps {
		t, err := step(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func (s *Service) ownAccount(ctx context.Context, c Caller) (table, error) {
	a, err := s.store.Account(ctx, c.AccountID)
	if err != nil {
		return table{}, err
	}
	var secret accountSecret
	if err := s.open(SealedAccount, a.ID, a.Sealed, &secret); err != nil {
		return table{}, err
	}
	return table{"account", [][]string{
		{"id", "openid", "created_at", "notice_version"},
		{a.ID, secret.OpenID, stamp(a.CreatedAt), strconv.Itoa(a.NoticeVersion)},
	}}, nil
}

func (s *Service) ownSessions(ctx context.Context, c Caller) (table, error) {
	t := table{"sessions", [][]string{{"id", "signed_in_at", "expires_at"}}}
	list, err := s.store.SessionsOf(ctx, c.AccountID)
	for _, v := range list {
		t.rows = append(t.rows, []string{v.ID, stamp(v.SignedInAt), stamp(v.ExpiresAt)})
	}
	return t, err
}

func (s *Service) ownResident(ctx context.Context, c Caller) (table, error) {
	t := table{"residency", [][]string{{
		"village", "group", "name", "phone", "id_last4", "birth", "standing", "method", "bound_at",
	}}}
	b, short, err := s.store.BindingOf(ctx, c.AccountID)
	if errors.Is(err, ErrNone) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	r, err := s.store.Resident(ctx, short.ID)
	if err != nil {
		return t, err
	}
	var secret residentSecret
	if err := s.open(SealedResident, r.ID, r.Sealed, &secret); err != nil {
		return t, err
	}
	t.rows = append(t.rows, []string{
		string(r.Village), string(r.Group), secret.Name, secret.Phone, secret.Last4, secret.Birth,
		string(b.Standing), string(b.Method), stamp(b.CreatedAt),
	})
	return t, nil
}

func (s *Service) ownRequests(ctx context.Context, c Caller) (table, error) {
	t := table{"binding_requests", [][]string{{
		"village", "name", "phone", "id_last4", "state", "method", "reason", "created_at", "decided_at",
	}}}
	list, err := s.store.RequestsOf(ctx, c.AccountID)
	if err != nil {
		return t, err
	}
	for _, r := range list {
		var secret requestSecret
		if err := s.open(SealedRequest, r.ID, r.Sealed, &secret); err != nil {
			return t, err
		}
		t.rows = append(t.rows, []string{
			string(r.Village), secret.Name, secret.Phone, secret.Last4, string(r.State), string(r.Method),
			r.Reason, stamp(r.CreatedAt), stamp(r.DecidedAt),
		})
	}
	return t, nil
}

func (s *Service) ownOffices(ctx context.Context, c Caller) (table, error) {
	t := table{"appointments", [][]string{{"id", "role", "region", "start", "end"}}}
	list, err := s.store.AppointmentsOf(ctx, c.AccountID, c.ResidentID)
	for _, a := range list {
		t.rows = append(t.rows, []string{a.ID, string(a.Role), string(a.Region), stamp(a.Start), stamp(a.End)})
	}
	return t, err
}

func (s *Service) ownConsents(ctx context.Context, c Caller) (table, error) {
	t := table{"consents", [][]string{{"notice", "version", "given", "channel", "at"}}}
	list, err := s.store.ConsentsOf(ctx, c.AccountID)
	for _, l := range list {
		t.rows = append(t.rows, []string{
			l.Notice, strconv.Itoa(l.Version), strconv.FormatBool(l.Given), l.Channel, stamp(l.At),
		})
	}
	return t, err
}

// Close closes the caller's account: openid, binding, what requests held and
// all sessions are erased in one transaction, offices held by account end. The
// id stays for the journal. The roll is the village's, and a person's entry in
// it stays.
func (s *Service) Close(ctx context.Context, c Caller, act audit.Act) error {
	if !c.Known() {
		return ErrRequired
	}
	err := s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		acc, err := tx.LockAccount(ctx, c.AccountID)
		if err != nil {
			return err
		}
		if !acc.ClosedAt.IsZero() {
			return ErrExpired
		}
		held, err := tx.AppointmentsOf(ctx, c.AccountID, "")
		if err != nil {
			return err
		}
		for _, a := range held {
			a.EndedAt, a.EndReason = tx.Now(), "账号注销"
			a.Revision++
			if err := tx.SaveAppointment(ctx, a); err != nil {
				return err
			}
		}
		if err := tx.EraseAccount(ctx, c.AccountID); err != nil {
			return err
		}
		for _, a := range held {
			if err := s.recordEnded(ctx, tx, a, true); err != nil {
				return err
			}
		}
		return s.done(ctx, tx, "account.close", "account", c.AccountID, "", nil)
	})
	s.cache.drop(c.AccountID)
	return err
}
