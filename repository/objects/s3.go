package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"cunwu/service/fault"
	"cunwu/service/media"
)

// retryAfter is what a caller is told while S3 is away.
const retryAfter = 5 * time.Second

// S3 is a store in a bucket. The bucket must exist; objects are never
// overwritten and never removed.
type S3 struct {
	client  *minio.Client
	bucket  string
	timeout time.Duration
}

// OpenS3 makes a client. It does not reach for the bucket.
func OpenS3(o S3Options) (*S3, error) {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Region == "" {
		o.Region = "us-east-1" // what S3-compatible stores take; spares a question at each start
	}
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(o.Key, o.Secret, ""),
		Secure:     o.TLS,
		Region:     o.Region,
		MaxRetries: 2,
	})
	if err != nil {
		return nil, fmt.Errorf("objects: s3 client for %s: %w", o.Endpoint, err)
	}
	return &S3{client: client, bucket: o.Bucket, timeout: o.Timeout}, nil
}

func objectKey(name string) string { return name[:2] + "/" + name }

// Put stores size bytes of r under a name; it does nothing if the name is
// there. S3 away is service.unavailable.
func (s *S3) Put(ctx context.Context, name string, r io.Reader, size int64, contentType string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if has, err := s.Has(ctx, name); err != nil || has {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	body := &exact{r: r, left: size}
	_, err := s.client.PutObject(ctx, s.bucket, objectKey(name), body, size, minio.PutObjectOptions{
		ContentType:      contentType,
		CacheControl:     "public, max-age=31536000, immutable",
		DisableMultipart: true, // an object is there whole or not at all
	})
	if err != nil {
		return s.failure("put", err)
	}
	return nil
}

// exact fails where fewer bytes come than were told.
type exact struct {
	r    io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > e.left {
		p = p[:e.left]
	}
	n, err := e.r.Read(p)
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Get opens the content of a name and gives its size. The caller must close it;
// its reading ends with ctx.
func (s *S3) Get(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := checkName(name); err != nil {
		return nil, 0, media.ErrNotFound.Because(err)
	}
	obj, err := s.client.GetObject(ctx, s.bucket, objectKey(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, 0, s.failure("get", err)
	}
	info, err := obj.Stat()
	if err != nil {
		_ = obj.Close()
		return nil, 0, s.failure("get", err)
	}
	return obj, info.Size, nil
}

// Has reports whether a name is there.
func (s *S3) Has(ctx context.Context, name string) (bool, error) {
	if !ValidName(name) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.client.StatObject(ctx, s.bucket, objectKey(name), minio.StatObjectOptions{})
	if err == nil {
		return true, nil
	}
	if err = s.failure("stat", err); errors.Is(err, media.ErrNotFound) {
		return false, nil
	}
	return false, err
}

// failure tells what is not there from a store that is away. A missing bucket
// is the latter: it is a setting of ours that is wrong.
func (s *S3) failure(what string, err error) error {
	resp := minio.ToErrorResponse(err)
	if resp.Code == minio.NoSuchKey || (resp.StatusCode == http.StatusNotFound && resp.Code != minio.NoSuchBucket) {
		return media.ErrNotFound
	}
	return fault.ErrUnavailable.Because(fmt.Errorf("objects: s3 %s: %w", what, err)).After(retryAfter)
}
