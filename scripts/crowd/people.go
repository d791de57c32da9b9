package crowd

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"cunwu/repository"
	"cunwu/service/account"
)

// The keys that the names of the crowd are sealed with. They protect nobody.
var (
	sealKey = sha256.Sum256([]byte("the crowd's sealing key"))
	macKey  = sha256.Sum256([]byte("the crowd's key of hashes"))
)

// Environment gives the settings with which a server reads the crowd's names.
func Environment() []string {
	return []string{"CUNWU_SEAL_KEYS=crowd:" + hex.EncodeToString(sealKey[:16]), "CUNWU_MAC_KEY=" + hex.EncodeToString(macKey[:])}
}

// rowsAtOnce is how many rows one statement inserts.
const rowsAtOnce = 100

// table is rows on their way into a table.
type table struct {
	name, columns string
	width         int
	args          []any
}

func (t *table) add(values ...any) {
	t.width = len(values)
	t.args = append(t.args, values...)
}

func (t *table) flush(ctx context.Context, tx *sql.Tx) error {
	if len(t.args) == 0 {
		return nil
	}
	row := "(" + strings.Repeat("?,", t.width-1) + "?)"
	q := "INSERT INTO " + t.name + " (" + t.columns + ") VALUES " + strings.Repeat(row+",", len(t.args)/t.width-1) + row
	_, err := tx.ExecContext(ctx, q, t.args...)
	t.args = t.args[:0]
	return err
}

// people fills a database with n residents who are bound to accounts and signed
// in. It goes around the program, whose ways in are for one person each.
func people(ctx context.Context, address string, n int) (err error) {
	db, err := openBulk(address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	sealer, err := repository.NewSealer([]repository.SealKey{{ID: "crowd", Key: sealKey[:16]}}, macKey[:])
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	accounts := &table{name: "accounts", columns: "id, openid_mac, seal_key, notice_version, created_at, closed_at"}
	sessions := &table{name: "sessions", columns: "id, token_hash, account, signed_in_at, expires_at"}
	residents := &table{name: "residents", columns: "id, village, village_group, household, state, seal_key, sealed, name_mac, updated_at, revision"}
	bindings := &table{name: "bindings", columns: "id, account, resident, village, standing, method, confirmed_by, countersigned_by, created_at, revision"}
	tables := []*table{accounts, sessions, residents, bindings}
	for i := range n {
		id, mac := resident(i), sha256.Sum256([]byte(Token(i)))
		name, err := sealer.Seal([]byte(`{"name":"张小川","phone":"13900000000"}`), []byte(account.SealedResident+"/"+id))
		if err != nil {
			return err
		}
		acc := "acc" + id[3:]
		accounts.add(acc, mac[:], "", 1, made, 0)
		sessions.add(id, mac[:], acc, made, over)
		residents.add(id, string(Village), "", "", string(account.OnRoll), "crowd", name, mac[:], made, 1)
		bindings.add(id, acc, id, string(Village), string(account.Voter), string(account.ByPhone), "", "", made, 1)
		if (i+1)%rowsAtOnce != 0 && i+1 != n {
			continue
		}
		for _, t := range tables {
			if err := t.flush(ctx, tx); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	return tx.Commit()
}

// made and over are times long past and long to come, in unix milliseconds.
const (
	made = 1_700_000_000_000
	over = 4_000_000_000_000
)

// openBulk opens a database past the program, without a care for its safety: it
// is a scratch one, and its content can be made again.
func openBulk(address string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_pragma=busy_timeout(5000)")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.DBName, c.InterpolateParams = "tcp", u.Host, u.User.Username(), strings.Trim(u.Path, "/"), true
	c.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
