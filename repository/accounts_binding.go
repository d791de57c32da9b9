package repository

import (
	"context"
	"fmt"
	"time"

	"cunwu/service/account"
	"cunwu/service/region"
)

type bindingRow struct {
	ID              string
	Account         string
	Resident        string
	Village         string
	Standing        string
	Method          string
	ConfirmedBy     string
	CountersignedBy string
	CreatedAt       int64 `gorm:"autoCreateTime:false"`
	Revision        int
}

func (bindingRow) TableName() string { return "bindings" }

func (r bindingRow) toBinding() account.Binding {
	return account.Binding{
		ID: r.ID, AccountID: r.Account, ResidentID: r.Resident, Village: region.Code(r.Village),
		Standing: account.Standing(r.Standing), Method: account.Method(r.Method),
		ConfirmedBy: r.ConfirmedBy, CountersignedBy: r.CountersignedBy,
		CreatedAt: fromMillis(r.CreatedAt), Revision: r.Revision,
	}
}

type requestRow struct {
	ID        string
	Account   string
	Village   string
	State     string
	Method    string
	SealKey   string
	Sealed    []byte
	Resident  string
	Reason    string
	DecidedBy string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	DecidedAt int64
}

func (requestRow) TableName() string { return "binding_requests" }

func (r requestRow) toRequest() account.Request {
	return account.Request{
		ID: r.ID, AccountID: r.Account, Village: region.Code(r.Village), State: account.RequestState(r.State),
		Method: account.Method(r.Method), Sealed: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
		ResidentID: r.Resident, Reason: r.Reason, DecidedBy: r.DecidedBy,
		CreatedAt: fromMillis(r.CreatedAt), DecidedAt: fromMillis(r.DecidedAt),
	}
}

// BindingOf gives an account's binding with the person it is bound to.
func (r accountReads) BindingOf(ctx context.Context, accountID string) (account.Binding, account.Resident, error) {
	var row struct {
		// gorm reads embedded structs by exported name only.
		Binding  bindingRow  `gorm:"embedded"`
		Resident residentRow `gorm:"embedded;embeddedPrefix:r_"`
	}
	err := r.on(ctx).Table("bindings AS b").Joins("JOIN residents AS r ON r.id = b.resident").
		Select("b.*, r.id AS r_id, r.village AS r_village, r.village_group AS r_village_group, r.household AS r_household, "+
			"r.state AS r_state, r.seal_key AS r_seal_key, r.sealed AS r_sealed, r.revision AS r_revision").
		Where("b.account = ?", accountID).Take(&row).Error
	if err != nil {
		return account.Binding{}, account.Resident{}, missing("binding", err)
	}
	return row.Binding.toBinding(), row.Resident.toResident(), nil
}

// BindingOfResident gives the binding of a person.
func (r accountReads) BindingOfResident(ctx context.Context, residentID string) (account.Binding, error) {
	return r.binding(ctx, "resident = ?", residentID)
}

// Binding gives one binding.
func (r accountReads) Binding(ctx context.Context, id string) (account.Binding, error) {
	return r.binding(ctx, "id = ?", id)
}

func (r accountReads) binding(ctx context.Context, where, value string) (account.Binding, error) {
	var row bindingRow
	if err := r.on(ctx).Where(where, value).Take(&row).Error; err != nil {
		return account.Binding{}, missing("binding", err)
	}
	return row.toBinding(), nil
}

// BindingsToCountersign gives bindings that do not carry a vote yet.
func (r accountReads) BindingsToCountersign(ctx context.Context, villages []region.Code, after string, limit int) ([]account.Binding, error) {
	if len(villages) == 0 {
		return nil, nil
	}
	var rows []bindingRow
	err := r.on(ctx).Where("village IN ? AND standing = ? AND id > ?", padded(texts(villages)), string(account.Reader), after).
		Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read bindings to countersign: %w", err)
	}
	return each(rows, bindingRow.toBinding), nil
}

func texts(codes []region.Code) []string {
	return each(codes, func(c region.Code) string { return string(c) })
}

// Request gives one binding request.
func (r accountReads) Request(ctx context.Context, id string) (account.Request, error) {
	var row requestRow
	if err := r.on(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return account.Request{}, missing("binding request", err)
	}
	return row.toRequest(), nil
}

// RequestsPending gives what waits for the clerks of villages, by id.
func (r accountReads) RequestsPending(ctx context.Context, villages []region.Code, after string, limit int) ([]account.Request, error) {
	if len(villages) == 0 {
		return nil, nil
	}
	var rows []requestRow
	err := r.on(ctx).Where("village IN ? AND state = ? AND id > ?", padded(texts(villages)), string(account.Pending), after).
		Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read pending requests: %w", err)
	}
	return each(rows, requestRow.toRequest), nil
}

// RequestsOf gives all attempts of an account, oldest first.
func (r accountReads) RequestsOf(ctx context.Context, accountID string) ([]account.Request, error) {
	var rows []requestRow
	if err := r.on(ctx).Where("account = ?", accountID).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	return each(rows, requestRow.toRequest), nil
}

// RequestsSince counts attempts of an account and at a village.
func (r accountReads) RequestsSince(ctx context.Context, accountID string, village region.Code, since time.Time) (int, int, error) {
	var ofAccount, atVillage int64
	at := toMillis(since)
	err := r.on(ctx).Model(&requestRow{}).Where("account = ? AND created_at > ?", accountID, at).Count(&ofAccount).Error
	if err == nil {
		err = r.on(ctx).Model(&requestRow{}).Where("village = ? AND created_at > ?", string(village), at).Count(&atVillage).Error
	}
	if err != nil {
		return 0, 0, fmt.Errorf("count requests: %w", err)
	}
	return int(ofAccount), int(atVillage), nil
}

// AddBinding inserts a binding.
func (t *tx) AddBinding(ctx context.Context, b account.Binding) error {
	row := bindingRow{
		ID: b.ID, Account: b.AccountID, Resident: b.ResidentID, Village: string(b.Village),
		Standing: string(b.Standing), Method: string(b.Method),
		ConfirmedBy: b.ConfirmedBy, CountersignedBy: b.CountersignedBy,
		CreatedAt: toMillis(b.CreatedAt), Revision: b.Revision,
	}
	return added("binding", t.in(ctx).Create(&row).Error)
}

// SaveBinding writes standing and confirmations.
func (t *tx) SaveBinding(ctx context.Context, b account.Binding) error {
	return one(t.in(ctx).Model(&bindingRow{}).Where("id = ? AND revision = ?", b.ID, b.Revision-1).Updates(map[string]any{
		"standing": string(b.Standing), "confirmed_by": b.ConfirmedBy,
		"countersigned_by": b.CountersignedBy, "revision": b.Revision,
	}), account.ErrRaced)
}

// RemoveBinding removes a binding; the journal remembers it.
func (t *tx) RemoveBinding(ctx context.Context, id string) error {
	return one(t.in(ctx).Where("id = ?", id).Delete(&bindingRow{}), account.ErrRaced)
}

// AddRequest inserts an attempt.
func (t *tx) AddRequest(ctx context.Context, r account.Request) error {
	row := requestRow{
		ID: r.ID, Account: r.AccountID, Village: string(r.Village), State: string(r.State), Method: string(r.Method),
		SealKey: r.Sealed.Key, Sealed: r.Sealed.Blob, Resident: r.ResidentID, Reason: r.Reason,
		DecidedBy: r.DecidedBy, CreatedAt: toMillis(r.CreatedAt), DecidedAt: toMillis(r.DecidedAt),
	}
	return added("binding request", t.in(ctx).Create(&row).Error)
}

// SaveRequest writes the decision on a pending request.
func (t *tx) SaveRequest(ctx context.Context, r account.Request) error {
	return one(t.in(ctx).Model(&requestRow{}).Where("id = ? AND state = ?", r.ID, string(account.Pending)).Updates(map[string]any{
		"state": string(r.State), "resident": r.ResidentID, "reason": r.Reason, "decided_by": r.DecidedBy,
		"decided_at": toMillis(r.DecidedAt), "seal_key": r.Sealed.Key, "sealed": r.Sealed.Blob,
	}), account.ErrRaced)
}
