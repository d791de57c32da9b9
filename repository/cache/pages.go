package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"cunwu/service/prepared"
)

// maxShared is the largest page that goes to Redis: larger ones are rare and
// would make one call hold up the others.
const maxShared = 512 << 10

// Pages are prepared pages on Redis: one hash per region, so that one command
// drops all its pages. Its field "" is the token of prepared.Shared; the hash
// lives ttl from the drawing of the token, however often it is written.
type Pages struct{ redis *Redis }

var _ prepared.Shared = Pages{}

// Pages gives the prepared.Shared side of the connection.
func (r *Redis) Pages() Pages { return Pages{r} }

func (p Pages) key(regionCode string) string { return p.redis.prefix + "pages:" + regionCode }

// fetchScript: KEYS[1] the hash; ARGV[1] the page, [2] a fresh token, [3] ttl in ms.
var fetchScript = redis.NewScript(`
local found = redis.call('HMGET', KEYS[1], '', ARGV[1])
if found[2] then return {found[1], found[2]} end
if found[1] then return {found[1]} end
redis.call('HSET', KEYS[1], '', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {ARGV[2]}`)

// Fetch gives a page or the token to store it under.
func (p Pages) Fetch(ctx context.Context, regionCode, key string, ttl time.Duration) (value []byte, token string, err error) {
	var found []string
	err = p.redis.do(ctx, func(ctx context.Context) (err error) {
		found, err = fetchScript.Run(ctx, p.redis.client, []string{p.key(regionCode)}, key, rand.Text(), ttl.Milliseconds()).StringSlice()
		return err
	})
	switch {
	case err != nil:
		return nil, "", err
	case len(found) == 2 && len(found[1]) >= serialDigits:
		return []byte(found[1][serialDigits:]), found[0], nil
	case len(found) == 1:
		return nil, found[0], nil
	}
	return nil, "", errors.New("cache: a page of unknown form")
}

// serialDigits is the width of the serial before each page: text of one width
// compares like the number, which Lua could not hold exactly.
const serialDigits = 20

// storeScript: KEYS[1] the hash; ARGV[1] the token, [2] the page, [3] serial, [4] bytes.
var storeScript = redis.NewScript(`
local found = redis.call('HMGET', KEYS[1], '', ARGV[2])
if found[1] ~= ARGV[1] then return 0 end
if found[2] and string.sub(found[2], 1, 20) > ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. ARGV[4])
return 1`)

// Store keeps a page under its token.
func (p Pages) Store(ctx context.Context, regionCode, key, token string, asOf int64, value []byte) error {
	if len(value) > maxShared || token == "" {
		return nil
	}
	return p.redis.do(ctx, func(ctx context.Context) error {
		return storeScript.Run(ctx, p.redis.client, []string{p.key(regionCode)}, token, key, serialText(asOf), value).Err()
	})
}

func serialText(asOf int64) string {
	return fmt.Sprintf("%0"+strconv.Itoa(serialDigits)+"d", max(asOf, 0))
}

// dropBatch keeps one round trip within the time limit of a call.
const dropBatch = 500

// Drop removes all pages of regions.
func (p Pages) Drop(ctx context.Context, regionCodes []string) error {
	for batch := range slices.Chunk(regionCodes, dropBatch) {
		err := p.redis.do(ctx, func(ctx context.Context) error {
			pipe := p.redis.client.Pipeline()
			for _, code := range batch {
				pipe.Unlink(ctx, p.key(code))
			}
			_, err := pipe.Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
