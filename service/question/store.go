package question

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Record is a question as the archive keeps it. State and DueAt follow the
// case and are written with it.
type Record struct {
	ID         string
	Serial     int64 // given by the archive when it is added
	PostingID  string
	Version    int
	Region     region.Code
	ItemCode   string
	Public     bool // everybody may read it, as the posting
	Kind       Kind
	Line       *int
	Text       string
	Asker      string // account id
	AskedAt    time.Time
	State      State
	DueAt      time.Time
	Answers    int       // of the village and of the township
	AnsweredAt time.Time // of the last, zero for none
	Joined     int
	CaseID     string
	Revision   int // changes so far; the optimistic lock
}

// Range asks for records, highest serial first. PostingID, State and From are
// for narrowing: zero is any.
type Range struct {
	Region     region.Code // this place and all below it; "" with a PostingID
	PostingID  string
	State      State
	PublicOnly bool
	Before     int64 // serials below, 0 for all
	Limit      int
}

// Store is what the package needs of the archive.
type Store interface {
	// QuestionRecord gives one question. ErrNotFound if there is none.
	QuestionRecord(ctx context.Context, id string) (Record, error)
	// QuestionRecords gives those of the ids that exist, in any order.
	QuestionRecords(ctx context.Context, ids []string) ([]Record, error)
	// QuestionsIn gives a page of a range.
	QuestionsIn(ctx context.Context, r Range) ([]Record, error)
	// QuestionsAnswered gives the public questions of a village whose last
	// answer lies in [from, until), oldest answer first, at most limit.
	QuestionsAnswered(ctx context.Context, village region.Code, from, until time.Time, limit int) ([]Record, error)
	// QuestionWords gives what was said after the questions, in order.
	QuestionWords(ctx context.Context, ids []string) ([]Word, error)
	// QuestionsJoined gives those of the ids that the account joined.
	QuestionsJoined(ctx context.Context, account string, ids []string) ([]string, error)
	// QuestionsOfAsker gives what an account asked, oldest first, and
	// QuestionsJoinedBy the ids of what it joined, never nil.
	QuestionsOfAsker(ctx context.Context, account string) ([]Record, error)
	QuestionsJoinedBy(ctx context.Context, account string) ([]string, error)
	// QuestionJoiners gives the accounts that joined a question, by account.
	QuestionJoiners(ctx context.Context, id string) ([]string, error)
	// QuestionPostings gives those postings of the ids that exist.
	QuestionPostings(ctx context.Context, ids []string) ([]disclosure.Record, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	procedure.Tx
	outbox.Tx
	// PostingForUpdate locks the posting until the transaction ends. Locks are
	// taken in the order posting, question, case.
	PostingForUpdate(ctx context.Context, id string) (disclosure.Record, []byte, error)
	// CountQuestions writes the counts that a posting shows.
	CountQuestions(ctx context.Context, postingID string, questions, answered int) error
	// QuestionsAskedSince counts the questions of an account.
	QuestionsAskedSince(ctx context.Context, account string, since time.Time) (int, error)
	// AddQuestion inserts a question and gives its serial.
	AddQuestion(ctx context.Context, r Record) (int64, error)
	// QuestionForUpdate locks the question until the transaction ends.
	// ErrNotFound if there is none.
	QuestionForUpdate(ctx context.Context, id string) (Record, error)
	// SaveQuestion writes what can change of r, where the stored revision is
	// r.Revision-1, and fails with procedure.ErrRaced otherwise.
	SaveQuestion(ctx context.Context, r Record) error
	// AddQuestionWord appends to what was said and gives its number.
	AddQuestionWord(ctx context.Context, w Word) (int, error)
	// QuestionJoined reports whether an account asks the same.
	QuestionJoined(ctx context.Context, id, account string) (bool, error)
	// AddQuestionJoin and DropQuestionJoin make an account ask the same, or not
	// any more.
	AddQuestionJoin(ctx context.Context, id, account string) error
	DropQuestionJoin(ctx context.Context, id, account string) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
