package demo

import (
	"sync"
	"time"
)

// Clock is a clock that can be set: seeding walks it from the past to the
// present, then Follow lets it run with real time. It satisfies calendar.Clock
// and is safe for use by several goroutines.
type Clock struct {
	mu    sync.RWMutex
	at    time.Time
	fixed bool
}

// NewClock gives a clock that follows real time until it is Set.
func NewClock() *Clock { return &Clock{} }

// Set stops the clock at t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.fixed = t, true
}

// Follow lets the clock run with real time again.
func (c *Clock) Follow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fixed = false
}

// Now gives the time that was set, or real time when the clock follows it.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.fixed {
		return c.at
	}
	return time.Now()
}
