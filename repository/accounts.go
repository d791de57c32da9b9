package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/account"
)

// Accounts keeps people: identities, rolls, bindings and offices.
type Accounts struct {
	store[account.Tx]
	accountReads
}

// Accounts gives the store of package account.
func (db *DB) Accounts() *Accounts {
	as := func(t *tx) account.Tx { return accountTx{t, accountReads{t.in}} }
	return &Accounts{store[account.Tx]{db: db, as: as}, accountReads{db.reader}}
}

// accountReads are the questions about people; they are the same outside of a
// transaction and inside, on another handle.
type accountReads struct {
	on func(context.Context) *gorm.DB
}

// accountTx is the transaction with those questions asked on it.
type accountTx struct {
	*tx
	accountReads
}

type accountRow struct {
	ID            string
	OpenidMac     []byte
	SealKey       string
	Sealed        []byte
	NoticeVersion int
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
	ClosedAt      int64
}

func (accountRow) TableName() string { return "accounts" }

func (r accountRow) toAccount() account.Account {
	return account.Account{
		ID: r.ID, OpenIDMAC: r.OpenidMac, Sealed: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
		NoticeVersion: r.NoticeVersion, CreatedAt: fromMillis(r.CreatedAt), ClosedAt: fromMillis(r.ClosedAt),
	}
}

type sessionRow struct {
	ID         string
	TokenHash  []byte
	Account    string
	SignedInAt int64
	ExpiresAt  int64
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) toSession() account.Session {
	return account.Session{
		ID: r.ID, TokenHash: r.TokenHash, AccountID: r.Account,
		SignedInAt: fromMillis(r.SignedInAt), ExpiresAt: fromMillis(r.ExpiresAt),
	}
}

type codeRow struct {
	CodeHash []byte
	At       int64
}

func (codeRow) TableName() string { return "login_codes" }

type consentRow struct {
	Serial  int64 `gorm:"primaryKey;autoIncrement"`
	ID      string
	Account string
	Notice  string
	Version int
	Given   int
	Channel string
	At      int64
}

func (consentRow) TableName() string { return "consents" }

// missing wraps an error of one row's read; no row is account.ErrNone.
func missing(what string, err error) error {
	return fmt.Errorf("read %s: %w", what, orMissing(err, account.ErrNone))
}

// SessionsOf gives an account's sessions, by id.
func (r accountReads) SessionsOf(ctx context.Context, accountID string) ([]account.Session, error) {
	var rows []sessionRow
	if err := r.on(ctx).Where("account = ?", accountID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return each(rows, sessionRow.toSession), nil
}

// each converts rows.
func each[R, D any](rows []R, to func(R) D) []D {
	out := make([]D, len(rows))
	for i, r := range rows {
		out[i] = to(r)
	}
	return out
}

// AccountByOpenID finds an account by the keyed hash of its openid.
func (r accountReads) AccountByOpenID(ctx context.Context, mac []byte) (account.Account, error) {
	return r.account(ctx, "openid_mac = ?", mac)
}

// Account gives one account.
func (r accountReads) Account(ctx context.Context, id string) (account.Account, error) {
	return r.account(ctx, "id = ?", id)
}

func (r accountReads) account(ctx context.Context, where string, value any) (account.Account, error) {
	var row accountRow
	if err := r.on(ctx).Where(where, value).Take(&row).Error; err != nil {
		return account.Account{}, missing("account", err)
	}
	return row.toAccount(), nil
}

// CodeUsed reports whether a one-time code was used.
func (r accountReads) CodeUsed(ctx context.Context, codeHash []byte) (bool, error) {
	var n int64
	if err := r.on(ctx).Model(&codeRow{}).Where("code_hash = ?", codeHash).Count(&n).Error; err != nil {
		return false, fmt.Errorf("read used codes: %w", err)
	}
	return n > 0, nil
}

// ConsentsOf gives an account's ledger, oldest first.
func (r accountReads) ConsentsOf(ctx context.Context, accountID string) ([]account.Consent, error) {
	var rows []consentRow
	if err := r.on(ctx).Where("account = ?", accountID).Order("serial").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	return each(rows, func(c consentRow) account.Consent {
		return account.Consent{
			ID: c.ID, AccountID: c.Account, Notice: c.Notice, Version: c.Version,
			Given: c.Given != 0, Channel: c.Channel, At: fromMillis(c.At),
		}
	}), nil
}

// LockAccount reads an account that nobody else changes until the end.
func (t *tx) LockAccount(ctx context.Context, id string) (account.Account, error) {
	var row accountRow
	if err := t.locking(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return account.Account{}, missing("account", err)
	}
	return row.toAccount(), nil
}

// locking gives a handle whose reads hold their rows until the end.
func (t *tx) locking(ctx context.Context) *gorm.DB {
	return t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"})
}

// AddAccount inserts an account.
func (t *tx) AddAccount(ctx context.Context, a account.Account) error {
	row := accountRow{
		ID: a.ID, OpenidMac: a.OpenIDMAC, SealKey: a.Sealed.Key, Sealed: a.Sealed.Blob,
		NoticeVersion: a.NoticeVersion, CreatedAt: toMillis(a.CreatedAt), ClosedAt: toMillis(a.ClosedAt),
	}
	return added("account", t.in(ctx).Create(&row).Error)
}

// added wraps an error of an insert; a key that is taken is account.ErrTaken.
func added(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("add %s: %w", what, orTaken(err, account.ErrTaken))
}

// SetNotice notes the version of the notice an account agreed to.
func (t *tx) SetNotice(ctx context.Context, accountID string, version int) error {
	return one(t.in(ctx).Model(&accountRow{}).Where("id = ?", accountID).Update("notice_version", version), account.ErrNone)
}

// EraseAccount removes what is personal of an account, messages to it included,
// and leaves its id.
func (t *tx) EraseAccount(ctx context.Context, accountID string) error {
	err := one(t.in(ctx).Model(&accountRow{}).Where("id = ?", accountID).Updates(map[string]any{
		"openid_mac": nil, "seal_key": "", "sealed": nil, "notice_version": 0, "closed_at": toMillis(t.now),
	}), account.ErrNone)
	if err != nil {
		return err
	}
	err = t.in(ctx).Model(&requestRow{}).Where("account = ?", accountID).
		Updates(map[string]any{"seal_key": "", "sealed": nil, "resident": ""}).Error
	if err != nil {
		return fmt.Errorf("erase requests: %w", err)
	}
	err = t.in(ctx).Model(&requestRow{}).Where("account = ? AND state = ?", accountID, string(account.Pending)).
		Update("state", string(account.Superseded)).Error
	if err != nil {
		return fmt.Errorf("close requests: %w", err)
	}
	if err := t.in(ctx).Where("account = ?", accountID).Delete(&bindingRow{}).Error; err != nil {
		return fmt.Errorf("erase binding: %w", err)
	}
	if err := t.eraseInbox(ctx, accountID); err != nil {
		return err
	}
	_, err = t.EndSessionsOf(ctx, accountID)
	return err
}

// AddSession inserts a session.
func (t *tx) AddSession(ctx context.Context, s account.Session) error {
	row := sessionRow{
		ID: s.ID, TokenHash: s.TokenHash, Account: s.AccountID,
		SignedInAt: toMillis(s.SignedInAt), ExpiresAt: toMillis(s.ExpiresAt),
	}
	return added("session", t.in(ctx).Create(&row).Error)
}

// EndSession removes a session; one that is gone already is no error.
func (t *tx) EndSession(ctx context.Context, id string) error {
	if err := t.in(ctx).Where("id = ?", id).Delete(&sessionRow{}).Error; err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndSessionsOf removes all sessions of an account.
func (t *tx) EndSessionsOf(ctx context.Context, accountID string) (int, error) {
	g := t.in(ctx).Where("account = ?", accountID).Delete(&sessionRow{})
	if g.Error != nil {
		return 0, fmt.Errorf("end sessions: %w", g.Error)
	}
	return int(g.RowsAffected), nil
}

// UseCode marks a one-time code as used.
func (t *tx) UseCode(ctx context.Context, codeHash []byte) error {
	return added("code", t.in(ctx).Create(&codeRow{CodeHash: codeHash, At: toMillis(t.now)}).Error)
}

// AddConsent appends a line to the ledger.
func (t *tx) AddConsent(ctx context.Context, c account.Consent) error {
	row := consentRow{ID: c.ID, Account: c.AccountID, Notice: c.Notice, Version: c.Version, Channel: c.Channel, At: toMillis(c.At)}
	if c.Given {
		row.Given = 1
	}
	return added("consent", t.in(ctx).Create(&row).Error)
}

// Forget removes sessions and codes that are of no use any more.
func (t *tx) Forget(ctx context.Context, sessionsOver, codesUsed time.Time) (int, error) {
	s := t.in(ctx).Where("expires_at < ?", toMillis(sessionsOver)).Delete(&sessionRow{})
	if s.Error != nil {
		return 0, fmt.Errorf("forget sessions: %w", s.Error)
	}
	c := t.in(ctx).Where("at < ?", toMillis(codesUsed)).Delete(&codeRow{})
	if c.Error != nil {
		return 0, fmt.Errorf("forget codes: %w", c.Error)
	}
	return int(s.RowsAffected + c.RowsAffected), nil
}
