package ballot

import (
	"context"
	"fmt"
	"slices"

	"cunwu/service/account"
	"cunwu/service/fault"
)

// Refusals about who keeps keys.
var (
	// ErrKeepsKeys: whoever keeps a key of a running sealed ballot does not become
	// an administrator of the system.
	ErrKeepsKeys = fault.Define(fault.Conflict, "ballot.keeps_keys", "这个人正在保管一次秘密表决的钥匙，表决了结、钥匙销毁以前不能做系统管理员。")
	// ErrBoxOpen: the list of the box is told from closing on.
	ErrBoxOpen = fault.Define(fault.Conflict, "ballot.box_open", "投票还没有截止，票箱名单截止以后公布。")
)

// Kept is a sealed ballot whose keepers' seeds may still open something.
type Kept struct {
	ID    string
	State State
	Keeping
}

// keeperStates are those in which keepers have keys and ballots are, or may yet
// be, there to open.
var keeperStates = []State{Draft, KeysReady, Open, Closed, Counted, Certified}

// KeeperStates gives the states in which a ballot is Kept.
func KeeperStates() []State { return slices.Clone(keeperStates) }

// isAdmin reports whether the caller runs the system.
func isAdmin(by account.Caller) bool {
	return slices.ContainsFunc(by.Grants, func(g account.Grant) bool { return g.Role == account.Admin })
}

// noAdmins refuses keepers who have become administrators since they handed in
// their keys. Whoever holds the machine itself cannot be known here.
func (s *Service) noAdmins(ctx context.Context, k Keeping) error {
	if s.opt.Administers == nil || broken("keeper-admin") {
		return nil
	}
	for _, o := range k.Keepers {
		is, err := s.opt.Administers(ctx, o.Account)
		if err != nil {
			return err
		}
		if is {
			return ErrKeeperAdmin.At("seat."+o.Statement.Seat, "这个席位的保管人现在是系统管理员").Because(errKeeperIs{o.Account})
		}
	}
	return nil
}

// errKeeperIs names the account to who runs the machine; it is in no answer.
type errKeeperIs struct{ account string }

// Error implements error.
func (e errKeeperIs) Error() string {
	return "account " + e.account + " keeps a key and is an administrator; cunwu admin end --account " + e.account
}

// CheckKeepers is asked when a server starts: no keeper of a ballot that is open,
// or still to be opened, runs the system. ballot.keeper_is_admin names the ballot.
func (s *Service) CheckKeepers(ctx context.Context) error {
	kept, err := s.store.BallotsKept(ctx)
	if err != nil {
		return err
	}
	for _, b := range kept {
		if b.State == Draft || b.State == KeysReady || !b.ErasedAt.IsZero() {
			continue // before opening it is asked again, and a draft can be given other keepers
		}
		if err := s.noAdmins(ctx, b.Keeping); err != nil {
			return fmt.Errorf("ballot %s: %w", b.ID, err)
		}
	}
	return nil
}

// BarsOffice refuses to make somebody an administrator who keeps a key of a
// sealed ballot that is not erased: ballot.keeps_keys.
func (s *Service) BarsOffice(ctx context.Context, role account.Role, accountID, residentID string) error {
	if role != account.Admin || broken("keeper-admin") {
		return nil
	}
	kept, err := s.store.BallotsKept(ctx)
	if err != nil {
		return err
	}
	for _, b := range kept {
		for _, o := range b.Keepers {
			if b.ErasedAt.IsZero() && (o.Account == accountID || residentID != "" && o.Resident == residentID) {
				return ErrKeepsKeys
			}
		}
	}
	return nil
}
