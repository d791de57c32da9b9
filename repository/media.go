package repository

import (
	"context"
	"slices"

	"cunwu/service/disclosure"
	"cunwu/service/media"
	"cunwu/service/region"
)

// mediaStore is the archive of attachments. Their bytes are kept by MediaFiles
// or MediaBucket.
type mediaStore struct{ store[media.Tx] }

var (
	_ media.Store = mediaStore{}
	_ media.Tx    = (*tx)(nil)
)

// Media gives the archive of attachments.
func (db *DB) Media() media.Store {
	return mediaStore{store[media.Tx]{db: db, as: func(t *tx) media.Tx { return t }}}
}

type mediaRow struct {
	ID        string
	Kind      string
	Digest    string
	Size      int64
	Width     int
	Height    int
	Thumb     string
	FileName  string
	Owner     string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName names the table for gorm.
func (mediaRow) TableName() string { return "media_objects" }

func toMediaRow(o media.Object) mediaRow {
	return mediaRow{
		ID: o.ID, Kind: string(o.Kind), Digest: o.Digest, Size: o.Size, Width: o.Width, Height: o.Height,
		Thumb: o.Thumb, FileName: o.FileName, Owner: o.Owner, CreatedAt: toMillis(o.CreatedAt),
	}
}

func (r mediaRow) object() media.Object {
	return media.Object{
		ID: r.ID, Kind: media.Kind(r.Kind), Digest: r.Digest, Size: r.Size, Width: r.Width, Height: r.Height,
		Thumb: r.Thumb, FileName: r.FileName, Owner: r.Owner, CreatedAt: fromMillis(r.CreatedAt),
	}
}

// AddObject inserts one attachment.
func (t *tx) AddObject(ctx context.Context, o media.Object) error {
	row := toMediaRow(o)
	return t.in(ctx).Create(&row).Error
}

// Objects gives those of the ids that exist, by id.
func (s mediaStore) Objects(ctx context.Context, ids []string) ([]media.Object, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []mediaRow
	if err := s.db.reader(ctx).Where("id IN ?", padded(ids)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]media.Object, len(rows))
	for i, r := range rows {
		out[i] = r.object()
	}
	return out, nil
}

// maxNamesakes bounds how many uploads of the same bytes are asked where they
// hang: a picture that a thousand people sent is found by the first of them.
const maxNamesakes = 256

// Shown collects where the uploads with a digest hang.
func (s mediaStore) Shown(ctx context.Context, digest, viewer string) (media.Showing, error) {
	if digest == "" { // what has no small picture has an empty name for it
		return media.Showing{}, media.ErrNotFound
	}
	ids, mine, err := s.namesakes(ctx, digest, viewer)
	if err != nil {
		return media.Showing{}, err
	}
	if len(ids) == 0 {
		return media.Showing{}, media.ErrNotFound
	}
	var hangs []hangRow
	err = s.db.reader(ctx).Table("posting_media").Distinct("p.region", "p.visibility", "p.state", "posting_media.published").
		Joins("JOIN postings p ON p.id = posting_media.posting_id").
		Where("posting_media.media_id IN ?", padded(ids)).
		Order("p.region, p.visibility, p.state, posting_media.published").Limit(maxNamesakes).Scan(&hangs).Error
	if err != nil {
		return media.Showing{}, err
	}
	boards, err := s.boardHangs(ctx, ids)
	if err != nil {
		return media.Showing{}, err
	}
	consulted, err := s.consultationHangs(ctx, ids)
	if err != nil {
		return media.Showing{}, err
	}
	said, err := s.concernHangs(ctx, ids)
	if err != nil {
		return media.Showing{}, err
	}
	met, err := s.councilHangs(ctx, ids)
	if err != nil {
		return media.Showing{}, err
	}
	revised, err := s.covenantHangs(ctx, ids)
	if err != nil {
		return media.Showing{}, err
	}
	out := media.Showing{Mine: mine}
	if err := s.entryHangs(ctx, ids, &out); err != nil {
		return media.Showing{}, err
	}
	if out.Papers, err = s.paperHangs(ctx, ids); err != nil {
		return media.Showing{}, err
	}
	for _, h := range slices.Concat(hangs, boards, consulted, said, met, revised) {
		h.add(&out)
	}
	return out, nil
}

// namesakes gives the uploads whose bytes or small picture have the digest,
// and whether the viewer's own is among them.
func (s mediaStore) namesakes(ctx context.Context, digest, viewer string) (ids []string, mine bool, err error) {
	for _, column := range []string{"digest = ?", "thumb = ?"} {
		var rows []mediaRow
		if err = s.db.reader(ctx).Select("id", "owner").Where(column, digest).Order("id").Limit(maxNamesakes).Find(&rows).Error; err != nil {
			return nil, false, err
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
			mine = mine || viewer != "" && r.Owner == viewer
		}
	}
	return ids, mine, nil
}

// hangRow is a posting on which an attachment hangs, as far as it matters.
type hangRow struct {
	Region     string
	Visibility string
	State      string
	Published  int // on a text that its readers may see; 0: on a draft alone
}

func (h hangRow) add(to *media.Showing) {
	code := region.Code(h.Region)
	switch {
	case disclosure.State(h.State) == disclosure.Expired:
		// A list of persons whose posting time is over: not even for officers here.
	case h.Published == 0:
		to.Offices = append(to.Offices, code)
	case disclosure.Visibility(h.Visibility) == disclosure.PublicInternet:
		to.Public = true
	case disclosure.Visibility(h.Visibility) == disclosure.VerifiedVillager:
		to.Villages = append(to.Villages, code)
	}
}
