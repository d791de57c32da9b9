package repository

import (
	"context"
	"fmt"
	"time"

	"cunwu/service/account"
	"cunwu/service/region"
)

type appointmentRow struct {
	ID          string
	Role        string
	Region      string
	Resident    string
	Account     string
	InviteHash  []byte
	InviteUntil int64
	StartAt     int64
	EndAt       int64
	EndedAt     int64
	EndReason   string
	MadeBy      string
	MadeRole    string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	Revision    int
	Salt        []byte
	MadeAt      *int64
	MadeIndex   *int64
	EndedIndex  *int64
}

func (appointmentRow) TableName() string { return "appointments" }

func (r appointmentRow) toAppointment() account.Appointment {
	out := account.Appointment{
		ID: r.ID, Role: account.Role(r.Role), Region: region.Code(r.Region), ResidentID: r.Resident, AccountID: r.Account,
		InviteHash: r.InviteHash, InviteUntil: fromMillis(r.InviteUntil),
		Start: fromMillis(r.StartAt), End: fromMillis(r.EndAt), EndedAt: fromMillis(r.EndedAt), EndReason: r.EndReason,
		MadeBy: r.MadeBy, MadeRole: account.Role(r.MadeRole), CreatedAt: fromMillis(r.CreatedAt), Revision: r.Revision,
		Logged: account.Logged{Salt: r.Salt, MadeIndex: r.MadeIndex, EndedIndex: r.EndedIndex},
	}
	if r.MadeAt != nil {
		out.Logged.MadeAt = fromMillis(*r.MadeAt)
	}
	return out
}

// Appointment gives one appointment.
func (r accountReads) Appointment(ctx context.Context, id string) (account.Appointment, error) {
	var row appointmentRow
	if err := r.on(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return account.Appointment{}, missing("appointment", err)
	}
	return row.toAppointment(), nil
}

// AppointmentsOf gives the appointments of an account or of a person.
func (r accountReads) AppointmentsOf(ctx context.Context, accountID, residentID string) ([]account.Appointment, error) {
	q := r.on(ctx)
	switch {
	case accountID == "" && residentID == "":
		return nil, nil
	case residentID == "":
		q = q.Where("account = ?", accountID)
	case accountID == "":
		q = q.Where("resident = ?", residentID)
	default:
		q = q.Where("account = ? OR resident = ?", accountID, residentID)
	}
	var rows []appointmentRow
	if err := q.Where("ended_at = 0").Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read appointments: %w", err)
	}
	return each(rows, appointmentRow.toAppointment), nil
}

// AppointmentsAt lists appointments within a region, by id.
func (r accountReads) AppointmentsAt(ctx context.Context, within region.Code, at time.Time, after string, limit int) ([]account.Appointment, error) {
	var rows []appointmentRow
	// ":" is the byte after "9": the range holds the codes that begin with within.
	err := r.on(ctx).Where("region >= ? AND region < ? AND id > ?", string(within), string(within)+":", after).
		Where("ended_at = 0 AND end_at > ?", toMillis(at)).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read appointments of a place: %w", err)
	}
	return each(rows, appointmentRow.toAppointment), nil
}

// AppointmentByInvite finds an offer by the hash of its code.
func (r accountReads) AppointmentByInvite(ctx context.Context, inviteHash []byte) (account.Appointment, error) {
	var row appointmentRow
	if err := r.on(ctx).Where("invite_hash = ?", inviteHash).Take(&row).Error; err != nil {
		return account.Appointment{}, missing("invite", err)
	}
	return row.toAppointment(), nil
}

// HoldersOf gives the appointments to a role within a place, "" for anywhere.
func (r accountReads) HoldersOf(ctx context.Context, role account.Role, within region.Code, at time.Time) ([]account.Appointment, error) {
	var rows []appointmentRow
	q := r.on(ctx).Where("end_at > ? AND ended_at = 0", toMillis(at))
	if within == "" {
		q = q.Where("role = ?", string(role))
	} else {
		// Of a village there are some tens, of a role all over the country a million:
		// the expression keeps planners from the index of roles.
		q = q.Where("region >= ? AND region < ? AND COALESCE(role, '') = ?", string(within), string(within)+":", string(role))
	}
	err := q.Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read holders: %w", err)
	}
	return each(rows, appointmentRow.toAppointment), nil
}

// LoggedAppointments gives appointments by their entries in the public record.
func (r accountReads) LoggedAppointments(ctx context.Context, ended bool, after int64, limit int) ([]account.Appointment, error) {
	column := "made_index"
	if ended {
		column = "ended_index"
	}
	var rows []appointmentRow
	err := r.on(ctx).Where(column+" > ?", after).Order(column + ", id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read appointments by entry: %w", err)
	}
	return each(rows, appointmentRow.toAppointment), nil
}

// PlaceAppointment ties an appointment to its entries in the public record.
func (t *tx) PlaceAppointment(ctx context.Context, id string, l account.Logged) error {
	changes := map[string]any{"salt": l.Salt, "made_at": nil, "made_index": l.MadeIndex, "ended_index": l.EndedIndex}
	if l.MadeIndex != nil {
		changes["made_at"] = toMillis(l.MadeAt)
	}
	g := t.in(ctx).Model(&appointmentRow{}).Where("id = ?", id).Updates(changes)
	return wrapped("place appointment", one(g, account.ErrNone))
}

// AddAppointment inserts an appointment.
func (t *tx) AddAppointment(ctx context.Context, a account.Appointment) error {
	row := appointmentRow{
		ID: a.ID, Role: string(a.Role), Region: string(a.Region), Resident: a.ResidentID, Account: a.AccountID,
		InviteHash: a.InviteHash, InviteUntil: toMillis(a.InviteUntil),
		StartAt: toMillis(a.Start), EndAt: toMillis(a.End), EndedAt: toMillis(a.EndedAt), EndReason: a.EndReason,
		MadeBy: a.MadeBy, MadeRole: string(a.MadeRole), CreatedAt: toMillis(a.CreatedAt), Revision: a.Revision,
	}
	return added("appointment", t.in(ctx).Create(&row).Error)
}

// SaveAppointment writes who holds it, its invite and its end.
func (t *tx) SaveAppointment(ctx context.Context, a account.Appointment) error {
	return one(t.in(ctx).Model(&appointmentRow{}).Where("id = ? AND revision = ?", a.ID, a.Revision-1).Updates(map[string]any{
		"resident": a.ResidentID, "account": a.AccountID, "invite_hash": a.InviteHash,
		"invite_until": toMillis(a.InviteUntil), "ended_at": toMillis(a.EndedAt), "end_reason": a.EndReason,
		"revision": a.Revision,
	}), account.ErrRaced)
}

var _ account.Store = (*Accounts)(nil)
