package repository

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

// BucketOptions name a bucket of S3-compatible storage.
type BucketOptions struct {
	Endpoint string // host:port
	Bucket   string
	Prefix   string // put before every name, may be empty
	Region   string
	Key      string
	Secret   string
	Plain    bool // http instead of https
	// Timeout bounds one request; zero means 10 s.
	Timeout time.Duration
}

// MediaBucket keeps attachments in S3-compatible storage. It satisfies
// media.Blobs.
type MediaBucket struct {
	client  *minio.Client
	bucket  string
	prefix  string
	timeout time.Duration
}

var _ media.Blobs = (*MediaBucket)(nil)

// OpenMediaBucket connects and checks that the bucket is there.
func OpenMediaBucket(ctx context.Context, o BucketOptions) (*MediaBucket, error) {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(o.Key, o.Secret, ""), Secure: !o.Plain, Region: o.Region, MaxRetries: 2,
	})
	if err != nil {
		return nil, fmt.Errorf("storage of attachments: %w", err)
	}
	b := &MediaBucket{client: client, bucket: o.Bucket, prefix: o.Prefix, timeout: o.Timeout}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	there, err := client.BucketExists(ctx, o.Bucket)
	if err != nil {
		return nil, fmt.Errorf("storage of attachments: %w", err)
	}
	if !there {
		return nil, fmt.Errorf("storage of attachments: no bucket %q", o.Bucket)
	}
	return b, nil
}

// Put stores bytes under a name unless they are there.
func (b *MediaBucket) Put(ctx context.Context, name string, r io.Reader, size int64, contentType string) error {
	if !blobName.MatchString(name) {
		return errBlobName
	}
	there, err := b.Has(ctx, name)
	if err != nil || there {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	_, err = b.client.PutObject(ctx, b.bucket, b.prefix+name, r, size, minio.PutObjectOptions{
		ContentType: contentType, DisableMultipart: true,
	})
	return bucketFault(err)
}

// Get opens stored bytes; what it gives is also an io.Seeker.
func (b *MediaBucket) Get(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if !blobName.MatchString(name) {
		return nil, 0, media.ErrNotFound
	}
	object, err := b.client.GetObject(ctx, b.bucket, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, 0, bucketFault(err)
	}
	info, err := object.Stat() // the first thing that asks the server
	if err != nil {
		return nil, 0, errors.Join(bucketFault(err), object.Close())
	}
	return object, info.Size, nil
}

// Has reports whether the bytes are there.
func (b *MediaBucket) Has(ctx context.Context, name string) (bool, error) {
	if !blobName.MatchString(name) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	_, err := b.client.StatObject(ctx, b.bucket, b.prefix+name, minio.StatObjectOptions{})
	err = bucketFault(err)
	if errors.Is(err, media.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Delete removes the bytes. A bucket that keeps versions must be told by its
// operator not to (docs/operations).
func (b *MediaBucket) Delete(ctx context.Context, name string) error {
	if !blobName.MatchString(name) {
		return errBlobName
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	err := bucketFault(b.client.RemoveObject(ctx, b.bucket, b.prefix+name, minio.RemoveObjectOptions{}))
	if errors.Is(err, media.ErrNotFound) {
		return nil
	}
	return err
}

// bucketFault tells missing and full from away.
func bucketFault(err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == "NoSuchKey" || answer.StatusCode == http.StatusNotFound:
		return media.ErrNotFound
	case answer.Code == "QuotaExceeded" || answer.StatusCode == http.StatusInsufficientStorage:
		return fault.ErrStorageFull.Because(err)
	}
	return fault.ErrUnavailable.Because(err)
}
