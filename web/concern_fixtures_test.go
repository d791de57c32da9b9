package web_test

import (
	"context"
	"io"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/media"
)

// noUploads is where nothing can be uploaded.
type noUploads struct{}

func (noUploads) Upload(context.Context, account.Caller, audit.Act, string, io.Reader, int64) (media.Object, error) {
	return media.Object{}, media.ErrKind
}

func (noUploads) Objects(context.Context, []string) ([]media.Object, error) { return nil, nil }

func (noUploads) Open(context.Context, account.Caller, string) (media.File, error) {
	return media.File{}, media.ErrNotFound
}

func (noUploads) Limits() media.Limits { return media.Limits{Bytes: 1 << 20} }
