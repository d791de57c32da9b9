package repository

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/media"
	"cunwu/service/region"
)

// boardMediaRow is an upload of an entry of the red and black list. Shown is 1
// while everybody may fetch it.
type boardMediaRow struct {
	MediaID string `gorm:"primaryKey"`
	EntryID string `gorm:"primaryKey"`
	Region  string
	Purpose string
	Shown   int
}

// TableName names the table.
func (boardMediaRow) TableName() string { return "board_media" }

type mediaErasureRow struct {
	Name    string `gorm:"primaryKey"`
	AskedAt int64  `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (mediaErasureRow) TableName() string { return "media_erasures" }

// mediaHangs are the tables on whose rows attachments hang, by media_id.
var mediaHangs = []string{
	"posting_media", "board_photos", "ballot_sheets", "consultation_media", "concern_media", "board_media", "council_media",
	"covenant_media",
}

// EraseMedia implements media.Eraser.
func (t *tx) EraseMedia(ctx context.Context, id string) error {
	var row mediaRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return wrapped("read an attachment", err)
	}
	for _, table := range mediaHangs {
		var n int64
		if err := t.in(ctx).Table(table).Where("media_id = ?", id).Limit(1).Count(&n).Error; err != nil {
			return wrapped("find where an attachment hangs", err)
		}
		if n > 0 {
			return nil
		}
	}
	if err := t.in(ctx).Where("id = ?", id).Delete(&mediaRow{}).Error; err != nil {
		return wrapped("erase an attachment", err)
	}
	asked := []mediaErasureRow{{Name: row.Digest + "." + row.object().Kind.Ext(), AskedAt: toMillis(t.now)}}
	if row.Thumb != "" {
		asked = append(asked, mediaErasureRow{Name: row.Thumb + "." + media.JPEG.Ext(), AskedAt: toMillis(t.now)})
	}
	there := clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoNothing: true}
	return wrapped("note bytes to be taken away", t.in(ctx).Clauses(there).Create(&asked).Error)
}

// Erasure implements media.Tx.
func (t *tx) Erasure(ctx context.Context, name string) (asked, used bool, err error) {
	var row mediaErasureRow
	err = t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("name = ?", name).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, wrapped("lock bytes to be taken away", err)
	}
	digest := row.Name[:min(len(row.Name), digestLength)]
	for _, column := range []string{"digest = ?", "thumb = ?"} {
		var n int64
		if err := t.in(ctx).Model(&mediaRow{}).Where(column, digest).Limit(1).Count(&n).Error; err != nil {
			return true, false, wrapped("find who has the bytes", err)
		}
		used = used || n > 0
	}
	return true, used, nil
}

// digestLength is that of a digest in hex.
const digestLength = 64

// EndErasure implements media.Tx.
func (t *tx) EndErasure(ctx context.Context, name string) error {
	return wrapped("end taking bytes away", t.in(ctx).Where("name = ?", name).Delete(&mediaErasureRow{}).Error)
}

// Erasures gives names of bytes to be taken away, the longest waiting first.
func (s mediaStore) Erasures(ctx context.Context, limit int) ([]string, error) {
	var names []string
	err := s.db.reader(ctx).Model(&mediaErasureRow{}).Order("asked_at, name").Limit(limit).Pluck("name", &names).Error
	return names, wrapped("read what is to be taken away", err)
}

// Erasing gives those of the names that are to be taken away.
func (s mediaStore) Erasing(ctx context.Context, names []string) ([]string, error) {
	var out []string
	err := s.db.reader(ctx).Model(&mediaErasureRow{}).Where("name IN ?", padded(names)).Order("name").Pluck("name", &out).Error
	return out, wrapped("read what is to be taken away", err)
}

// entryHangs adds where uploads hang on entries of the red and black list: a
// photo that is shown now passes before everybody and is kept by nobody, all else
// is for those who work on the matter, whatever other office they hold.
func (s mediaStore) entryHangs(ctx context.Context, ids []string, to *media.Showing) error {
	var rows []boardMediaRow
	err := s.db.reader(ctx).Distinct("region", "shown").Where("media_id IN ?", padded(ids)).
		Order("region, shown").Limit(maxNamesakes).Find(&rows).Error
	if err != nil {
		return wrapped("read attachments of the boards", err)
	}
	for _, r := range rows {
		to.Passing = to.Passing || r.Shown == 1
		if at := region.Code(r.Region); !slices.Contains(to.Matters, at) {
			to.Matters = append(to.Matters, at)
		}
	}
	return nil
}
