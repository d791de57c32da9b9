package demo

import (
	"bytes"
	"context"
	"sync"
)

// shot is a picture that somebody takes in: ahead of its use where a place is
// free, else when it is used.
type shot struct {
	code, scene string
	once        sync.Once
	placed      bool // it holds a place of those taken in ahead
	id          string
	failed      error
}

// ahead takes a picture in before its time; false where the seeding ends.
func (s *shot) ahead(ctx context.Context, x *seeder) bool {
	select {
	case x.ahead <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	mine := false
	s.once.Do(func() {
		mine, s.placed = true, true
		s.id, s.failed = x.snap(ctx, s.code, s.scene)
	})
	if !mine {
		<-x.ahead
	}
	return true
}

// get gives the id of a picture, once.
func (s *shot) get(ctx context.Context, x *seeder) (string, error) {
	s.once.Do(func() { s.id, s.failed = x.snap(ctx, s.code, s.scene) })
	if s.placed {
		<-x.ahead
	}
	x.sum.Files++
	return s.id, s.failed
}

// snap takes in a picture in the name of whoever needs it.
func (x *seeder) snap(ctx context.Context, code, name string) (string, error) {
	data, err := x.snaps.get(ctx, name)
	if err != nil {
		return "", err
	}
	by := x.caller(code)
	o, err := x.s.Media.Upload(ctx, by, x.act(by), "照片.jpg", bytes.NewReader(data), int64(len(data)))
	return o.ID, err
}

// all gives the ids of pictures.
func all(ctx context.Context, x *seeder, shots []*shot) ([]string, error) {
	var out []string
	for _, s := range shots {
		id, err := s.get(ctx, x)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}
