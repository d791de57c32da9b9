package cache

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Options of a Redis connection; zero values are sensible.
type Options struct {
	// URL is redis://[user:password@]host:port[/db] or rediss:// for TLS;
	// several addresses separated by commas, or ?cluster=1, mean Redis Cluster.
	URL     string
	Timeout time.Duration // of each call, dialling included; default 100 ms
	Pause   time.Duration // between probes of a Redis that is away; default 1 s
	Prefix  string        // before every key, default "cunwu:"
	Pool    int           // connections per node, default 10 per core
}

// Redis is a connection to Redis or Redis Cluster behind a breaker. It is a
// prepared.Shared (Pages), Values and a source of limits (NewLimiter).
type Redis struct {
	client  redis.UniversalClient
	breaker *breaker
	prefix  string
}

// ParseURL reads a Redis address; the error names what is wrong with it and
// never shows the password.
func ParseURL(raw string) (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || (scheme != "redis" && scheme != "rediss") {
		return nil, errors.New("a Redis address begins with redis:// or rediss://")
	}
	// url.Parse takes one host: the others are put aside.
	at := strings.LastIndexByte(rest, '@') + 1
	end := len(rest)
	if i := strings.IndexAny(rest[at:], "/?"); i >= 0 {
		end = at + i
	}
	hosts := strings.Split(rest[at:end], ",")
	u, err := url.Parse(scheme + "://" + rest[:at] + hosts[0] + rest[end:])
	if err != nil {
		return nil, errors.New("the Redis address cannot be read")
	}
	cluster := u.Query().Get("cluster") == "1"
	u.RawQuery = ""
	one, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, errors.New("the Redis address is wrong after the host (a database number is expected)")
	}
	out := &redis.UniversalOptions{
		DB: one.DB, Username: one.Username, Password: one.Password,
		TLSConfig: one.TLSConfig, IsClusterMode: cluster,
	}
	for i, h := range hosts {
		if h = strings.TrimSpace(h); h == "" {
			return nil, fmt.Errorf("Redis address number %d is empty", i+1)
		}
		if !strings.Contains(h, ":") {
			h += ":6379"
		}
		out.Addrs = append(out.Addrs, h)
	}
	if out.DB != 0 && (cluster || len(hosts) > 1) {
		return nil, errors.New("a Redis Cluster has no database numbers")
	}
	return out, nil
}

// OpenRedis prepares a connection. It does not wait for Redis to be there: a
// server starts, and serves, without it.
func OpenRedis(o Options) (*Redis, error) {
	u, err := ParseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if o.Timeout <= 0 {
		o.Timeout = 100 * time.Millisecond
	}
	if o.Pause <= 0 {
		o.Pause = time.Second
	}
	if o.Prefix == "" {
		o.Prefix = "cunwu:"
	}
	u.DialTimeout, u.ReadTimeout, u.WriteTimeout, u.PoolTimeout = o.Timeout, o.Timeout, o.Timeout, o.Timeout
	u.ContextTimeoutEnabled = true
	u.MaxRetries, u.DialerRetries = -1, 1
	u.PoolSize = o.Pool
	u.ClientName = "cunwu"
	u.DisableIdentity = true
	u.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Redis{client: redis.NewUniversalClient(u), breaker: newBreaker(o.Pause, o.Timeout), prefix: o.Prefix}, nil
}

// Close lets go of the connections.
func (r *Redis) Close() error {
	if err := r.client.Close(); err != nil {
		return fmt.Errorf("cache: close redis: %w", err)
	}
	return nil
}

// Ping asks whether Redis answers now; it passes the breaker like any call.
func (r *Redis) Ping(ctx context.Context) error {
	return r.do(ctx, func(ctx context.Context) error { return r.client.Ping(ctx).Err() })
}

// Away reports whether Redis is known not to answer, and how often that began.
func (r *Redis) Away() (now bool, times int64) {
	return r.breaker.away(), r.breaker.opened.Load()
}

func (r *Redis) do(ctx context.Context, call func(context.Context) error) error {
	return r.breaker.do(ctx, answered, call)
}

// answered tells a refusal of a live server from a failure to reach one. A
// server that is loading, or a cluster without the slot, is as good as away.
func answered(err error) bool {
	if errors.Is(err, redis.Nil) {
		return true
	}
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	for _, p := range []string{"LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "READONLY"} {
		if strings.HasPrefix(reply.Error(), p) {
			return false
		}
	}
	return true
}

// Get gives a value.
func (r *Redis) Get(ctx context.Context, key string) (string, bool, error) {
	var out string
	err := r.do(ctx, func(ctx context.Context) (err error) {
		out, err = r.client.Get(ctx, r.prefix+"value:"+key).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	return out, err == nil, err
}

// Set stores a value for a time.
func (r *Redis) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	return r.do(ctx, func(ctx context.Context) error {
		return r.client.Set(ctx, r.prefix+"value:"+key, value, max(ttl, time.Millisecond)).Err()
	})
}

// Delete removes a value.
func (r *Redis) Delete(ctx context.Context, key string) error {
	return r.do(ctx, func(ctx context.Context) error { return r.client.Del(ctx, r.prefix+"value:"+key).Err() })
}

var deleteIf = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// DeleteIf removes a value that is still the given one.
func (r *Redis) DeleteIf(ctx context.Context, key, value string) error {
	return r.do(ctx, func(ctx context.Context) error {
		return deleteIf.Run(ctx, r.client, []string{r.prefix + "value:" + key}, value).Err()
	})
}

const hintChannel = "changed"

// Hint tells the instances that Listen to look at once.
func (r *Redis) Hint(ctx context.Context) {
	// A lost hint costs half a second: the changes are polled anyway.
	_ = r.do(ctx, func(ctx context.Context) error {
		return r.client.Publish(ctx, r.prefix+hintChannel, "").Err()
	})
}

// Listen calls wake whenever another instance says that something changed,
// until ctx is done. Hints may be lost: they only make what is polled anyway
// come sooner.
func (r *Redis) Listen(ctx context.Context, wake func()) {
	sub := r.client.Subscribe(ctx, r.prefix+hintChannel)
	defer func() { _ = sub.Close() }()
	hints := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-hints:
			if !ok {
				return
			}
			wake()
		}
	}
}
