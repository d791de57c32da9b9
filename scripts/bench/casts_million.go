package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"cunwu/repository"
	"cunwu/scripts/crowd"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
)

const (
	millionAskers = 64  // of the voters have sessions, spread over the roll
	millionRounds = 501 // questions of each kind
	millionMost   = 5 * time.Millisecond
)

// shifted is a clock that runs ahead of the machine's, for closing a ballot
// whose time is not over.
type shifted struct{ ahead time.Duration }

// Now gives the time ahead.
func (s *shifted) Now() time.Time { return time.Now().Add(s.ahead) }

// millionCasts measures what the result and one's own vote cost in a ballot
// with very many casts: while it is open, and when it is certified.
func (b *bench) millionCasts(ctx context.Context) error {
	data, err := os.MkdirTemp(b.dir, "million-casts")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	progress("a ballot with %d casts", b.cast.votes)
	clock := &shifted{ahead: -2 * time.Hour}
	c, err := crowd.Make(ctx, crowd.Options{URL: crowd.URL(data), Voters: b.cast.votes, SignedIn: millionAskers, Clock: clock})
	if err != nil {
		return err
	}
	db, err := repository.Open(ctx, repository.Options{URL: crowd.URL(data), Clock: clock, CacheMB: 64})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	began := time.Now()
	if err := castMany(ctx, db, c.Number, b.cast.votes); err != nil {
		return err
	}
	took := time.Since(began)
	t := &table{
		title: fmt.Sprintf("One ballot with %d casts, SQLite, over HTTP, median and 99th of 100 of %d", b.cast.votes, millionRounds),
		head:  []string{"question", "median ms", "p99 ms", "promise: < 5 ms"},
	}
	if err := b.askMany(ctx, t, data, c, "did I vote, while open", "/api/v1/ballots/"+c.Ballot, wantVoted); err != nil {
		return err
	}
	clock.ahead = 24*time.Hour - time.Hour // after the end, which is a day from the opening
	began = time.Now()
	if err := certify(ctx, db, clock, c.Ballot, b.cast.votes); err != nil {
		return err
	}
	counted := time.Since(began)
	for _, q := range []struct{ name, path, want string }{
		{"did I vote, certified", "/api/v1/ballots/" + c.Ballot, wantVoted},
		{"the result", "/api/v1/ballots/" + c.Ballot + "/result", `"yes":` + strconv.Itoa((b.cast.votes+1)/2)},
	} {
		if err := b.askMany(ctx, t, data, c, q.name, q.path, q.want); err != nil {
			return err
		}
	}
	t.note("Loading through the store's own way of casting took %s, counting, digest and certifying %s. Each question is of another of %d voters, answers are not kept ready.",
		took.Round(time.Second), counted.Round(100*time.Millisecond), millionAskers)
	t.print(b.out)
	return nil
}

const wantVoted = `"voted":true`

// castMany casts for everybody on the roll, past HTTP: every second votes yes.
func castMany(ctx context.Context, db *repository.DB, number int64, voters int) error {
	const group = 256
	requests := make([]ballot.CastRequest, 0, group)
	for i := range voters {
		choice := ballot.Yes
		if i%2 == 1 {
			choice = ballot.No
		}
		requests = append(requests, ballot.CastRequest{
			Ballot: number, Voter: int64(i + 1), Pattern: choice, Origin: ballot.Online, Tracker: ballot.NewTracker(),
		})
		if len(requests) < group && i+1 < voters {
			continue
		}
		for _, o := range db.Ballots().CastAll(ctx, requests) {
			if o.Err != nil {
				return o.Err
			}
		}
		requests = requests[:0]
	}
	return nil
}

// certify closes, counts and certifies.
func certify(ctx context.Context, db *repository.DB, clock *shifted, id string, voters int) error {
	svc, err := crowd.Service(db, clock, voters)
	if err != nil {
		return err
	}
	if _, err := svc.Sweep(ctx); err != nil {
		return err
	}
	by := crowd.Officer(account.Supervisor, crowd.Village)
	act := audit.Act{Actor: audit.Actor{AccountID: by.AccountID}}
	_, err = svc.Act(ctx, by, act, id, ballot.Step{Action: ballot.ActCertify, Opinion: "计票无误，同意公布。"})
	return err
}

// askMany asks a fresh server one question again and again, and adds a line.
func (b *bench) askMany(ctx context.Context, t *table, data string, c crowd.Crowd, name, path, want string) error {
	p, err := b.startInside(ctx, append(crowd.Environment(), "CUNWU_DATA="+data)...)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	if err := p.waitIdle(ctx); err != nil {
		return err
	}
	times := make([]time.Duration, 0, millionRounds)
	for i := range millionRounds + 1 {
		header := map[string]string{"Authorization": "Bearer " + c.Tokens[i%len(c.Tokens)]}
		start := time.Now()
		raw, _, err := fetch(ctx, http.MethodGet, "http://"+p.app+path, header, nil)
		took := time.Since(start)
		if err != nil {
			return err
		}
		if !json.Valid(raw) || !bytes.Contains(raw, []byte(want)) {
			return errors.New(name + ": the answer lacks " + want + ": " + string(raw))
		}
		if i > 0 { // the first opens the connection
			times = append(times, took)
		}
	}
	slices.Sort(times)
	f := castFigures{times: times}
	t.add(name, millis(f.at(50)), millis(f.at(99)), verdict(f.at(50) < millionMost && f.at(99) < millionMost))
	return nil
}
