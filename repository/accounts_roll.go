package repository

import (
	"context"
	"fmt"

	"cunwu/service/account"
	"cunwu/service/region"
)

// insertBatch keeps multi-row inserts below the engines' limit of parameters.
const insertBatch = 500

type householdRow struct {
	ID           string
	Village      string
	Number       string
	VillageGroup string
}

func (householdRow) TableName() string { return "households" }

type residentRow struct {
	ID           string
	Village      string
	VillageGroup string
	Household    string
	State        string
	SealKey      string
	Sealed       []byte
	NameMac      []byte
	PhoneMac     []byte
	IDMac        []byte
	Last4Mac     []byte
	UpdatedAt    int64 `gorm:"autoUpdateTime:false"`
	Revision     int
}

func (residentRow) TableName() string { return "residents" }

func (r residentRow) toResident() account.Resident {
	return account.Resident{
		ID: r.ID, Village: region.Code(r.Village), Group: region.Code(r.VillageGroup), HouseholdID: r.Household,
		State: account.ResidentState(r.State), Sealed: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
		NameMAC: r.NameMac, PhoneMAC: r.PhoneMac, IDMAC: r.IDMac, Last4MAC: r.Last4Mac,
		UpdatedAt: fromMillis(r.UpdatedAt), Revision: r.Revision,
	}
}

func toResidentRow(r account.Resident) residentRow {
	return residentRow{
		ID: r.ID, Village: string(r.Village), VillageGroup: string(r.Group), Household: r.HouseholdID,
		State: string(r.State), SealKey: r.Sealed.Key, Sealed: r.Sealed.Blob,
		NameMac: r.NameMAC, PhoneMac: r.PhoneMAC, IDMac: r.IDMAC, Last4Mac: r.Last4MAC,
		UpdatedAt: toMillis(r.UpdatedAt), Revision: r.Revision,
	}
}

type kinshipRow struct {
	Person   string
	Relative string
	Kind     string
}

func (kinshipRow) TableName() string { return "kinships" }

// Resident gives one person of a roll.
func (r accountReads) Resident(ctx context.Context, id string) (account.Resident, error) {
	var row residentRow
	if err := r.on(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return account.Resident{}, missing("resident", err)
	}
	return row.toResident(), nil
}

// ResidentsNamed gives those on a village's roll with a name.
func (r accountReads) ResidentsNamed(ctx context.Context, village region.Code, nameMAC []byte) ([]account.Resident, error) {
	var rows []residentRow
	err := r.on(ctx).Where("village = ? AND name_mac = ? AND state = ?", string(village), nameMAC, string(account.OnRoll)).
		Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read residents by name: %w", err)
	}
	return each(rows, residentRow.toResident), nil
}

// Roll gives a village's residents, by id.
func (r accountReads) Roll(ctx context.Context, village region.Code, gone bool, after string, limit int) ([]account.Resident, error) {
	q := r.on(ctx).Where("village = ? AND id > ?", string(village), after).Order("id")
	if !gone {
		q = q.Where("state = ?", string(account.OnRoll))
	}
	if limit > 0 {
		q = q.Limit(limit)
	}
	var rows []residentRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read roll: %w", err)
	}
	return each(rows, residentRow.toResident), nil
}

// Households gives a village's households, by id.
func (r accountReads) Households(ctx context.Context, village region.Code) ([]account.Household, error) {
	var rows []householdRow
	if err := r.on(ctx).Where("village = ?", string(village)).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read households: %w", err)
	}
	return each(rows, func(h householdRow) account.Household {
		return account.Household{ID: h.ID, Village: region.Code(h.Village), Number: h.Number, Group: region.Code(h.VillageGroup)}
	}), nil
}

// KinOf gives the recorded kinships that any of the residents is part of.
func (r accountReads) KinOf(ctx context.Context, residents []string) ([]account.Kinship, error) {
	if len(residents) == 0 {
		return nil, nil
	}
	var rows []kinshipRow
	ids := padded(residents)
	err := r.on(ctx).Where("person IN ? OR relative IN ?", ids, ids).Order("person, relative").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read kinships: %w", err)
	}
	return each(rows, func(k kinshipRow) account.Kinship {
		return account.Kinship{A: k.Person, B: k.Relative, Kind: account.Kin(k.Kind)}
	}), nil
}

// AddHouseholds inserts households.
func (t *tx) AddHouseholds(ctx context.Context, hs []account.Household) error {
	if len(hs) == 0 {
		return nil
	}
	rows := each(hs, func(h account.Household) householdRow {
		return householdRow{ID: h.ID, Village: string(h.Village), Number: h.Number, VillageGroup: string(h.Group)}
	})
	return added("households", t.in(ctx).CreateInBatches(rows, insertBatch).Error)
}

// AddResidents inserts people of a roll.
func (t *tx) AddResidents(ctx context.Context, rs []account.Resident) error {
	if len(rs) == 0 {
		return nil
	}
	return added("residents", t.in(ctx).CreateInBatches(each(rs, toResidentRow), insertBatch).Error)
}

// SaveResident writes all columns of a person but its id and village.
func (t *tx) SaveResident(ctx context.Context, r account.Resident) error {
	row := toResidentRow(r)
	return one(t.in(ctx).Model(&residentRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).Updates(map[string]any{
		"village_group": row.VillageGroup, "household": row.Household, "state": row.State,
		"seal_key": row.SealKey, "sealed": row.Sealed, "name_mac": row.NameMac, "phone_mac": row.PhoneMac,
		"id_mac": row.IDMac, "last4_mac": row.Last4Mac, "updated_at": row.UpdatedAt, "revision": row.Revision,
	}), account.ErrRaced)
}

// LockResident reads a person whose row nobody else changes until the end.
func (t *tx) LockResident(ctx context.Context, id string) (account.Resident, error) {
	var row residentRow
	if err := t.locking(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return account.Resident{}, missing("resident", err)
	}
	return row.toResident(), nil
}

// LockPlace holds the village's row, so that changes of its offices and roll
// come one after the other. SQLite has one writer anyway.
func (t *tx) LockPlace(ctx context.Context, village region.Code) error {
	var codes []string
	if err := t.locking(ctx).Table("regions").Where("code = ?", string(village)).Pluck("code", &codes).Error; err != nil {
		return fmt.Errorf("lock place: %w", err)
	}
	return nil
}

// PutKinship inserts a kinship; account.ErrTaken if the pair has one.
func (t *tx) PutKinship(ctx context.Context, k account.Kinship) error {
	return added("kinship", t.in(ctx).Create(&kinshipRow{Person: k.A, Relative: k.B, Kind: string(k.Kind)}).Error)
}
