package repository

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"cunwu/service/account"
	"cunwu/service/region"
)

// Whoever is behind tokens is read in two statements without gorm: it is asked
// by nearly every request, and gorm's three were a third of the price of a vote.
const (
	identitiesQuery = "SELECT s.token_hash, s.id, s.account, s.signed_in_at, s.expires_at, a.notice_version, a.closed_at, " +
		"COALESCE(b.id, ''), COALESCE(b.standing, ''), COALESCE(r.id, ''), COALESCE(r.village, ''), COALESCE(r.village_group, ''), " +
		"COALESCE(r.household, ''), COALESCE(r.state, ''), COALESCE(r.seal_key, ''), r.sealed " +
		"FROM sessions s JOIN accounts a ON a.id = s.account LEFT JOIN bindings b ON b.account = s.account " +
		"LEFT JOIN residents r ON r.id = b.resident WHERE s.token_hash IN ("
	appointmentsQuery = "SELECT id, role, region, resident, account, start_at, end_at FROM appointments WHERE ended_at = 0 AND "
)

// Identities implements account.Store.
func (r accountReads) Identities(ctx context.Context, tokenHashes [][]byte) ([]account.Identity, error) {
	if len(tokenHashes) == 0 {
		return nil, nil
	}
	args := anys(tokenHashes)
	out := make([]account.Identity, 0, len(tokenHashes))
	err := r.each(ctx, identitiesQuery+marks(&args)+")", args, func(rows *sql.Rows) error {
		var (
			id                                account.Identity
			signedIn, expires, closed         int64
			standing, village, group, resides string
		)
		s, a, b, p := &id.Session, &id.Account, &id.Binding, &id.Resident
		err := rows.Scan(&s.TokenHash, &s.ID, &s.AccountID, &signedIn, &expires, &a.NoticeVersion, &closed,
			&b.ID, &standing, &p.ID, &village, &group, &p.HouseholdID, &resides, &p.Sealed.Key, &p.Sealed.Blob)
		s.SignedInAt, s.ExpiresAt = fromMillis(signedIn), fromMillis(expires)
		a.ID, a.ClosedAt = s.AccountID, fromMillis(closed)
		b.AccountID, b.ResidentID, b.Standing = s.AccountID, p.ID, account.Standing(standing)
		p.Village, p.Group, p.State = region.Code(village), region.Code(group), account.ResidentState(resides)
		if p.ID == "" { // a binding to nobody is none
			id.Binding, id.Resident = account.Binding{}, account.Resident{}
		}
		out = append(out, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read identities: %w", err)
	}
	if err := r.addOffices(ctx, out); err != nil {
		return nil, fmt.Errorf("read offices of identities: %w", err)
	}
	return out, nil
}

// addOffices adds the appointments that the accounts or their persons hold.
func (r accountReads) addOffices(ctx context.Context, ids []account.Identity) error {
	var accounts, residents []any
	for _, id := range ids {
		accounts = append(accounts, id.Account.ID)
		if id.Resident.ID != "" {
			residents = append(residents, id.Resident.ID)
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	q := appointmentsQuery + "account IN (" + marks(&accounts) + ")"
	if len(residents) > 0 {
		q += " UNION ALL " + appointmentsQuery + "resident IN (" + marks(&residents) + ")" // twice where both hold it: see below
	}
	byHolder := map[string][]account.Appointment{}
	err := r.each(ctx, q, append(accounts, residents...), func(rows *sql.Rows) error {
		var row appointmentRow
		err := rows.Scan(&row.ID, &row.Role, &row.Region, &row.Resident, &row.Account, &row.StartAt, &row.EndAt)
		a := row.toAppointment()
		if a.AccountID != "" {
			byHolder["a"+a.AccountID] = append(byHolder["a"+a.AccountID], a)
		}
		if a.ResidentID != "" {
			byHolder["r"+a.ResidentID] = append(byHolder["r"+a.ResidentID], a)
		}
		return err
	})
	if err != nil || len(byHolder) == 0 {
		return err
	}
	for i := range ids {
		as := slices.Concat(byHolder["a"+ids[i].Account.ID], byHolder["r"+ids[i].Resident.ID])
		slices.SortFunc(as, func(a, b account.Appointment) int { return cmp.Compare(a.ID, b.ID) })
		ids[i].Appointments = slices.CompactFunc(as, func(a, b account.Appointment) bool { return a.ID == b.ID })
	}
	return nil
}

// each runs a query past gorm and hands out the rows.
func (r accountReads) each(ctx context.Context, q string, args []any, take func(*sql.Rows) error) error {
	g := r.on(ctx)
	rows, err := g.Statement.ConnPool.QueryContext(ctx, q, args...)
	if err != nil {
		return g.Dialector.(interface{ Translate(err error) error }).Translate(err)
	}
	defer func() { _ = rows.Close() }() // what it would say, Err says
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return g.Dialector.(interface{ Translate(err error) error }).Translate(rows.Err())
}
