package repository

import (
	"context"

	"cunwu/service/board"
	"cunwu/service/disclosure"
	"cunwu/service/media"
	"cunwu/service/region"
)

type boardPhotoRow struct {
	Serial     int64 `gorm:"primaryKey;autoIncrement"`
	ID         string
	PostingID  string
	Version    int
	Region     string
	MediaID    string
	TakenOn    string
	State      string
	Uploader   string
	UploadedBy string
	UploadedAt int64
	Decider    string
	DecidedBy  string
	DecidedAt  int64
	Reason     string
}

// TableName names the table.
func (boardPhotoRow) TableName() string { return "board_photos" }

// boardMoves are the columns that a decision writes.
var boardMoves = []string{"state", "decider", "decided_by", "decided_at", "reason"}

func toBoardPhotoRow(r board.Record) boardPhotoRow {
	return boardPhotoRow{
		ID: r.ID, PostingID: r.PostingID, Version: r.Version, Region: string(r.Region), MediaID: r.MediaID,
		TakenOn: r.TakenOn, State: string(r.State), Uploader: r.Uploader, UploadedBy: r.UploadedBy,
		UploadedAt: toMillis(r.UploadedAt), Decider: r.Decider, DecidedBy: r.DecidedBy,
		DecidedAt: toMillis(r.DecidedAt), Reason: r.Reason,
	}
}

func (r boardPhotoRow) record() board.Record {
	return board.Record{
		ID: r.ID, Serial: r.Serial, PostingID: r.PostingID, Version: r.Version, Region: region.Code(r.Region),
		MediaID: r.MediaID, TakenOn: r.TakenOn, State: board.State(r.State), Uploader: r.Uploader,
		UploadedBy: r.UploadedBy, UploadedAt: fromMillis(r.UploadedAt), Decider: r.Decider, DecidedBy: r.DecidedBy,
		DecidedAt: fromMillis(r.DecidedAt), Reason: r.Reason,
	}
}

// Boards is the archive of package board.
type Boards struct{ store[board.Tx] }

var (
	_ board.Store = (*Boards)(nil)
	_ board.Tx    = (*tx)(nil)
)

// Boards gives the archive of photos of physical boards.
func (db *DB) Boards() *Boards {
	return &Boards{store[board.Tx]{db: db, as: func(t *tx) board.Tx { return t }}}
}

// BoardPhoto implements board.Store.
func (s *Boards) BoardPhoto(ctx context.Context, id string) (board.Record, error) {
	var row boardPhotoRow
	if err := s.db.reader(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return board.Record{}, wrapped("read photo of a board", orMissing(err, board.ErrNotFound))
	}
	return row.record(), nil
}

// BoardPhotos implements board.Store.
func (s *Boards) BoardPhotos(ctx context.Context, postingID string) ([]board.Record, error) {
	var rows []boardPhotoRow
	err := s.db.reader(ctx).Where("posting_id = ?", postingID).Order("serial DESC").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read photos of a board", err)
	}
	out := make([]board.Record, len(rows))
	for i, r := range rows {
		out[i] = r.record()
	}
	return out, nil
}

// BoardPosting implements board.Store.
func (s *Boards) BoardPosting(ctx context.Context, id string) (disclosure.Record, error) {
	return s.db.Disclosures().PostingRecord(ctx, id)
}

// Objects implements board.Store.
func (s *Boards) Objects(ctx context.Context, ids []string) ([]media.Object, error) {
	return s.db.Media().Objects(ctx, ids)
}

// AddBoardPhoto implements board.Tx.
func (t *tx) AddBoardPhoto(ctx context.Context, r board.Record) (int64, error) {
	row := toBoardPhotoRow(r)
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return 0, wrapped("add photo of a board", orTaken(err, board.ErrTwice))
	}
	return row.Serial, nil
}

// DecideBoardPhoto implements board.Tx.
func (t *tx) DecideBoardPhoto(ctx context.Context, r board.Record) error {
	row := toBoardPhotoRow(r)
	g := t.in(ctx).Model(&boardPhotoRow{}).Where("id = ? AND state = ?", r.ID, string(board.Posted)).Select(boardMoves).Updates(&row)
	return wrapped("decide on a photo of a board", one(g, board.ErrDecided))
}

// boardHangs gives the postings on whose boards uploads were photographed, as
// far as it matters for fetching them: shown, once confirmed, while the version
// that was photographed stands; else for officers alone.
func (s mediaStore) boardHangs(ctx context.Context, ids []string) ([]hangRow, error) {
	var hangs []hangRow
	err := s.db.reader(ctx).Table("board_photos").
		Select("p.region, p.visibility, p.state, CASE WHEN board_photos.state = ? AND p.state IN ? AND p.version = board_photos.version THEN 1 ELSE 0 END AS published",
			string(board.Confirmed), []string{string(disclosure.Published), string(disclosure.Archived)}).
		Joins("JOIN postings p ON p.id = board_photos.posting_id").
		Where("board_photos.media_id IN ?", padded(ids)).
		Order("board_photos.serial").Limit(maxNamesakes).Scan(&hangs).Error
	return hangs, wrapped("read where photos hang", err)
}
