package cache

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/prepared"
)

// Memory keeps in one process what Redis keeps for several. Its size is
// bounded: beyond it everything is dropped, which costs loads only.
type Memory struct {
	clock calendar.Clock
	max   int

	mu     sync.Mutex
	bytes  int
	pages  map[string]*memoryRegion
	values map[string]memoryValue
}

type memoryRegion struct {
	token string
	until time.Time
	pages map[string]memoryPage
}

type memoryPage struct {
	asOf  int64
	value []byte
}

type memoryValue struct {
	value string
	until time.Time
}

var (
	_ prepared.Shared = (*Memory)(nil)
	_ Values          = (*Memory)(nil)
	_ Values          = (*Redis)(nil)
)

// NewMemory makes an empty store of at most maxBytes of pages.
func NewMemory(clock calendar.Clock, maxBytes int) *Memory {
	return &Memory{clock: clock, max: maxBytes, pages: map[string]*memoryRegion{}, values: map[string]memoryValue{}}
}

// Fetch gives a page or the token to store it under.
func (m *Memory) Fetch(_ context.Context, regionCode, key string, ttl time.Duration) (value []byte, token string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	r := m.pages[regionCode]
	if r == nil || !now.Before(r.until) {
		r = &memoryRegion{token: rand.Text(), until: now.Add(ttl), pages: map[string]memoryPage{}}
		m.pages[regionCode] = r
	}
	return r.pages[key].value, r.token, nil
}

// Store keeps a page under its token.
func (m *Memory) Store(_ context.Context, regionCode, key, token string, asOf int64, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.pages[regionCode]
	if r == nil || r.token != token || !m.clock.Now().Before(r.until) || len(value) > maxShared {
		return nil
	}
	if old, ok := r.pages[key]; ok && old.asOf > asOf {
		return nil
	}
	if m.bytes += len(value); m.bytes > m.max {
		m.pages, m.bytes = map[string]*memoryRegion{}, 0
		return nil
	}
	r.pages[key] = memoryPage{asOf, value}
	return nil
}

// Drop removes all pages of regions.
func (m *Memory) Drop(_ context.Context, regionCodes []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, code := range regionCodes {
		delete(m.pages, code)
	}
	return nil
}

// Get gives a value.
func (m *Memory) Get(_ context.Context, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	if !ok || !m.clock.Now().Before(v.until) {
		delete(m.values, key)
		return "", false, nil
	}
	return v.value, true, nil
}

// Set stores a value for a time.
func (m *Memory) Set(_ context.Context, key, value string, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[key] = memoryValue{value, m.clock.Now().Add(ttl)}
	return nil
}

// Delete removes a value.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, key)
	return nil
}

// DeleteIf removes a value that is still the given one.
func (m *Memory) DeleteIf(_ context.Context, key, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values[key].value == value {
		delete(m.values, key)
	}
	return nil
}
