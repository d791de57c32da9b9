package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/ballot/sealed"
)

const (
	memoryChild  = "CUNWU_MEMORY_CHILD" // names the folder of the child's files
	memoryVoters = 10
	memoryCasts  = 300
	memoryAtOnce = 16
	// memoryMost is how many of the choices may be left behind: what the runtime
	// copied when it moved a stack, nobody can wipe. None was ever found.
	memoryMost = memoryCasts / 100
)

// memoryPlace is what the process that casts is told of the one that serves.
type memoryPlace struct {
	Base   string
	Path   string
	Tokens []string
}

// TestSealed_MemoryServer is the server of TestSealed_LeavesNothingInMemory, in a
// process of its own: what that holds, it got over the network.
func TestSealed_MemoryServer(t *testing.T) {
	dir := os.Getenv(memoryChild)
	if dir == "" {
		t.Skip("runs as a process of TestSealed_LeavesNothingInMemory")
	}
	f, err := os.Create(filepath.Join(dir, "log.json")) //nolint:gosec // a test's own folder
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	h := startAt(t, testConfig(t, filepath.Join(dir, "data")), slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))).hall(memoryVoters)
	path := h.manyOptions(t)
	place := memoryPlace{Base: h.anon.base, Path: path}
	for _, v := range h.voters {
		place.Tokens = append(place.Tokens, v.token)
	}
	raw, err := json.Marshal(place)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("READY %s\n", raw)
	_, _ = io.Copy(io.Discard, os.Stdin)               // until the other process is done casting
	heap, err := os.Create(filepath.Join(dir, "heap")) //nolint:gosec // a test's own folder
	if err != nil {
		t.Fatal(err)
	}
	debug.WriteHeapDump(heap.Fd())
	_ = heap.Close()
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if err := os.WriteFile(filepath.Join(dir, "stacks"), stacks, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Println("DUMPED")
	time.Sleep(time.Minute) // it is read from outside and killed
}

// manyOptions opens a sealed ballot of thirty options, of which any may be
// chosen: every choice of this test is one that nobody else makes.
func (h *hall) manyOptions(t *testing.T) string {
	t.Helper()
	keepers := h.keepers()
	options := []obj{}
	for i := range sealed.MaxOptions {
		options = append(options, obj{"label": fmt.Sprintf("第%d处路灯", i+1)})
	}
	now := h.clock.Now()
	path := "/api/v1/ballots/" + h.clerk.post("/api/v1/ballots", obj{
		"region": testVillage, "question": "先修哪几处路灯", "kind": "choose_up_to", "max_choices": sealed.MaxOptions - 1, "options": options,
		"rule": "opinion", "sealed": true, "revote": true, "opens_at": stampOf(now, -1), "closes_at": stampOf(now, 120),
	}).want(http.StatusCreated).str("id")
	h.giveKeys(t, path, keepers)
	return path
}

// server is the process that is looked into.
type server struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd
	in  io.Closer
	out *bufio.Scanner
	memoryPlace
}

func startMemoryServer(t *testing.T, program, broken string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir()}
	s.cmd = exec.CommandContext(t.Context(), program, "-test.run", "^TestSealed_MemoryServer$", "-test.v", "-test.timeout", "5m") //nolint:gosec // this program
	s.cmd.Env = append(os.Environ(), memoryChild+"="+s.dir, "CUNWU_BROKEN="+broken)
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.in, s.out = in, bufio.NewScanner(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	if err := json.Unmarshal([]byte(s.await("READY ")), &s.memoryPlace); err != nil {
		t.Fatal(err)
	}
	return s
}

// await gives the rest of the line that begins with a word.
func (s *server) await(word string) string {
	s.t.Helper()
	for s.out.Scan() {
		if rest, ok := strings.CutPrefix(s.out.Text(), word); ok {
			return rest
		}
	}
	s.t.Fatalf("the process ended before %s: %v", word, s.out.Err())
	return ""
}

// choice makes one that nobody else makes and gives its two spellings.
func choice(rng *rand.Rand) [2][]byte {
	frame := make([]byte, sealed.FrameSize)
	frame[0], frame[1] = 1, sealed.MaxOptions
	for _, at := range rng.Perm(sealed.MaxOptions)[:8+rng.IntN(14)] {
		frame[2+at] = 1
	}
	return [2][]byte{frame, []byte(base64.StdEncoding.EncodeToString(frame))}
}

func (s *server) cast(i int, choice [2][]byte) {
	c := client{t: s.t, base: s.Base, token: s.Tokens[i%len(s.Tokens)]}
	header := map[string]string{}
	if i%2 == 0 {
		header["Idempotency-Key"] = fmt.Sprint("k", i)
	}
	r := c.do(http.MethodPost, s.Path+"/casts/plain", bytes.NewReader(choice[1]), header)
	if r.status != http.StatusOK || r.str("sealed_by_label") != "服务器代封" {
		s.t.Errorf("%d %s", r.status, r.body)
	}
}

// memory reads all that the process can write to.
func (s *server) memory() []byte {
	s.t.Helper()
	at := "/proc/" + strconv.Itoa(s.cmd.Process.Pid)
	maps, err := os.ReadFile(at + "/maps")
	if err != nil {
		s.t.Skip("NOT TESTED: the memory of another process cannot be read here:", err)
	}
	f, err := os.Open(at + "/mem")
	if err != nil {
		s.t.Skip("NOT TESTED: the memory of another process cannot be read here:", err)
	}
	defer func() { _ = f.Close() }()
	var all []byte
	for line := range strings.Lines(string(maps)) {
		fields := strings.Fields(line)
		from, to, _ := strings.Cut(fields[0], "-")
		low, err1 := strconv.ParseInt(from, 16, 64)
		high, err2 := strconv.ParseInt(to, 16, 64)
		if !strings.HasPrefix(fields[1], "rw") || err1 != nil || err2 != nil {
			continue
		}
		part := make([]byte, high-low)
		n, _ := f.ReadAt(part, low) // what is not there is not read
		all = append(all, part[:n]...)
	}
	if len(all) < 10<<20 {
		s.t.Fatalf("only %d bytes were read: the search is broken", len(all))
	}
	return all
}

// left casts, waits for the dumps, and counts the choices that are still there:
// in memory, and in files of any kind.
func (s *server) left() (inMemory, inFiles int) {
	s.t.Helper()
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) //nolint:gosec // choices of a test
	choices := make([][2][]byte, memoryCasts)
	for i := range choices {
		choices[i] = choice(rng)
	}
	var wg sync.WaitGroup
	for worker := range memoryAtOnce {
		wg.Go(func() {
			for i := worker; i < memoryCasts; i += memoryAtOnce {
				s.cast(i, choices[i])
			}
		})
	}
	wg.Wait()
	now := s.memory()
	_ = s.in.Close()
	s.await("DUMPED")
	var files []byte
	names := 0
	err := filepath.WalkDir(s.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names++
		if filepath.Base(name) != "heap" { // that is memory, and counted as such
			files = append(files, readAll(s.t, name)...)
		}
		return nil
	})
	heap := readAll(s.t, filepath.Join(s.dir, "heap"))
	if err != nil || names < 5 || len(heap) < 1<<20 {
		s.t.Fatalf("%d files, a heap of %d bytes: %v", names, len(heap), err)
	}
	if !bytes.Contains(heap, []byte("第7处路灯")) || !bytes.Contains(now, []byte("第7处路灯")) || !bytes.Contains(files, []byte("第7处路灯")) {
		s.t.Fatal("what must be there is not found: the search is broken")
	}
	return found(choices, now, heap), found(choices, files)
}

// found counts the choices that are somewhere in the bytes, in either spelling.
// All begin alike, so that one walk looks for all of them.
func found(choices [][2][]byte, places ...[]byte) int {
	spelled := map[string]int{}
	for i, c := range choices {
		spelled[string(c[0])], spelled[string(c[1])] = i, i
	}
	hits := map[int]bool{}
	for _, place := range places {
		for k := range 2 {
			head, size := choices[0][k][:2], len(choices[0][k])
			for rest := place; ; {
				at := bytes.Index(rest, head)
				if at < 0 {
					break
				}
				rest = rest[at:]
				if len(rest) >= size {
					if i, ok := spelled[string(rest[:size])]; ok {
						hits[i] = true
					}
				}
				rest = rest[1:]
			}
		}
	}
	return len(hits)
}

// TestSealed_LeavesNothingInMemory: what the server seals for somebody (服务器代封)
// is not found in its memory afterwards, nor in a heap dump, the goroutines'
// stacks, the log, the database or any other file.
func TestSealed_LeavesNothingInMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inMemory, inFiles := startMemoryServer(t, program, os.Getenv("CUNWU_BROKEN")).left()
	t.Logf("of %d choices %d are in memory, %d in files", memoryCasts, inMemory, inFiles)
	if inMemory > memoryMost || inFiles > 0 {
		t.Errorf("of %d choices %d are in memory, %d in files", memoryCasts, inMemory, inFiles)
	}
}
