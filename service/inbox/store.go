package inbox

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/consultation"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Store is what the package needs of the archive.
type Store interface {
	// Messages gives those of an account with serials below before (0 for
	// all), newest first, at most limit.
	Messages(ctx context.Context, account string, unread bool, before int64, limit int) ([]Message, error)
	// UnreadMessages counts, up to most.
	UnreadMessages(ctx context.Context, account string, most int) (int, error)
	// FollowsOf gives what an account follows, by key.
	FollowsOf(ctx context.Context, account string) ([]Follow, error)
	CreditsOf(ctx context.Context, account string) ([]Credit, error)
	DeliveriesOf(ctx context.Context, account string) ([]Delivery, error)
	// DeliveryBacklog counts deliveries by state, settled ones left out.
	DeliveryBacklog(ctx context.Context) (map[DeliveryState]int, error)
	// DeliveryDue reports whether a delivery waits to be sent at a time.
	DeliveryDue(ctx context.Context, now time.Time) (bool, error)
	// SpreadWaiting reports whether followers are still to be told of an event.
	SpreadWaiting(ctx context.Context) (bool, error)
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	outbox.Tx
	messageWriter
	audience
	consentWriter
	deliveryWriter
}

type messageWriter interface {
	// FirstTold notes that an event is told and reports whether it was not before.
	FirstTold(ctx context.Context, what string) (bool, error)
	// UnreadOf gives the unread messages of a matter by account.
	UnreadOf(ctx context.Context, accounts []string, matter string) (map[string]Message, error)
	// PutMessages adds messages, in place of those with the same ids.
	PutMessages(ctx context.Context, ms []Message) error
	// ReadMessages marks as read those of the ids (nil for all) that are the
	// account's and unread, and gives how many.
	ReadMessages(ctx context.Context, account string, ids []string) (int, error)
	// CloseMatter marks as read what is unread of a matter about a subject,
	// whoever it was for.
	CloseMatter(ctx context.Context, subject, matter string) error
	// HideBodies replaces the body of all messages of a kind about a subject.
	HideBodies(ctx context.Context, kind, subject, body string) error
	// AccountsTold gives the accounts that have messages of a matter about a subject.
	AccountsTold(ctx context.Context, subject, matter string) ([]string, error)
	// ForgetSubject removes all messages about a subject, and what was to be sent
	// of them.
	ForgetSubject(ctx context.Context, subject string) error
	// MessageByID gives one message; false where there is none.
	MessageByID(ctx context.Context, id string) (Message, bool, error)
	// ForgetMessages removes what is older than the times, at most limit each,
	// and gives how many rows went.
	ForgetMessages(ctx context.Context, messages, told time.Time, limit int) (int, error)
	// PostingBrief gives what is known of a posting; false where there is none.
	PostingBrief(ctx context.Context, id string) (Brief, bool, error)
	// ConsultationBrief gives a consultation; false where there is none.
	ConsultationBrief(ctx context.Context, id string) (consultation.Record, bool, error)
	// BallotBrief gives a ballot; false where there is none.
	BallotBrief(ctx context.Context, id string) (ballot.Record, bool, error)
}

type audience interface {
	// OfficeAccounts gives the accounts that hold an office of that very place now.
	OfficeAccounts(ctx context.Context, at region.Code, roles []account.Role) ([]string, error)
	// Followers gives who follows one of the things, by account and thing, with
	// accounts above after, at most limit rows.
	Followers(ctx context.Context, followed []string, after string, limit int) ([]Following, error)
	// VillageReaders gives those of the accounts that may read what a village
	// shows to its verified villagers.
	VillageReaders(ctx context.Context, village region.Code, accounts []string) (map[string]bool, error)
	// VillagerAccounts gives, in order, accounts above after that are bound to
	// residents of a village or of a group of it, at most limit.
	VillagerAccounts(ctx context.Context, at region.Code, after string, limit int) ([]string, error)
	// PartakerAccounts gives, in order, accounts above after of those who made a
	// statement in a consultation, voted on one, or rated it, at most limit.
	PartakerAccounts(ctx context.Context, consultation, after string, limit int) ([]string, error)
	// VoterAccounts gives, in order, accounts above after of those who may cast
	// in a ballot, at most limit. Of waiting ones alone: those whose standing
	// allows to vote and whose entry has not.
	VoterAccounts(ctx context.Context, ballot int64, waiting bool, after string, limit int) ([]string, error)
	PutFollow(ctx context.Context, account, followed string) error
	// DropFollow reports whether there was one.
	DropFollow(ctx context.Context, account, followed string) (bool, error)
	CountFollows(ctx context.Context, account string) (int, error)
	AddSpread(ctx context.Context, s Spread) error
	// OldestSpread locks the oldest; false where there is none.
	OldestSpread(ctx context.Context) (Spread, bool, error)
	SaveSpread(ctx context.Context, s Spread) error
	DropSpread(ctx context.Context, serial int64) error
}

type consentWriter interface {
	// CreditsForUpdate locks and gives the credits of accounts for a template.
	CreditsForUpdate(ctx context.Context, template string, accounts []string) (map[string]Credit, error)
	PutCredit(ctx context.Context, c Credit) error
	// FirstPush notes a push and reports whether it is new.
	FirstPush(ctx context.Context, digest [32]byte) (bool, error)
}

type deliveryWriter interface {
	AddDeliveries(ctx context.Context, ds []Delivery) error
	// Undelivered gives those of the messages that no delivery was made for.
	Undelivered(ctx context.Context, messages []string) (map[string]bool, error)
	// ClaimDelivery turns the pending delivery that is due longest into one
	// being sent; false where none is due.
	ClaimDelivery(ctx context.Context) (Delivery, bool, error)
	// SettleDelivery writes state, code and next time of a delivery being sent;
	// false where it is not being sent (any more).
	SettleDelivery(ctx context.Context, d Delivery) (bool, error)
	// AbandonDeliveries makes unknown what is being sent since before a time.
	AbandonDeliveries(ctx context.Context, before time.Time) (int, error)
}
